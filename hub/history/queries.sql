-- name: recent
-- The latest lines of a site's journal that a person may want to take back, newest first, with who did them.
SELECT j.seq, j.command, j.at, j.facts, j.actor,
    coalesce(p.name, k.name, CASE WHEN starts_with(j.actor, 'guest:') THEN 'A guest' ELSE 'The house' END) AS by,
    a.undo IS NOT NULL AS undoable, EXISTS (
        SELECT FROM journal u WHERE u.site_id = j.site_id AND u.undoes = j.seq) AS undone
FROM journal j
LEFT JOIN answer a ON a.site_id = j.site_id AND a.seq = j.seq AND a.day >= :from_day
LEFT JOIN staff p ON p.id = substr(j.actor, 7) AND starts_with(j.actor, 'staff:')
LEFT JOIN api_key k ON k.id = substr(j.actor, 5) AND starts_with(j.actor, 'key:')
WHERE j.site_id = :site_id AND j.command = ANY(:commands)
ORDER BY j.seq DESC LIMIT :at_most;

-- name: lines
-- A page of the journal, newest first, with who did it, how many rows it is on record for, and whether it was undone.
SELECT j.seq, j.at, j.command, j.actor, j.source, j.reason, j.facts, j.undoes,
    coalesce(p.name, k.name, CASE WHEN starts_with(j.actor, 'guest:') THEN 'A guest' ELSE 'The house' END) AS by,
    EXISTS (SELECT FROM journal u WHERE u.site_id = j.site_id AND u.undoes = j.seq) AS undone,
    (SELECT coalesce(array_agg(ARRAY[c.kind, c.row_id] ORDER BY c.kind, c.row_id), '{}')
     FROM change c WHERE c.site_id = j.site_id AND c.seq = j.seq) AS rows
FROM (
    SELECT * FROM journal
    WHERE site_id = :site_id AND (:before::bigint IS NULL OR seq < :before)
        AND (:actor::text IS NULL OR actor = :actor) AND (:command::text IS NULL OR command = :command)
    ORDER BY seq DESC LIMIT :at_most
) j
LEFT JOIN staff p ON p.id = substr(j.actor, 7) AND starts_with(j.actor, 'staff:')
LEFT JOIN api_key k ON k.id = substr(j.actor, 5) AND starts_with(j.actor, 'key:')
ORDER BY j.seq DESC;

-- name: changes
-- What became of one row, newest first, with the journal line that did it.
SELECT c.seq, c.was, c.now, j.at, j.command, j.actor, j.source, j.reason, j.facts,
    coalesce(p.name, k.name, CASE WHEN starts_with(j.actor, 'guest:') THEN 'A guest' ELSE 'The house' END) AS by
FROM change c
JOIN journal j ON j.site_id = c.site_id AND j.seq = c.seq
LEFT JOIN staff p ON p.id = substr(j.actor, 7) AND starts_with(j.actor, 'staff:')
LEFT JOIN api_key k ON k.id = substr(j.actor, 5) AND starts_with(j.actor, 'key:')
WHERE c.site_id = :site_id AND c.kind = :kind AND c.row_id = :row_id
ORDER BY c.seq DESC LIMIT :at_most;

-- name: deleted
-- Deleted bookings and guests' profiles of a site, latest first, with who deleted them.
SELECT d.kind, d.id, d.name, d.deleted_at, coalesce(d.delete_reason, '') AS reason,
    coalesce(p.name, k.name, CASE WHEN starts_with(d.deleted_by, 'guest:') THEN 'A guest' ELSE 'The house' END) AS by
FROM (
    SELECT 'booking' AS kind, id, name, deleted_at, deleted_by, delete_reason FROM booking
    WHERE site_id = :site_id AND deleted_at > :since
    UNION ALL
    SELECT 'guest', f.id, g.name, f.deleted_at, f.deleted_by, f.delete_reason
    FROM guest_profile f JOIN guest g ON g.id = f.id
    WHERE f.site_id = :site_id AND f.deleted_at > :since AND g.erased_at IS NULL AND g.merged_into IS NULL
    ORDER BY deleted_at DESC LIMIT :at_most
) d
LEFT JOIN staff p ON p.id IN (d.deleted_by, substr(d.deleted_by, 7))
LEFT JOIN api_key k ON k.id = substr(d.deleted_by, 5) AND starts_with(d.deleted_by, 'key:')
ORDER BY d.deleted_at DESC;

-- name: told
-- What these lines told, for those that took them back.
SELECT seq, command, facts FROM journal WHERE site_id = :site_id AND seq = ANY(:seqs::bigint[]);

-- name: seating_names
SELECT id, name, covers FROM seating WHERE site_id = :site_id AND id = ANY(:ids);

-- name: booking_names
SELECT id, name, covers FROM booking WHERE site_id = :site_id AND id = ANY(:ids);

-- name: party_names
SELECT id, name, covers FROM party WHERE site_id = :site_id AND id = ANY(:ids);

-- name: gone
-- What was last on record of parties that are no more, because making them was taken back.
SELECT DISTINCT ON (row_id) row_id AS id, coalesce(was, now) ->> 'name' AS name, coalesce(was, now) ->> 'covers' AS covers
FROM change
WHERE site_id = :site_id AND kind IN ('seating', 'booking', 'party') AND row_id = ANY(:ids)
    AND coalesce(was, now) ?& ARRAY['name', 'covers']
ORDER BY row_id, seq DESC;

-- name: table_numbers
SELECT id, number AS name FROM floor_table WHERE site_id = :site_id AND id = ANY(:ids);

-- name: guest_names
-- People with a profile at this site.
SELECT g.id, g.name FROM guest g JOIN guest_profile f ON f.id = g.id
WHERE f.site_id = :site_id AND g.id = ANY(:ids) AND g.erased_at IS NULL;

-- name: staff_names
-- People of this site's organisation.
SELECT p.id, p.name FROM staff p JOIN site s ON s.org_id = p.org_id WHERE s.id = :site_id AND p.id = ANY(:ids);

-- name: key_names
SELECT id, name FROM api_key WHERE site_id = :site_id AND id = ANY(:ids);
