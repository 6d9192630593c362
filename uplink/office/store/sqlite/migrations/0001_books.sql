-- +goose Up
CREATE TABLE kiosks (
	id TEXT PRIMARY KEY, incarnation BIGINT NOT NULL, head_seq BIGINT NOT NULL, head_hash BLOB NOT NULL,
	online BOOLEAN NOT NULL, seen_at BIGINT NOT NULL, report TEXT NOT NULL, enrolled_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX kiosks_updated ON kiosks (updated_at);

CREATE TABLE tokens (
	hash TEXT PRIMARY KEY, kiosk TEXT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT NOT NULL, keep_journal BOOLEAN NOT NULL
);

CREATE TABLE records (
	kiosk TEXT NOT NULL, incarnation BIGINT NOT NULL, seq BIGINT NOT NULL, hash BLOB NOT NULL, boot BIGINT NOT NULL,
	at BIGINT NOT NULL, trust BIGINT NOT NULL, type TEXT NOT NULL, txn TEXT NOT NULL, version BIGINT NOT NULL, payload BLOB NOT NULL,
	PRIMARY KEY (kiosk, incarnation, seq)
) WITHOUT ROWID;
CREATE INDEX records_txn ON records (txn) WHERE txn <> '';

CREATE TABLE transactions (
	serial TEXT PRIMARY KEY, kiosk TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL,
	arrears BIGINT NOT NULL, minimum BIGINT NOT NULL, online BOOLEAN NOT NULL, tender TEXT NOT NULL, status TEXT NOT NULL,
	total BIGINT NOT NULL, reason TEXT NOT NULL, opened_at BIGINT NOT NULL, closed_at BIGINT NOT NULL, code TEXT NOT NULL,
	text TEXT NOT NULL, reference TEXT NOT NULL, to_arrears BIGINT NOT NULL, to_advance BIGINT NOT NULL,
	copies BIGINT NOT NULL, slip TEXT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX transactions_opened ON transactions (opened_at, serial);
CREATE INDEX transactions_account ON transactions (account);
CREATE INDEX transactions_updated ON transactions (updated_at);

CREATE TABLE notes (
	serial TEXT NOT NULL, note BIGINT NOT NULL, value BIGINT NOT NULL, state TEXT NOT NULL, inferred BOOLEAN NOT NULL, evidence TEXT NOT NULL,
	PRIMARY KEY (serial, note)
) WITHOUT ROWID;

CREATE TABLE postings (
	serial TEXT PRIMARY KEY, kiosk TEXT NOT NULL, account TEXT NOT NULL, amount BIGINT NOT NULL, business_date TEXT NOT NULL,
	paid TEXT NOT NULL, tender TEXT NOT NULL, state TEXT NOT NULL, in_flight BOOLEAN NOT NULL, next_at BIGINT NOT NULL,
	calls BIGINT NOT NULL, unusable BIGINT NOT NULL, failures BIGINT NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL,
	reference TEXT NOT NULL, to_arrears BIGINT NOT NULL, to_advance BIGINT NOT NULL, reason TEXT NOT NULL, ordered_at BIGINT NOT NULL,
	version BIGINT NOT NULL, owner TEXT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX postings_due ON postings (next_at, serial) WHERE next_at > 0;
CREATE INDEX postings_ordered ON postings (ordered_at, serial);
CREATE INDEX postings_date ON postings (business_date);
CREATE INDEX postings_updated ON postings (updated_at);

CREATE TABLE history (
	serial TEXT NOT NULL, version BIGINT NOT NULL, at BIGINT NOT NULL, event TEXT NOT NULL, state TEXT NOT NULL,
	code TEXT NOT NULL, text TEXT NOT NULL, by_whom TEXT NOT NULL,
	PRIMARY KEY (serial, version)
) WITHOUT ROWID;

CREATE TABLE cases (
	id TEXT PRIMARY KEY, class TEXT NOT NULL, kiosk TEXT NOT NULL, serial TEXT NOT NULL, amount BIGINT NOT NULL, text TEXT NOT NULL,
	is_open BOOLEAN NOT NULL, opened_at BIGINT NOT NULL, closed_at BIGINT NOT NULL, closed_by TEXT NOT NULL, resolution TEXT NOT NULL,
	updated_at BIGINT NOT NULL
);
CREATE INDEX cases_open ON cases (is_open, opened_at);
CREATE INDEX cases_serial ON cases (serial);
CREATE INDEX cases_updated ON cases (updated_at);

CREATE TABLE alarms (
	kiosk TEXT NOT NULL, code TEXT NOT NULL, is_on BOOLEAN NOT NULL, detail TEXT NOT NULL, at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
	PRIMARY KEY (kiosk, code)
);
CREATE INDEX alarms_updated ON alarms (updated_at);

CREATE TABLE users (
	name TEXT PRIMARY KEY, hash TEXT NOT NULL, role TEXT NOT NULL, disabled BOOLEAN NOT NULL, created_at BIGINT NOT NULL
);
CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expires_at BIGINT NOT NULL);
CREATE INDEX sessions_expire ON sessions (expires_at);
CREATE TABLE audit (
	id INTEGER PRIMARY KEY AUTOINCREMENT, at BIGINT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL, reason TEXT NOT NULL
);

-- +goose Down
DROP TABLE audit; DROP TABLE sessions; DROP TABLE users; DROP TABLE alarms; DROP TABLE cases; DROP TABLE history;
DROP TABLE postings; DROP TABLE notes; DROP TABLE transactions; DROP TABLE records; DROP TABLE tokens; DROP TABLE kiosks;
