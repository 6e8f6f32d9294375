-- name: recent
-- The latest lines of a site's journal that a person may want to take back, newest first, with who did them.
SELECT j.seq, j.command, j.at, j.facts, j.actor, coalesce(p.name, 'The house') AS by,
    a.undo IS NOT NULL AS undoable, EXISTS (
        SELECT FROM journal u WHERE u.site_id = j.site_id AND u.undoes = j.seq) AS undone
FROM journal j
LEFT JOIN answer a ON a.site_id = j.site_id AND a.seq = j.seq AND a.day >= :from_day
LEFT JOIN staff p ON 'staff:' || p.id = j.actor
WHERE j.site_id = :site_id AND j.command = ANY(:commands)
ORDER BY j.seq DESC LIMIT :at_most;

-- name: seating_names
SELECT id, name, covers FROM seating WHERE site_id = :site_id AND id = ANY(:ids);

-- name: booking_names
SELECT id, name, covers FROM booking WHERE site_id = :site_id AND id = ANY(:ids);

-- name: party_names
SELECT id, name, covers FROM party WHERE site_id = :site_id AND id = ANY(:ids);

-- name: table_numbers
SELECT id, number FROM floor_table WHERE site_id = :site_id AND id = ANY(:ids);
