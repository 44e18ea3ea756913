-- A book only grows: what is in it cannot be changed, removed or replaced, and
-- nothing can be put in at a time before the last entry. The same rules as for
-- SQLite, with the same words.
CREATE FUNCTION book_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    RAISE EXCEPTION 'a book only grows: % cannot be changed', TG_TABLE_NAME;
  END IF;
  RAISE EXCEPTION 'a book only grows: % cannot be removed', TG_TABLE_NAME;
END $$;

CREATE FUNCTION book_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq <> COALESCE((SELECT max(seq) FROM entries), 0) + 1 THEN
    RAISE EXCEPTION 'a book only grows: an entry takes the next number';
  END IF;
  IF NEW.at < COALESCE((SELECT at FROM entries ORDER BY seq DESC LIMIT 1), NEW.at) THEN
    RAISE EXCEPTION 'a book only grows: an entry cannot be back-dated';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION book_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM entries WHERE seq = NEW.entry AND kind = TG_ARGV[0] AND seq = (SELECT max(seq) FROM entries)) THEN
    RAISE EXCEPTION 'a book only grows: the row belongs to no new entry';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION book_question() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM questions WHERE case_name = NEW.case_name AND imported <> NEW.imported) THEN
    RAISE EXCEPTION 'questions of a case and imported ones are kept apart';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION book_forecast() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  q       questions%ROWTYPE;
  entered BIGINT;
BEGIN
  SELECT * INTO q FROM questions WHERE case_name = NEW.case_name AND id = NEW.question;
  SELECT at INTO entered FROM entries WHERE seq = NEW.entry;
  IF q.imported = 0 AND NEW.made <> entered THEN
    RAISE EXCEPTION 'a forecast cannot be back-dated: it is made when it is entered';
  END IF;
  IF NEW.made > entered THEN
    RAISE EXCEPTION 'a forecast cannot come from the future';
  END IF;
  IF NEW.made >= q.closes OR NEW.made < q.opens AND q.imported = 0 THEN
    RAISE EXCEPTION 'the question takes no forecasts at that instant';
  END IF;
  IF q.imported = 0 AND EXISTS (SELECT 1 FROM resolutions WHERE case_name = NEW.case_name AND question = NEW.question) THEN
    RAISE EXCEPTION 'the question is resolved';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER entries_insert BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION book_entry();
CREATE TRIGGER entries_keep BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION book_keeps();
CREATE TRIGGER entries_truncate BEFORE TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION book_keeps();
CREATE TRIGGER people_insert BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION book_row('person');
CREATE TRIGGER people_keep BEFORE UPDATE OR DELETE ON people FOR EACH ROW EXECUTE FUNCTION book_keeps();
CREATE TRIGGER people_truncate BEFORE TRUNCATE ON people FOR EACH STATEMENT EXECUTE FUNCTION book_keeps();
CREATE TRIGGER questions_insert BEFORE INSERT ON questions FOR EACH ROW EXECUTE FUNCTION book_row('question');
CREATE TRIGGER questions_apart BEFORE INSERT ON questions FOR EACH ROW EXECUTE FUNCTION book_question();
CREATE TRIGGER questions_keep BEFORE UPDATE OR DELETE ON questions FOR EACH ROW EXECUTE FUNCTION book_keeps();
CREATE TRIGGER questions_truncate BEFORE TRUNCATE ON questions FOR EACH STATEMENT EXECUTE FUNCTION book_keeps();
CREATE TRIGGER forecasts_a_insert BEFORE INSERT ON forecasts FOR EACH ROW EXECUTE FUNCTION book_row('forecast');
CREATE TRIGGER forecasts_b_honest BEFORE INSERT ON forecasts FOR EACH ROW EXECUTE FUNCTION book_forecast();
CREATE TRIGGER forecasts_keep BEFORE UPDATE OR DELETE ON forecasts FOR EACH ROW EXECUTE FUNCTION book_keeps();
CREATE TRIGGER forecasts_truncate BEFORE TRUNCATE ON forecasts FOR EACH STATEMENT EXECUTE FUNCTION book_keeps();
CREATE TRIGGER resolutions_insert BEFORE INSERT ON resolutions FOR EACH ROW EXECUTE FUNCTION book_row('resolution');
CREATE TRIGGER resolutions_keep BEFORE UPDATE OR DELETE ON resolutions FOR EACH ROW EXECUTE FUNCTION book_keeps();
CREATE TRIGGER resolutions_truncate BEFORE TRUNCATE ON resolutions FOR EACH STATEMENT EXECUTE FUNCTION book_keeps();
