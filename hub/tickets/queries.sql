-- name: by_slug$
-- The site behind the public name of its look-up page; a site without one is found by its id.
SELECT id FROM site WHERE active AND (slug = :slug OR (slug IS NULL AND id = :slug)) LIMIT 1;

-- name: org_of$
-- Whose site it is.
SELECT org_id FROM site WHERE id = :site_id;

-- name: codes_lately$
-- How many codes went to a contact within a while, known or not.
SELECT count(*) FROM verification WHERE site_id = :site_id AND contact = :contact AND created_at > :since;

-- name: add_verification!
-- A code that was sent (or would have been, had there been a booking).
INSERT INTO verification (id, site_id, contact, code_hash, created_at, expires_at)
VALUES (:id, :site_id, :contact, :code_hash, :now, :expires_at);

-- name: forget!
-- Verifications nobody can use any more, with the contacts in them.
DELETE FROM verification WHERE site_id = :site_id AND created_at < :before;

-- name: verification^
-- One verification, at its own site.
SELECT id, contact, code_hash, expires_at, tries, locked_at, verified_at
FROM verification WHERE id = :id AND site_id = :site_id;

-- name: note_wrong!
-- A wrong code; the last try locks.
UPDATE verification SET tries = tries + 1, locked_at = CASE WHEN :lock THEN :now ELSE locked_at END WHERE id = :id;

-- name: note_right!
-- The right code opens once: from now on the time of its session runs.
UPDATE verification SET verified_at = coalesce(verified_at, :now) WHERE id = :id;

-- name: session^
-- Whom a verification that was passed stands for, while its session lasts.
SELECT site_id, contact, verified_at IS NOT NULL AND verified_at > :since AND locked_at IS NULL AS open
FROM verification WHERE id = :id;
