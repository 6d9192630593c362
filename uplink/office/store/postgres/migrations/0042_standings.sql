-- +goose Up
-- Which books a break is of, as bits (payments/reconcile.Books); the totals of a settlement as
-- its terminal and the bank had them; and the settlements beside a date.
ALTER TABLE settle_breaks ADD COLUMN books BIGINT NOT NULL DEFAULT 0;
ALTER TABLE settle_dates ADD COLUMN settlements TEXT NOT NULL DEFAULT '[]';
ALTER TABLE bank_operations ADD COLUMN totals TEXT NOT NULL DEFAULT '{}';
ALTER TABLE bank_operations ADD COLUMN bank_totals TEXT NOT NULL DEFAULT '{}';
CREATE INDEX bank_operations_settle ON bank_operations (sent_at, id) WHERE op = 'settle';

-- +goose Down
DROP INDEX bank_operations_settle;
ALTER TABLE bank_operations DROP COLUMN bank_totals;
ALTER TABLE bank_operations DROP COLUMN totals;
ALTER TABLE settle_dates DROP COLUMN settlements;
ALTER TABLE settle_breaks DROP COLUMN books;
