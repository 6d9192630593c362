-- +goose Up
CREATE TABLE bundles (
	sha256 TEXT PRIMARY KEY, size BIGINT NOT NULL, kind TEXT NOT NULL, board TEXT NOT NULL, version TEXT NOT NULL, build BIGINT NOT NULL,
	product TEXT NOT NULL, variant TEXT NOT NULL, floor BIGINT NOT NULL, expires BIGINT NOT NULL, notes TEXT NOT NULL, signers TEXT NOT NULL,
	uploaded_by TEXT NOT NULL, uploaded_at BIGINT NOT NULL
);

CREATE TABLE members (
	grp TEXT NOT NULL, kiosk TEXT NOT NULL,
	PRIMARY KEY (grp, kiosk)
) WITHOUT ROWID;

CREATE TABLE rollouts (
	id TEXT PRIMARY KEY, spec TEXT NOT NULL, bundle TEXT NOT NULL, state TEXT NOT NULL, wave BIGINT NOT NULL, wave_at BIGINT NOT NULL,
	wave_done_at BIGINT NOT NULL, reason TEXT NOT NULL, rolled_back BOOLEAN NOT NULL, created_by TEXT NOT NULL, created_at BIGINT NOT NULL,
	started_by TEXT NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX rollouts_updated ON rollouts (updated_at);

CREATE TABLE rollout_targets (
	rollout TEXT NOT NULL, kiosk TEXT NOT NULL, wave BIGINT NOT NULL, rank BIGINT NOT NULL, skip TEXT NOT NULL, stay TEXT NOT NULL,
	open_until BIGINT NOT NULL, updated_at BIGINT NOT NULL,
	up_id TEXT NOT NULL, up_kind TEXT NOT NULL, up_build BIGINT NOT NULL, up_sent_at BIGINT NOT NULL, up_deadline BIGINT NOT NULL, up_withdrawn BOOLEAN NOT NULL,
	up_phase TEXT NOT NULL, up_percent BIGINT NOT NULL, up_code TEXT NOT NULL, up_detail TEXT NOT NULL, up_from_build BIGINT NOT NULL, up_to_build BIGINT NOT NULL,
	up_kiosk_at BIGINT NOT NULL, up_reported_at BIGINT NOT NULL,
	back_id TEXT NOT NULL, back_kind TEXT NOT NULL, back_build BIGINT NOT NULL, back_sent_at BIGINT NOT NULL, back_deadline BIGINT NOT NULL, back_withdrawn BOOLEAN NOT NULL,
	back_phase TEXT NOT NULL, back_percent BIGINT NOT NULL, back_code TEXT NOT NULL, back_detail TEXT NOT NULL, back_from_build BIGINT NOT NULL, back_to_build BIGINT NOT NULL,
	back_kiosk_at BIGINT NOT NULL, back_reported_at BIGINT NOT NULL,
	PRIMARY KEY (rollout, kiosk)
) WITHOUT ROWID;
CREATE UNIQUE INDEX rollout_targets_up ON rollout_targets (up_id) WHERE up_id <> '';
CREATE UNIQUE INDEX rollout_targets_back ON rollout_targets (back_id) WHERE back_id <> '';
CREATE INDEX rollout_targets_open ON rollout_targets (open_until) WHERE open_until > 0;
CREATE INDEX rollout_targets_updated ON rollout_targets (updated_at);

-- +goose Down
DROP TABLE rollout_targets; DROP TABLE rollouts; DROP TABLE members; DROP TABLE bundles;
