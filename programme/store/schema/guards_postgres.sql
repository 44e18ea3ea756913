-- A ledger only grows: the same rules as for SQLite, with the same words.
CREATE FUNCTION ledger_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'ledger' THEN
    RAISE EXCEPTION 'a ledger is of one case';
  ELSIF TG_OP = 'UPDATE' THEN
    RAISE EXCEPTION 'a ledger only grows: entries cannot be changed';
  END IF;
  RAISE EXCEPTION 'a ledger only grows: entries cannot be removed';
END $$;

CREATE FUNCTION ledger_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last  BIGINT := 0;
  at    BIGINT;
BEGIN
  SELECT number, entered INTO last, at FROM entries ORDER BY number DESC LIMIT 1;
  IF NEW.number <> COALESCE(last, 0) + 1 THEN
    RAISE EXCEPTION 'a ledger only grows: an entry takes the next number';
  END IF;
  IF NEW.entered < COALESCE(at, NEW.entered) THEN
    RAISE EXCEPTION 'a ledger only grows: an entry cannot be back-dated';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER entries_insert BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION ledger_entry();
CREATE TRIGGER entries_keep BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION ledger_keeps();
CREATE TRIGGER entries_truncate BEFORE TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_keeps();
CREATE TRIGGER ledger_keep BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_keeps();
CREATE TRIGGER ledger_truncate BEFORE TRUNCATE ON ledger FOR EACH STATEMENT EXECUTE FUNCTION ledger_keeps();
