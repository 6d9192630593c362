-- +goose Up
CREATE TABLE journals (
	kiosk TEXT NOT NULL, incarnation BIGINT NOT NULL, head_seq BIGINT NOT NULL, head_hash BYTEA NOT NULL,
	began_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
	PRIMARY KEY (kiosk, incarnation)
);
INSERT INTO journals SELECT id, incarnation, head_seq, head_hash, enrolled_at, updated_at FROM kiosks;
ALTER TABLE kiosks DROP COLUMN head_seq;
ALTER TABLE kiosks DROP COLUMN head_hash;

-- +goose Down
ALTER TABLE kiosks ADD COLUMN head_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE kiosks ADD COLUMN head_hash BYTEA NOT NULL DEFAULT '';
UPDATE kiosks SET
	head_seq = (SELECT head_seq FROM journals WHERE journals.kiosk = kiosks.id AND journals.incarnation = kiosks.incarnation),
	head_hash = (SELECT head_hash FROM journals WHERE journals.kiosk = kiosks.id AND journals.incarnation = kiosks.incarnation);
DROP TABLE journals;
