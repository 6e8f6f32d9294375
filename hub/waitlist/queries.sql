-- name: parties
-- The view of parties in line.
SELECT p.id, p.name, p.covers, p.phone, p.status, p.priority, p.joined_at, p.quoted_min, p.quoted_at, p.area_id,
    p.accessible, p.flags, p.notes, p.expires_at, p.version, p.kind, p.guest_id, p.guest_flags, p.email, p.contact,
    p.wanted_at, p.flexible, p.duration_min, p.occasion, p.skips, p.notified_at, p.reply, p.replied_at
FROM party p WHERE p.site_id = $1 AND p.status IN ('active', 'notified');

-- name: offers
-- The view of offers: those to be answered, and those whose party is on its way.
SELECT o.id, o.party_id, o.table_ids, o.starts_at, o.duration_min, o.sent_at, o.expires_at, o.status, o.answered_at,
    o.version
FROM offer o WHERE o.site_id = $1 AND o.status IN ('sent', 'accepted');

-- name: waits
-- The view of places in line.
SELECT w.id, w.position, w.ready_at, w.table_ids, w.why FROM wait w WHERE w.site_id = $1;

-- name: quotes
-- The view of quotes by party size.
SELECT k.id, k.covers_min, k.covers_max, k.ready_at FROM quote k WHERE k.site_id = $1;

-- name: insert_party!
-- A party joins the line.
INSERT INTO party (site_id, id, name, phone, covers, priority, joined_at, quoted_min, quoted_at, area_id, accessible,
    flags, notes, expires_at)
VALUES (:site_id, :id, :name, :phone, :covers, :priority, :joined_at, :quoted_min, :quoted_at, :area_id, :accessible,
    :flags, :notes, :expires_at);

-- name: update_party!
-- A party as its editor wants it now.
UPDATE party SET name = :name, phone = :phone, covers = :covers, priority = :priority, quoted_min = :quoted_min,
    quoted_at = :quoted_at, area_id = :area_id, accessible = :accessible, flags = :flags, notes = :notes,
    version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: set_status!
-- A party leaves the line, or moves on within it.
UPDATE party SET status = :status, converted_at = :converted_at, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: put_waits!
-- Places in line as they are now.
INSERT INTO wait (site_id, id, position, ready_at, table_ids, why)
SELECT :site_id, w.id, w.position, w.ready_at, w.table_ids, w.why
FROM jsonb_to_recordset(:rows) AS w (id text, position integer, ready_at timestamptz, table_ids text[], why text)
ON CONFLICT (site_id, id) DO UPDATE SET position = excluded.position, ready_at = excluded.ready_at,
    table_ids = excluded.table_ids, why = excluded.why;

-- name: drop_waits!
-- Places of parties no longer in line.
DELETE FROM wait WHERE site_id = :site_id AND id = ANY(:ids);

-- name: put_quotes!
-- Quotes by party size as they are now.
INSERT INTO quote (site_id, id, covers_min, covers_max, ready_at)
SELECT :site_id, k.id, k.covers_min, k.covers_max, k.ready_at
FROM jsonb_to_recordset(:rows) AS k (id text, covers_min integer, covers_max integer, ready_at timestamptz)
ON CONFLICT (site_id, id) DO UPDATE SET covers_min = excluded.covers_min, covers_max = excluded.covers_max,
    ready_at = excluded.ready_at;

-- name: drop_quotes!
-- Quotes of bands that are no longer quoted.
DELETE FROM quote WHERE site_id = :site_id AND id = ANY(:ids);
