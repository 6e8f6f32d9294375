-- name: take_office$
-- Takes an office for as long as this connection lives; false while another holds it.
SELECT pg_try_advisory_lock(hashtextextended('office:' || :office, 0));

-- name: drop_timers!
-- Timers of these subjects that no longer apply.
UPDATE timer SET state = 'dropped' WHERE site_id = :site_id AND subject = ANY(:subjects::text[]) AND state = 'armed';

-- name: arm_timers!
-- New timers, beside the jobs that will wake them.
INSERT INTO timer (id, site_id, subject, command, due_at)
SELECT id, :site_id, subject, command::jsonb, due_at
FROM unnest(:ids::text[], :subjects::text[], :commands::text[], :due::timestamptz[]) AS t (id, subject, command, due_at);

-- name: fire_timer$
-- The guard under the site's lock: brings the id if the timer is still armed and due, and it is fired from here on.
UPDATE timer SET state = 'fired' WHERE id = :id AND state = 'armed' AND due_at <= :now RETURNING id;

-- name: end_timer!
-- A timer whose command was refused, or given up.
UPDATE timer SET state = :state WHERE id = :id AND state = 'armed';

-- name: armed_timer^
-- A timer about to fire; no row when it fired or was dropped meanwhile.
SELECT site_id, subject, command, due_at FROM timer WHERE id = :id AND state = 'armed';

-- name: overdue_timers
-- Armed timers whose time has come, oldest first; `waits` = a job holds them back, `lost` = there is no job at all.
SELECT t.id, t.due_at, j.id IS NULL AS lost,
    coalesce(j.status = 'queued' AND j.execute_after > now() + interval '1 s', false) AS waits
FROM timer t LEFT JOIN pgqueuer j ON j.dedupe_key = t.id AND j.status IN ('queued', 'picked')
WHERE t.state = 'armed' AND t.due_at <= :now ORDER BY t.due_at LIMIT :at_most;

-- name: oldest_due$
-- When the longest overdue timer should have fired.
SELECT min(due_at) FROM timer WHERE state = 'armed' AND due_at <= :now;

-- name: wake_timers!
-- Has waiting jobs run now.
UPDATE pgqueuer SET execute_after = now(), updated = now() WHERE dedupe_key = ANY(:ids::text[]) AND status = 'queued';

-- name: replan_alone
-- One re-planning at a time; ends with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('maitred:replan', 0));

-- name: forget_plans!
-- Jobs not yet begun; those at work look at the clock themselves.
DELETE FROM pgqueuer WHERE entrypoint = 'timer' AND status = 'queued';

-- name: armed_after
-- Armed timers by id, a page at a time.
SELECT id, due_at FROM timer WHERE state = 'armed' AND id > :after ORDER BY id LIMIT :at_most;

-- name: take_commits
-- The next commits of every site in order, out of the outbox, with what they said on each channel.
WITH taken AS (
    DELETE FROM outbox WHERE (site_id, seq) IN (SELECT site_id, seq FROM outbox ORDER BY site_id, seq LIMIT :at_most)
    RETURNING site_id, seq
)
SELECT taken.site_id, taken.seq, p.channel, p.pos, p.data
FROM taken CROSS JOIN LATERAL (
    -- commit by commit: the OFFSET keeps the planner from joining the whole day at once
    SELECT channel, pos, data FROM publication WHERE site_id = taken.site_id AND seq = taken.seq OFFSET 0
) p
ORDER BY taken.site_id, taken.seq, p.channel;

-- name: recent_commits
-- The kept commits of a site before one not yet handed on, oldest first: a tail that lost its memory is filled with them.
SELECT p.seq, p.channel, p.pos, p.data FROM publication p
WHERE p.site_id = :site_id AND p.seq < :before AND p.seq > :before - :at_most AND p.at > now() - :kept::interval
    AND NOT EXISTS (SELECT FROM outbox o WHERE o.site_id = p.site_id AND o.seq = p.seq)
ORDER BY p.seq, p.channel;

-- name: outbox_lag_s$
-- Age in seconds of the oldest commit not yet handed on; 0 when there is none.
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(j.wall_at)), 0)::float8
FROM (SELECT DISTINCT ON (site_id) site_id, seq FROM outbox ORDER BY site_id, seq) o JOIN journal j USING (site_id, seq);

-- name: heads
-- Where every site's journal stands.
SELECT site_id, seq FROM site_head;

-- name: new_epoch$
-- A new epoch: every position known so far is void.
UPDATE house SET epoch = substr(md5(random()::text || clock_timestamp()::text), 1, 8) RETURNING epoch;

-- name: cursors
-- How far each reaction has heard each site.
SELECT name, site_id, seq FROM reaction;

-- name: begin_hearing^
-- A reaction new to a site hears what happened there lately, not its whole past.
INSERT INTO reaction (name, site_id, seq)
SELECT :name, :site_id, coalesce(
    (SELECT seq FROM journal WHERE site_id = :site_id AND wall_at < clock_timestamp() - :lately::interval
     ORDER BY seq DESC LIMIT 1), 0)
ON CONFLICT (name, site_id) DO UPDATE SET seq = reaction.seq RETURNING seq;

-- name: heard!
-- A reaction has heard a site up to here; never moves back.
UPDATE reaction SET seq = :seq WHERE name = :name AND site_id = :site_id AND seq < :seq;

-- name: lines_after
-- Journal lines after a position, oldest first.
SELECT seq, facts FROM journal WHERE site_id = :site_id AND seq > :after ORDER BY seq LIMIT :at_most;
