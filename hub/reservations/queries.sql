-- name: cancel_free_h_then$
-- The notice for a free cancellation as it was in force at a moment, most specific scope first; nothing said: NULL.
SELECT said.value::text::integer FROM (
    SELECT DISTINCT ON (scope, kind) scope, kind, value FROM policy_version
    WHERE org_id = :org_id AND policy = 'booking.cancel_free_h' AND at <= :at
        AND ((scope = 'org') OR (site_id = :site_id AND (scope = 'site' OR kind = :kind)))
    ORDER BY scope, kind, version DESC
) said
WHERE said.value IS NOT NULL AND said.value <> 'null'::jsonb
ORDER BY CASE said.scope WHEN 'kind' THEN 0 WHEN 'site' THEN 1 ELSE 2 END LIMIT 1;
