-- In a book of the world, nothing is entered at a time that is not now by the
-- database's own clock, give or take ten minutes.
CREATE FUNCTION book_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF abs(NEW.at / 1000000 - extract(epoch FROM clock_timestamp())) > 600 THEN
    RAISE EXCEPTION 'an entry cannot be back-dated: it is not entered now';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER entries_clock BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION book_clock();
