-- +goose Up
-- The account that the bank itself books a sale to (公共支付); empty for none.
ALTER TABLE bank_operations ADD COLUMN booked_to TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE bank_operations DROP COLUMN booked_to;
