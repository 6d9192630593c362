-- +goose Up
-- An order at a QR acquirer. The document is all of it; the columns are what it is found by.
CREATE TABLE qr_orders (
	serial TEXT PRIMARY KEY, kiosk TEXT NOT NULL, account TEXT NOT NULL, amount BIGINT NOT NULL, state TEXT NOT NULL,
	in_flight TEXT NOT NULL, next_at BIGINT NOT NULL, opened_at BIGINT NOT NULL, document TEXT NOT NULL,
	acquirer TEXT NOT NULL, untried TEXT NOT NULL, watch_at BIGINT NOT NULL,
	version BIGINT NOT NULL, owner TEXT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX qr_orders_due ON qr_orders (next_at, serial) WHERE next_at > 0;
CREATE INDEX qr_orders_watch ON qr_orders (watch_at, serial) WHERE watch_at > 0;
CREATE INDEX qr_orders_opened ON qr_orders (opened_at, serial);
CREATE INDEX qr_orders_kiosk_opened ON qr_orders (kiosk, opened_at, serial);
CREATE INDEX qr_orders_account_opened ON qr_orders (account, opened_at, serial);
CREATE TABLE qr_history (
	serial TEXT NOT NULL, version BIGINT NOT NULL, at BIGINT NOT NULL, event TEXT NOT NULL, state TEXT NOT NULL,
	code TEXT NOT NULL, text TEXT NOT NULL, by_whom TEXT NOT NULL, began_at BIGINT NOT NULL,
	PRIMARY KEY (serial, version)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE qr_history;
DROP TABLE qr_orders;
