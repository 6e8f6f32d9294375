-- migrate:up

-- Times that recur: on these weekdays, from and until by the house's wall.
CREATE TABLE slot_rule (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    weekdays integer[] NOT NULL CHECK (weekdays <@ '{1,2,3,4,5,6,7}' AND cardinality(weekdays) > 0),
    from_time text NOT NULL CHECK (from_time ~ '^[0-2][0-9]:[0-5][0-9]$'),
    until_time text NOT NULL CHECK (until_time ~ '^[0-2][0-9]:[0-5][0-9]$'),
    step_min integer CHECK (step_min > 0),
    starts text[] NOT NULL DEFAULT '{}',
    covers_max integer CHECK (covers_max >= 0),
    staff_needed integer CHECK (staff_needed >= 0),
    pricing text,
    incentive text,
    recommended boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id)
);

-- What one time of one day has of its own; its id is the day and the time.
CREATE TABLE slot (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    on_day date NOT NULL,
    at_time text NOT NULL CHECK (at_time ~ '^[0-2][0-9]:[0-5][0-9]$'),
    covers_max integer CHECK (covers_max >= 0),
    staff_level integer CHECK (staff_level >= 0),
    special_event text,
    pricing text,
    incentive text,
    recommended boolean,
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id)
);
CREATE UNIQUE INDEX slot_time ON slot (site_id, on_day, at_time);

CREATE TABLE special_day (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('closed', 'event', 'season')),
    title text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL CHECK (last_day >= first_day),
    weekdays integer[] NOT NULL DEFAULT '{}' CHECK (weekdays <@ '{1,2,3,4,5,6,7}'),
    area_id text,
    hours text[] CHECK (kind <> 'closed' OR hours IS NULL),
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id),
    FOREIGN KEY (site_id, area_id) REFERENCES area
);
CREATE INDEX special_day_until ON special_day (site_id, last_day);

CREATE TABLE staff_level (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    on_day date NOT NULL,
    level integer NOT NULL CHECK (level >= 0),
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id)
);
CREATE INDEX staff_level_day ON staff_level (site_id, on_day);

CREATE TABLE weather (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    note text,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id)
);
CREATE INDEX weather_until ON weather (site_id, ends_at);

-- Tables kept while somebody fills in a booking; the tables themselves are holds with this owner.
CREATE TABLE checkout (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    actor text NOT NULL,
    covers integer NOT NULL CHECK (covers >= 1),
    starts_at timestamptz NOT NULL,
    duration_min integer NOT NULL CHECK (duration_min > 0),
    area_id text,
    accessible boolean NOT NULL DEFAULT false,
    table_ids text[] NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > made_at),
    status text NOT NULL DEFAULT 'held' CHECK (status IN ('held', 'taken', 'released', 'expired')),
    PRIMARY KEY (site_id, id)
);
CREATE INDEX checkout_live ON checkout (site_id, starts_at) WHERE status = 'held';

-- migrate:down
DROP TABLE checkout, weather, staff_level, special_day, slot, slot_rule;
