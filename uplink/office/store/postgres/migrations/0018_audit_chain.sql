-- +goose Up
-- The audit log is a chain: each act has a number without a gap, the hash of the act before
-- it and its own. Acts of older software have number 0 until they are sealed.
ALTER TABLE audit ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN prev BYTEA NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000';
ALTER TABLE audit ADD COLUMN hash BYTEA NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000';
CREATE INDEX audit_unchained ON audit (id) WHERE seq = 0;
CREATE UNIQUE INDEX audit_seq ON audit (seq) WHERE seq > 0;
CREATE TABLE audit_head (one BIGINT PRIMARY KEY, seq BIGINT NOT NULL, hash BYTEA NOT NULL);
INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

-- +goose Down
DROP TABLE audit_head;
DROP INDEX audit_seq;
DROP INDEX audit_unchained;
ALTER TABLE audit DROP COLUMN hash;
ALTER TABLE audit DROP COLUMN prev;
ALTER TABLE audit DROP COLUMN seq;
