-- migrate:up

-- A guest as one site knows them; the person across sites comes with the guests' own work.
CREATE TABLE guest (
    site_id text NOT NULL REFERENCES site,
    id text NOT NULL,
    name text NOT NULL,
    phone text,
    phone_digits text,
    email text,
    flags text[] NOT NULL DEFAULT '{}',
    notes text,
    import_ref text,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (site_id, id),
    UNIQUE (site_id, import_ref)
);
CREATE INDEX guest_phone ON guest (site_id, phone_digits) WHERE phone_digits IS NOT NULL;

-- The line of a house's own file a booking came from: bringing the same file twice adds nothing.
ALTER TABLE booking ADD COLUMN import_ref text;
CREATE UNIQUE INDEX booking_import ON booking (site_id, import_ref);

-- Checked lines wait here, outside the site's lock, until one command takes them all or none.
CREATE TABLE import_line (
    import_id text NOT NULL,
    kind text NOT NULL,
    line integer NOT NULL,
    data jsonb NOT NULL,
    staged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (import_id, kind, line)
);

-- migrate:down
DROP TABLE import_line, guest;
DROP INDEX booking_import;
ALTER TABLE booking DROP COLUMN import_ref;
