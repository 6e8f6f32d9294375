-- name: alone$
-- One upkeep at a time, for as long as it takes.
SELECT pg_try_advisory_lock(hashtextextended('maitred:upkeep', 0));

-- name: no_longer_alone$
SELECT pg_advisory_unlock(hashtextextended('maitred:upkeep', 0));

-- name: partitions
-- The partitions of a table.
SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = :parent::text::regclass;

-- name: expired_sessions$
-- Sessions past their time; how many went. A sign-in keeps its last ones: signing out by one of them must still end it.
WITH gone AS (
    DELETE FROM session WHERE hash IN (
        SELECT hash FROM session WHERE expires_at < :now AND sign_in_id IS NULL LIMIT :at_most)
    RETURNING 1
) SELECT count(*) FROM gone;

-- name: old_sign_ins$
-- Sign-ins that ended or ran out long enough ago, with their tokens and sessions; how many went.
WITH gone AS (
    DELETE FROM sign_in WHERE id IN (
        SELECT id FROM sign_in WHERE expires_at < :before OR ended_at < :before LIMIT :at_most)
    RETURNING 1
) SELECT count(*) FROM gone;

-- name: used_tokens$
-- Refresh tokens used long ago; how many went. What comes back of them is refused as unknown.
WITH gone AS (
    DELETE FROM refresh_token WHERE hash IN (SELECT hash FROM refresh_token WHERE used_at < :before LIMIT :at_most)
    RETURNING 1
) SELECT count(*) FROM gone;

-- name: old_timers$
-- Timers that fired or were dropped, long past their moment by the house clock; how many went.
WITH gone AS (
    DELETE FROM timer WHERE id IN (
        SELECT t.id FROM timer t, house_clock c
        WHERE t.state <> 'armed' AND t.due_at < c.house_at + (now() - c.wall_at) * c.rate - :kept::interval LIMIT :at_most)
    RETURNING 1
) SELECT count(*) FROM gone;

-- name: old_job_log$
-- The queue's own log, once it is counted; how many lines went.
WITH gone AS (
    DELETE FROM pgqueuer_log WHERE id IN (
        SELECT id FROM pgqueuer_log WHERE created < now() - :kept::interval LIMIT :at_most)
    RETURNING 1
) SELECT count(*) FROM gone;

-- name: old_job_statistics$
-- The queue's own figures; how many went.
WITH gone AS (
    DELETE FROM pgqueuer_statistics WHERE id IN (
        SELECT id FROM pgqueuer_statistics WHERE created < now() - :kept::interval LIMIT :at_most)
    RETURNING 1
) SELECT count(*) FROM gone;
