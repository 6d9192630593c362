-- +goose Up
-- Calls in a row that ended alike are one row, from began_at of the first to at of the last.
ALTER TABLE history ADD COLUMN times BIGINT NOT NULL DEFAULT 1;
ALTER TABLE qr_history ADD COLUMN times BIGINT NOT NULL DEFAULT 1;
ALTER TABLE bank_history ADD COLUMN times BIGINT NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE bank_history DROP COLUMN times;
ALTER TABLE qr_history DROP COLUMN times;
ALTER TABLE history DROP COLUMN times;
