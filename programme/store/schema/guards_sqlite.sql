-- A ledger only grows: what is in it cannot be changed, removed or replaced, and
-- nothing can be put in at a time before the last entry.
CREATE TRIGGER entries_insert BEFORE INSERT ON entries BEGIN
  SELECT RAISE(ABORT, 'a ledger only grows: an entry takes the next number') WHERE typeof(NEW.number) <> 'integer' OR NEW.number <> COALESCE((SELECT max(number) FROM entries), 0) + 1;
  SELECT RAISE(ABORT, 'a ledger only grows: an entry cannot be back-dated') WHERE typeof(NEW.entered) <> 'integer' OR NEW.entered < COALESCE((SELECT entered FROM entries ORDER BY number DESC LIMIT 1), NEW.entered);
  SELECT RAISE(ABORT, 'a ledger only grows: an entry is entered once') WHERE EXISTS (SELECT 1 FROM entries WHERE content = NEW.content) OR NEW.corrects > 0 AND EXISTS (SELECT 1 FROM entries WHERE corrects > 0 AND corrects = NEW.corrects);
END;
CREATE TRIGGER entries_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'a ledger only grows: entries cannot be changed'); END;
CREATE TRIGGER entries_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'a ledger only grows: entries cannot be removed'); END;
CREATE TRIGGER ledger_insert BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'a ledger is of one case') WHERE EXISTS (SELECT 1 FROM ledger); END;
CREATE TRIGGER ledger_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'a ledger is of one case'); END;
CREATE TRIGGER ledger_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'a ledger is of one case'); END;
