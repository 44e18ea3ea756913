-- Books made before there were pools know fewer kinds of forecasters. SQLite cannot
-- change what a column takes, so the table is made anew; forecasts refer to it by
-- its name, and are checked again at the end.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE people_before (entry BIGINT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL);
INSERT INTO people_before SELECT entry, name, kind FROM people ORDER BY entry;
DROP TABLE people;
CREATE TABLE people (
  entry BIGINT NOT NULL PRIMARY KEY REFERENCES entries (seq),
  name  TEXT   NOT NULL UNIQUE CHECK (length(name) BETWEEN 2 AND 60),
  kind  TEXT   NOT NULL CONSTRAINT people_kind_check CHECK (kind IN ('person', 'model', 'baseline', 'aggregate', 'pool'))
);
INSERT INTO people SELECT entry, name, kind FROM people_before ORDER BY entry;
DROP TABLE people_before;
CREATE TRIGGER people_insert BEFORE INSERT ON people BEGIN
  SELECT RAISE(ABORT, 'a book only grows: the row belongs to no new entry') WHERE NOT EXISTS (SELECT 1 FROM entries WHERE seq = NEW.entry AND kind = 'person' AND seq = (SELECT max(seq) FROM entries)) OR EXISTS (SELECT 1 FROM people WHERE entry = NEW.entry);
  SELECT RAISE(ABORT, 'a book only grows: the person is in it') WHERE EXISTS (SELECT 1 FROM people WHERE name = NEW.name);
END;
CREATE TRIGGER people_update BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, 'a book only grows: people cannot be changed'); END;
CREATE TRIGGER people_delete BEFORE DELETE ON people BEGIN SELECT RAISE(ABORT, 'a book only grows: people cannot be removed'); END;
