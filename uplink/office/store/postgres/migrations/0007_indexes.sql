-- +goose Up
-- Lists are narrowed by kiosk or account and ordered by time.
CREATE INDEX transactions_kiosk_opened ON transactions (kiosk, opened_at, serial);
CREATE INDEX transactions_account_opened ON transactions (account, opened_at, serial);
DROP INDEX transactions_account;
CREATE INDEX postings_kiosk_ordered ON postings (kiosk, ordered_at, serial);
CREATE INDEX postings_account_ordered ON postings (account, ordered_at, serial);
CREATE INDEX postings_open ON postings (ordered_at, serial) WHERE next_at > 0;

-- What pages show has changed when the sum of n has. Many rows, so that writers do not
-- wait for one another; and no index on updated_at, which every update would move.
CREATE TABLE pulse (slot BIGINT PRIMARY KEY, n BIGINT NOT NULL);
INSERT INTO pulse VALUES (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0),
	(8, 0), (9, 0), (10, 0), (11, 0), (12, 0), (13, 0), (14, 0), (15, 0);
DROP INDEX kiosks_updated;
DROP INDEX transactions_updated;
DROP INDEX postings_updated;
DROP INDEX cases_updated;
DROP INDEX alarms_updated;
DROP INDEX rollouts_updated;
DROP INDEX rollout_targets_updated;

-- +goose Down
CREATE INDEX rollout_targets_updated ON rollout_targets (updated_at);
CREATE INDEX rollouts_updated ON rollouts (updated_at);
CREATE INDEX alarms_updated ON alarms (updated_at);
CREATE INDEX cases_updated ON cases (updated_at);
CREATE INDEX postings_updated ON postings (updated_at);
CREATE INDEX transactions_updated ON transactions (updated_at);
CREATE INDEX kiosks_updated ON kiosks (updated_at);
DROP TABLE pulse;
DROP INDEX postings_open;
DROP INDEX postings_account_ordered;
DROP INDEX postings_kiosk_ordered;
CREATE INDEX transactions_account ON transactions (account);
DROP INDEX transactions_account_opened;
DROP INDEX transactions_kiosk_opened;
