-- A book only grows: what is in it cannot be changed, removed or replaced, and
-- nothing can be put in at a time before the last entry.
CREATE TRIGGER entries_insert BEFORE INSERT ON entries BEGIN
  SELECT RAISE(ABORT, 'a book only grows: an entry takes the next number') WHERE typeof(NEW.seq) <> 'integer' OR NEW.seq <> COALESCE((SELECT max(seq) FROM entries), 0) + 1;
  SELECT RAISE(ABORT, 'a book only grows: an entry cannot be back-dated') WHERE typeof(NEW.at) <> 'integer' OR NEW.at < COALESCE((SELECT at FROM entries ORDER BY seq DESC LIMIT 1), NEW.at);
END;
CREATE TRIGGER entries_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'a book only grows: entries cannot be changed'); END;
CREATE TRIGGER entries_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'a book only grows: entries cannot be removed'); END;

CREATE TRIGGER people_insert BEFORE INSERT ON people BEGIN
  SELECT RAISE(ABORT, 'a book only grows: the row belongs to no new entry') WHERE NOT EXISTS (SELECT 1 FROM entries WHERE seq = NEW.entry AND kind = 'person' AND seq = (SELECT max(seq) FROM entries)) OR EXISTS (SELECT 1 FROM people WHERE entry = NEW.entry);
  SELECT RAISE(ABORT, 'a book only grows: the person is in it') WHERE EXISTS (SELECT 1 FROM people WHERE name = NEW.name);
END;
CREATE TRIGGER people_update BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, 'a book only grows: people cannot be changed'); END;
CREATE TRIGGER people_delete BEFORE DELETE ON people BEGIN SELECT RAISE(ABORT, 'a book only grows: people cannot be removed'); END;

CREATE TRIGGER questions_insert BEFORE INSERT ON questions BEGIN
  SELECT RAISE(ABORT, 'a book only grows: the row belongs to no new entry') WHERE NOT EXISTS (SELECT 1 FROM entries WHERE seq = NEW.entry AND kind = 'question' AND seq = (SELECT max(seq) FROM entries)) OR EXISTS (SELECT 1 FROM questions WHERE entry = NEW.entry);
  SELECT RAISE(ABORT, 'a book only grows: the question is in it') WHERE EXISTS (SELECT 1 FROM questions WHERE case_name = NEW.case_name AND id = NEW.id);
  SELECT RAISE(ABORT, 'questions of a case and imported ones are kept apart') WHERE EXISTS (SELECT 1 FROM questions WHERE case_name = NEW.case_name AND imported <> NEW.imported);
  SELECT RAISE(ABORT, 'days of a question are whole numbers') WHERE typeof(NEW.opens) <> 'integer' OR typeof(NEW.closes) <> 'integer';
END;
CREATE TRIGGER questions_update BEFORE UPDATE ON questions BEGIN SELECT RAISE(ABORT, 'a book only grows: questions cannot be changed'); END;
CREATE TRIGGER questions_delete BEFORE DELETE ON questions BEGIN SELECT RAISE(ABORT, 'a book only grows: questions cannot be removed'); END;

CREATE TRIGGER forecasts_insert BEFORE INSERT ON forecasts BEGIN
  SELECT RAISE(ABORT, 'a book only grows: the row belongs to no new entry') WHERE NOT EXISTS (SELECT 1 FROM entries WHERE seq = NEW.entry AND kind = 'forecast' AND seq = (SELECT max(seq) FROM entries)) OR EXISTS (SELECT 1 FROM forecasts WHERE entry = NEW.entry);
  SELECT RAISE(ABORT, 'a book only grows: the person made a forecast at that instant') WHERE EXISTS (SELECT 1 FROM forecasts WHERE case_name = NEW.case_name AND question = NEW.question AND person = NEW.person AND made = NEW.made);
  SELECT RAISE(ABORT, 'a forecast cannot be back-dated: it is made when it is entered') WHERE typeof(NEW.made) <> 'integer' OR (SELECT imported FROM questions WHERE case_name = NEW.case_name AND id = NEW.question) = 0 AND NEW.made <> (SELECT at FROM entries WHERE seq = NEW.entry);
  SELECT RAISE(ABORT, 'a forecast cannot come from the future') WHERE NEW.made > (SELECT at FROM entries WHERE seq = NEW.entry);
  SELECT RAISE(ABORT, 'the question takes no forecasts at that instant') WHERE EXISTS (SELECT 1 FROM questions WHERE case_name = NEW.case_name AND id = NEW.question AND (NEW.made >= closes OR NEW.made < opens AND imported = 0));
  SELECT RAISE(ABORT, 'the question is resolved') WHERE (SELECT imported FROM questions WHERE case_name = NEW.case_name AND id = NEW.question) = 0 AND EXISTS (SELECT 1 FROM resolutions WHERE case_name = NEW.case_name AND question = NEW.question);
END;
CREATE TRIGGER forecasts_update BEFORE UPDATE ON forecasts BEGIN SELECT RAISE(ABORT, 'a book only grows: forecasts cannot be changed'); END;
CREATE TRIGGER forecasts_delete BEFORE DELETE ON forecasts BEGIN SELECT RAISE(ABORT, 'a book only grows: forecasts cannot be removed'); END;

CREATE TRIGGER resolutions_insert BEFORE INSERT ON resolutions BEGIN
  SELECT RAISE(ABORT, 'a book only grows: the row belongs to no new entry') WHERE NOT EXISTS (SELECT 1 FROM entries WHERE seq = NEW.entry AND kind = 'resolution' AND seq = (SELECT max(seq) FROM entries)) OR EXISTS (SELECT 1 FROM resolutions WHERE entry = NEW.entry);
END;
CREATE TRIGGER resolutions_update BEFORE UPDATE ON resolutions BEGIN SELECT RAISE(ABORT, 'a book only grows: resolutions cannot be changed'); END;
CREATE TRIGGER resolutions_delete BEFORE DELETE ON resolutions BEGIN SELECT RAISE(ABORT, 'a book only grows: resolutions cannot be removed'); END;
