-- name: plans
-- The view of plans.
SELECT p.id, p.basis, p.found_by, p.proven, p.gap, p.cost, p.bound, p.covers, p.unplaced, p.terms, p.flag, p.made_at
FROM plan p WHERE p.site_id = $1;

-- name: ghosts
-- The view of what the plan proposes.
SELECT g.id, g.owner_kind, g.from_ids, g.to_ids, g.starts_at, g.ends_at, g.reason, g.why, g.about
FROM ghost g WHERE g.site_id = $1;

-- name: pins
-- The view of bookings the plan leaves alone.
SELECT n.id, n.service_date, n.pinned_at, n.version FROM pin n WHERE n.site_id = $1;

-- name: put_plan!
-- The plan of a service day as it is now.
INSERT INTO plan (site_id, id, basis, found_by, proven, gap, cost, bound, covers, unplaced, terms, flag, made_at)
VALUES (:site_id, :id, :basis, :found_by, :proven, :gap, :cost, :bound, :covers, :unplaced, :terms, :flag, :made_at)
ON CONFLICT (site_id, id) DO UPDATE SET basis = excluded.basis, found_by = excluded.found_by,
    proven = excluded.proven, gap = excluded.gap, cost = excluded.cost, bound = excluded.bound,
    covers = excluded.covers, unplaced = excluded.unplaced, terms = excluded.terms, flag = excluded.flag,
    made_at = excluded.made_at;

-- name: drop_plans!
-- Plans of days that are over.
DELETE FROM plan WHERE site_id = :site_id AND id = ANY(:ids);

-- name: put_ghosts!
-- What the plan proposes now.
INSERT INTO ghost (site_id, id, owner_kind, from_ids, to_ids, starts_at, ends_at, reason, why, about)
SELECT :site_id, g.id, g.owner_kind, g.from_ids, g.to_ids, g.starts_at, g.ends_at, g.reason, g.why, g.about
FROM jsonb_to_recordset(:rows) AS g (id text, owner_kind text, from_ids text[], to_ids text[], starts_at timestamptz,
    ends_at timestamptz, reason text, why text, about text[])
ON CONFLICT (site_id, id) DO UPDATE SET owner_kind = excluded.owner_kind, from_ids = excluded.from_ids,
    to_ids = excluded.to_ids, starts_at = excluded.starts_at, ends_at = excluded.ends_at, reason = excluded.reason,
    why = excluded.why, about = excluded.about;

-- name: drop_ghosts!
-- Proposals that are no more.
DELETE FROM ghost WHERE site_id = :site_id AND id = ANY(:ids);

-- name: put_pins!
-- Bookings the plan leaves alone from now on; one that was pinned before stays so.
INSERT INTO pin (site_id, id, service_date, pinned_at)
SELECT :site_id, b.id, b.service_date, :now FROM booking b WHERE b.site_id = :site_id AND b.id = ANY(:ids)
ON CONFLICT (site_id, id) DO UPDATE SET pinned_at = excluded.pinned_at, service_date = excluded.service_date,
    version = pin.version + 1;

-- name: drop_pins!
-- The plan may move these again.
DELETE FROM pin WHERE site_id = :site_id AND id = ANY(:ids);

-- name: site_now^
-- A site's own data and where its journal stands.
SELECT s.org_id, s.timezone, h.seq FROM site s JOIN site_head h ON h.site_id = s.id WHERE s.id = :site_id;

-- name: heads
-- How far each open site's journal is.
SELECT h.site_id, h.seq FROM site_head h JOIN site s ON s.id = h.site_id WHERE s.active ORDER BY h.site_id;

-- name: lines_after
-- What was told at a site after a seq, in order.
SELECT j.seq, j.facts FROM journal j WHERE j.site_id = :site_id AND j.seq > :after ORDER BY j.seq LIMIT :at_most;
