-- The tables of a book, the same for SQLite and PostgreSQL. Instants are
-- microseconds since 1970, UTC. Every row of the other tables belongs to one row
-- of entries, which holds when it was entered and the hash that chains it to the
-- entry before.
CREATE TABLE entries (
  seq  BIGINT NOT NULL PRIMARY KEY,
  at   BIGINT NOT NULL,
  kind TEXT   NOT NULL CHECK (kind IN ('person', 'question', 'forecast', 'resolution')),
  hash TEXT   NOT NULL CHECK (length(hash) = 64)
);

CREATE TABLE people (
  entry BIGINT NOT NULL PRIMARY KEY REFERENCES entries (seq),
  name  TEXT   NOT NULL UNIQUE CHECK (length(name) BETWEEN 2 AND 60),
  kind  TEXT   NOT NULL CONSTRAINT people_kind_check CHECK (kind IN ('person', 'model', 'baseline', 'aggregate', 'pool'))
);

CREATE TABLE questions (
  entry     BIGINT NOT NULL PRIMARY KEY REFERENCES entries (seq),
  case_name TEXT   NOT NULL,
  id        TEXT   NOT NULL,
  imported  BIGINT NOT NULL CHECK (imported IN (0, 1)),
  opens     BIGINT NOT NULL,
  closes    BIGINT NOT NULL CHECK (closes > opens),
  terms     TEXT   NOT NULL CHECK (length(terms) = 64),
  content   TEXT   NOT NULL,
  UNIQUE (case_name, id)
);

CREATE TABLE forecasts (
  entry      BIGINT NOT NULL PRIMARY KEY REFERENCES entries (seq),
  case_name  TEXT   NOT NULL,
  question   TEXT   NOT NULL,
  person     TEXT   NOT NULL REFERENCES people (name),
  made       BIGINT NOT NULL,
  ends       BIGINT NOT NULL CHECK (ends = 0 OR ends >= made),
  answer     TEXT   NOT NULL,
  reason     TEXT   NOT NULL,
  confidence TEXT   NOT NULL CHECK (confidence IN ('', 'low', 'medium', 'high')),
  FOREIGN KEY (case_name, question) REFERENCES questions (case_name, id),
  UNIQUE (case_name, question, person, made)
);

CREATE TABLE resolutions (
  entry     BIGINT NOT NULL PRIMARY KEY REFERENCES entries (seq),
  case_name TEXT   NOT NULL,
  question  TEXT   NOT NULL,
  status    TEXT   NOT NULL CHECK (status IN ('resolved', 'ambiguous', 'annulled')),
  answer    TEXT   NOT NULL CHECK ((status = 'resolved') = (answer <> '')),
  by_data   BIGINT NOT NULL CHECK (by_data IN (0, 1)),
  source    TEXT   NOT NULL,
  reason    TEXT   NOT NULL,
  FOREIGN KEY (case_name, question) REFERENCES questions (case_name, id)
);

CREATE INDEX resolutions_of ON resolutions (case_name, question);
