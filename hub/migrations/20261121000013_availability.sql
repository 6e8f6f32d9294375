-- migrate:up

-- ------------------------------------------- availability: what watchers see (derived), and how somebody was let in

CREATE TABLE slot_state (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    service_date date NOT NULL,
    starts_at timestamptz NOT NULL,
    at_time text NOT NULL,
    state text NOT NULL CHECK (state IN ('free', 'full', 'closed')),
    sizes integer[] NOT NULL,
    flags text[] NOT NULL,
    special_event text,
    incentive text,
    basis bigint NOT NULL,
    PRIMARY KEY (site_id, id)
);
CREATE INDEX slot_state_day ON slot_state (site_id, service_date);

-- days somebody looks at; a screen that stays longer asks again
CREATE TABLE slot_watch (
    site_id text NOT NULL REFERENCES site,
    service_date date NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (site_id, service_date)
);

CREATE TABLE certificate (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    basis bigint NOT NULL,
    covers integer NOT NULL,
    starts_at timestamptz NOT NULL,
    duration_min integer NOT NULL,
    table_ids text[] NOT NULL,
    moves jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    booking_id text,
    PRIMARY KEY (site_id, id)
);
CREATE INDEX certificate_booking ON certificate (site_id, booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX certificate_unused ON certificate (site_id, expires_at) WHERE booking_id IS NULL;

-- migrate:down
DROP TABLE certificate, slot_watch, slot_state;
