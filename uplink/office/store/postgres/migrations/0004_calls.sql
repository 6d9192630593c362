-- +goose Up
ALTER TABLE postings ADD COLUMN proven BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE postings ADD COLUMN undone BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE postings ADD COLUMN undos BIGINT NOT NULL DEFAULT 0;
ALTER TABLE postings ADD COLUMN odd BIGINT NOT NULL DEFAULT 0;
ALTER TABLE postings ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE postings ADD COLUMN stray BIGINT NOT NULL DEFAULT 0;
ALTER TABLE postings ADD COLUMN why TEXT NOT NULL DEFAULT '';
ALTER TABLE postings ADD COLUMN refusal TEXT NOT NULL DEFAULT '';
ALTER TABLE postings ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
-- What is posted, and what a person was having reversed after it was posted, had a positive answer.
UPDATE postings SET proven = TRUE WHERE state = 'posted' OR (state = 'reversing' AND to_arrears + to_advance = amount);
-- What a retry posted while its case stayed open is nobody's to refund.
UPDATE cases SET is_open = FALSE, closed_at = updated_at, closed_by = 'office', resolution = 'posted after all'
	WHERE is_open AND class IN ('owed', 'disputed') AND serial IN (SELECT serial FROM postings WHERE state = 'posted');

-- +goose Down
ALTER TABLE postings DROP COLUMN evidence;
ALTER TABLE postings DROP COLUMN refusal;
ALTER TABLE postings DROP COLUMN why;
ALTER TABLE postings DROP COLUMN stray;
ALTER TABLE postings DROP COLUMN since;
ALTER TABLE postings DROP COLUMN odd;
ALTER TABLE postings DROP COLUMN undos;
ALTER TABLE postings DROP COLUMN undone;
ALTER TABLE postings DROP COLUMN proven;
