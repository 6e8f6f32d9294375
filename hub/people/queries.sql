-- name: add_staff!
INSERT INTO staff (id, org_id, email, name, initials, password_hash)
VALUES (:staff_id, :org_id, :email, :name, :initials, :password_hash);

-- name: by_email^
-- A login by its address (letter case does not matter).
SELECT id, org_id, name, initials, password_hash, active FROM staff WHERE email = :email;

-- name: one^
-- A person of this organisation, with whether they are an active super admin somewhere in it.
SELECT p.id, p.name, p.active, p.version,
    EXISTS (SELECT FROM staff_role r WHERE r.staff_id = p.id AND r.role = 'super_admin') AS super_admin,
    EXISTS (SELECT FROM staff_role r WHERE r.staff_id = p.id AND r.role = 'super_admin' AND r.site_id <> :site_id) AS elsewhere
FROM staff p WHERE p.id = :staff_id AND p.org_id = :org_id;

-- name: other_admins$
-- Active super admins of the organisation, this person left out.
SELECT count(DISTINCT p.id) FROM staff p JOIN staff_role r ON r.staff_id = p.id AND r.role = 'super_admin'
WHERE p.org_id = :org_id AND p.active AND p.id <> :staff_id;

-- name: set_roles!
-- Exactly these roles at this site.
WITH gone AS (
    DELETE FROM staff_role WHERE site_id = :site_id AND staff_id = :staff_id AND role <> ALL(:roles::text[])
), risen AS (
    UPDATE staff SET version = version + 1 WHERE id = :staff_id
)
INSERT INTO staff_role (site_id, staff_id, role) SELECT :site_id, :staff_id, unnest(:roles::text[]) ON CONFLICT DO NOTHING;

-- name: deactivate!
-- The login is closed and signed out everywhere; roles stay on record.
WITH signed_out AS (DELETE FROM session WHERE staff_id = :staff_id
), ended AS (
    UPDATE sign_in SET ended_at = :now, end_reason = 'deactivated' WHERE staff_id = :staff_id AND ended_at IS NULL
)
UPDATE staff SET active = false, version = version + 1 WHERE id = :staff_id;

-- name: me
-- A person's sites with their roles there.
SELECT p.name AS staff_name, p.initials, s.id, s.name, s.timezone, array_agg(r.role ORDER BY r.role) AS roles
FROM staff p JOIN staff_role r ON r.staff_id = p.id JOIN site s ON s.id = r.site_id AND s.active
WHERE p.id = :staff_id AND p.active
GROUP BY p.name, p.initials, s.id, s.name, s.timezone ORDER BY s.id;

-- name: name_of^
SELECT name, initials FROM staff WHERE id = :staff_id AND active;

-- name: staff_of_site
-- Everybody with a role at the site.
SELECT p.id, p.name, p.initials, array_agg(r.role ORDER BY r.role) AS roles, p.active
FROM staff p JOIN staff_role r ON r.staff_id = p.id
WHERE r.site_id = :site_id GROUP BY p.id ORDER BY p.name, p.id;

-- name: with_role^
-- The first active person with a role at any site; who one-tap sign-in of the sample house signs in.
SELECT p.id, p.name, p.initials FROM staff p JOIN staff_role r ON r.staff_id = p.id JOIN site s ON s.id = r.site_id
WHERE r.role = :role AND p.active AND s.active ORDER BY s.id, p.id LIMIT 1;

-- name: house^
-- What the sign-in page may know of the house: its name, whether it is a sample, and the roles that can be tried.
SELECT h.sample, (SELECT s.name FROM site s WHERE s.active ORDER BY s.id LIMIT 1) AS name,
    CASE WHEN h.sample THEN (SELECT array_agg(DISTINCT r.role) FROM staff_role r JOIN staff p ON p.id = r.staff_id AND p.active)
    END AS roles
FROM house h;

-- name: sample$
SELECT sample FROM house;

-- name: reactivate!
-- The login is opened again, with the roles it had.
UPDATE staff SET active = true, version = version + 1 WHERE id = :staff_id;

-- name: roles_at
-- A person's roles at a site.
SELECT role FROM staff_role WHERE site_id = :site_id AND staff_id = :staff_id ORDER BY role;

-- name: begin_sign_in!
INSERT INTO sign_in (id, staff_id, created_at, last_used_at, expires_at)
VALUES (:sign_in_id, :staff_id, :now, :now, :expires_at);

-- name: issue_token!
INSERT INTO refresh_token (hash, sign_in_id, issued_at) VALUES (:hash, :sign_in_id, :now);

-- name: lock_family$
-- The sign-in a token belongs to, locked: one renewal at a time.
SELECT f.id FROM sign_in f WHERE f.id = (SELECT t.sign_in_id FROM refresh_token t WHERE t.hash = :hash) FOR UPDATE;

-- name: refresh_token^
-- A token with its sign-in, read once that is locked, and how often it was renewed lately.
SELECT t.used_at, f.staff_id, f.ended_at, f.expires_at, p.active,
    (SELECT count(*) FROM refresh_token n WHERE n.sign_in_id = f.id AND n.issued_at > :lately) AS renewals
FROM refresh_token t JOIN sign_in f ON f.id = t.sign_in_id JOIN staff p ON p.id = f.staff_id WHERE t.hash = :hash;

-- name: use_tokens!
-- A token is used, and with it all others of its sign-in that wait to be.
UPDATE refresh_token SET used_at = :now WHERE sign_in_id = :sign_in_id AND used_at IS NULL;

-- name: slide_sign_in!
-- A sign-in lives as long as it is used; its sessions that ran out are not needed any more.
WITH gone AS (DELETE FROM session WHERE sign_in_id = :sign_in_id AND expires_at < :now)
UPDATE sign_in SET last_used_at = :now, expires_at = :expires_at WHERE id = :sign_in_id;

-- name: end_sign_in!
-- A sign-in is over, with every session of it.
WITH gone AS (DELETE FROM session WHERE sign_in_id = :sign_in_id)
UPDATE sign_in SET ended_at = :now, end_reason = :reason WHERE id = :sign_in_id AND ended_at IS NULL;

-- name: end_by_session^
-- The same by one of its sessions, run out or not.
WITH known AS (
    SELECT hash, staff_id, sign_in_id FROM session WHERE hash = :hash
), gone AS (
    DELETE FROM session USING known
    WHERE session.hash = known.hash OR session.sign_in_id = known.sign_in_id
), ended AS (
    UPDATE sign_in SET ended_at = :now, end_reason = 'signed_out' FROM known
    WHERE sign_in.id = known.sign_in_id AND ended_at IS NULL
)
SELECT staff_id, sign_in_id FROM known;

-- name: end_other_sign_ins
-- Every sign-in of a person but one, with their sessions (those without a sign-in too); which ones ended.
WITH gone AS (
    DELETE FROM session WHERE staff_id = :staff_id
        AND CASE WHEN sign_in_id IS NULL THEN left(encode(hash, 'hex'), 32) <> :keep_session ELSE sign_in_id <> :keep END
)
UPDATE sign_in SET ended_at = :now, end_reason = 'password_changed'
WHERE staff_id = :staff_id AND id <> :keep AND ended_at IS NULL RETURNING id;

-- name: password^
-- What a person's password is checked against; none once deactivated.
SELECT password_hash FROM staff WHERE id = :staff_id AND active;

-- name: set_password$
-- A new password, if the old one is still the one that was checked.
UPDATE staff SET password_hash = :password_hash, version = version + 1
WHERE id = :staff_id AND active AND password_hash = :was RETURNING id;

-- name: add_key!
-- A program's key; only its hash is kept.
INSERT INTO api_key (id, org_id, site_id, name, prefix, hash, scopes, created_at, created_by)
VALUES (:key_id, :org_id, :site_id, :name, :prefix, :hash, :scopes, :now, :by);

-- name: living_keys$
-- How many keys of a site are not revoked.
SELECT count(*) FROM api_key WHERE site_id = :site_id AND revoked_at IS NULL;

-- name: key^
-- A key of this site that opens something.
SELECT id, name, prefix, scopes FROM api_key WHERE site_id = :site_id AND id = :key_id AND revoked_at IS NULL;

-- name: revoke_key!
UPDATE api_key SET revoked_at = :now WHERE site_id = :site_id AND id = :key_id;

-- name: keys
-- A site's keys, those that open something first, newest first.
SELECT k.id, k.name, k.prefix, k.scopes, k.created_at, coalesce(p.name, 'The house') AS created_by, k.last_used_at,
    k.revoked_at
FROM api_key k LEFT JOIN staff p ON p.id = substr(k.created_by, 7) AND starts_with(k.created_by, 'staff:')
WHERE k.site_id = :site_id ORDER BY k.revoked_at IS NOT NULL, k.created_at DESC, k.id LIMIT :at_most;
