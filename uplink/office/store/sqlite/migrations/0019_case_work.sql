-- +goose Up
-- Who works on a case and how, and what happened to it. A case without events has the
-- history that its own row tells.
ALTER TABLE cases ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN next_step TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN contact TEXT NOT NULL DEFAULT '';
CREATE INDEX cases_owner ON cases (owner, opened_at) WHERE owner <> '';

CREATE TABLE case_events (
	case_id TEXT NOT NULL, n BIGINT NOT NULL, at BIGINT NOT NULL, by_whom TEXT NOT NULL, what TEXT NOT NULL, text TEXT NOT NULL,
	PRIMARY KEY (case_id, n)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE case_events;
DROP INDEX cases_owner;
ALTER TABLE cases DROP COLUMN contact;
ALTER TABLE cases DROP COLUMN due_at;
ALTER TABLE cases DROP COLUMN next_step;
ALTER TABLE cases DROP COLUMN owner;
