-- In a book of the world, nothing is entered at a time that is not now by the
-- database's own clock, give or take ten minutes.
CREATE TRIGGER entries_clock BEFORE INSERT ON entries BEGIN
  SELECT RAISE(ABORT, 'an entry cannot be back-dated: it is not entered now') WHERE abs(NEW.at / 1000000 - CAST(strftime('%s', 'now') AS INTEGER)) > 600;
END;
