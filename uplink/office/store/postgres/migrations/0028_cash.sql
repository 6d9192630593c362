-- +goose Up
-- Cash: how far journals were followed, what is in each cassette, what came in a date,
-- collections and remittances. All of it but what people did is read out of the records.
CREATE TABLE cash_reads (kiosk TEXT NOT NULL, incarnation BIGINT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (kiosk, incarnation));
CREATE TABLE cash_positions (kiosk TEXT PRIMARY KEY, body TEXT NOT NULL, version BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE TABLE cash_days (
	kiosk TEXT NOT NULL, business_date TEXT NOT NULL, notes BIGINT NOT NULL, amount BIGINT NOT NULL, PRIMARY KEY (kiosk, business_date)
);
CREATE TABLE collections (
	serial TEXT PRIMARY KEY, kiosk TEXT NOT NULL, phase TEXT NOT NULL, remittance TEXT NOT NULL, seen_at BIGINT NOT NULL, body TEXT NOT NULL,
	version BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX collections_kiosk ON collections (kiosk, serial);
CREATE INDEX collections_phase ON collections (phase, seen_at);
CREATE INDEX collections_seen ON collections (seen_at, serial);
CREATE TABLE remittances (id TEXT PRIMARY KEY, at BIGINT NOT NULL, body TEXT NOT NULL, version BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE INDEX remittances_at ON remittances (at, id);

-- +goose Down
DROP TABLE remittances;
DROP TABLE collections;
DROP TABLE cash_days;
DROP TABLE cash_positions;
DROP TABLE cash_reads;
