-- +goose Up
-- The kiosks that a sale was handed to, to be written onto its card. Of what was handed out
-- before this the last visit is known.
CREATE TABLE handouts (
	sale TEXT NOT NULL, kiosk TEXT NOT NULL, visit TEXT NOT NULL, at BIGINT NOT NULL, until BIGINT NOT NULL,
	PRIMARY KEY (sale, kiosk)
);
INSERT INTO handouts (sale, kiosk, visit, at, until)
	SELECT serial, substr(visit, 1, 8), visit, updated_at, updated_at + 3600000 FROM deliveries WHERE visit <> '';

-- +goose Down
DROP TABLE handouts;
