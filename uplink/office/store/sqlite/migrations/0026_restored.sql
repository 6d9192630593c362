-- +goose Up
-- Since when books out of a backup may lack the end of a journal that they held before; 0 for
-- not. Such books take no sale back.
ALTER TABLE journals ADD COLUMN restored_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE journals DROP COLUMN restored_at;
