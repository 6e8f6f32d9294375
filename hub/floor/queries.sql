-- name: areas
-- The view of areas: capacity and table count are what its active tables add up to (R-TAB-21).
SELECT a.id, a.name, a.kind, a.service_type, a.features, a.hours, a.fixtures, a.width, a.height, a.position,
    (SELECT coalesce(sum(t.max_covers), 0) FROM floor_table t
     WHERE t.site_id = a.site_id AND t.area_id = a.id AND t.active) AS capacity,
    (SELECT count(*) FROM floor_table t WHERE t.site_id = a.site_id AND t.area_id = a.id AND t.active) AS table_count,
    a.active, a.version
FROM area a WHERE a.site_id = $1;

-- name: tables
-- The view of tables, inactive ones included: the plan's editor shows them.
SELECT t.id, t.area_id, t.number, t.name, t.min_covers, t.max_covers, t.furniture, t.size_class, t.shape, t.features,
    t.preferred_for, t.priority, t.x, t.y, t.w, t.h, t.rotation, t.status, t.status_since, t.status_note, t.last_cleaned,
    t.section_id, t.notes, t.qr, t.active, t.version
FROM floor_table t WHERE t.site_id = $1;

-- name: joins
-- The view of joins.
SELECT j.id, j.a, j.b, j.combined_max, j.version FROM table_join j WHERE j.site_id = $1;

-- name: sections
-- The view of sections.
SELECT s.id, s.name, s.server_id, s.server_name, s.initials, s.colour, s.version FROM section s WHERE s.site_id = $1;

-- name: usable_joins
-- Joins whose two tables are both in use (R-TAB-13).
SELECT j.id, j.a, j.b, j.combined_max, j.version FROM table_join j
JOIN floor_table a ON a.site_id = j.site_id AND a.id = j.a AND a.active
JOIN floor_table b ON b.site_id = j.site_id AND b.id = j.b AND b.active
WHERE j.site_id = :site_id ORDER BY j.a, j.b;

-- name: insert_area!
-- A new area.
INSERT INTO area (site_id, id, name, kind, service_type, features, hours, fixtures, width, height, position, active)
VALUES (:site_id, :id, :name, :kind, :service_type, :features, :hours, :fixtures, :width, :height, :position, :active);

-- name: update_area!
-- An area as its editor wants it now.
UPDATE area SET name = :name, kind = :kind, service_type = :service_type, features = :features, hours = :hours,
    fixtures = :fixtures, width = :width, height = :height, position = :position, active = :active, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: insert_table!
-- A new table, free from now on.
INSERT INTO floor_table (site_id, id, area_id, number, name, min_covers, max_covers, furniture, size_class, shape,
    features, preferred_for, priority, x, y, w, h, rotation, notes, active, status_since, qr)
VALUES (:site_id, :id, :area_id, :number, :name, :min_covers, :max_covers, :furniture, :size_class, :shape,
    :features, :preferred_for, :priority, :x, :y, :w, :h, :rotation, :notes, :active, :now, :qr);

-- name: update_table!
-- A table as its editor wants it now; its state is not the editor's.
UPDATE floor_table SET area_id = :area_id, number = :number, name = :name, min_covers = :min_covers,
    max_covers = :max_covers, furniture = :furniture, size_class = :size_class, shape = :shape, features = :features,
    preferred_for = :preferred_for, priority = :priority, x = :x, y = :y, w = :w, h = :h, rotation = :rotation,
    notes = :notes, active = :active, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: number_taken$
-- Whether another table in use already has this number.
SELECT EXISTS (
    SELECT FROM floor_table WHERE site_id = :site_id AND number = :number AND active AND id <> :id
);

-- name: set_status!
-- Tables in a new state; leaving the cleaning for the next party stamps the hygiene (R-TAB-14).
UPDATE floor_table SET status = :status, status_since = :now, status_note = :note,
    last_cleaned = CASE WHEN status = 'cleaning' AND :status = 'available' THEN :now ELSE last_cleaned END,
    version = version + 1
WHERE site_id = :site_id AND id = ANY(:ids);

-- name: set_status_note!
-- The condition note of a table that stays in its state.
UPDATE floor_table SET status_note = :note, version = version + 1 WHERE site_id = :site_id AND id = :id;

-- name: insert_join!
-- Two tables that may be pushed together.
INSERT INTO table_join (site_id, id, a, b, combined_max) VALUES (:site_id, :id, :a, :b, :combined_max);

-- name: delete_join!
-- They may no longer be.
DELETE FROM table_join WHERE site_id = :site_id AND id = :id;

-- name: server^
-- A person who works at this site, as a section shows them.
SELECT p.name, p.initials FROM staff p
WHERE p.id = :staff_id AND p.active
    AND EXISTS (SELECT FROM staff_role r WHERE r.staff_id = p.id AND r.site_id = :site_id);

-- name: insert_section!
-- A new section.
INSERT INTO section (site_id, id, name, server_id, server_name, initials, colour)
VALUES (:site_id, :id, :name, :server_id, :server_name, :initials, :colour);

-- name: update_section!
-- A section with its name and server as they are now.
UPDATE section SET name = :name, server_id = :server_id, server_name = :server_name, initials = :initials,
    version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: section_colours
-- The colour numbers in use.
SELECT colour FROM section WHERE site_id = :site_id;

-- name: section_tables
-- Which tables a section has.
SELECT id FROM floor_table WHERE site_id = :site_id AND section_id = :section_id ORDER BY id;

-- name: set_section!
-- Tables that come to a section, or (null) leave theirs.
UPDATE floor_table SET section_id = :section_id, version = version + 1 WHERE site_id = :site_id AND id = ANY(:ids);
