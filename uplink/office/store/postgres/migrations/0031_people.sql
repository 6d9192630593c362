-- +goose Up
-- A session is of one version of its person: a new password, another role, being disabled or
-- a second factor that is reset makes a new version, and ends the sessions of the old one.
ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
DELETE FROM sessions; -- of older software; nobody knows whose they are
ALTER TABLE sessions ADD COLUMN who TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN began_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX sessions_who ON sessions (who);
-- The second factor of a person: the sealed secret, the last step whose code was used, and
-- hashes of the recovery codes that are left.
CREATE TABLE factors (
	who TEXT PRIMARY KEY, secret BYTEA NOT NULL, confirmed_at BIGINT NOT NULL, step BIGINT NOT NULL, recovery TEXT NOT NULL, version BIGINT NOT NULL
);

-- +goose Down
DROP TABLE factors;
DROP INDEX sessions_who;
ALTER TABLE sessions DROP COLUMN seen_at;
ALTER TABLE sessions DROP COLUMN began_at;
ALTER TABLE sessions DROP COLUMN source;
ALTER TABLE sessions DROP COLUMN who;
ALTER TABLE users DROP COLUMN version;
