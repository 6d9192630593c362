-- +goose Up
-- Reconciliation: business dates, the files of the other books with their lines, the breaks
-- that runs found, and which job of which day is due.
CREATE TABLE settle_dates (
	day TEXT PRIMARY KEY, state TEXT NOT NULL, run BIGINT NOT NULL, books TEXT NOT NULL, missing TEXT NOT NULL, breaks BIGINT NOT NULL, ran_at BIGINT NOT NULL,
	signed_by TEXT NOT NULL, signed_at BIGINT NOT NULL, seal TEXT NOT NULL, sealed TEXT NOT NULL,
	version BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE TABLE settle_files (
	id TEXT PRIMARY KEY, day TEXT NOT NULL, kind TEXT NOT NULL, part TEXT NOT NULL, name TEXT NOT NULL, count BIGINT NOT NULL, sum BIGINT NOT NULL,
	sha256 TEXT NOT NULL, state TEXT NOT NULL, by_whom TEXT NOT NULL, at BIGINT NOT NULL, replaced_at BIGINT NOT NULL,
	owner TEXT NOT NULL, until BIGINT NOT NULL, version BIGINT NOT NULL
);
CREATE INDEX settle_files_day ON settle_files (day, kind, part);
CREATE INDEX settle_files_loading ON settle_files (id) WHERE state = 'loading';
CREATE TABLE settle_lines (
	file TEXT NOT NULL, serial TEXT NOT NULL, n BIGINT NOT NULL, account TEXT NOT NULL, batch TEXT NOT NULL, terminal TEXT NOT NULL, trace TEXT NOT NULL,
	reference TEXT NOT NULL, amount BIGINT NOT NULL, at BIGINT NOT NULL, state BIGINT NOT NULL,
	PRIMARY KEY (file, serial, n)
);
CREATE INDEX settle_lines_serial ON settle_lines (serial);
CREATE TABLE settle_breaks (
	id TEXT PRIMARY KEY, day TEXT NOT NULL, class TEXT NOT NULL, serial TEXT NOT NULL, batch TEXT NOT NULL, account TEXT NOT NULL, kiosk TEXT NOT NULL,
	sides TEXT NOT NULL, proposal TEXT NOT NULL, state TEXT NOT NULL, first_run BIGINT NOT NULL, run BIGINT NOT NULL, found_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL, resolution TEXT NOT NULL
);
CREATE INDEX settle_breaks_day ON settle_breaks (day, id);
CREATE INDEX settle_breaks_open ON settle_breaks (day, id) WHERE state = 'open';
CREATE TABLE settle_due (
	job TEXT NOT NULL, day TEXT NOT NULL, state TEXT NOT NULL, next_at BIGINT NOT NULL, owner TEXT NOT NULL, until BIGINT NOT NULL, tries BIGINT NOT NULL,
	again BOOLEAN NOT NULL, version BIGINT NOT NULL,
	PRIMARY KEY (job, day)
);

-- Postings of a date are read in the order of their serials.
CREATE INDEX postings_day ON postings (business_date, serial);
DROP INDEX postings_date;

-- When a kiosk last spoke for itself: its last will moves seen_at too.
ALTER TABLE kiosks ADD COLUMN reported_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE kiosks DROP COLUMN reported_at;
CREATE INDEX postings_date ON postings (business_date);
DROP INDEX postings_day;
DROP TABLE settle_due;
DROP TABLE settle_breaks;
DROP TABLE settle_lines;
DROP TABLE settle_files;
DROP TABLE settle_dates;
