-- name: staged
-- The checked lines of an import, in file order.
SELECT line, data FROM import_line WHERE import_id = :import_id AND kind = :kind ORDER BY line;

-- name: drop_stage!
-- An import that was taken, refused or given up leaves nothing behind.
DELETE FROM import_line WHERE import_id = :import_id OR staged_at < clock_timestamp() - interval '1 day';

-- name: site_id_of$
-- The one site there is, when none was named.
SELECT id FROM site WHERE active ORDER BY id LIMIT 1;

-- name: sites
SELECT id, name, timezone FROM site WHERE active ORDER BY id;

-- name: areas_by_name
SELECT name, id, position FROM area WHERE site_id = :site_id;

-- name: insert_area!
INSERT INTO area (site_id, id, name, kind, width, height, position)
VALUES (:site_id, :id, :name, :kind, :width, :height, :position);

-- name: grow_area!
-- An area's plan is at least as large as what stands on it.
UPDATE area SET width = greatest(width, :width), height = greatest(height, :height), version = version + 1
WHERE site_id = :site_id AND id = :id AND (width < :width OR height < :height);

-- name: tables_by_number
SELECT number, id, area_id, name, min_covers, max_covers, furniture, shape, features, preferred_for, priority, x, y, w, h,
    rotation, notes
FROM floor_table WHERE site_id = :site_id AND active;

-- name: insert_table!
INSERT INTO floor_table (site_id, id, area_id, number, name, min_covers, max_covers, furniture, size_class, shape,
    features, preferred_for, priority, x, y, w, h, rotation, notes, qr, status_since)
VALUES (:site_id, :id, :area_id, :number, :name, :min_covers, :max_covers, :furniture, :size_class, :shape, :features,
    :preferred_for, :priority, :x, :y, :w, :h, :rotation, :notes, :qr, :now);

-- name: update_table!
UPDATE floor_table SET area_id = :area_id, name = :name, min_covers = :min_covers, max_covers = :max_covers,
    furniture = :furniture, size_class = :size_class, shape = :shape, features = :features,
    preferred_for = :preferred_for, priority = :priority, x = :x, y = :y, w = :w, h = :h, rotation = :rotation,
    notes = :notes, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: add_join!
INSERT INTO table_join (site_id, id, a, b, combined_max) VALUES (:site_id, :id, :a, :b, :combined_max)
ON CONFLICT (site_id, a, b) DO NOTHING;

-- name: known_bookings
SELECT import_ref, id, covers, starts_at, name, status, service_date, version FROM booking
WHERE site_id = :site_id AND import_ref = ANY(:refs);

-- name: codes
SELECT code FROM booking WHERE site_id = :site_id;

-- name: change_booking!
UPDATE booking SET covers = :covers, name = :name, status = :status, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: known_guests
SELECT import_ref, id, name, phone, email, flags, notes FROM guest WHERE site_id = :site_id AND import_ref = ANY(:refs);

-- name: change_guest!
UPDATE guest SET name = :name, phone = :phone, phone_digits = :phone_digits, email = :email, flags = :flags,
    notes = :notes, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: guests_by_phone
SELECT phone_digits, name, flags FROM guest WHERE site_id = :site_id AND phone_digits = ANY(:digits);

-- name: placed!
-- A booking that has got its tables (a row of this import: nobody has seen another version of it).
UPDATE booking SET unplaced = false WHERE site_id = :site_id AND id = :id;
