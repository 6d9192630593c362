-- +goose Up
-- The sale of the open batch that two people want a terminal to have voided; no ID is none.
ALTER TABLE bank_terminals ADD COLUMN void_id TEXT NOT NULL DEFAULT '';
ALTER TABLE bank_terminals ADD COLUMN void_serial TEXT NOT NULL DEFAULT '';
ALTER TABLE bank_terminals ADD COLUMN void_sale TEXT NOT NULL DEFAULT '';
ALTER TABLE bank_terminals ADD COLUMN void_batch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bank_terminals ADD COLUMN void_trace BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bank_terminals ADD COLUMN void_amount BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bank_terminals ADD COLUMN void_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bank_terminals ADD COLUMN void_sent TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE bank_terminals DROP COLUMN void_sent;
ALTER TABLE bank_terminals DROP COLUMN void_at;
ALTER TABLE bank_terminals DROP COLUMN void_amount;
ALTER TABLE bank_terminals DROP COLUMN void_trace;
ALTER TABLE bank_terminals DROP COLUMN void_batch;
ALTER TABLE bank_terminals DROP COLUMN void_sale;
ALTER TABLE bank_terminals DROP COLUMN void_serial;
ALTER TABLE bank_terminals DROP COLUMN void_id;
