-- +goose Up
CREATE TABLE technicians (
	number TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, pin BLOB NOT NULL, disabled BOOLEAN NOT NULL,
	created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
ALTER TABLE kiosks ADD COLUMN public_key BLOB NOT NULL DEFAULT x'';

-- +goose Down
ALTER TABLE kiosks DROP COLUMN public_key;
DROP TABLE technicians;
