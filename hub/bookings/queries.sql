-- name: bookings
-- The view of bookings, whatever became of them: the book of a day tells the whole day. Deleted ones are not.
SELECT b.id, b.kind, b.code, b.name, b.phone, b.covers, b.service_date, b.starts_at,
    b.starts_at + make_interval(mins => b.duration_min) AS ends_at, b.duration_min, b.status, b.source, b.occasion,
    b.flags, b.notes, b.area_id, b.accessible, b.arrived_at, b.arrival, b.late_at, b.expected_at, b.no_show_proposed_at,
    b.unplaced, b.version, b.guest_id, b.guest_flags, b.guest_visits, b.email, b.requests, b.tags, b.preferences,
    b.preorders, b.access_notes, b.emergency_contact, b.sms_opt_in, b.reconfirmed_at, b.seated_at, b.departed_at,
    b.cancelled_at, b.cancel_reason, b.no_show_reason, b.rescheduled_from, b.rescheduled_to, b.booked_at
FROM booking b WHERE b.site_id = $1 AND b.deleted_at IS NULL;

-- name: insert_booking$
-- A new booking, unless its code is somebody's already.
INSERT INTO booking (site_id, id, kind, code, name, phone, email, covers, service_date, starts_at, duration_min, status,
    status_since, source, occasion, flags, notes, area_id, accessible, booked_at, unplaced)
VALUES (:site_id, :id, :kind, :code, :name, :phone, :email, :covers, :service_date, :starts_at, :duration_min, :status,
    :now, :source, :occasion, :flags, :notes, :area_id, :accessible, :now, :unplaced)
ON CONFLICT (site_id, code) DO NOTHING RETURNING id;

-- name: set_status!
-- A booking in a new state, with the stamps that go with it (R-RES-12); any decision answers the no-show question.
UPDATE booking SET status = :status, status_since = :now, no_show_proposed_at = NULL,
    unplaced = unplaced AND :status IN ('inquiry', 'pending', 'confirmed', 'reminded', 'arrived'),
    arrived_at = CASE WHEN :status = 'arrived' THEN :now WHEN :status = 'seated' THEN coalesce(arrived_at, :now)
        ELSE arrived_at END,
    arrival = CASE WHEN :status = 'arrived' THEN :arrival ELSE arrival END,
    departed_at = CASE WHEN :status = 'completed' THEN :now ELSE departed_at END,
    cancelled_at = CASE WHEN :status = 'cancelled' THEN :now ELSE cancelled_at END,
    cancel_reason = CASE WHEN :status = 'cancelled' THEN :reason ELSE cancel_reason END,
    no_show_reason = CASE WHEN :status = 'no_show' THEN :reason ELSE no_show_reason END,
    version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: status_since$
-- Since when a booking is in its state.
SELECT status_since FROM booking WHERE site_id = :site_id AND id = :id;

-- name: set_arrival!
-- How much of the party is here.
UPDATE booking SET arrival = :arrival, version = version + 1 WHERE site_id = :site_id AND id = :id;

-- name: set_lateness!
-- What is known about a party that has not come yet.
UPDATE booking SET late_at = :late_at, expected_at = :expected_at, no_show_proposed_at = :no_show_proposed_at,
    version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: set_unplaced!
-- Whether a booking wants tables and has none.
UPDATE booking SET unplaced = :unplaced, version = version + 1 WHERE site_id = :site_id AND id = :id;

-- name: by_phone_at^
-- The first live booking of a phone number at exactly this time, however the number was written (R-AVL-14).
SELECT b.id FROM booking b
WHERE b.site_id = :site_id AND b.starts_at = :starts_at
    AND b.service_date BETWEEN (:starts_at AT TIME ZONE 'UTC')::date - 1 AND (:starts_at AT TIME ZONE 'UTC')::date + 1
    AND regexp_replace(b.phone, '[^0-9]', '', 'g') = regexp_replace(:phone, '[^0-9]', '', 'g')
    AND b.status IN ('inquiry', 'pending', 'confirmed', 'reminded', 'arrived', 'seated', 'dining')
ORDER BY b.booked_at, b.id LIMIT 1;
