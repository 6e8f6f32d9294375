-- name: counts
-- What guests' evenings at a site add up to: their bookings, and the parties they sat with that had none.
SELECT wanted.guest_id, count(*) FILTER (WHERE e.status = 'completed')::int AS visits,
    count(*) FILTER (WHERE e.status = 'no_show')::int AS no_shows,
    count(*) FILTER (WHERE e.status = 'cancelled')::int AS cancellations,
    coalesce(sum(e.covers) FILTER (WHERE e.status = 'completed'), 0)::int AS covers_total,
    min(e.at) FILTER (WHERE e.status = 'completed') AS first_seen,
    max(e.at) FILTER (WHERE e.status = 'completed') AS last_seen
FROM unnest(:guest_ids::text[]) AS wanted (guest_id)
LEFT JOIN LATERAL (
    SELECT b.status, b.covers, coalesce(b.seated_at, b.starts_at) AS at FROM booking b
    WHERE b.site_id = :site_id AND b.guest_id = wanted.guest_id AND b.deleted_at IS NULL
    UNION ALL
    SELECT 'completed', s.covers, s.seated_at FROM seating s
    WHERE s.site_id = :site_id AND s.guest_id = wanted.guest_id AND s.booking_id IS NULL AND s.left_at IS NOT NULL
        AND NOT EXISTS (  -- the same evening, told by the party it was put together with
            SELECT FROM seating i WHERE i.site_id = s.site_id AND i.id = s.merged_into AND i.guest_id = s.guest_id)
) e ON true
GROUP BY wanted.guest_id;

-- name: hand_over
-- The evenings of a guest whose record was merged are those of the one who stays.
UPDATE seating SET guest_id = :keep_id WHERE site_id = :site_id AND guest_id = :gone_id RETURNING id;

-- name: of_gone
-- The parties of a guest whose record was merged.
SELECT id FROM seating WHERE site_id = :site_id AND guest_id = :gone_id;

-- name: guests_of
-- Whose bookings and parties these are, or were at any time: a booking may have changed hands.
SELECT guest_id FROM booking WHERE site_id = :site_id AND id = ANY(:ids) AND guest_id IS NOT NULL
UNION
SELECT guest_id FROM seating WHERE site_id = :site_id AND id = ANY(:ids) AND guest_id IS NOT NULL
UNION
SELECT side ->> 'guest_id' FROM change c CROSS JOIN LATERAL (VALUES (c.was), (c.now)) AS sides (side)
WHERE c.site_id = :site_id AND c.kind IN ('booking', 'seating') AND c.row_id = ANY(:ids) AND side ->> 'guest_id' IS NOT NULL;

-- name: touched_by
-- The rows some commits touched, as [kind, id] each.
SELECT jsonb_array_elements(touched) AS at FROM journal WHERE site_id = :site_id AND seq = ANY(:seqs::bigint[]);
