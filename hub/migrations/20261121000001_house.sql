-- migrate:up

-- The house: one row. The epoch changes only on restore, or when the tail is found ahead of the database.
CREATE TABLE house (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch text NOT NULL,
    sample boolean NOT NULL DEFAULT false
);
INSERT INTO house (epoch) VALUES (substr(md5(random()::text || clock_timestamp()::text), 1, 8));

-- House time = house_at + (wall − wall_at) × rate. Rate 1 and equal anchors outside a sample house.
CREATE TABLE house_clock (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    house_at timestamptz NOT NULL,
    wall_at timestamptz NOT NULL,
    rate double precision NOT NULL CHECK (rate >= 0 AND rate <= 60)
);
INSERT INTO house_clock (house_at, wall_at, rate) VALUES (now(), now(), 1);

CREATE TABLE org (
    id text PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE site (
    id text PRIMARY KEY,
    org_id text NOT NULL REFERENCES org,
    name text NOT NULL,
    kind text NOT NULL DEFAULT 'restaurant' CHECK (kind IN ('restaurant', 'station', 'hybrid')),
    timezone text NOT NULL,
    opening_hours jsonb NOT NULL DEFAULT '{}',
    service_date date NOT NULL,
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1
);

-- ---------------------------------------------------------------- journal

CREATE TABLE site_head (
    site_id text PRIMARY KEY REFERENCES site,
    seq bigint NOT NULL DEFAULT 0
);

CREATE TABLE journal (
    site_id text NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    wall_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    command text NOT NULL,
    actor text NOT NULL,
    source text NOT NULL,
    reason text,
    facts jsonb NOT NULL,
    touched jsonb NOT NULL,
    offsets jsonb NOT NULL,
    undoes bigint,
    PRIMARY KEY (site_id, seq)
);
CREATE INDEX journal_undoes ON journal (site_id, undoes) WHERE undoes IS NOT NULL;

CREATE TABLE channel_head (
    channel text PRIMARY KEY,
    site_id text NOT NULL,
    top bigint NOT NULL
);

-- Patches and answers may hold names: daily partitions, dropped after 24 h, so that erasure is complete.
CREATE TABLE publication (
    day date NOT NULL,
    channel text NOT NULL,
    pos bigint NOT NULL,
    site_id text NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    data bytea NOT NULL,
    PRIMARY KEY (day, channel, pos)
) PARTITION BY RANGE (day);
CREATE INDEX publication_seq ON publication (site_id, seq);
CREATE TABLE publication_rest PARTITION OF publication DEFAULT;

CREATE TABLE answer (
    day date NOT NULL,
    site_id text NOT NULL,
    actor text NOT NULL,
    key text NOT NULL,
    seq bigint NOT NULL,
    wish bytea NOT NULL,
    answer bytea NOT NULL,
    undo jsonb,
    PRIMARY KEY (day, site_id, actor, key)
) PARTITION BY RANGE (day);
CREATE INDEX answer_seq ON answer (site_id, seq);
CREATE TABLE answer_rest PARTITION OF answer DEFAULT;

-- What the relay has not yet handed to Redis.
CREATE TABLE outbox (
    site_id text NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (site_id, seq)
);

-- How far each reaction has heard the journal.
CREATE TABLE reaction (
    name text NOT NULL,
    site_id text NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (name, site_id)
);

-- The truth about timers: the queue may run a job twice, a timer fires once.
CREATE TABLE timer (
    id text PRIMARY KEY,
    site_id text NOT NULL REFERENCES site,
    subject text NOT NULL,
    command jsonb NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'armed' CHECK (state IN ('armed', 'fired', 'dropped'))
);
CREATE INDEX timer_due ON timer (due_at) WHERE state = 'armed';
CREATE INDEX timer_subject ON timer (site_id, subject) WHERE state = 'armed';

-- ---------------------------------------------------------------- people

CREATE TABLE staff (
    id text PRIMARY KEY,
    org_id text NOT NULL REFERENCES org,
    email citext NOT NULL UNIQUE,
    name text NOT NULL,
    initials text NOT NULL,
    password_hash text,
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1
);

CREATE TABLE staff_role (
    site_id text NOT NULL REFERENCES site,
    staff_id text NOT NULL REFERENCES staff,
    role text NOT NULL,
    PRIMARY KEY (site_id, staff_id, role)
);
CREATE INDEX staff_role_staff ON staff_role (staff_id);

-- One row per login session; the cookie carries its secret, here is its hash.
CREATE TABLE session (
    hash bytea PRIMARY KEY,
    staff_id text NOT NULL REFERENCES staff,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_staff ON session (staff_id);

-- ---------------------------------------------------------------- policies

CREATE TABLE policy_version (
    org_id text NOT NULL REFERENCES org,
    policy text NOT NULL,
    version integer NOT NULL,
    scope text NOT NULL CHECK (scope IN ('org', 'site', 'kind')),
    site_id text,
    kind text,
    value jsonb,
    by_id text,
    at timestamptz NOT NULL,
    reason text,
    PRIMARY KEY (org_id, policy, version)
);
CREATE INDEX policy_version_site ON policy_version (site_id);

-- ---------------------------------------------------------------- floor

CREATE TABLE area (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL DEFAULT 'indoor',
    service_type text NOT NULL DEFAULT 'full_service',
    features text[] NOT NULL DEFAULT '{}',
    hours jsonb,
    fixtures jsonb NOT NULL DEFAULT '[]',
    width double precision NOT NULL DEFAULT 840,
    height double precision NOT NULL DEFAULT 640,
    position integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id)
);

CREATE TABLE section (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    name text NOT NULL,
    server_id text,
    server_name text,
    initials text NOT NULL DEFAULT '',
    colour integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id)
);

CREATE TABLE floor_table (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    area_id text NOT NULL,
    number text NOT NULL,
    name text,
    min_covers integer NOT NULL,
    max_covers integer NOT NULL,
    furniture text NOT NULL DEFAULT 'standard',
    size_class text NOT NULL,
    shape text NOT NULL DEFAULT 'square',
    features text[] NOT NULL DEFAULT '{}',
    preferred_for text[] NOT NULL DEFAULT '{}',
    priority integer NOT NULL DEFAULT 5 CHECK (priority BETWEEN 1 AND 10),
    x double precision NOT NULL DEFAULT 0,
    y double precision NOT NULL DEFAULT 0,
    w double precision NOT NULL DEFAULT 80,
    h double precision NOT NULL DEFAULT 80,
    rotation double precision NOT NULL DEFAULT 0,
    status text NOT NULL DEFAULT 'available' CHECK (status IN ('available', 'occupied', 'cleaning', 'out_of_service')),
    status_since timestamptz NOT NULL,
    status_note text,
    last_cleaned timestamptz,
    section_id text,
    notes text,
    qr text NOT NULL UNIQUE,
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id),
    CHECK (min_covers >= 1 AND min_covers <= max_covers),
    FOREIGN KEY (site_id, area_id) REFERENCES area DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (site_id, section_id) REFERENCES section DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX floor_table_number ON floor_table (site_id, number) WHERE active;

CREATE TABLE table_join (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    a text NOT NULL,
    b text NOT NULL,
    combined_max integer NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id),
    CHECK (a < b),
    UNIQUE (site_id, a, b),
    FOREIGN KEY (site_id, a) REFERENCES floor_table DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (site_id, b) REFERENCES floor_table DEFERRABLE INITIALLY DEFERRED
);

-- ---------------------------------------------------------------- holds: planned use, never overlapping

CREATE TABLE hold (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    owner_kind text NOT NULL CHECK (owner_kind IN ('booking', 'seating', 'offer', 'checkout', 'opening', 'block')),
    owner_id text NOT NULL,
    table_id text NOT NULL,
    service_date date NOT NULL,
    starts_at timestamptz NOT NULL,
    during tstzrange NOT NULL CHECK (lower_inc(during) AND NOT upper_inc(during) AND lower(during) = starts_at),
    reserved_from timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'held' CHECK (status IN ('held', 'active', 'released')),
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id),
    FOREIGN KEY (site_id, table_id) REFERENCES floor_table DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT hold_no_overlap EXCLUDE USING gist (site_id WITH =, table_id WITH =, during WITH &&)
        WHERE (status IN ('held', 'active'))
);
CREATE INDEX hold_owner ON hold (site_id, owner_id);
CREATE INDEX hold_day ON hold (site_id, service_date);

-- ---------------------------------------------------------------- bookings

CREATE TABLE booking (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    kind text NOT NULL DEFAULT 'dining' CHECK (kind IN ('dining', 'event')),
    code text NOT NULL,
    name text NOT NULL,
    phone text,
    email text,
    covers integer NOT NULL CHECK (covers >= 1),
    service_date date NOT NULL,
    starts_at timestamptz NOT NULL,
    duration_min integer NOT NULL CHECK (duration_min > 0),
    status text NOT NULL DEFAULT 'pending' CHECK (status IN (
        'inquiry', 'pending', 'confirmed', 'reminded', 'arrived', 'seated', 'dining', 'completed', 'cancelled',
        'no_show', 'rescheduled')),
    status_since timestamptz NOT NULL,
    source text NOT NULL,
    occasion text,
    flags text[] NOT NULL DEFAULT '{}',
    notes text,
    area_id text,
    accessible boolean NOT NULL DEFAULT false,
    booked_at timestamptz NOT NULL,
    arrived_at timestamptz,
    arrival text,
    departed_at timestamptz,
    late_at timestamptz,
    expected_at timestamptz,
    no_show_proposed_at timestamptz,
    cancelled_at timestamptz,
    cancel_reason text,
    no_show_reason text,
    unplaced boolean NOT NULL DEFAULT true,
    policy_version integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id),
    UNIQUE (site_id, code)
);
CREATE INDEX booking_day ON booking (site_id, service_date);

-- ---------------------------------------------------------------- waitlist

CREATE TABLE party (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    name text NOT NULL,
    phone text,
    covers integer NOT NULL CHECK (covers >= 1),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'notified', 'converted', 'expired', 'cancelled')),
    priority integer NOT NULL DEFAULT 0,
    joined_at timestamptz NOT NULL,
    quoted_min integer,
    quoted_at timestamptz,
    area_id text,
    accessible boolean NOT NULL DEFAULT false,
    flags text[] NOT NULL DEFAULT '{}',
    notes text,
    expires_at timestamptz NOT NULL,
    converted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id)
);
CREATE INDEX party_waiting ON party (site_id) WHERE status IN ('active', 'notified');

-- Derived rows, written by refresh_waiting only.
CREATE TABLE wait (
    site_id text NOT NULL,
    id text NOT NULL,
    position integer NOT NULL,
    ready_at timestamptz,
    table_ids text[] NOT NULL,
    why text NOT NULL,
    PRIMARY KEY (site_id, id)
);
CREATE TABLE quote (
    site_id text NOT NULL,
    id text NOT NULL,
    covers_min integer NOT NULL,
    covers_max integer NOT NULL,
    ready_at timestamptz,
    PRIMARY KEY (site_id, id)
);

-- ---------------------------------------------------------------- seatings: actual use

CREATE TABLE seating (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    booking_id text,
    party_id text,
    name text NOT NULL,
    covers integer NOT NULL CHECK (covers >= 1),
    server_id text,
    stage text NOT NULL DEFAULT 'just_sat' CHECK (stage IN ('just_sat', 'ordered', 'served', 'check', 'paid')),
    stage_since timestamptz NOT NULL,
    seated_at timestamptz NOT NULL,
    turn_min integer NOT NULL,
    turn_by timestamptz,
    over_noted boolean NOT NULL DEFAULT false,
    flags text[] NOT NULL DEFAULT '{}',
    occasion text,
    notes text,
    left_at timestamptz,
    merged_into text,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id)
);
CREATE INDEX seating_open ON seating (site_id) WHERE left_at IS NULL;

CREATE TABLE seating_table (
    site_id text NOT NULL,
    seating_id text NOT NULL,
    table_id text NOT NULL,
    since timestamptz NOT NULL,
    left_at timestamptz,
    PRIMARY KEY (site_id, seating_id, table_id),
    FOREIGN KEY (site_id, seating_id) REFERENCES seating DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (site_id, table_id) REFERENCES floor_table DEFERRABLE INITIALLY DEFERRED
);
-- No table is ever taken twice.
CREATE UNIQUE INDEX seating_one_per_table ON seating_table (site_id, table_id) WHERE left_at IS NULL;
CREATE INDEX seating_table_past ON seating_table (site_id, table_id, left_at DESC) WHERE left_at IS NOT NULL;

-- migrate:down
DROP TABLE seating_table, seating, quote, wait, party, booking, hold, table_join, floor_table, section, area,
    policy_version, session, staff_role, staff, timer, reaction, outbox, answer, publication, channel_head, journal,
    site_head, site, org, house_clock, house;
