-- +goose Up
-- What one person proposes and another one approves: see package approval.
CREATE TABLE plans (
	id TEXT PRIMARY KEY, kind TEXT NOT NULL, object TEXT NOT NULL, serial TEXT NOT NULL, amount BIGINT NOT NULL, args TEXT NOT NULL, body TEXT NOT NULL,
	by_whom TEXT NOT NULL, reason TEXT NOT NULL, at BIGINT NOT NULL, expires_at BIGINT NOT NULL, hash BLOB NOT NULL,
	state TEXT NOT NULL, decider TEXT NOT NULL, decided_at BIGINT NOT NULL, said TEXT NOT NULL, version BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX plans_pending ON plans (kind, object) WHERE state = 'pending';
CREATE INDEX plans_at ON plans (at, id);
CREATE INDEX plans_object ON plans (object);
CREATE INDEX plans_serial ON plans (serial) WHERE serial <> '';

-- +goose Down
DROP TABLE plans;
