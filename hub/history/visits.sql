-- name: booked
-- A guest's bookings at a site with the party they became; those moved to another time are told by the new one.
SELECT b.id AS booking_id, s.id AS seating_id, b.code, coalesce(s.seated_at, b.seated_at, b.starts_at) AS at, b.covers,
    b.status, coalesce(nullif(ARRAY(
        SELECT t.number FROM seating_table st JOIN floor_table t ON t.site_id = st.site_id AND t.id = st.table_id
        WHERE st.site_id = s.site_id AND st.seating_id = s.id ORDER BY st.since, t.number), '{}'), ARRAY(
        SELECT t.number FROM hold h JOIN floor_table t ON t.site_id = h.site_id AND t.id = h.table_id
        WHERE h.site_id = b.site_id AND h.owner_id = b.id AND h.status IN ('held', 'active') ORDER BY t.number)) AS tables,
    b.occasion, b.notes
FROM booking b
LEFT JOIN LATERAL (
    SELECT s.site_id, s.id, s.seated_at FROM seating s
    WHERE s.site_id = b.site_id AND s.guest_id = b.guest_id AND s.booking_id = b.id
    ORDER BY s.merged_into IS NOT NULL, s.seated_at LIMIT 1
) s ON true
WHERE b.site_id = :site_id AND b.guest_id = :guest_id AND b.deleted_at IS NULL AND b.status <> 'rescheduled'
ORDER BY b.starts_at DESC LIMIT :at_most;

-- name: unbooked
-- A guest's evenings here without a booking.
SELECT NULL::text AS booking_id, s.id AS seating_id, NULL::text AS code, s.seated_at AS at, s.covers,
    CASE WHEN s.left_at IS NULL THEN 'seated' ELSE 'completed' END AS status, ARRAY(
        SELECT t.number FROM seating_table st JOIN floor_table t ON t.site_id = st.site_id AND t.id = st.table_id
        WHERE st.site_id = s.site_id AND st.seating_id = s.id ORDER BY st.since, t.number) AS tables,
    s.occasion, s.notes
FROM seating s
WHERE s.site_id = :site_id AND s.guest_id = :guest_id AND s.booking_id IS NULL
    AND NOT EXISTS (
        SELECT FROM seating i WHERE i.site_id = s.site_id AND i.id = s.merged_into AND i.guest_id = s.guest_id)
ORDER BY s.seated_at DESC LIMIT :at_most;
