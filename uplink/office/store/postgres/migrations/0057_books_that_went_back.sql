-- +goose Up
-- Lines of a book that are of money which went back, and their sum.
ALTER TABLE settle_files ADD COLUMN backs BIGINT NOT NULL DEFAULT 0;
ALTER TABLE settle_files ADD COLUMN back BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE settle_files DROP COLUMN back;
ALTER TABLE settle_files DROP COLUMN backs;
