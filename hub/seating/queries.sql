-- name: seatings
-- The view of open seatings; its tables stand in the order the party took them.
SELECT s.id, ARRAY(SELECT t.table_id FROM seating_table t WHERE t.site_id = s.site_id AND t.seating_id = s.id
        AND t.left_at IS NULL ORDER BY t.since, t.table_id) AS table_ids,
    s.booking_id, s.party_id, s.name, s.covers, s.server_id, s.stage, s.stage_since, s.seated_at, s.turn_min,
    s.seated_at + make_interval(mins => s.turn_min) AS expected_clear, s.turn_by, s.over_noted, s.flags, s.occasion,
    s.notes, s.version
FROM seating s WHERE s.site_id = $1 AND s.left_at IS NULL;

-- name: insert_seating!
-- A party that has just sat down.
INSERT INTO seating (site_id, id, booking_id, party_id, name, covers, server_id, stage, stage_since, seated_at, turn_min,
    turn_by, flags, occasion, notes, guest_id)
VALUES (:site_id, :id, :booking_id, :party_id, :name, :covers, :server_id, :stage, :stage_since, :seated_at, :turn_min,
    :turn_by, :flags, :occasion, :notes, :guest_id);

-- name: update_seating!
-- What may change about a seated party, as it is now.
UPDATE seating SET booking_id = :booking_id, covers = :covers, server_id = :server_id, stage = :stage,
    stage_since = :stage_since, turn_min = :turn_min, turn_by = :turn_by, over_noted = :over_noted, flags = :flags,
    notes = :notes, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: set_guest!
-- Two parties are one: who they are, as far as anybody knows one of them.
UPDATE seating s SET guest_id = coalesce(s.guest_id, (SELECT g.guest_id FROM seating g
    WHERE g.site_id = s.site_id AND g.id = :from_id))
WHERE s.site_id = :site_id AND s.id = :id;

-- name: close_seating!
-- The party is no longer at any table, or is part of another party from now on.
UPDATE seating SET left_at = :now, merged_into = :merged_into, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: take_tables!
-- The party has these tables from now on; one it had before and gave back counts from now again.
INSERT INTO seating_table (site_id, seating_id, table_id, since)
SELECT :site_id, :id, table_id, :now FROM unnest(:table_ids::text[]) AS wanted (table_id)
ON CONFLICT (site_id, seating_id, table_id) DO UPDATE SET since = excluded.since, left_at = NULL;

-- name: leave_tables!
-- The party gives these tables back.
UPDATE seating_table SET left_at = :now
WHERE site_id = :site_id AND seating_id = :id AND table_id = ANY(:table_ids) AND left_at IS NULL;

-- name: section_server$
-- Who works the section of a table.
SELECT c.server_id FROM floor_table t JOIN section c ON c.site_id = t.site_id AND c.id = t.section_id
WHERE t.site_id = :site_id AND t.id = :table_id;

-- name: head$
-- Where the site's journal stands.
SELECT seq FROM site_head WHERE site_id = :site_id;

-- name: visits
-- The last parties of a table that are gone from it, latest first (F-TAB-07).
SELECT s.id, s.name, s.covers, t.since AS seated_at, t.left_at,
    (extract(epoch FROM t.left_at - t.since) / 60)::int AS turn_min
FROM seating_table t JOIN seating s ON s.site_id = t.site_id AND s.id = t.seating_id
WHERE t.site_id = :site_id AND t.table_id = :table_id AND t.left_at IS NOT NULL
ORDER BY t.left_at DESC LIMIT :at_most;

-- name: org$
-- Whose site this is.
SELECT org_id FROM site WHERE id = :site_id;

-- name: names_ahead
-- Who the bookings are that hold a table now or later. An array, not a join: a house without statistics would go through
-- all its bookings for each hold.
SELECT b.id, b.name FROM booking b WHERE b.site_id = :site_id AND b.id = ANY(ARRAY(
    SELECT h.owner_id FROM hold h
    WHERE h.site_id = :site_id AND h.status IN ('held', 'active') AND h.during && tstzrange(:since, NULL)
));

-- name: booked_names
-- Who these bookings are.
SELECT id, name FROM booking WHERE site_id = :site_id AND id = ANY(:ids);
