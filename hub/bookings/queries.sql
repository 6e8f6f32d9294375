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
-- A new booking, unless its code is somebody's already. The number of the policies in force is how many versions of
-- policies there are that reach this site: it only grows.
INSERT INTO booking (site_id, id, kind, code, name, phone, email, covers, service_date, starts_at, duration_min, status,
    status_since, source, occasion, flags, notes, area_id, accessible, booked_at, unplaced, guest_id, guest_flags,
    guest_visits, phone_key, search, requests, tags, preferences, preorders, access_notes, emergency_contact, sms_opt_in,
    ticket, rescheduled_from, version, policy_version)
VALUES (:site_id, :id, :kind, :code, :name, :phone, :email, :covers, :service_date, :starts_at, :duration_min, :status,
    :now, :source, :occasion, :flags, :notes, :area_id, :accessible, :now, :unplaced, :guest_id, :guest_flags,
    :guest_visits, :phone_key, :search, :requests, :tags, :preferences, :preorders, :access_notes, :emergency_contact,
    :sms_opt_in, :ticket, :rescheduled_from, :version, (
        SELECT count(*) FROM policy_version p
        WHERE p.org_id = :org_id AND (p.scope = 'org' OR p.site_id = :site_id)
    ))
ON CONFLICT (site_id, code) DO NOTHING RETURNING id;

-- name: set_status!
-- A booking in a new state, with the stamps that go with it (R-RES-12); any decision answers the no-show question.
UPDATE booking SET status = :status, status_since = :now, no_show_proposed_at = NULL,
    unplaced = unplaced AND :status IN ('inquiry', 'pending', 'confirmed', 'reminded', 'arrived'),
    arrived_at = CASE WHEN :status = 'arrived' THEN :now WHEN :status = 'seated' THEN coalesce(arrived_at, :now)
        ELSE arrived_at END,
    arrival = CASE WHEN :status = 'arrived' THEN :arrival ELSE arrival END,
    seated_at = CASE WHEN :status = 'seated' THEN :now ELSE seated_at END,
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

-- name: edit!
-- What a booking says of its party; its time stays.
UPDATE booking SET name = :name, phone = :phone, email = :email, covers = :covers, duration_min = :duration_min,
    occasion = :occasion, flags = :flags, notes = :notes, requests = :requests, tags = :tags, preferences = :preferences,
    preorders = :preorders, access_notes = :access_notes, emergency_contact = :emergency_contact,
    sms_opt_in = :sms_opt_in, area_id = :area_id, accessible = :accessible, guest_id = :guest_id,
    guest_flags = :guest_flags, guest_visits = :guest_visits, phone_key = :phone_key, search = :search,
    version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: reconfirm!
-- The guest said again that they will come.
UPDATE booking SET reconfirmed_at = :now, version = version + 1 WHERE site_id = :site_id AND id = :id;

-- name: give_ticket$
-- The ticket leaves a booking that was moved, for the one it moved to.
UPDATE booking b SET ticket = NULL FROM booking was
WHERE b.site_id = :site_id AND b.id = :id AND was.site_id = b.site_id AND was.id = b.id RETURNING was.ticket;

-- name: moved_to!
-- Where a booking went.
UPDATE booking SET rescheduled_to = :new_id, version = version + 1 WHERE site_id = :site_id AND id = :id;

-- name: delete!
-- Out of the book, with who did it and why (R-AUD-01).
UPDATE booking SET deleted_at = :now, deleted_by = :by, delete_reason = :reason, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: restore!
-- Back in the book.
UPDATE booking SET deleted_at = NULL, deleted_by = NULL, delete_reason = NULL, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: deleted_at$
-- Since when a booking is out of the book.
SELECT deleted_at FROM booking WHERE site_id = :site_id AND id = :id;

-- name: of_guests
-- Every booking of these guests, whatever became of it.
SELECT id, service_date, guest_id FROM booking
WHERE site_id = :site_id AND guest_id = ANY(:guest_ids) AND deleted_at IS NULL ORDER BY id;

-- name: hand_over!
-- All bookings of one guest are another's, the two being one person; deleted ones too, since they may come back.
UPDATE booking SET guest_id = :keep_id, version = version + 1 WHERE site_id = :site_id AND guest_id = :gone_id;

-- name: copy_guest
-- What lasts about a guest, on those of their live bookings that say something else. How often they were here before is
-- settled when they come: the evening that is going on counts itself otherwise, and could not be taken back.
UPDATE booking b SET guest_flags = now.flags, guest_visits = now.visits, version = b.version + 1
FROM (
    SELECT id, :flags::text[] AS flags, CASE WHEN status IN ('inquiry', 'pending', 'confirmed', 'reminded')
        THEN :visits::integer ELSE guest_visits END AS visits
    FROM booking WHERE site_id = :site_id AND id = ANY(:ids)
        AND status IN ('inquiry', 'pending', 'confirmed', 'reminded', 'arrived', 'seated', 'dining')
) now
WHERE b.site_id = :site_id AND b.id = now.id
    AND (b.guest_flags, b.guest_visits) IS DISTINCT FROM (now.flags, now.visits)
RETURNING b.id;

-- name: same_wish^
-- The first live booking of this guest, number or address at exactly this time (R-AVL-14).
SELECT b.id FROM booking b
WHERE b.site_id = :site_id AND b.starts_at = :starts_at
    AND b.service_date BETWEEN (:starts_at AT TIME ZONE 'UTC')::date - 1 AND (:starts_at AT TIME ZONE 'UTC')::date + 1
    AND (b.phone_key = :phone_key::text OR lower(b.email) = lower(:email::text) OR b.guest_id = :guest_id::text)
    AND b.status IN ('inquiry', 'pending', 'confirmed', 'reminded', 'arrived', 'seated', 'dining')
    AND b.deleted_at IS NULL AND b.id <> :but
ORDER BY b.booked_at, b.id LIMIT 1;

-- name: covers_between
-- Covers and bookings that come, by their start.
SELECT b.starts_at, sum(b.covers)::integer AS covers, count(*)::integer AS bookings FROM booking b
WHERE b.site_id = :site_id AND b.starts_at >= :since AND b.starts_at < :until
    AND b.service_date BETWEEN (:since AT TIME ZONE 'UTC')::date - 1 AND (:until AT TIME ZONE 'UTC')::date + 1
    AND b.status IN ('inquiry', 'pending', 'confirmed', 'reminded', 'arrived', 'seated', 'dining', 'completed')
    AND b.deleted_at IS NULL AND b.id <> :but
GROUP BY b.starts_at;

-- name: by_ticket^
-- The booking a guest's link leads to. A booking that was moved has handed its ticket on.
SELECT site_id, id FROM booking WHERE ticket = :ticket AND deleted_at IS NULL;

-- name: ticket_of$
-- What stands in the guest's own link of a booking.
SELECT ticket FROM booking WHERE site_id = :site_id AND id = :id AND deleted_at IS NULL;

-- name: by_guest
-- A guest's bookings, latest first.
SELECT id FROM booking
WHERE site_id = :site_id AND guest_id = :guest_id AND deleted_at IS NULL
ORDER BY starts_at DESC, id LIMIT :at_most;

-- name: lookup
-- Bookings by code, phone, e-mail or name (F-RES-03), each with the strongest of these that led to it: those to come
-- first, the soonest leading, then those that are over, the latest leading.
-- Materialized, or a house without statistics searches the names once for each booking.
WITH found AS MATERIALIZED (
    SELECT id, 1 AS by FROM booking WHERE site_id = :site_id AND code = ANY(:codes)
    UNION ALL
    SELECT id, 2 FROM booking WHERE site_id = :site_id AND phone_key = ANY(:phone_keys::text[])
    UNION ALL
    SELECT id, 3 FROM booking WHERE site_id = :site_id AND email IS NOT NULL AND lower(email) = :email::text
    UNION ALL
    SELECT id, 4 FROM booking WHERE site_id = :site_id AND (search LIKE :part::text OR :name::text <% search)
), best AS (
    SELECT b.id, min(f.by) AS by, b.starts_at,
        b.starts_at + make_interval(mins => b.duration_min) > :now
            AND b.status NOT IN ('cancelled', 'no_show', 'rescheduled', 'completed') AS to_come
    FROM found f JOIN booking b ON b.site_id = :site_id AND b.id = f.id
    WHERE b.deleted_at IS NULL GROUP BY b.site_id, b.id
)
SELECT id, by FROM best
ORDER BY by = 1 DESC, to_come DESC, CASE WHEN to_come THEN starts_at END, starts_at DESC, id LIMIT :at_most;
