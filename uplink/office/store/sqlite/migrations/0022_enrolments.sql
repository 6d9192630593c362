-- +goose Up
-- New kiosks enrol one at a time, so that none enrols beside another with nearly its number.
INSERT INTO counters VALUES ('enrolments', 0);

-- +goose Down
DELETE FROM counters WHERE name = 'enrolments';
