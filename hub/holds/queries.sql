-- name: holds
-- The view of holds: released ones are history and not shown.
SELECT h.id, h.owner_kind, h.owner_id, h.table_id, h.service_date, h.starts_at, upper(h.during) AS ends_at,
    h.reserved_from, h.status, h.version
FROM hold h WHERE h.site_id = $1 AND h.status IN ('held', 'active');

-- name: take
-- Holds for these tables, each to its own end, as far as nobody else has them; tables out of use are not taken.
INSERT INTO hold (
    site_id, id, owner_kind, owner_id, table_id, service_date, starts_at, during, reserved_from, status
)
SELECT :site_id::text, wanted.id, :owner_kind::text, :owner_id::text, wanted.table_id, :service_date::date,
    :starts_at::timestamptz, tstzrange(:starts_at::timestamptz, wanted.ends_at, '[)'), :reserved_from::timestamptz,
    :status::text
FROM unnest(:ids::text[], :table_ids::text[], :ends::timestamptz[]) AS wanted (id, table_id, ends_at)
JOIN floor_table t ON t.site_id = :site_id AND t.id = wanted.table_id AND t.active
ORDER BY wanted.table_id
ON CONFLICT DO NOTHING
RETURNING id, table_id;

-- name: give_back!
-- Takes back what was taken a moment ago, because not all of it could be had.
DELETE FROM hold WHERE site_id = :site_id AND id = ANY(:ids);

-- name: lock_owner
-- One owner's holds, locked in id order, so that two writers never wait for each other crosswise.
SELECT h.id FROM hold h WHERE h.site_id = :site_id AND h.owner_id = :owner_id AND h.status IN ('held', 'active')
ORDER BY h.id FOR UPDATE;

-- name: given_back
-- The tables of an owner's openings that are over.
SELECT DISTINCT h.table_id FROM hold h
WHERE h.site_id = :site_id AND h.owner_id = :owner_id AND h.owner_kind = 'opening' AND h.status = 'released'
ORDER BY h.table_id;

-- name: release!
-- These holds are over.
UPDATE hold SET status = 'released', version = version + 1 WHERE site_id = :site_id AND id = ANY(:ids);

-- name: release_opening!
-- An opening that nobody took is over. Its version stays: the house's own tidying must not stand in the way of undoing
-- the cancellation it came from.
UPDATE hold SET status = 'released'
WHERE site_id = :site_id AND id = ANY(:ids) AND owner_kind = 'opening' AND status = 'held';

-- name: open_up!
-- These holds are openings now.
UPDATE hold SET owner_kind = 'opening', owner_id = :opening_id, version = version + 1
WHERE site_id = :site_id AND id = ANY(:ids);

-- name: opened
-- What an opening gave back, also once its seconds are over.
SELECT h.table_id, min(h.starts_at) AS starts_at, max(upper(h.during)) AS ends_at FROM hold h
WHERE h.site_id = :site_id AND h.owner_id = :owner_id AND h.owner_kind = 'opening' GROUP BY h.table_id
ORDER BY h.table_id;

-- name: reshape!
-- These holds run as told, their party at the table.
UPDATE hold h SET starts_at = told.starts_at, during = tstzrange(told.starts_at, told.ends_at, '[)'),
    reserved_from = least(h.reserved_from, told.starts_at), service_date = told.service_date, status = 'active',
    version = h.version + 1
FROM unnest(:ids::text[], :starts::timestamptz[], :ends::timestamptz[], :days::date[])
    AS told (id, starts_at, ends_at, service_date)
WHERE h.site_id = :site_id AND h.id = told.id;

-- name: add_checkout!
-- Tables are kept for somebody who fills in a booking.
INSERT INTO checkout (site_id, id, actor, covers, starts_at, duration_min, area_id, accessible, table_ids, made_at,
    expires_at)
VALUES (:site_id, :id, :actor, :covers, :starts_at, :duration_min, :area_id, :accessible, :table_ids, :made_at,
    :expires_at);

-- name: checkout^
-- One of them, in whatever state.
SELECT id, actor, covers, starts_at, duration_min, area_id, accessible, table_ids, expires_at, status
FROM checkout WHERE site_id = :site_id AND id = :id;

-- name: live_of$
-- How many somebody has now.
SELECT count(*) FROM checkout
WHERE site_id = :site_id AND actor = :actor AND status = 'held' AND expires_at > :now;

-- name: kept_between
-- What is being filled in for times in a span.
SELECT starts_at, covers FROM checkout
WHERE site_id = :site_id AND status = 'held' AND starts_at >= :since AND starts_at < :until AND expires_at > :now
    AND id <> :but;

-- name: forget_ended!
-- Those that ended long ago: nobody asks about them any more.
DELETE FROM checkout WHERE site_id = :site_id AND status <> 'held' AND expires_at < :before;

-- name: end_checkout!
-- What became of one.
UPDATE checkout SET status = :status WHERE site_id = :site_id AND id = :id;
