-- migrate:up

-- What screens draw a site by: copies of the policies in force and of the house clock, written by the venues slice.
ALTER TABLE site
    ADD COLUMN day_ends text NOT NULL DEFAULT '04:00' CHECK (day_ends ~ '^0[0-9]:[0-5][0-9]$'),
    ADD COLUMN late_after_min integer NOT NULL DEFAULT 15,
    ADD COLUMN soon_min integer NOT NULL DEFAULT 90,
    ADD COLUMN theme text NOT NULL DEFAULT 'house',
    ADD COLUMN clock_house_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN clock_wall_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN clock_rate double precision NOT NULL DEFAULT 1;

-- migrate:down
ALTER TABLE site
    DROP COLUMN day_ends,
    DROP COLUMN late_after_min,
    DROP COLUMN soon_min,
    DROP COLUMN theme,
    DROP COLUMN clock_house_at,
    DROP COLUMN clock_wall_at,
    DROP COLUMN clock_rate;
