-- +goose Up
-- By what a remittance is found for a line of the bank's statement, however old it is: the
-- references and the dates of our deposit and of the bank's line, empty for none, and whether the
-- two say the same.
ALTER TABLE remittances ADD COLUMN deposit_reference TEXT NOT NULL DEFAULT '';
ALTER TABLE remittances ADD COLUMN deposit_date TEXT NOT NULL DEFAULT '';
ALTER TABLE remittances ADD COLUMN line_reference TEXT NOT NULL DEFAULT '';
ALTER TABLE remittances ADD COLUMN line_date TEXT NOT NULL DEFAULT '';
ALTER TABLE remittances ADD COLUMN matched BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE remittances SET
	deposit_reference = coalesce((body::json->'deposit'->>'reference'), ''), deposit_date = coalesce((body::json->'deposit'->>'date'), ''),
	line_reference = coalesce((body::json->'line'->>'reference'), ''), line_date = coalesce((body::json->'line'->>'date'), ''),
	matched = coalesce((body::json->'deposit'->>'at')::bigint <> 0 AND (body::json->'line'->>'at')::bigint <> 0 AND (body::json->'deposit'->>'reference') = (body::json->'line'->>'reference') AND (body::json->'deposit'->>'amount')::bigint = (body::json->'line'->>'amount')::bigint, FALSE);
CREATE INDEX remittances_deposit ON remittances (deposit_reference);
CREATE INDEX remittances_line ON remittances (line_reference);
CREATE INDEX remittances_deposit_date ON remittances (deposit_date);
CREATE INDEX remittances_line_date ON remittances (line_date);
CREATE INDEX remittances_unmatched ON remittances (id) WHERE NOT matched;

-- +goose Down
DROP INDEX remittances_unmatched;
DROP INDEX remittances_line_date;
DROP INDEX remittances_deposit_date;
DROP INDEX remittances_line;
DROP INDEX remittances_deposit;
ALTER TABLE remittances DROP COLUMN matched;
ALTER TABLE remittances DROP COLUMN line_date;
ALTER TABLE remittances DROP COLUMN line_reference;
ALTER TABLE remittances DROP COLUMN deposit_date;
ALTER TABLE remittances DROP COLUMN deposit_reference;
