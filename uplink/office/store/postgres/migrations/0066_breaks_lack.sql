-- +goose Up
-- Which books a break is missing from. None is written down of what earlier versions found: a
-- later run of the date that finds it again says so.
ALTER TABLE settle_breaks ADD COLUMN lacks BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE settle_breaks DROP COLUMN lacks;
