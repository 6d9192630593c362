-- +goose Up
ALTER TABLE transactions ADD COLUMN doubt BIGINT NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN folded TEXT NOT NULL DEFAULT ''; -- JSON; empty until it is folded from the records
UPDATE transactions SET arrears = -1 WHERE NOT online; -- unknown
CREATE INDEX transactions_unfolded ON transactions (serial) WHERE folded = '';
CREATE INDEX transactions_open ON transactions (kiosk) WHERE status = 'tendering';
DROP TABLE notes; -- they are part of the folded transaction

ALTER TABLE postings ADD COLUMN paid_at BIGINT NOT NULL DEFAULT 0; -- 0 is not known

ALTER TABLE journals ADD COLUMN gap_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE journals ADD COLUMN broken BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE journals ADD COLUMN clock_lost BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE branches (
	kiosk TEXT NOT NULL, incarnation BIGINT NOT NULL, seq BIGINT NOT NULL, hash BLOB NOT NULL, boot BIGINT NOT NULL,
	at BIGINT NOT NULL, trust BIGINT NOT NULL, type TEXT NOT NULL, txn TEXT NOT NULL, version BIGINT NOT NULL, payload BLOB NOT NULL,
	PRIMARY KEY (kiosk, incarnation, seq, hash)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE branches;
ALTER TABLE journals DROP COLUMN clock_lost;
ALTER TABLE journals DROP COLUMN broken;
ALTER TABLE journals DROP COLUMN gap_since;
ALTER TABLE postings DROP COLUMN paid_at;
CREATE TABLE notes (
	serial TEXT NOT NULL, note BIGINT NOT NULL, value BIGINT NOT NULL, state TEXT NOT NULL, inferred BOOLEAN NOT NULL, evidence TEXT NOT NULL,
	PRIMARY KEY (serial, note)
) WITHOUT ROWID;
DROP INDEX transactions_open;
DROP INDEX transactions_unfolded;
UPDATE transactions SET arrears = 0 WHERE arrears < 0;
ALTER TABLE transactions DROP COLUMN folded;
ALTER TABLE transactions DROP COLUMN doubt;
