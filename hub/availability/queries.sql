-- name: slot_states
-- The view of what watchers see of a day's times.
SELECT t.id, t.service_date, t.starts_at, t.at_time, t.state, t.sizes, t.flags, t.special_event, t.incentive
FROM slot_state t WHERE t.site_id = $1;

-- name: put_states!
-- Times as they are now.
INSERT INTO slot_state (site_id, id, service_date, starts_at, at_time, state, sizes, flags, special_event, incentive,
    basis)
SELECT :site_id, t.id, t.service_date, t.starts_at, t.at, t.state, t.sizes, t.flags, t.special_event, t.incentive,
    :basis::bigint
FROM jsonb_to_recordset(:rows) AS t (id text, service_date date, starts_at timestamptz, at text, state text,
    sizes integer[], flags text[], special_event text, incentive text)
ON CONFLICT (site_id, id) DO UPDATE SET service_date = excluded.service_date, starts_at = excluded.starts_at,
    at_time = excluded.at_time, state = excluded.state, sizes = excluded.sizes, flags = excluded.flags,
    special_event = excluded.special_event, incentive = excluded.incentive, basis = excluded.basis;

-- name: drop_states!
-- Times that are no more.
DELETE FROM slot_state WHERE site_id = :site_id AND id = ANY(:ids);

-- name: newest_basis$
-- From what the newest of these times was worked out.
SELECT max(basis) FROM slot_state WHERE site_id = :site_id;

-- name: watch$
-- Somebody looks at a day; whether anybody did before.
WITH before AS (
    SELECT 1 FROM slot_watch WHERE site_id = :site_id AND service_date = :on_day AND until > :now
), over AS (
    DELETE FROM slot_watch WHERE site_id = :site_id AND service_date <> :on_day AND until <= :now
), put AS (
    INSERT INTO slot_watch (site_id, service_date, until) VALUES (:site_id, :on_day, :until)
    ON CONFLICT (site_id, service_date) DO UPDATE SET until = excluded.until
)
SELECT EXISTS (SELECT FROM before);

-- name: watched
-- The days somebody looks at.
SELECT service_date FROM slot_watch WHERE site_id = :site_id AND until > :now ORDER BY service_date;

-- name: keep_certificate!
-- How somebody would get in; those nobody took up are forgotten a day after their end.
WITH forgotten AS (
    DELETE FROM certificate WHERE site_id = :site_id AND booking_id IS NULL AND expires_at < :forget_before
)
INSERT INTO certificate (site_id, id, basis, covers, starts_at, duration_min, table_ids, moves, made_at, expires_at,
    booking_id)
VALUES (:site_id, :id, :basis, :covers, :starts_at, :duration_min, :table_ids, :moves, :made_at, :expires_at,
    :booking_id);

-- name: certificate^
-- One of them, taken up or not.
SELECT id, basis, covers, starts_at, duration_min, table_ids, moves, made_at, expires_at, booking_id
FROM certificate WHERE site_id = :site_id AND id = :id;

-- name: certificate_of^
-- How a booking got in.
SELECT id, basis, covers, starts_at, duration_min, table_ids, moves, made_at, expires_at, booking_id
FROM certificate WHERE site_id = :site_id AND booking_id = :booking_id;

-- name: take_up!
-- A booking got in by it.
UPDATE certificate SET booking_id = :booking_id WHERE site_id = :site_id AND id = :id;

-- name: stays
-- Who is planned at which table when, of these days; or of these owners, all their days.
SELECT h.id, h.owner_id, h.table_id, h.service_date, h.starts_at, upper(h.during) AS ends_at,
    coalesce(s.covers, b.covers, c.covers, p.covers, 0) AS covers
FROM hold h
LEFT JOIN seating s ON s.site_id = h.site_id AND s.id = h.owner_id AND h.owner_kind = 'seating'
LEFT JOIN booking b ON b.site_id = h.site_id AND b.id = h.owner_id AND h.owner_kind = 'booking'
LEFT JOIN checkout c ON c.site_id = h.site_id AND c.id = h.owner_id AND h.owner_kind = 'checkout'
LEFT JOIN offer o ON o.site_id = h.site_id AND o.id = h.owner_id AND h.owner_kind = 'offer'
LEFT JOIN party p ON p.site_id = o.site_id AND p.id = o.party_id
WHERE h.site_id = :site_id AND h.status IN ('held', 'active') AND h.service_date BETWEEN :first AND :last
    AND (:owners::text[] IS NULL OR h.owner_id = ANY(:owners))
ORDER BY h.owner_id, h.table_id, h.starts_at;

-- name: owners_of
-- Whose these holds are, or were; and the offers to these parties.
SELECT owner_id FROM hold WHERE site_id = :site_id AND id = ANY(:ids)
UNION SELECT id FROM offer WHERE site_id = :site_id AND party_id = ANY(:parties);

-- name: lines_after
-- What the site's commits touched and told after a seq, in order.
SELECT seq, facts, touched FROM journal WHERE site_id = :site_id AND seq > :after AND seq <= :upto ORDER BY seq;

-- name: site_now^
-- A site's own data and where its journal stands.
SELECT s.org_id, s.timezone, h.seq FROM site s JOIN site_head h ON h.site_id = s.id WHERE s.id = :site_id;
