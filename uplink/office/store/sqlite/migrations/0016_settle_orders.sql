-- +goose Up
-- What a person ordered to be settled with the bank now: the terminal's batch, by whom and
-- when.
ALTER TABLE bank_terminals ADD COLUMN settle_batch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bank_terminals ADD COLUMN settle_by TEXT NOT NULL DEFAULT '';
ALTER TABLE bank_terminals ADD COLUMN settle_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE bank_terminals DROP COLUMN settle_at;
ALTER TABLE bank_terminals DROP COLUMN settle_by;
ALTER TABLE bank_terminals DROP COLUMN settle_batch;
