-- +goose Up
-- Where the money of a case went, as the two people who closed it say: paid-out or kept;
-- empty where nobody said. Until it is said it stands in suspense.
ALTER TABLE cases ADD COLUMN went TEXT NOT NULL DEFAULT '';
