-- name: in_force
-- The newest version of every policy at every scope that reaches a site; a value of NULL falls back.
SELECT DISTINCT ON (policy, scope, site_id, kind) policy, scope, kind, version, value
FROM policy_version
WHERE org_id = :org_id AND (scope = 'org' OR site_id = :site_id)
ORDER BY policy, scope, site_id, kind, version DESC;

-- name: said
-- The same with who said it, when and why.
SELECT DISTINCT ON (v.policy, v.scope, v.site_id, v.kind)
    v.policy, v.scope, v.kind, v.version, v.value, v.by_id, v.at, v.reason, p.name AS by_name
FROM policy_version v LEFT JOIN staff p ON v.by_id = 'staff:' || p.id
WHERE v.org_id = :org_id AND (v.scope = 'org' OR v.site_id = :site_id)
ORDER BY v.policy, v.scope, v.site_id, v.kind, v.version DESC;

-- name: history
-- Every version of one policy that reaches a site, newest first.
SELECT v.policy, v.scope, v.kind, v.version, v.value, v.by_id, v.at, v.reason, p.name AS by_name
FROM policy_version v LEFT JOIN staff p ON v.by_id = 'staff:' || p.id
WHERE v.org_id = :org_id AND v.policy = :policy AND (v.scope = 'org' OR v.site_id = :site_id)
ORDER BY v.version DESC LIMIT :at_most;

-- name: version^
-- One version, if it reaches this site.
SELECT scope, kind, value FROM policy_version
WHERE org_id = :org_id AND policy = :policy AND version = :version AND (scope = 'org' OR site_id = :site_id);

-- name: newest$
-- The newest version number of a policy, over all scopes.
SELECT coalesce(max(version), 0) FROM policy_version WHERE org_id = :org_id AND policy = :policy;

-- name: said_so_far^
-- What the newest version at one scope says.
SELECT value FROM policy_version
WHERE org_id = :org_id AND policy = :policy AND scope = :scope AND kind IS NOT DISTINCT FROM :kind
    AND (scope = 'org' OR site_id = :site_id)
ORDER BY version DESC LIMIT 1;

-- name: add_version!
-- A new version; earlier ones stay as they are.
INSERT INTO policy_version (org_id, policy, version, scope, site_id, kind, value, by_id, at, reason)
VALUES (:org_id, :policy, :version, :scope, :site_id, :kind, :value, :by_id, :at, :reason);

-- name: roles_elsewhere
-- The asker's roles at every site of the organisation: a value for all of them needs the right at all of them.
SELECT s.id, (SELECT array_agg(r.role) FROM staff_role r WHERE r.site_id = s.id AND r.staff_id = :staff_id) AS roles
FROM site s WHERE s.org_id = :org_id AND s.active;

-- name: org_of$
SELECT org_id FROM site WHERE id = :site_id AND active;
