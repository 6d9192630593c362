-- +goose Up
-- Who a kiosk is: whether it is in service, its newest key and the next one. Kiosks that
-- were enrolled before are in service, and of their certificates only the key is known.
CREATE TABLE identities (
	kiosk TEXT PRIMARY KEY, service TEXT NOT NULL, newest BLOB NOT NULL, ends BIGINT NOT NULL, life BIGINT NOT NULL,
	next_key BLOB NOT NULL, next_ends BIGINT NOT NULL, next_at BIGINT NOT NULL, issued BIGINT NOT NULL,
	changed_by TEXT NOT NULL, reason TEXT NOT NULL, changed_at BIGINT NOT NULL, rev BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX identities_rev ON identities (rev);
INSERT INTO identities SELECT id, 'in-service', public_key, 0, 0, x'', 0, 0, 0, '', '', 0, 1 FROM kiosks;
INSERT INTO counters VALUES ('identity-rev', 1);
-- Every certificate that is signed for a kiosk.
CREATE TABLE certificates (
	serial TEXT PRIMARY KEY, kiosk TEXT NOT NULL, certified BLOB NOT NULL, issued BIGINT NOT NULL, ends BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX certificates_kiosk ON certificates (kiosk, ends);
CREATE INDEX certificates_ends ON certificates (ends);
-- The incarnation that a person says a kiosk had at least; -1 for none.
ALTER TABLE tokens ADD COLUMN had BIGINT NOT NULL DEFAULT -1;

-- +goose Down
ALTER TABLE tokens DROP COLUMN had;
DROP TABLE certificates;
DROP TABLE identities;
DELETE FROM counters WHERE name = 'identity-rev';
