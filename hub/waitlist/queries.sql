-- name: parties
-- The view of parties in line.
SELECT p.id, p.name, p.covers, p.phone, p.status, p.priority, p.joined_at, p.quoted_min, p.quoted_at, p.area_id,
    p.accessible, p.flags, p.notes, p.expires_at, p.version, p.kind, p.guest_id, p.guest_flags, p.email, p.contact,
    p.wanted_at, p.flexible, p.duration_min, p.occasion, p.skips, p.notified_at, p.reply, p.replied_at,
    p.quoted_low_min, p.quoted_high_min, p.quote_confidence, p.quote_source
FROM party p WHERE p.site_id = $1 AND p.status IN ('active', 'notified');

-- name: offers
-- The view of offers: those to be answered, and those whose party is on its way.
SELECT o.id, o.party_id, o.table_ids, o.starts_at, o.duration_min, o.sent_at, o.expires_at, o.status, o.answered_at,
    o.version
FROM offer o WHERE o.site_id = $1 AND o.live;

-- name: waits
-- The view of places in line.
SELECT w.id, w.position, w.ready_at, w.table_ids, w.why, w.low_at, w.high_at, w.confidence, w.source
FROM wait w WHERE w.site_id = $1;

-- name: quotes
-- The view of quotes by party size.
SELECT k.id, k.covers_min, k.covers_max, k.ready_at, k.low_at, k.high_at, k.confidence, k.source
FROM quote k WHERE k.site_id = $1;

-- name: insert_party!
-- A party joins the line.
INSERT INTO party (site_id, id, name, phone, covers, priority, joined_at, quoted_min, quoted_at, area_id, accessible,
    flags, notes, expires_at, kind, guest_id, guest_flags, email, contact, wanted_at, flexible, duration_min, occasion,
    ticket, quoted_low_min, quoted_median_min, quoted_high_min, quote_confidence, quote_source)
VALUES (:site_id, :id, :name, :phone, :covers, :priority, :joined_at, :quoted_min, :quoted_at, :area_id, :accessible,
    :flags, :notes, :expires_at, :kind, :guest_id, :guest_flags, :email, :contact, :wanted_at, :flexible, :duration_min,
    :occasion, :ticket, :quoted_low_min, :quoted_median_min, :quoted_high_min, :quote_confidence, :quote_source);

-- name: update_party!
-- A party as its editor wants it now.
UPDATE party SET name = :name, phone = :phone, covers = :covers, priority = :priority, quoted_min = :quoted_min,
    quoted_at = :quoted_at, area_id = :area_id, accessible = :accessible, flags = :flags, notes = :notes,
    guest_id = :guest_id, guest_flags = :guest_flags, email = :email, contact = :contact, wanted_at = :wanted_at,
    flexible = :flexible, expires_at = :expires_at, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: quoted_by_host!
-- What a party is told is a person's word from now on: the house's own is none any more.
UPDATE party SET quoted_low_min = NULL, quoted_median_min = NULL, quoted_high_min = NULL, quote_confidence = NULL,
    quote_source = 'host'
WHERE site_id = :site_id AND id = :id;

-- name: notified!
-- A party has been offered tables; what it answered before is no answer to this.
UPDATE party SET status = 'notified', notified_at = :now, reply = NULL, replied_at = NULL, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: replied!
-- What a party answered, or that the host has seen it.
UPDATE party SET reply = :reply, replied_at = :replied_at, version = version + 1 WHERE site_id = :site_id AND id = :id;

-- name: missed!
-- A party that let an offer pass waits on, or has waited long enough.
UPDATE party SET status = :status, skips = :skips, reply = :reply, replied_at = CASE WHEN :reply::text IS NULL THEN NULL
        ELSE :now::timestamptz END,
    ended_at = CASE WHEN :status = 'expired' THEN :now::timestamptz END, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: back_in_line!
-- An offer was taken back: its party waits on as before.
UPDATE party SET status = 'active', reply = NULL, replied_at = NULL, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: end_wait!
-- A party leaves the line.
UPDATE party SET status = :status, converted_at = CASE WHEN :status = 'converted' THEN :now::timestamptz END,
    booking_id = :booking_id, seating_id = :seating_id, ended_at = :now, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: refresh_guest!
-- What lasts about the guest of a waiting party, as their card has it now.
UPDATE party SET guest_id = :guest_id, guest_flags = :guest_flags, version = version + 1
WHERE site_id = :site_id AND id = ANY(:ids);

-- name: waiting_of
-- The waiting parties of a guest.
SELECT p.id FROM party p
WHERE p.site_id = :site_id AND p.status IN ('active', 'notified') AND p.guest_id = ANY(:guest_ids) ORDER BY p.id;

-- name: give_ticket$
-- A party's link, made now if it has none.
UPDATE party SET ticket = coalesce(ticket, :ticket) WHERE site_id = :site_id AND id = :id RETURNING ticket;

-- name: ticket$
-- What stands in a waiting party's link.
SELECT ticket FROM party WHERE site_id = :site_id AND id = :id AND status IN ('active', 'notified');

-- name: by_ticket^
-- Whose place in line a link is, whatever became of it.
SELECT p.site_id, p.id, p.name, p.covers, p.phone, p.status, p.priority, p.joined_at, p.quoted_min, p.quoted_at,
    p.area_id, p.accessible, p.flags, p.notes, p.expires_at, p.version, p.kind, p.guest_id, p.guest_flags, p.email,
    p.contact, p.wanted_at, p.flexible, p.duration_min, p.occasion, p.skips, p.notified_at, p.reply, p.replied_at,
    p.quoted_low_min, p.quoted_high_min, p.quote_confidence, p.quote_source
FROM party p WHERE p.ticket = :ticket;

-- name: history
-- Parties whose wait is over, latest first.
SELECT p.id, p.name, p.covers, p.kind, p.status, p.joined_at, p.ended_at, p.quoted_min, p.wanted_at, p.skips,
    p.booking_id, p.seating_id
FROM party p
WHERE p.site_id = :site_id AND p.ended_at >= :since AND p.status IN ('converted', 'expired', 'cancelled')
ORDER BY p.ended_at DESC, p.id DESC LIMIT :at_most;

-- name: insert_offer!
-- Tables are kept for a party that is asked whether it wants them. `opening_id` names the chain: what was given back, or
-- the first offer of it.
INSERT INTO offer (site_id, id, party_id, opening_id, table_ids, starts_at, duration_min, sent_at, expires_at)
VALUES (:site_id, :id, :party_id, :opening_id, :table_ids, :starts_at, :duration_min, :sent_at, :expires_at);

-- name: answer_offer!
-- What became of an offer; `live` while its tables are kept for a party on its way.
UPDATE offer SET status = :status, answered_at = coalesce(answered_at, :answered_at), live = :live,
    version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: offer^
-- One offer, whatever became of it, and the chain it belongs to.
SELECT o.id, o.party_id, o.table_ids, o.starts_at, o.duration_min, o.sent_at, o.expires_at, o.status, o.answered_at,
    o.version, o.opening_id, p.kind
FROM offer o JOIN party p ON p.site_id = o.site_id AND p.id = o.party_id
WHERE o.site_id = :site_id AND o.id = :id;

-- name: is_live$
-- Whether an offer is to be answered, or its party on its way.
SELECT live FROM offer WHERE site_id = :site_id AND id = :id;

-- name: offered
-- Who has been offered this very opening already.
SELECT DISTINCT o.party_id FROM offer o WHERE o.site_id = :site_id AND o.opening_id = :opening_id;

-- name: names_offered
-- Who these offers were made to.
SELECT o.id, p.name FROM offer o JOIN party p ON p.site_id = o.site_id AND p.id = o.party_id
WHERE o.site_id = :site_id AND o.id = ANY(:ids);

-- name: offered_tables
-- The live offers of these tables.
SELECT o.id FROM offer o WHERE o.site_id = :site_id AND o.live AND o.table_ids && :table_ids::text[] ORDER BY o.id;

-- name: put_waits!
-- Places in line as they are now.
INSERT INTO wait (site_id, id, position, ready_at, table_ids, why, low_at, high_at, confidence, source)
SELECT :site_id, w.id, w.position, w.ready_at, w.table_ids, w.why, w.low_at, w.high_at, w.confidence, w.source
FROM jsonb_to_recordset(:rows) AS w (id text, position integer, ready_at timestamptz, table_ids text[], why text,
    low_at timestamptz, high_at timestamptz, confidence double precision, source text)
ON CONFLICT (site_id, id) DO UPDATE SET position = excluded.position, ready_at = excluded.ready_at,
    table_ids = excluded.table_ids, why = excluded.why, low_at = excluded.low_at, high_at = excluded.high_at,
    confidence = excluded.confidence, source = excluded.source;

-- name: drop_waits!
-- Places of parties no longer in line.
DELETE FROM wait WHERE site_id = :site_id AND id = ANY(:ids);

-- name: put_quotes!
-- Quotes by party size as they are now.
INSERT INTO quote (site_id, id, covers_min, covers_max, ready_at, low_at, high_at, confidence, source)
SELECT :site_id, k.id, k.covers_min, k.covers_max, k.ready_at, k.low_at, k.high_at, k.confidence, k.source
FROM jsonb_to_recordset(:rows) AS k (id text, covers_min integer, covers_max integer, ready_at timestamptz,
    low_at timestamptz, high_at timestamptz, confidence double precision, source text)
ON CONFLICT (site_id, id) DO UPDATE SET covers_min = excluded.covers_min, covers_max = excluded.covers_max,
    ready_at = excluded.ready_at, low_at = excluded.low_at, high_at = excluded.high_at,
    confidence = excluded.confidence, source = excluded.source;

-- name: drop_quotes!
-- Quotes of bands that are no longer quoted.
DELETE FROM quote WHERE site_id = :site_id AND id = ANY(:ids);

-- name: org$
-- Whose site this is.
SELECT org_id FROM site WHERE id = :site_id;

-- name: site_days^
-- Whose site this is, and where its days are counted.
SELECT org_id, timezone FROM site WHERE id = :site_id;
