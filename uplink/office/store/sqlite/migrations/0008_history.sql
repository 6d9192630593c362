-- +goose Up
-- A call and its outcome are one row; before, the call had one of its own. 0 is not known.
ALTER TABLE history ADD COLUMN began_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE history DROP COLUMN began_at;
