-- +goose Up
-- Which counterfeit case has a note, by the number printed on it: a note is claimed once. Of the
-- cases from before the first one has it.
CREATE TABLE counterfeit_notes (number TEXT NOT NULL, value BIGINT NOT NULL, case_id TEXT NOT NULL, PRIMARY KEY (number, value));
INSERT INTO counterfeit_notes (number, value, case_id)
	SELECT n ->> 'number', (n ->> 'value')::BIGINT, c.id FROM counterfeits c, jsonb_array_elements(c.document::JSONB -> 'notes') n
	WHERE n ->> 'number' <> '' ORDER BY c.found_at, c.id
	ON CONFLICT DO NOTHING;

-- +goose Down
DROP TABLE counterfeit_notes;
