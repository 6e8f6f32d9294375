-- name: guests
-- The view of guests as one site knows them: the person's own data from the organisation, the rest from its profile.
SELECT p.id, g.name, g.phone, g.email::text, g.birthday, g.anniversaries, p.flags, p.preferences, p.preferred_times,
    p.favourite_table_id, p.favourite_area_id, p.tier, p.tags, p.notes, p.consents, p.preferred_contact, p.blacklisted,
    p.blacklist_reason, p.visits, p.no_shows, p.cancellations, p.covers_total, p.first_seen, p.last_seen, p.source,
    p.version
FROM guest_profile p JOIN guest g ON g.id = p.id
WHERE p.site_id = $1 AND p.deleted_at IS NULL AND g.merged_into IS NULL AND g.erased_at IS NULL;

-- name: kept_id$
-- Whom a person was merged into.
SELECT merged_into FROM guest WHERE id = :id;

-- name: person^
-- A person's own data.
SELECT id, name, phone, email::text, birthday, anniversaries FROM guest WHERE id = :id;

-- name: by_phone^
-- The living person of an organisation with this number; there is one at most.
SELECT id, name, phone, email::text, birthday, anniversaries FROM guest
WHERE org_id = :org_id AND phone = :phone AND merged_into IS NULL AND erased_at IS NULL;

-- name: by_email^
-- The living person of an organisation with this address; of several the one this site knows, then the oldest.
SELECT g.id, g.name, g.phone, g.email::text, g.birthday, g.anniversaries FROM guest g
LEFT JOIN guest_profile p ON p.site_id = :site_id AND p.id = g.id AND p.deleted_at IS NULL
WHERE g.org_id = :org_id AND g.email = :email::citext AND g.merged_into IS NULL AND g.erased_at IS NULL
ORDER BY p.id IS NULL, g.created_at, g.id LIMIT 1;

-- name: insert_person$
-- A new person, unless somebody took this number a moment ago.
INSERT INTO guest (id, org_id, name, phone, email, birthday, anniversaries, created_at)
VALUES (:id, :org_id, :name, :phone, :email, :birthday, :anniversaries, :now)
ON CONFLICT (org_id, phone) WHERE phone IS NOT NULL AND merged_into IS NULL AND erased_at IS NULL DO NOTHING
RETURNING id;

-- name: update_person!
-- What is the person's own, at every site.
UPDATE guest SET name = :name, phone = :phone, email = :email, birthday = :birthday, anniversaries = :anniversaries
WHERE id = :id;

-- name: respell!
-- What a person is found by, at every site that knows them; their card is another one everywhere.
UPDATE guest_profile SET search = :search, version = version + 1 WHERE id = :id;

-- name: profile^
-- Whether this site has a profile of a person, and whether it was deleted.
SELECT deleted_at IS NOT NULL AS deleted FROM guest_profile WHERE site_id = :site_id AND id = :id;

-- name: insert_profile!
-- What this site begins to know of a person.
INSERT INTO guest_profile (site_id, id, search, source) VALUES (:site_id, :id, :search, :source);

-- name: renew_profile!
-- A deleted guest comes back: the card begins anew. Only a ban stays, or deleting would lift it.
UPDATE guest_profile SET search = :search, source = :source, deleted_at = NULL, deleted_by = NULL, delete_reason = NULL,
    flags = '{}', preferences = '{}', preferred_times = '{}', favourite_table_id = NULL, favourite_area_id = NULL,
    tier = NULL, tags = '{}', notes = NULL, consents = '{}', preferred_contact = NULL, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: set_counts$
-- What a guest's visits add up to; tells whether that is news. No version: nobody edits these by hand.
UPDATE guest_profile SET visits = :visits, no_shows = :no_shows, cancellations = :cancellations,
    covers_total = :covers_total, first_seen = :first_seen, last_seen = :last_seen
WHERE site_id = :site_id AND id = :id AND (visits, no_shows, cancellations, covers_total, first_seen, last_seen)
    IS DISTINCT FROM (:visits::int, :no_shows::int, :cancellations::int, :covers_total::int, :first_seen::timestamptz,
        :last_seen::timestamptz)
RETURNING id;

-- name: found
-- Search as you type: every pattern has to be in what the guest is found by (`rarest`, the longest, is the one looked
-- up); whoever's name begins with the whole text first, then whoever has a word that does, then the most faithful.
WITH hit AS (
    SELECT p.site_id, p.id, p.flags, p.tier, p.visits, p.no_shows, p.last_seen, p.blacklisted,
        (p.search LIKE :begins) AS begins, (p.search LIKE :word) AS word
    FROM guest_profile p
    WHERE p.site_id = :site_id AND p.deleted_at IS NULL AND p.search LIKE :rarest AND p.search LIKE ALL(:patterns)
        AND (:address::text IS NULL
            OR EXISTS (SELECT FROM guest g WHERE g.id = p.id AND g.email::text ILIKE :address::text))
    ORDER BY begins DESC, word DESC, p.visits DESC, p.id LIMIT :at_most
)
SELECT h.id, g.name, g.phone, g.email::text, h.flags, h.tier, h.visits, h.no_shows, h.last_seen, h.blacklisted
FROM hit h JOIN guest g ON g.id = h.id
WHERE g.merged_into IS NULL AND g.erased_at IS NULL
ORDER BY h.begins DESC, h.word DESC, h.visits DESC, g.name, h.id;
