-- name: staged
-- The checked lines of an import, in file order.
SELECT line, data FROM import_line WHERE import_id = :import_id AND kind = :kind ORDER BY line;

-- name: drop_stage!
-- An import that was taken, refused or given up leaves nothing behind.
DELETE FROM import_line WHERE import_id = :import_id OR staged_at < clock_timestamp() - interval '1 day';

-- name: site_id_of$
-- The one site there is, when none was named.
SELECT id FROM site WHERE active ORDER BY id LIMIT 1;

-- name: sites
SELECT id, name, timezone FROM site WHERE active ORDER BY id;

-- name: areas_by_name
SELECT name, id, position FROM area WHERE site_id = :site_id;

-- name: insert_area!
INSERT INTO area (site_id, id, name, kind, width, height, position)
VALUES (:site_id, :id, :name, :kind, :width, :height, :position);

-- name: grow_area!
-- An area's plan is at least as large as what stands on it.
UPDATE area SET width = greatest(width, :width), height = greatest(height, :height), version = version + 1
WHERE site_id = :site_id AND id = :id AND (width < :width OR height < :height);

-- name: tables_by_number
SELECT number, id, area_id, name, min_covers, max_covers, furniture, shape, features, preferred_for, priority, x, y, w, h,
    rotation, notes
FROM floor_table WHERE site_id = :site_id AND active;

-- name: insert_table!
INSERT INTO floor_table (site_id, id, area_id, number, name, min_covers, max_covers, furniture, size_class, shape,
    features, preferred_for, priority, x, y, w, h, rotation, notes, qr, status_since)
VALUES (:site_id, :id, :area_id, :number, :name, :min_covers, :max_covers, :furniture, :size_class, :shape, :features,
    :preferred_for, :priority, :x, :y, :w, :h, :rotation, :notes, :qr, :now);

-- name: update_table!
UPDATE floor_table SET area_id = :area_id, name = :name, min_covers = :min_covers, max_covers = :max_covers,
    furniture = :furniture, size_class = :size_class, shape = :shape, features = :features,
    preferred_for = :preferred_for, priority = :priority, x = :x, y = :y, w = :w, h = :h, rotation = :rotation,
    notes = :notes, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: add_join!
INSERT INTO table_join (site_id, id, a, b, combined_max) VALUES (:site_id, :id, :a, :b, :combined_max)
ON CONFLICT (site_id, a, b) DO NOTHING;

-- name: known_bookings
SELECT import_ref, id, covers, starts_at, name, status, service_date, version FROM booking
WHERE site_id = :site_id AND import_ref = ANY(:refs);

-- name: codes
SELECT code FROM booking WHERE site_id = :site_id;

-- name: change_booking!
UPDATE booking SET covers = :covers, name = :name, status = :status, search = :search, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: known_guests
-- Whom lines of an earlier import became; a record that was merged is the person it was merged into.
SELECT p.import_ref, coalesce(g.merged_into, g.id) AS id, g.merged_into IS NULL AND p.deleted_at IS NULL AS ours
FROM guest_profile p JOIN guest g ON g.id = p.id
WHERE p.site_id = :site_id AND p.import_ref = ANY(:refs);

-- name: by_numbers
-- Whose numbers these are in the organisation, merged records' included; a living person's own comes last, and wins.
SELECT g.phone, k.id FROM guest g JOIN guest k ON k.id = coalesce(g.merged_into, g.id) AND k.erased_at IS NULL
WHERE g.org_id = :org_id AND g.phone = ANY(:numbers) AND g.erased_at IS NULL
ORDER BY g.merged_into IS NULL, g.created_at DESC, g.id DESC;

-- name: by_emails
-- Whose addresses these are; of several people the one this site knows, then the oldest, comes last, and wins.
SELECT lower(g.email::text) AS email, k.id FROM guest g
JOIN guest k ON k.id = coalesce(g.merged_into, g.id) AND k.erased_at IS NULL
LEFT JOIN guest_profile p ON p.site_id = :site_id AND p.id = k.id AND p.deleted_at IS NULL
WHERE g.org_id = :org_id AND g.email = ANY(:emails::text[]::citext[]) AND g.erased_at IS NULL
ORDER BY p.id IS NOT NULL, k.created_at DESC, k.id DESC;

-- name: insert_people!
-- New people, all at once; a number that another site met a moment ago stays theirs.
INSERT INTO guest (id, org_id, name, phone, email, created_at)
SELECT id, :org_id, name, phone, email, :now
FROM unnest(:ids::text[], :names::text[], :phones::text[], :emails::text[]) AS come (id, name, phone, email)
ON CONFLICT (org_id, phone) WHERE phone IS NOT NULL AND merged_into IS NULL AND erased_at IS NULL DO NOTHING;

-- name: profiles_of
-- What this site has of these people.
SELECT p.id, g.name, p.flags, p.notes, p.import_ref, p.deleted_at IS NOT NULL AS deleted
FROM guest_profile p JOIN guest g ON g.id = p.id WHERE p.site_id = :site_id AND p.id = ANY(:ids);

-- name: people
-- These people's own data.
SELECT id, name, phone, email::text FROM guest WHERE id = ANY(:ids);

-- name: name_line!
-- The line of the house's own file a guest stands on.
UPDATE guest_profile SET import_ref = :ref WHERE site_id = :site_id AND id = :id AND import_ref IS NULL;

-- name: count_visits!
-- What the evenings of these guests here add up to, all at once.
WITH evening AS (
    SELECT b.guest_id, b.status, b.covers, coalesce(b.seated_at, b.starts_at) AS at FROM booking b
    WHERE b.site_id = :site_id AND b.guest_id = ANY(:ids) AND b.deleted_at IS NULL
    UNION ALL
    SELECT s.guest_id, 'completed', s.covers, s.seated_at FROM seating s
    WHERE s.site_id = :site_id AND s.guest_id = ANY(:ids) AND s.booking_id IS NULL AND s.left_at IS NOT NULL
), added_up AS (
    SELECT guest_id, count(*) FILTER (WHERE status = 'completed') AS visits,
        count(*) FILTER (WHERE status = 'no_show') AS no_shows,
        count(*) FILTER (WHERE status = 'cancelled') AS cancellations,
        coalesce(sum(covers) FILTER (WHERE status = 'completed'), 0) AS covers_total,
        min(at) FILTER (WHERE status = 'completed') AS first_seen,
        max(at) FILTER (WHERE status = 'completed') AS last_seen
    FROM evening GROUP BY guest_id
)
UPDATE guest_profile p SET visits = a.visits, no_shows = a.no_shows, cancellations = a.cancellations,
    covers_total = a.covers_total, first_seen = a.first_seen, last_seen = a.last_seen
FROM added_up a WHERE p.site_id = :site_id AND p.id = a.guest_id;

-- name: copy_visits!
-- How often the guests of these bookings to come were here before.
UPDATE booking b SET guest_visits = p.visits FROM guest_profile p
WHERE b.site_id = :site_id AND b.id = ANY(:ids) AND p.site_id = b.site_id AND p.id = b.guest_id;

-- name: count_rows!
-- The planner learns how much there is now, and does not read a grown table as the small one it was.
ANALYZE guest, guest_profile, booking;

-- name: placed!
-- A booking that has got its tables (a row of this import: nobody has seen another version of it).
UPDATE booking SET unplaced = false WHERE site_id = :site_id AND id = :id;
