-- +goose Up
-- Double entry: chained entries, what they make of each account a date, the end of the
-- chain, and what changed since it was last posted. All that is there is to be posted.
CREATE TABLE account_entries (
	n BIGINT PRIMARY KEY, business_date TEXT NOT NULL, reference TEXT COLLATE "C" NOT NULL, kiosk TEXT NOT NULL, kind TEXT NOT NULL, why TEXT NOT NULL,
	by_whom TEXT NOT NULL, at BIGINT NOT NULL, lines TEXT NOT NULL, hash BYTEA NOT NULL
);
CREATE INDEX account_entries_reference ON account_entries (reference, n);
CREATE INDEX account_entries_date ON account_entries (business_date, n);
CREATE TABLE account_balances (
	id TEXT COLLATE "C" PRIMARY KEY, business_date TEXT NOT NULL, kiosk TEXT NOT NULL, account TEXT COLLATE "C" NOT NULL, debit BIGINT NOT NULL, credit BIGINT NOT NULL
);
CREATE INDEX account_balances_date ON account_balances (business_date, kiosk);
CREATE TABLE account_head (id BIGINT PRIMARY KEY, n BIGINT NOT NULL, hash BYTEA NOT NULL, sealed TEXT NOT NULL, updated_at BIGINT NOT NULL);
INSERT INTO account_head (id, n, hash, sealed, updated_at) VALUES (1, 0, decode(repeat('00', 32), 'hex'), '', 0);
CREATE TABLE account_marks (reference TEXT COLLATE "C" PRIMARY KEY, token BIGINT NOT NULL);
INSERT INTO account_marks (reference, token)
	SELECT serial, 1 FROM transactions
	UNION SELECT serial, 1 FROM postings WHERE serial NOT LIKE 'B%'
	UNION SELECT id, 1 FROM cases WHERE class = 'stray-note';

-- +goose Down
DROP TABLE account_marks;
DROP TABLE account_head;
DROP TABLE account_balances;
DROP TABLE account_entries;
