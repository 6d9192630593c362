-- +goose Up
-- Who books a sale with the MIS is fixed when it is ordered. What was sold before this keeps
-- the way that it went; what was not sold yet goes as the setting says.
ALTER TABLE postings ADD COLUMN route TEXT NOT NULL DEFAULT '';
UPDATE postings SET route = 'mis' WHERE card <> '' AND EXISTS
	(SELECT 1 FROM postings AS b WHERE b.serial = 'B' || substr(postings.serial, 2) AND b.kiosk = postings.kiosk);
UPDATE postings SET route = 'self' WHERE card <> '' AND route = '' AND (next_at = 0 OR EXISTS
	(SELECT 1 FROM deliveries WHERE deliveries.serial = postings.serial));

-- +goose Down
ALTER TABLE postings DROP COLUMN route;
