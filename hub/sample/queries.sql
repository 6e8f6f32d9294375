-- name: take_turn
-- One process makes or resumes the sample house; the others wait.
SELECT pg_advisory_lock(hashtextextended('maitred:sample', 0));

-- name: end_turn
SELECT pg_advisory_unlock(hashtextextended('maitred:sample', 0));

-- name: what_is_there^
-- Whether this is a sample house already, how many organisations there are, and whether one of them is ours.
SELECT sample, (SELECT count(*) FROM org) AS orgs, EXISTS (SELECT FROM org WHERE id = :org_id) AS ours FROM house;

-- name: empty!
-- Takes a half-made sample house away; nobody has been let in yet.
TRUNCATE org, site, site_head, journal, channel_head, publication, answer, outbox, reaction, timer, staff, staff_role,
    session, sign_in, refresh_token, api_key, policy_version, area, section, floor_table, table_join, hold, guest,
    guest_profile, booking, party, offer, wait, quote, seating, seating_table, message, verification, change CASCADE;

-- name: add_person!
-- A member of staff who signs in by one tap: without a password nobody signs in any other way.
INSERT INTO staff (id, org_id, email, name, initials) VALUES (:staff_id, :org_id, :email, :name, :initials);

-- name: add_role!
INSERT INTO staff_role (site_id, staff_id, role) VALUES (:site_id, :staff_id, :role);

-- name: add_area!
INSERT INTO area (site_id, id, name, kind, service_type, features, fixtures, width, height, position)
VALUES (:site_id, :area_id, :name, :kind, :service_type, :features, :fixtures, :width, :height, :position);

-- name: add_section!
INSERT INTO section (site_id, id, name, server_id, server_name, initials, colour)
VALUES (:site_id, :section_id, :name, :server_id, :server_name, :initials, :colour);

-- name: add_table!
INSERT INTO floor_table (site_id, id, area_id, number, min_covers, max_covers, furniture, size_class, shape, features,
    preferred_for, priority, x, y, w, h, status_since, section_id, qr)
VALUES (:site_id, :table_id, :area_id, :number, :least, :most, :furniture, :size_class, :shape, :features,
    :preferred_for, :priority, :x, :y, :w, :h, :since, :section_id, :qr);

-- name: add_join!
INSERT INTO table_join (site_id, id, a, b, combined_max) VALUES (:site_id, :join_id, :a, :b, :most);

-- name: say_where!
-- What guests are told of a house.
UPDATE site SET slug = :slug, address = :address, phone = :phone, email = :email, country = :country
WHERE id = :site_id;

-- name: add_guests!
-- The people the house knows.
INSERT INTO guest (id, org_id, name, phone, email, birthday, anniversaries, created_at)
SELECT come.id, :org_id, come.name, come.phone, come.email, come.birthday,
    ARRAY(SELECT jsonb_array_elements_text(come.anniversaries -> 'days')), :now
FROM unnest(:ids::text[], :names::text[], :phones::text[], :emails::text[], :birthdays::text[], :anniversaries::jsonb[])
    AS come (id, name, phone, email, birthday, anniversaries);

-- name: due_timers
-- Timers of the script whose time has come, oldest first.
SELECT id, due_at FROM timer WHERE site_id = :site_id AND state = 'armed' AND due_at <= :now ORDER BY due_at, id;

-- name: deliver_past!
-- What was said before the doors open arrived when it was said, not all at once now.
UPDATE message SET status = 'delivered', sent_at = created_at, version = version + 1
WHERE status = 'queued' AND created_at < :now;

-- name: open_doors!
-- The sample is complete: from here on its clock runs.
WITH clock AS (UPDATE house_clock SET house_at = :house_at, wall_at = :wall_at, rate = 1)
UPDATE house SET sample = true;

-- name: ring!
SELECT pg_notify('maitred_clock', '');

-- name: last_line^
-- The last thing that happened at a site, by the house clock and on the wall.
SELECT at, wall_at FROM journal WHERE site_id = :site_id ORDER BY seq DESC LIMIT 1;
