-- The tables of a ledger, the same for SQLite and PostgreSQL. entered is in
-- microseconds since 1970, UTC. A ledger is of one case, whose name is the root
-- of the chain of hashes.
CREATE TABLE ledger (
  one       BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  case_name TEXT   NOT NULL
);

CREATE TABLE entries (
  number     BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
  entered    BIGINT NOT NULL,
  hash       TEXT   NOT NULL CHECK (length(hash) = 64),
  content    TEXT   NOT NULL UNIQUE CHECK (length(content) = 32),
  time       TEXT   NOT NULL CHECK (length(time) IN (7, 10)),
  public     TEXT   NOT NULL CHECK (length(public) IN (0, 7, 10)),
  side       TEXT   NOT NULL CHECK (side IN ('promised', 'done')),
  kind       TEXT   NOT NULL,
  measure    TEXT   NOT NULL CHECK (measure IN ('added', 'total', 'level')),
  amount     DOUBLE PRECISION NOT NULL CHECK (amount >= 0),
  low        DOUBLE PRECISION NOT NULL CHECK (low >= 0 AND low <= amount),
  high       DOUBLE PRECISION NOT NULL CHECK (high >= amount),
  unit       TEXT   NOT NULL,
  place      TEXT   NOT NULL,
  bloc       TEXT   NOT NULL,
  weapon     TEXT   NOT NULL,
  state      TEXT   NOT NULL,
  after      BIGINT NOT NULL,
  reporter   TEXT   NOT NULL,
  source     TEXT   NOT NULL,
  confidence TEXT   NOT NULL CHECK (confidence IN ('low', 'medium', 'high')),
  entered_by TEXT   NOT NULL,
  reference  TEXT   NOT NULL,
  corrects   BIGINT NOT NULL CHECK (corrects >= 0 AND corrects < number),
  withdrawn  BIGINT NOT NULL CHECK (withdrawn IN (0, 1))
);

-- An entry is corrected once; its correction can be corrected in turn.
CREATE UNIQUE INDEX entries_corrected ON entries (corrects) WHERE corrects > 0;
