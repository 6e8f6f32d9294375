-- name: site_now^
-- A site's own data and where its journal stands.
SELECT s.org_id, s.timezone, h.seq FROM site s JOIN site_head h ON h.site_id = s.id WHERE s.id = :site_id;

-- name: past
-- Parties that have left within a span, latest first: the local hour they sat down, their service day as a number,
-- minutes. One that became part of another is told by that one.
SELECT s.id, s.covers, extract(hour FROM s.seated_at AT TIME ZONE :timezone)::int AS hour,
    ((s.seated_at AT TIME ZONE :timezone) - :day_ends::text::interval)::date - date '2000-01-01' AS evening, s.seated_at,
    (extract(epoch FROM s.left_at - s.seated_at) / 60)::float8 AS turn_min
FROM seating s
WHERE s.site_id = :site_id AND s.left_at >= :since AND s.left_at < :until AND s.merged_into IS NULL
ORDER BY s.left_at DESC, s.id LIMIT :at_most;

-- name: stages
-- When these parties came to which stage, as it is on record; where one was taken back and set again, the last time.
SELECT c.row_id, c.now ->> 'stage' AS stage, max((c.now ->> 'stage_since')::timestamptz) AS began
FROM change c
WHERE c.site_id = :site_id AND c.kind = 'seating' AND c.row_id = ANY(:ids) AND c.was IS NOT NULL
    AND c.now ? 'stage' AND c.now ? 'stage_since'
GROUP BY c.row_id, c.now ->> 'stage';

-- name: came
-- The walk-ins that joined the line since then, whatever became of them.
SELECT p.id, p.covers, p.joined_at FROM party p
WHERE p.site_id = :site_id AND p.kind = 'walk_in' AND p.joined_at > :since ORDER BY p.joined_at DESC, p.id LIMIT :at_most;

-- name: promises
-- Parties that were told an interval and sat down since then, latest first: minutes from when they were told.
SELECT p.id, p.covers, p.quoted_at, p.converted_at, p.quoted_min, p.quoted_low_min, p.quoted_median_min,
    p.quoted_high_min, p.quote_confidence, p.quote_source,
    (extract(epoch FROM p.converted_at - p.quoted_at) / 60)::float8 AS waited_min
FROM party p
WHERE p.site_id = :site_id AND p.converted_at >= :since AND p.seating_id IS NOT NULL AND p.quoted_low_min IS NOT NULL
    AND p.quoted_high_min IS DISTINCT FROM 0
ORDER BY p.converted_at DESC, p.id LIMIT :at_most;

-- name: left_early$
-- Parties that were told an interval and did not stay for it.
SELECT count(*)::int FROM party p
WHERE p.site_id = :site_id AND p.ended_at >= :since AND p.status IN ('cancelled', 'expired')
    AND p.quoted_low_min IS NOT NULL AND p.quoted_high_min IS DISTINCT FROM 0;
