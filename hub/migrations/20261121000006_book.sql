-- migrate:up

-- The doors are shut while migrations run, so no client meets a renamed or missing column:
-- squawk-ignore-file renaming-table, renaming-object, ban-drop-column, adding-foreign-key-constraint

-- ---------------------------------------------------------------- guests: a person per organisation, a profile per site

ALTER TABLE guest RENAME TO guest_profile;
ALTER TABLE guest_profile RENAME CONSTRAINT guest_pkey TO guest_profile_pkey;
ALTER TABLE guest_profile RENAME CONSTRAINT guest_site_id_import_ref_key TO guest_profile_import;

-- The person: what is the same wherever they dine. Phones are in E.164 where they can be read, else digits only.
CREATE TABLE guest (
    id text PRIMARY KEY,
    org_id text NOT NULL REFERENCES org,
    name text NOT NULL,
    phone text,
    email citext,
    birthday text CHECK (birthday ~ '^[01][0-9]-[0-3][0-9]$'),
    anniversaries text[] NOT NULL DEFAULT '{}',
    merged_into text REFERENCES guest,
    erased_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO guest (id, org_id, name, phone, email)
SELECT p.id, s.org_id, p.name,
    CASE WHEN row_number() OVER (PARTITION BY s.org_id, p.phone_digits ORDER BY p.site_id, p.id) = 1 THEN p.phone_digits END,
    p.email
FROM guest_profile p JOIN site s ON s.id = p.site_id;
-- One living person per phone number and organisation: recognition by phone is exact.
CREATE UNIQUE INDEX guest_one_per_phone ON guest (org_id, phone)
    WHERE phone IS NOT NULL AND merged_into IS NULL AND erased_at IS NULL;
-- A number or address of a record that was merged still leads to the person.
CREATE INDEX guest_number ON guest (org_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX guest_email ON guest (org_id, email) WHERE email IS NOT NULL;
CREATE INDEX guest_merged ON guest (merged_into) WHERE merged_into IS NOT NULL;

-- The profile: what one site knows of a person. `search` is the person's name, phone and e-mail made comparable.
ALTER TABLE guest_profile
    ADD COLUMN search text NOT NULL DEFAULT '',
    ADD COLUMN preferences text[] NOT NULL DEFAULT '{}',
    ADD COLUMN preferred_times text[] NOT NULL DEFAULT '{}',
    ADD COLUMN favourite_table_id text,
    ADD COLUMN favourite_area_id text,
    ADD COLUMN tier text CHECK (tier IN ('bronze', 'silver', 'gold', 'platinum')),
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN consents text[] NOT NULL DEFAULT '{}',
    ADD COLUMN preferred_contact text CHECK (preferred_contact IN ('sms', 'email', 'both')),
    ADD COLUMN blacklisted boolean NOT NULL DEFAULT false,
    ADD COLUMN blacklist_reason text,
    ADD COLUMN visits integer NOT NULL DEFAULT 0,
    ADD COLUMN no_shows integer NOT NULL DEFAULT 0,
    ADD COLUMN cancellations integer NOT NULL DEFAULT 0,
    ADD COLUMN covers_total integer NOT NULL DEFAULT 0,
    ADD COLUMN first_seen timestamptz,
    ADD COLUMN last_seen timestamptz,
    ADD COLUMN source text,
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN deleted_by text,
    ADD COLUMN delete_reason text,
    DROP COLUMN name,
    DROP COLUMN phone,
    DROP COLUMN phone_digits,
    DROP COLUMN email;
CREATE INDEX guest_profile_search ON guest_profile USING gin (search gin_trgm_ops);
CREATE INDEX guest_profile_often ON guest_profile (site_id, visits DESC, id) WHERE deleted_at IS NULL;
CREATE INDEX guest_profile_person ON guest_profile (id);

-- ---------------------------------------------------------------- bookings

ALTER TABLE booking
    ADD COLUMN guest_id text,
    ADD COLUMN guest_flags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN guest_visits integer,
    ADD COLUMN phone_key text,
    ADD COLUMN search text NOT NULL DEFAULT '',
    ADD COLUMN requests text,
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN preferences text[] NOT NULL DEFAULT '{}',
    ADD COLUMN preorders jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN access_notes text,
    ADD COLUMN emergency_contact text,
    ADD COLUMN sms_opt_in boolean NOT NULL DEFAULT false,
    ADD COLUMN reconfirmed_at timestamptz,
    ADD COLUMN seated_at timestamptz,
    ADD COLUMN rescheduled_from text,
    ADD COLUMN rescheduled_to text,
    ADD COLUMN ticket text,
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN deleted_by text,
    ADD COLUMN delete_reason text;
-- Whoever writes a booking, it has a link of its own; those from before are found by their digits and plain name.
ALTER TABLE booking ALTER COLUMN ticket SET DEFAULT replace(gen_random_uuid()::text, '-', '');
UPDATE booking SET ticket = DEFAULT, search = lower(name),
    phone_key = nullif(regexp_replace(phone, '[^0-9]', '', 'g'), '');
CREATE INDEX booking_guest ON booking (site_id, guest_id, starts_at DESC) WHERE guest_id IS NOT NULL;
CREATE INDEX booking_phone ON booking (site_id, phone_key, starts_at DESC) WHERE phone_key IS NOT NULL;
CREATE INDEX booking_email ON booking (site_id, lower(email), starts_at DESC) WHERE email IS NOT NULL;
CREATE INDEX booking_search ON booking USING gin (search gin_trgm_ops);
CREATE UNIQUE INDEX booking_ticket ON booking (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX booking_deleted ON booking (site_id, deleted_at) WHERE deleted_at IS NOT NULL;

-- ---------------------------------------------------------------- waiting line and offers

ALTER TABLE party
    ADD COLUMN kind text NOT NULL DEFAULT 'walk_in' CHECK (kind IN ('walk_in', 'slot')),
    ADD COLUMN guest_id text,
    ADD COLUMN guest_flags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN email text,
    ADD COLUMN contact text NOT NULL DEFAULT 'sms' CHECK (contact IN ('sms', 'email', 'both')),
    ADD COLUMN wanted_at timestamptz,
    ADD COLUMN flexible jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN duration_min integer,
    ADD COLUMN occasion text,
    ADD COLUMN skips integer NOT NULL DEFAULT 0,
    ADD COLUMN notified_at timestamptz,
    ADD COLUMN reply text CHECK (reply IN ('on_my_way', 'cancelled', 'declined')),
    ADD COLUMN replied_at timestamptz,
    ADD COLUMN booking_id text,
    ADD COLUMN seating_id text,
    ADD COLUMN ended_at timestamptz,
    ADD COLUMN ticket text;
CREATE UNIQUE INDEX party_ticket ON party (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX party_ended ON party (site_id, ended_at DESC) WHERE ended_at IS NOT NULL;
CREATE INDEX party_wanted ON party (site_id, wanted_at) WHERE status IN ('active', 'notified') AND kind = 'slot';

-- An offer keeps its tables by holds of its own (owner_kind `offer`), so a table has one live offer at a time.
CREATE TABLE offer (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    party_id text NOT NULL,
    opening_id text,
    table_ids text[] NOT NULL,
    starts_at timestamptz NOT NULL,
    duration_min integer NOT NULL CHECK (duration_min > 0),
    sent_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > sent_at),
    status text NOT NULL DEFAULT 'sent' CHECK (status IN ('sent', 'accepted', 'declined', 'expired', 'revoked')),
    answered_at timestamptz,
    -- to be answered, or accepted by a party on its way
    live boolean NOT NULL DEFAULT true CHECK (NOT live OR status IN ('sent', 'accepted')),
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id),
    FOREIGN KEY (site_id, party_id) REFERENCES party DEFERRABLE INITIALLY DEFERRED
);
-- A party never has two offers at a time.
CREATE UNIQUE INDEX offer_one_per_party ON offer (site_id, party_id) WHERE live;
CREATE INDEX offer_opening ON offer (site_id, opening_id) WHERE opening_id IS NOT NULL;

-- ---------------------------------------------------------------- seatings remember whom they served

ALTER TABLE seating ADD COLUMN guest_id text;
CREATE INDEX seating_guest ON seating (site_id, guest_id, seated_at DESC) WHERE guest_id IS NOT NULL;

-- ---------------------------------------------------------------- messages to guests, written with what they tell of

CREATE TABLE message (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    service_date date NOT NULL,
    channel text NOT NULL CHECK (channel IN ('sms', 'email')),
    recipient text NOT NULL,
    guest_name text NOT NULL,
    template text NOT NULL,
    subject text,
    body text NOT NULL,
    calendar text,
    ticket text,
    about_kind text NOT NULL,
    about_id text NOT NULL,
    seq bigint NOT NULL,
    dedupe text NOT NULL,
    status text NOT NULL CHECK (status IN ('queued', 'sent', 'delivered', 'failed', 'blocked', 'suppressed')),
    problem text,
    created_at timestamptz NOT NULL,
    queued_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL,
    sent_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id),
    UNIQUE (site_id, dedupe)
);
CREATE INDEX message_queued ON message (due_at) WHERE status = 'queued';
CREATE INDEX message_about ON message (site_id, about_id, created_at DESC);
CREATE INDEX message_day ON message (site_id, service_date);
CREATE INDEX message_seq ON message (site_id, seq);

-- One-time codes: only their hash is kept; tries are counted, and a spent or locked code opens nothing.
CREATE TABLE verification (
    id text PRIMARY KEY,
    site_id text NOT NULL REFERENCES site,
    contact text NOT NULL,
    code_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    locked_at timestamptz,
    verified_at timestamptz
);
CREATE INDEX verification_contact ON verification (site_id, contact, created_at DESC);

-- ---------------------------------------------------------------- people

-- One family per sign-in: its newest refresh token may be used once; an older one coming back ends the family.
CREATE TABLE sign_in (
    id text PRIMARY KEY,
    staff_id text NOT NULL REFERENCES staff,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text
);
CREATE INDEX sign_in_staff ON sign_in (staff_id);
CREATE TABLE refresh_token (
    hash bytea PRIMARY KEY,
    sign_in_id text NOT NULL REFERENCES sign_in ON DELETE CASCADE,
    issued_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz
);
CREATE INDEX refresh_token_family ON refresh_token (sign_in_id);
ALTER TABLE session ADD COLUMN sign_in_id text REFERENCES sign_in ON DELETE CASCADE;
CREATE INDEX session_family ON session (sign_in_id);

CREATE TABLE api_key (
    id text PRIMARY KEY,
    org_id text NOT NULL REFERENCES org,
    site_id text NOT NULL REFERENCES site,
    name text NOT NULL,
    prefix text NOT NULL,
    hash bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_key_site ON api_key (site_id);

-- ---------------------------------------------------------------- the record of changes: what each command made of each row

CREATE TABLE change (
    site_id text NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    row_id text NOT NULL,
    was jsonb,
    now jsonb,
    PRIMARY KEY (site_id, seq, kind, row_id)
);
CREATE INDEX change_row ON change (site_id, kind, row_id, seq DESC);

-- ---------------------------------------------------------------- venues: what guests are told of the house

ALTER TABLE site
    ADD COLUMN slug text,
    ADD COLUMN address text,
    ADD COLUMN phone text,
    ADD COLUMN email text,
    ADD COLUMN country text CHECK (country ~ '^[A-Z]{2}$');
CREATE UNIQUE INDEX site_slug ON site (slug) WHERE slug IS NOT NULL;

-- migrate:down
DROP INDEX site_slug;
ALTER TABLE site DROP COLUMN slug, DROP COLUMN address, DROP COLUMN phone, DROP COLUMN email, DROP COLUMN country;
DROP TABLE change, api_key;
ALTER TABLE session DROP COLUMN sign_in_id;
DROP TABLE refresh_token, sign_in, verification, message;
ALTER TABLE seating DROP COLUMN guest_id;
DROP TABLE offer;
ALTER TABLE party
    DROP COLUMN kind, DROP COLUMN guest_id, DROP COLUMN guest_flags, DROP COLUMN email, DROP COLUMN contact,
    DROP COLUMN wanted_at, DROP COLUMN flexible, DROP COLUMN duration_min, DROP COLUMN occasion, DROP COLUMN skips,
    DROP COLUMN notified_at, DROP COLUMN reply, DROP COLUMN replied_at, DROP COLUMN booking_id,
    DROP COLUMN seating_id, DROP COLUMN ended_at, DROP COLUMN ticket;
ALTER TABLE booking
    DROP COLUMN guest_id, DROP COLUMN guest_flags, DROP COLUMN guest_visits, DROP COLUMN phone_key, DROP COLUMN search,
    DROP COLUMN requests, DROP COLUMN tags, DROP COLUMN preferences, DROP COLUMN preorders, DROP COLUMN access_notes,
    DROP COLUMN emergency_contact, DROP COLUMN sms_opt_in, DROP COLUMN reconfirmed_at, DROP COLUMN seated_at,
    DROP COLUMN rescheduled_from, DROP COLUMN rescheduled_to, DROP COLUMN ticket, DROP COLUMN deleted_at,
    DROP COLUMN deleted_by, DROP COLUMN delete_reason;
ALTER TABLE guest_profile
    ADD COLUMN name text, ADD COLUMN phone text, ADD COLUMN phone_digits text, ADD COLUMN email text;
UPDATE guest_profile p SET name = g.name, phone = g.phone, phone_digits = regexp_replace(g.phone, '[^0-9]', '', 'g'),
    email = g.email
FROM guest g WHERE g.id = p.id;
ALTER TABLE guest_profile
    ALTER COLUMN name SET NOT NULL,
    DROP COLUMN search, DROP COLUMN preferences, DROP COLUMN preferred_times, DROP COLUMN favourite_table_id,
    DROP COLUMN favourite_area_id, DROP COLUMN tier, DROP COLUMN tags, DROP COLUMN consents,
    DROP COLUMN preferred_contact, DROP COLUMN blacklisted, DROP COLUMN blacklist_reason, DROP COLUMN visits,
    DROP COLUMN no_shows, DROP COLUMN cancellations, DROP COLUMN covers_total, DROP COLUMN first_seen,
    DROP COLUMN last_seen, DROP COLUMN source, DROP COLUMN deleted_at, DROP COLUMN deleted_by,
    DROP COLUMN delete_reason;
DROP TABLE guest;
ALTER TABLE guest_profile RENAME CONSTRAINT guest_profile_pkey TO guest_pkey;
ALTER TABLE guest_profile RENAME CONSTRAINT guest_profile_import TO guest_site_id_import_ref_key;
ALTER TABLE guest_profile RENAME TO guest;
CREATE INDEX guest_phone ON guest (site_id, phone_digits) WHERE phone_digits IS NOT NULL;
