-- +goose Up
-- Purchases that are paid and not sold are listed beside those that are.
CREATE INDEX postings_unsold ON postings (ordered_at, serial) WHERE card <> '' AND state <> 'posted';

-- +goose Down
DROP INDEX postings_unsold;
