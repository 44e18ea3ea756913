-- Books made before there were pools know fewer kinds of forecasters.
ALTER TABLE people DROP CONSTRAINT people_kind_check;
ALTER TABLE people ADD CONSTRAINT people_kind_check CHECK (kind IN ('person', 'model', 'baseline', 'aggregate', 'pool'));
