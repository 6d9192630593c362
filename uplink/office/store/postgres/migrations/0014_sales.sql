-- +goose Up
-- The meter card that a purchase is for, and what the card-meter system sold, as JSON; empty
-- in the posting of a bill. Each system's due postings are looked for apart.
ALTER TABLE postings ADD COLUMN card TEXT NOT NULL DEFAULT '';
ALTER TABLE postings ADD COLUMN sold TEXT NOT NULL DEFAULT '';
CREATE INDEX postings_sales_due ON postings (next_at, serial) WHERE next_at > 0 AND card <> '';

-- +goose Down
DROP INDEX postings_sales_due;
ALTER TABLE postings DROP COLUMN sold;
ALTER TABLE postings DROP COLUMN card;
