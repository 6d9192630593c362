-- +goose Up
-- How what was sold reaches its meter card, one row a sale, and what the card-meter system
-- is told of that.
CREATE TABLE deliveries (
	serial TEXT PRIMARY KEY, kiosk TEXT NOT NULL, account TEXT NOT NULL, sold TEXT NOT NULL, sold_at BIGINT NOT NULL,
	stage TEXT NOT NULL, visit TEXT NOT NULL, how TEXT NOT NULL, by_whom TEXT NOT NULL, why TEXT NOT NULL,
	asked_how TEXT NOT NULL, asked_by TEXT NOT NULL, asked_why TEXT NOT NULL,
	outcome TEXT NOT NULL, said BOOLEAN NOT NULL, tries BIGINT NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL, next_at BIGINT NOT NULL,
	version BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX deliveries_due ON deliveries (next_at, serial) WHERE next_at > 0;
CREATE INDEX deliveries_sold ON deliveries (sold_at, serial);
CREATE INDEX deliveries_kiosk ON deliveries (kiosk, sold_at, serial);
CREATE INDEX deliveries_account ON deliveries (account, sold_at, serial);
CREATE INDEX deliveries_open ON deliveries (sold_at, serial) WHERE stage IN ('to-write', 'writing', 'unwritten', 'unsure');

-- +goose Down
DROP TABLE deliveries;
