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

-- name: by_phone^
-- Whose number this is in an organisation: a living person's, else one that was merged into theirs.
SELECT k.id, k.name, k.phone, k.email::text, k.birthday, k.anniversaries FROM guest g
JOIN guest k ON k.id = coalesce(g.merged_into, g.id) AND k.erased_at IS NULL
WHERE g.org_id = :org_id AND g.phone = :phone AND g.erased_at IS NULL
ORDER BY g.merged_into IS NOT NULL, g.created_at, g.id LIMIT 1;

-- name: by_email^
-- Whose address this is in an organisation; of several people the one this site knows, then the oldest.
SELECT k.id, k.name, k.phone, k.email::text, k.birthday, k.anniversaries FROM guest g
JOIN guest k ON k.id = coalesce(g.merged_into, g.id) AND k.erased_at IS NULL
LEFT JOIN guest_profile p ON p.site_id = :site_id AND p.id = k.id AND p.deleted_at IS NULL
WHERE g.org_id = :org_id AND g.email = :email::citext AND g.erased_at IS NULL
ORDER BY p.id IS NULL, k.created_at, k.id LIMIT 1;

-- name: known_by
-- Every name, number and address a person has had in this organisation: their own first, then those merged into it.
SELECT name, phone, email::text FROM guest WHERE id = :id OR merged_into = :id
ORDER BY merged_into IS NOT NULL, created_at, id;

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

-- name: sites_knowing
-- Where a person has a card that is not deleted.
SELECT site_id FROM guest_profile WHERE id = :id AND deleted_at IS NULL ORDER BY site_id;

-- name: respell!
-- What a person is found by, at every site that knows them; their card is another one everywhere.
UPDATE guest_profile SET search = :search, version = version + 1 WHERE id = :id;

-- name: has_profile$
-- Whether this site has a profile of a person, also a deleted one.
SELECT EXISTS (SELECT FROM guest_profile WHERE site_id = :site_id AND id = :id);

-- name: insert_profile!
-- What this site begins to know of a person.
INSERT INTO guest_profile (site_id, id, search, source) VALUES (:site_id, :id, :search, :source);

-- name: renew_profile!
-- A deleted guest comes back: the card begins anew. Only a ban stays, or deleting would lift it.
UPDATE guest_profile SET search = :search, source = :source, deleted_at = NULL, deleted_by = NULL, delete_reason = NULL,
    flags = '{}', preferences = '{}', preferred_times = '{}', favourite_table_id = NULL, favourite_area_id = NULL,
    tier = NULL, tags = '{}', notes = NULL, consents = '{}', preferred_contact = NULL, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: update_card!
-- What this site notes about a guest.
UPDATE guest_profile SET flags = :flags, preferences = :preferences, preferred_times = :preferred_times,
    favourite_table_id = :favourite_table_id, favourite_area_id = :favourite_area_id, tier = :tier, tags = :tags,
    notes = :notes, consents = :consents, preferred_contact = :preferred_contact, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: is_table$
-- Whether there is such a table on the plan.
SELECT EXISTS (SELECT FROM floor_table WHERE site_id = :site_id AND id = :id AND active);

-- name: is_area$
-- Whether there is such an area on the plan.
SELECT EXISTS (SELECT FROM area WHERE site_id = :site_id AND id = :id AND active);

-- name: set_blacklist!
UPDATE guest_profile SET blacklisted = :blacklisted, blacklist_reason = :reason, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: delete_profile!
UPDATE guest_profile SET deleted_at = :now, deleted_by = :by, delete_reason = :reason, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: deleted_at$
-- When this site deleted a guest who still is a person of their own.
SELECT p.deleted_at FROM guest_profile p JOIN guest g ON g.id = p.id
WHERE p.site_id = :site_id AND p.id = :id AND p.deleted_at IS NOT NULL AND g.merged_into IS NULL AND g.erased_at IS NULL;

-- name: restore_profile!
UPDATE guest_profile SET deleted_at = NULL, deleted_by = NULL, delete_reason = NULL, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: both_cards
-- What every site of the organisation has of two people, held until the end.
SELECT p.*, p.deleted_at IS NOT NULL AS deleted FROM guest_profile p WHERE p.id IN (:keep_id, :gone_id)
ORDER BY p.site_id, p.id FOR UPDATE;

-- name: hand_over!
-- A site that knew only the one who goes knows the one who stays from now on.
UPDATE guest_profile SET id = :keep_id, version = version + 1 WHERE site_id = :site_id AND id = :gone_id;

-- name: write_merged!
-- The card of the one who stays, with what was taken over.
UPDATE guest_profile SET flags = :flags, preferences = :preferences, preferred_times = :preferred_times,
    favourite_table_id = :favourite_table_id, favourite_area_id = :favourite_area_id, tier = :tier, tags = :tags,
    notes = :notes, consents = :consents, preferred_contact = :preferred_contact, blacklisted = :blacklisted,
    blacklist_reason = :blacklist_reason, visits = :visits, no_shows = :no_shows, cancellations = :cancellations,
    covers_total = :covers_total, first_seen = :first_seen, last_seen = :last_seen, source = :source,
    deleted_at = :deleted_at, deleted_by = :deleted_by, delete_reason = :delete_reason, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: empty_card!
-- Of the one who goes only the name of the line they were imported from stays: that file may come again.
UPDATE guest_profile SET search = '', flags = '{}', preferences = '{}', preferred_times = '{}',
    favourite_table_id = NULL, favourite_area_id = NULL, tier = NULL, tags = '{}', notes = NULL, consents = '{}',
    preferred_contact = NULL, blacklisted = false, blacklist_reason = NULL, visits = 0, no_shows = 0,
    cancellations = 0, covers_total = 0, first_seen = NULL, last_seen = NULL, deleted_at = NULL, deleted_by = NULL,
    delete_reason = NULL, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: merge_person!
-- One person from now on; whoever was merged into the one who goes is the one who stays, too.
UPDATE guest SET merged_into = :keep_id WHERE id = :gone_id OR merged_into = :gone_id;

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
-- up); whoever's name begins with the whole text first, then who has a word that does, then who comes most.
WITH hit AS (
    SELECT p.site_id, p.id, p.flags, p.tier, p.visits, p.no_shows, p.last_seen, p.blacklisted,
        (p.search LIKE :begins) AS begins, (p.search LIKE :word) AS word
    FROM guest_profile p
    WHERE p.site_id = :site_id AND p.deleted_at IS NULL AND p.search LIKE :rarest AND p.search LIKE ALL(:others)
        AND (:address::text IS NULL
            OR EXISTS (SELECT FROM guest g WHERE g.id = p.id AND g.email::text ILIKE :address::text))
    ORDER BY begins DESC, word DESC, p.visits DESC, p.id LIMIT :at_most
)
SELECT h.id, g.name, g.phone, g.email::text, h.flags, h.tier, h.visits, h.no_shows, h.last_seen, h.blacklisted
FROM hit h JOIN guest g ON g.id = h.id
WHERE g.merged_into IS NULL AND g.erased_at IS NULL
ORDER BY h.begins DESC, h.word DESC, h.visits DESC, g.name, h.id;

-- name: found_often
-- The same among those who come most: one letter, or the first digits of a number, are very many people's, and these are
-- the ones meant.
WITH often AS MATERIALIZED (
    SELECT p.id, p.search, p.flags, p.tier, p.visits, p.no_shows, p.last_seen, p.blacklisted
    FROM guest_profile p WHERE p.site_id = :site_id AND p.deleted_at IS NULL
    ORDER BY p.visits DESC, p.id LIMIT :often
), hit AS (
    SELECT * FROM often o
    WHERE o.search LIKE :rarest AND o.search LIKE ALL(:others)
        AND (:address::text IS NULL
            OR EXISTS (SELECT FROM guest g WHERE g.id = o.id AND g.email::text ILIKE :address::text))
    ORDER BY o.search LIKE :begins DESC, o.search LIKE :word DESC, o.visits DESC, o.id LIMIT :at_most
)
SELECT h.id, g.name, g.phone, g.email::text, h.flags, h.tier, h.visits, h.no_shows, h.last_seen, h.blacklisted
FROM hit h JOIN guest g ON g.id = h.id
WHERE g.merged_into IS NULL AND g.erased_at IS NULL
ORDER BY h.search LIKE :begins DESC, h.search LIKE :word DESC, h.visits DESC, g.name, h.id;

-- name: recorded^
-- What one commit made of a guest, as the record has it.
SELECT was, now FROM change WHERE site_id = :site_id AND seq = :seq AND kind = 'guest' AND row_id = :id;
