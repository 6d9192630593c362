-- +goose Up
-- What head office believes of a kiosk, and of the fleet: JSON of what was set.
CREATE TABLE bounds (
	kiosk TEXT PRIMARY KEY, body TEXT NOT NULL, version BIGINT NOT NULL, updated_at BIGINT NOT NULL
) WITHOUT ROWID;
-- Orders that are not believed, until two people release or refuse them. The id is that of the case.
CREATE TABLE held_orders (
	id TEXT PRIMARY KEY, kiosk TEXT NOT NULL, serial TEXT NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL, version BIGINT NOT NULL, updated_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX held_orders_serial ON held_orders (serial);
-- Postings without the records of their money: see package proof.
CREATE TABLE unproven (
	serial TEXT PRIMARY KEY, kiosk TEXT NOT NULL, body TEXT NOT NULL, updated_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX postings_kiosk_day ON postings (kiosk, business_date, tender, amount);
-- A journal that is written twice has branches, which are journals with a number from 100 on.
ALTER TABLE journals ADD COLUMN forked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE journals ADD COLUMN of_journal BIGINT NOT NULL DEFAULT 0;
ALTER TABLE journals ADD COLUMN from_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE journals ADD COLUMN is_left BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE journals DROP COLUMN is_left;
ALTER TABLE journals DROP COLUMN from_seq;
ALTER TABLE journals DROP COLUMN of_journal;
ALTER TABLE journals DROP COLUMN forked;
DROP INDEX postings_kiosk_day;
DROP TABLE unproven;
DROP INDEX held_orders_serial;
DROP TABLE held_orders;
DROP TABLE bounds;
