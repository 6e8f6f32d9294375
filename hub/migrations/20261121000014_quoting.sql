-- migrate:up

-- --------------------------------- wait quotes: the interval a party was told, and the one believed of the line now

-- without an interval: told by the host, or before the house played evenings forward
ALTER TABLE party
    ADD COLUMN quoted_low_min integer,
    ADD COLUMN quoted_median_min integer,
    ADD COLUMN quoted_high_min integer,
    ADD COLUMN quote_confidence double precision,
    ADD COLUMN quote_source text;
-- promises that were kept or not, by the end of the wait
CREATE INDEX party_promised ON party (site_id, converted_at DESC)
    WHERE quoted_low_min IS NOT NULL AND converted_at IS NOT NULL;
CREATE INDEX party_joined ON party (site_id, joined_at DESC) WHERE kind = 'walk_in';

ALTER TABLE wait
    ADD COLUMN low_at timestamptz,
    ADD COLUMN high_at timestamptz,
    ADD COLUMN confidence double precision,
    ADD COLUMN source text NOT NULL DEFAULT 'rule';

ALTER TABLE quote
    ADD COLUMN low_at timestamptz,
    ADD COLUMN high_at timestamptz,
    ADD COLUMN confidence double precision,
    ADD COLUMN source text NOT NULL DEFAULT 'rule';

-- turns are learned from the parties that have left
CREATE INDEX seating_gone ON seating (site_id, left_at DESC) WHERE left_at IS NOT NULL;

-- migrate:down
DROP INDEX seating_gone;
ALTER TABLE quote DROP COLUMN low_at, DROP COLUMN high_at, DROP COLUMN confidence, DROP COLUMN source;
ALTER TABLE wait DROP COLUMN low_at, DROP COLUMN high_at, DROP COLUMN confidence, DROP COLUMN source;
DROP INDEX party_joined, party_promised;
ALTER TABLE party DROP COLUMN quoted_low_min, DROP COLUMN quoted_median_min, DROP COLUMN quoted_high_min,
    DROP COLUMN quote_confidence, DROP COLUMN quote_source;
