-- migrate:up

-- ---------------------------------------------------------------- planning: the evening as proposed (derived), and pins

CREATE TABLE plan (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    basis bigint NOT NULL,
    found_by text NOT NULL,
    proven boolean NOT NULL,
    gap double precision NOT NULL,
    cost bigint NOT NULL,
    bound bigint NOT NULL,
    covers integer NOT NULL,
    unplaced integer NOT NULL,
    terms jsonb NOT NULL,
    flag text,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, id)
);

CREATE TABLE ghost (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    owner_kind text NOT NULL,
    from_ids text[] NOT NULL,
    to_ids text[] NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    reason text NOT NULL,
    why text NOT NULL,
    about text[] NOT NULL,
    PRIMARY KEY (site_id, id)
);

CREATE TABLE pin (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    service_date date NOT NULL,
    pinned_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id)
);
CREATE INDEX pin_day ON pin (site_id, service_date);

-- migrate:down
DROP TABLE pin, ghost, plan;
