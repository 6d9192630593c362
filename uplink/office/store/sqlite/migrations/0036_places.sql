-- +goose Up
-- Where a kiosk stands: as its own settings say (site, address), and as a person of head
-- office set it, who then goes before (set_*). Trouble is how much it needs a look, by what
-- it last said of itself.
ALTER TABLE kiosks ADD COLUMN site TEXT NOT NULL DEFAULT '';
ALTER TABLE kiosks ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE kiosks ADD COLUMN set_site TEXT NOT NULL DEFAULT '';
ALTER TABLE kiosks ADD COLUMN set_address TEXT NOT NULL DEFAULT '';
ALTER TABLE kiosks ADD COLUMN set_by TEXT NOT NULL DEFAULT '';
ALTER TABLE kiosks ADD COLUMN set_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE kiosks ADD COLUMN trouble BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE kiosks DROP COLUMN trouble;
ALTER TABLE kiosks DROP COLUMN set_at;
ALTER TABLE kiosks DROP COLUMN set_by;
ALTER TABLE kiosks DROP COLUMN set_address;
ALTER TABLE kiosks DROP COLUMN set_site;
ALTER TABLE kiosks DROP COLUMN address;
ALTER TABLE kiosks DROP COLUMN site;
