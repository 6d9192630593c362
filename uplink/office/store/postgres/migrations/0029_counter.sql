-- +goose Up
-- What customers got at the counter for what a case owed them: once a case.
CREATE TABLE payouts (
	case_id TEXT PRIMARY KEY, serial TEXT NOT NULL, kiosk TEXT NOT NULL, account TEXT NOT NULL, amount BIGINT NOT NULL, number TEXT NOT NULL,
	taken_by TEXT NOT NULL, by_whom TEXT NOT NULL, approver TEXT NOT NULL, reason TEXT NOT NULL, at BIGINT NOT NULL
);
CREATE INDEX payouts_serial ON payouts (serial);

-- Counterfeit notes: see package counterfeit. The document is all of it; the columns before
-- it are what rows are found by.
CREATE TABLE counterfeits (
	id TEXT PRIMARY KEY, kiosk TEXT NOT NULL, is_open BOOLEAN NOT NULL, found_at BIGINT NOT NULL, next_at BIGINT NOT NULL,
	document TEXT NOT NULL, version BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX counterfeits_found ON counterfeits (found_at, id);
CREATE INDEX counterfeits_next ON counterfeits (next_at) WHERE next_at > 0;
-- What was photographed, by the hash of its bytes.
CREATE TABLE exhibits (hash BYTEA PRIMARY KEY, type TEXT NOT NULL, content BYTEA NOT NULL, added_by TEXT NOT NULL, at BIGINT NOT NULL);

-- A customer has a reference of a slip, and not its serial.
CREATE INDEX postings_reference ON postings (reference) WHERE reference <> '';
CREATE INDEX bank_operations_reference ON bank_operations (reference) WHERE reference <> '';

-- +goose Down
DROP INDEX bank_operations_reference;
DROP INDEX postings_reference;
DROP TABLE exhibits;
DROP TABLE counterfeits;
DROP TABLE payouts;
