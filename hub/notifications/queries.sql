-- name: messages
-- Messages as staff see them. A one-time code is its guest's alone; only a sample house, where nobody has a phone, shows it.
SELECT m.id, m.service_date, m.channel, m.recipient, m.guest_name, m.template,
    CASE WHEN m.template = 'one_time_code' AND NOT h.sample THEN regexp_replace(m.subject, '[0-9]{6}', '······')
        ELSE m.subject END,
    CASE WHEN m.template = 'one_time_code' AND NOT h.sample THEN regexp_replace(m.body, '[0-9]{6}', '······')
        ELSE m.body END,
    m.calendar IS NOT NULL, '/g/' || m.ticket, m.about_kind, m.about_id, m.status, m.problem, m.created_at, m.sent_at,
    m.version
FROM message m CROSS JOIN house h WHERE m.site_id = $1;

-- name: insert_message$
-- A message, unless the very same thing has been said already.
INSERT INTO message (site_id, id, service_date, channel, recipient, guest_name, template, subject, body, calendar,
    ticket, about_kind, about_id, seq, dedupe, status, problem, created_at, queued_at, due_at)
VALUES (:site_id, :id, :service_date, :channel, :recipient, :guest_name, :template, :subject, :body, :calendar,
    :ticket, :about_kind, :about_id, :seq, :dedupe, :status, :problem, :created_at, :queued_at, :queued_at)
ON CONFLICT (site_id, dedupe) DO NOTHING RETURNING id;

-- name: about
-- What was said about one booking, party or offer, newest first.
SELECT m.id FROM message m
WHERE m.site_id = :site_id AND m.about_id = ANY(:about_ids) ORDER BY m.created_at DESC, m.id DESC LIMIT :at_most;

-- name: of_seq
-- What one command said.
SELECT m.id, m.template, m.status FROM message m WHERE m.site_id = :site_id AND m.seq = :seq ORDER BY m.id;

-- name: stored^
-- One message as it is kept, to be said again.
SELECT channel, recipient, guest_name, template, subject, body, calendar, ticket, about_kind, about_id, status, attempts
FROM message WHERE site_id = :site_id AND id = :id;

-- name: note!
-- What became of a message. A one-time code is forgotten once it is on its way.
UPDATE message SET status = :status, problem = :problem, sent_at = coalesce(sent_at, :sent_at), version = version + 1,
    subject = CASE WHEN :forget THEN regexp_replace(subject, '[0-9]{6}', '······') ELSE subject END,
    body = CASE WHEN :forget THEN regexp_replace(body, '[0-9]{6}', '······') ELSE body END
WHERE site_id = :site_id AND id = :id;

-- name: try_again!
-- It did not go this time; it is due again later.
UPDATE message SET attempts = attempts + 1, due_at = :due_at, problem = :problem, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: due
-- Messages to be carried now, the longest waiting first.
SELECT m.site_id, m.id, m.channel, m.recipient, m.guest_name, m.subject, m.body, m.calendar, m.attempts
FROM message m JOIN site s ON s.id = m.site_id AND s.active
WHERE m.status = 'queued' AND m.due_at <= :now AND m.channel = ANY(:channels) AND NOT (m.id = ANY(:but)) ORDER BY m.due_at, m.id LIMIT :at_most;

-- name: oldest_queued
-- Per site, since when its oldest message has been waiting for a carrier.
SELECT m.site_id, s.org_id, min(m.queued_at) AS since FROM message m JOIN site s ON s.id = m.site_id AND s.active
WHERE m.status = 'queued' GROUP BY 1, 2;

-- name: sample$
-- Whether this is a sample house.
SELECT sample FROM house;
