-- +goose Up
-- What terminals say to the bank, one row an operation, and the terminals. No card data
-- but the first six and last four digits of a card number.
CREATE TABLE bank_operations (
	id TEXT PRIMARY KEY, kiosk TEXT NOT NULL, serial TEXT NOT NULL, terminal TEXT NOT NULL, merchant TEXT NOT NULL,
	op TEXT NOT NULL, type TEXT NOT NULL, processing TEXT NOT NULL, batch BIGINT NOT NULL, trace BIGINT NOT NULL,
	amount BIGINT NOT NULL, masked TEXT NOT NULL, state TEXT NOT NULL, end_is TEXT NOT NULL, code TEXT NOT NULL,
	reference TEXT NOT NULL, auth_code TEXT NOT NULL, settles TEXT NOT NULL, sends BIGINT NOT NULL,
	sent_at BIGINT NOT NULL, resent_at BIGINT NOT NULL, answered_at BIGINT NOT NULL, watch_at BIGINT NOT NULL,
	version BIGINT NOT NULL, owner TEXT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX bank_operations_watch ON bank_operations (watch_at, id) WHERE watch_at > 0;
CREATE INDEX bank_operations_flight ON bank_operations (owner, id) WHERE state = 'sent';
CREATE INDEX bank_operations_sent ON bank_operations (sent_at, id);
CREATE INDEX bank_operations_kiosk ON bank_operations (kiosk, sent_at, id);
CREATE INDEX bank_operations_terminal ON bank_operations (terminal, trace, sent_at);
CREATE INDEX bank_operations_serial ON bank_operations (serial, sent_at, id);
CREATE TABLE bank_history (
	serial TEXT NOT NULL, version BIGINT NOT NULL, at BIGINT NOT NULL, event TEXT NOT NULL, state TEXT NOT NULL,
	code TEXT NOT NULL, text TEXT NOT NULL, by_whom TEXT NOT NULL, began_at BIGINT NOT NULL,
	PRIMARY KEY (serial, version)
) WITHOUT ROWID;
CREATE TABLE bank_terminals (
	kiosk TEXT PRIMARY KEY, terminal TEXT NOT NULL, merchant TEXT NOT NULL, bound_by TEXT NOT NULL, bound_at BIGINT NOT NULL,
	batch BIGINT NOT NULL, sign_in_at BIGINT NOT NULL, sign_in_end TEXT NOT NULL, sign_in_code TEXT NOT NULL,
	settled_at BIGINT NOT NULL, settled TEXT NOT NULL, settled_of BIGINT NOT NULL, reversal TEXT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX bank_terminals_number ON bank_terminals (terminal) WHERE terminal <> '';

-- +goose Down
DROP TABLE bank_terminals;
DROP TABLE bank_history;
DROP TABLE bank_operations;
