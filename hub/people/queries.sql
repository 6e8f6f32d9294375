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
WITH signed_out AS (DELETE FROM session WHERE staff_id = :staff_id)
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
