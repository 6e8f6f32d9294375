-- name: venue_rows
-- The site as its screens see it.
SELECT s.id, s.name, s.kind, s.timezone, s.day_ends, s.service_date, h.sample, s.late_after_min, s.soon_min, s.theme, s.version
FROM site s CROSS JOIN house h
WHERE s.id = $1 AND s.active;

-- name: clock_rows
-- The house clock as this site's screens have been told it.
SELECT c.id, c.clock_house_at, c.clock_wall_at, c.clock_rate
FROM (SELECT 'clock'::text AS id, site.id AS site_id, clock_house_at, clock_wall_at, clock_rate FROM site) c
WHERE c.site_id = $1;

-- name: sample$
-- Whether this is a sample house.
SELECT sample FROM house;

-- name: set_clock!
-- The pace all processes follow.
UPDATE house_clock SET house_at = :house_at, wall_at = :wall_at, rate = :rate;

-- name: ring!
-- Wakes every process to read the pace anew, once this is committed.
SELECT pg_notify('maitred_clock', '');

-- name: copy_clock!
-- What the site's screens are told of the pace.
UPDATE site SET clock_house_at = c.house_at, clock_wall_at = c.wall_at, clock_rate = c.rate
FROM house_clock c WHERE site.id = :site_id;

-- name: turn_day!
-- The next service day.
UPDATE site SET service_date = :service_date, version = version + 1 WHERE id = :site_id;

-- name: copy_policies!
-- The policies screens draw by.
UPDATE site SET day_ends = :day_ends, late_after_min = :late_after_min, soon_min = :soon_min, theme = :theme,
    version = version + 1
WHERE id = :site_id;

-- name: site^
-- What other slices may know of a site.
SELECT id, org_id, name, timezone, opening_hours, service_date, day_ends, slug, address, phone, email, country
FROM site WHERE id = :site_id AND active;

-- name: sites_of_org
-- The sites a value for the whole organisation reaches.
SELECT b.id FROM site a JOIN site b ON b.org_id = a.org_id AND b.active WHERE a.id = :site_id ORDER BY b.id;

-- name: sites
-- All open sites.
SELECT id, org_id, name, timezone FROM site WHERE active ORDER BY id;

-- name: add_org!
INSERT INTO org (id, name) VALUES (:org_id, :name) ON CONFLICT (id) DO NOTHING;

-- name: add_site!
-- A site with the head of its journal.
WITH made AS (
    INSERT INTO site (id, org_id, name, kind, timezone, opening_hours, service_date, clock_house_at, clock_wall_at, clock_rate)
    SELECT :site_id, :org_id, :name, :kind, :timezone, :opening_hours, :service_date, house_at, wall_at, rate FROM house_clock
    RETURNING id
)
INSERT INTO site_head (site_id) SELECT id FROM made;
