-- +goose Up
-- Spares of the keys of kiosks' journals, sealed for the key of head office that opens them
-- (office names it). They stay: a disk may be found years later.
CREATE TABLE spare_keys (
	kiosk TEXT NOT NULL, id TEXT NOT NULL, office TEXT NOT NULL, sealed BLOB NOT NULL, at BIGINT NOT NULL,
	PRIMARY KEY (kiosk, id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE spare_keys;
