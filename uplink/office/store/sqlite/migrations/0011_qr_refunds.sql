-- +goose Up
-- A refund that one person ordered waits for another.
ALTER TABLE qr_orders ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
ALTER TABLE qr_orders ADD COLUMN asked_why TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE qr_orders DROP COLUMN asked_why;
ALTER TABLE qr_orders DROP COLUMN asked_by;
