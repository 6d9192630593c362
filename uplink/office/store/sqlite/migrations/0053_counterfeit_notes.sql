-- +goose Up
-- Which counterfeit case has a note, by the number printed on it: a note is claimed once. Of the
-- cases from before the first one has it.
CREATE TABLE counterfeit_notes (number TEXT NOT NULL, value BIGINT NOT NULL, case_id TEXT NOT NULL, PRIMARY KEY (number, value)) WITHOUT ROWID;
INSERT OR IGNORE INTO counterfeit_notes (number, value, case_id)
	SELECT json_extract(n.value, '$.number'), json_extract(n.value, '$.value'), c.id FROM counterfeits c, json_each(c.document, '$.notes') n
	WHERE json_extract(n.value, '$.number') <> '' ORDER BY c.found_at, c.id;

-- +goose Down
DROP TABLE counterfeit_notes;
