-- +goose Up
-- From when kiosks take no notes until a business date is signed: of all, of a group, or of one.
CREATE TABLE cash_rules (
	scope TEXT PRIMARY KEY, minute BIGINT NOT NULL, lifted TEXT NOT NULL, by_whom TEXT NOT NULL, at BIGINT NOT NULL, version BIGINT NOT NULL
);
-- Who is told when nobody signs a date, by the minute of the day after it.
CREATE TABLE sign_escalations (
	minute BIGINT PRIMARY KEY, who TEXT NOT NULL, by_whom TEXT NOT NULL, at BIGINT NOT NULL, version BIGINT NOT NULL
);
-- Statements of the account that cash is deposited to, and their lines: one that comes in
-- several statements is one.
CREATE TABLE bank_statements (id TEXT PRIMARY KEY, at BIGINT NOT NULL, body TEXT NOT NULL);
CREATE INDEX bank_statements_at ON bank_statements (at, id);
CREATE TABLE bank_statement_lines (
	id TEXT PRIMARY KEY, date TEXT NOT NULL, reference TEXT NOT NULL, amount BIGINT NOT NULL, remittance TEXT NOT NULL, body TEXT NOT NULL, version BIGINT NOT NULL
);
CREATE INDEX bank_statement_lines_reference ON bank_statement_lines (reference, id);
CREATE INDEX bank_statement_lines_date ON bank_statement_lines (remittance, date, id);

-- +goose Down
DROP TABLE bank_statement_lines;
DROP TABLE bank_statements;
DROP TABLE sign_escalations;
DROP TABLE cash_rules;
