-- name: lock_site
-- One writer per site: held until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('site:' || :site_id, 0));

-- name: lock_org
-- One writer of what an organisation's sites share; always taken before a site's lock, so that nobody waits in a circle.
SELECT pg_advisory_xact_lock(hashtextextended('org:' || org_id, 0)) FROM site WHERE id = :site_id;

-- name: open_book^
-- What a command must know before it starts: the journal's head, the asker's roles here, the answer to a known key.
SELECT h.seq, s.timezone, s.org_id,
    (SELECT array_agg(r.role) FROM staff_role r JOIN staff p ON p.id = r.staff_id
     WHERE r.site_id = s.id AND r.staff_id = :staff_id AND p.active) AS roles,
    (SELECT k.scopes FROM api_key k WHERE k.id = :key_id AND k.site_id = s.id AND k.revoked_at IS NULL) AS scopes,
    a.wish, a.answer, a.seq AS answer_seq,
    (SELECT j.offsets FROM journal j WHERE j.site_id = s.id AND j.seq = a.seq) AS answer_offsets
FROM site s
JOIN site_head h ON h.site_id = s.id
LEFT JOIN answer a ON a.site_id = s.id AND a.actor = :actor AND a.key = :key AND a.day = ANY(:days::date[])
WHERE s.id = :site_id AND s.active;

-- name: write_line^
-- The journal line, each touched channel's next offset and publication, what became of each row, the stored answer and
-- the outbox: one statement.
WITH head AS (
    UPDATE site_head SET seq = :seq WHERE site_id = :site_id AND seq = :seq - 1 RETURNING seq
), said AS (
    SELECT channel, data FROM unnest(:channels::text[], :datas::bytea[]) AS said (channel, data)
), pos AS (
    INSERT INTO channel_head (channel, site_id, top) SELECT channel, :site_id, 1 FROM said ORDER BY channel
    ON CONFLICT (channel) DO UPDATE SET top = channel_head.top + 1 RETURNING channel, top
), kept AS (
    INSERT INTO publication (day, channel, pos, site_id, seq, data)
    SELECT :day, pos.channel, pos.top, :site_id, :seq, said.data FROM pos JOIN said USING (channel)
), line AS (
    INSERT INTO journal (site_id, seq, at, command, actor, source, reason, facts, touched, offsets, undoes)
    SELECT :site_id, head.seq, :at, :command, :actor, :source, :reason, :facts, :touched,
        (SELECT coalesce(jsonb_object_agg(channel, top), '{}') FROM pos), :undoes FROM head
), recorded AS (
    INSERT INTO change (site_id, seq, kind, row_id, was, now)
    SELECT :site_id, :seq, told.kind, told.row_id, told.was, told.now
    FROM unnest(:kinds::text[], :row_ids::text[], :wases::jsonb[], :nows::jsonb[]) AS told (kind, row_id, was, now)
), answered AS (
    INSERT INTO answer (day, site_id, actor, key, seq, wish, answer, undo)
    VALUES (:day, :site_id, :actor, :key, :seq, :wish, :answer, :undo)
), sent AS (
    INSERT INTO outbox (site_id, seq) SELECT :site_id, :seq WHERE EXISTS (SELECT FROM said)
)
SELECT (SELECT seq FROM head) AS seq, (SELECT coalesce(jsonb_object_agg(channel, top), '{}') FROM pos) AS offsets,
    pg_notify('maitred_journal', :site_id);

-- name: disarm!
-- Timers of a subject that no longer apply.
UPDATE timer SET state = 'dropped' WHERE site_id = :site_id AND subject = :subject AND state = 'armed';

-- name: house^
-- The epoch all positions belong to, and whether this is a sample house.
SELECT epoch, sample FROM house;

-- name: channel_top^
-- Where a channel and its site stand.
SELECT (SELECT top FROM channel_head WHERE channel = :channel) AS top,
    (SELECT seq FROM site_head WHERE site_id = :site_id) AS seq, (SELECT epoch FROM house) AS epoch;

-- name: publications_after
-- A channel's kept publications after a position, oldest first.
SELECT pos, data FROM publication
WHERE channel = :channel AND pos > :since AND day >= :from_day ORDER BY pos DESC LIMIT :at_most;

-- name: site_timezone$
SELECT timezone FROM site WHERE id = :site_id;

-- name: line^
-- One journal line with what undoing it needs, and the seq of the line that undid it already.
SELECT j.seq, j.at, j.command, j.actor, a.undo,
    (SELECT u.seq FROM journal u WHERE u.site_id = j.site_id AND u.undoes = j.seq) AS undone_at
FROM journal j
LEFT JOIN answer a ON a.site_id = j.site_id AND a.seq = j.seq
WHERE j.site_id = :site_id AND j.seq = :seq;

-- name: fired_about
-- The timers of these things that fired (or were refused) in that time, the latest of each subject (`kind:id`).
SELECT DISTINCT ON (subject) subject, command FROM timer
WHERE site_id = :site_id AND state = 'fired' AND due_at BETWEEN :since AND :until
    AND split_part(subject, ':', 2) = ANY(:ids::text[])
ORDER BY subject, due_at DESC;

-- name: roles_of$
-- The roles a person has at a site right now; none once deactivated.
SELECT array_agg(r.role ORDER BY r.role) FROM staff_role r JOIN staff p ON p.id = r.staff_id
WHERE r.site_id = :site_id AND r.staff_id = :staff_id AND p.active;

-- name: commits_after
-- The commits of a site after a seq, for gateways that have to do without Redis.
SELECT seq, channel, pos, data FROM publication
WHERE site_id = :site_id AND seq > :after AND day >= :from_day ORDER BY seq, channel LIMIT :at_most;

-- name: open_session!
-- A session of a person's sign-in; only the secret's hash is kept.
INSERT INTO session (hash, staff_id, sign_in_id, expires_at) VALUES (:hash, :staff_id, :sign_in_id, :expires_at);

-- name: use_session^
-- Whose session it is, while it lives, its sign-in stands and its owner is active.
SELECT s.staff_id, s.sign_in_id FROM session s
JOIN staff p ON p.id = s.staff_id
LEFT JOIN sign_in f ON f.id = s.sign_in_id
WHERE s.hash = :hash AND s.expires_at > :now AND p.active AND f.ended_at IS NULL;

-- name: use_key^
-- What a key opens, unless it was revoked; that it was used is written once a minute at most.
WITH found AS (
    SELECT k.id, k.site_id, k.scopes, k.last_used_at FROM api_key k JOIN site s ON s.id = k.site_id AND s.active
    WHERE k.hash = :hash AND k.revoked_at IS NULL
), noted AS (
    UPDATE api_key SET last_used_at = :now FROM found
    WHERE api_key.id = found.id AND (found.last_used_at IS NULL OR found.last_used_at < :noted_before)
)
SELECT id, site_id, scopes FROM found;

-- name: sessions_live
-- Whether each sign-in still stands; for a session without one, whether it (named by a part of its hash) is still open.
SELECT CASE WHEN asked.sign_in_id = '' THEN EXISTS (
    SELECT FROM session s JOIN staff p ON p.id = s.staff_id
    WHERE s.staff_id = asked.staff_id AND s.sign_in_id IS NULL AND left(encode(s.hash, 'hex'), 32) = asked.id
        AND s.expires_at > :now AND p.active
) ELSE EXISTS (
    SELECT FROM sign_in f JOIN staff p ON p.id = f.staff_id
    WHERE f.id = asked.sign_in_id AND f.staff_id = asked.staff_id AND f.ended_at IS NULL AND f.expires_at > :now
        AND p.active
) END AS lives
FROM unnest(:ids::text[], :sign_in_ids::text[], :staff_ids::text[]) WITH ORDINALITY
    AS asked (id, sign_in_id, staff_id, n) ORDER BY asked.n;

-- name: rights_of
-- Connected people's roles at a site right now, and whether the sign-in that opened each one's socket still stands.
SELECT (SELECT array_agg(r.role) FROM staff_role r JOIN staff p ON p.id = r.staff_id
        WHERE r.site_id = asked.site_id AND r.staff_id = asked.staff_id AND p.active) AS roles,
    asked.sign_in_id = '' OR EXISTS (SELECT FROM sign_in f WHERE f.id = asked.sign_in_id AND f.ended_at IS NULL)
        AS stands
FROM unnest(:site_ids::text[], :staff_ids::text[], :sign_in_ids::text[]) WITH ORDINALITY
    AS asked (site_id, staff_id, sign_in_id, n) ORDER BY asked.n;
