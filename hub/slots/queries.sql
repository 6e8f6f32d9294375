-- name: rules
-- The view of slot rules.
SELECT r.id, r.weekdays, r.from_time, r.until_time, r.step_min, r.starts, r.covers_max, r.staff_needed, r.pricing,
    r.incentive, r.recommended, r.version
FROM slot_rule r WHERE r.site_id = $1;

-- name: slots
-- The view of what single times have of their own.
SELECT s.id, s.on_day, s.at_time, s.covers_max, s.staff_level, s.special_event, s.pricing, s.incentive, s.recommended,
    s.active, s.version
FROM slot s WHERE s.site_id = $1;

-- name: days
-- The view of special days.
SELECT d.id, d.kind, d.title, d.first_day, d.last_day, d.weekdays, d.area_id, d.hours, d.version
FROM special_day d WHERE d.site_id = $1;

-- name: staff_levels
-- The view of how many serve on an evening.
SELECT l.id, l.on_day, l.level, l.version FROM staff_level l WHERE l.site_id = $1;

-- name: weather
-- The view of rain.
SELECT w.id, w.starts_at, w.ends_at, w.note, w.version FROM weather w WHERE w.site_id = $1;

-- name: calendar^
-- Everything a span of days is judged by, each kind as one list of its rows' columns: one round trip instead of five.
SELECT
    (SELECT jsonb_agg(jsonb_build_array(r.id, r.weekdays, r.from_time, r.until_time, r.step_min, r.starts,
        r.covers_max, r.staff_needed, r.pricing, r.incentive, r.recommended, r.version) ORDER BY r.id)
     FROM slot_rule r WHERE r.site_id = :site_id) AS rules,
    (SELECT jsonb_agg(jsonb_build_array(s.id, s.on_day, s.at_time, s.covers_max, s.staff_level, s.special_event,
        s.pricing, s.incentive, s.recommended, s.active, s.version) ORDER BY s.id)
     FROM slot s WHERE s.site_id = :site_id AND s.on_day BETWEEN :since AND :until) AS records,
    (SELECT jsonb_agg(jsonb_build_array(d.id, d.kind, d.title, d.first_day, d.last_day, d.weekdays, d.area_id,
        d.hours, d.version) ORDER BY d.id)
     FROM special_day d WHERE d.site_id = :site_id AND d.last_day >= :since AND d.first_day <= :until) AS days,
    (SELECT jsonb_agg(jsonb_build_array(l.id, l.on_day, l.level, l.version) ORDER BY l.id)
     FROM staff_level l WHERE l.site_id = :site_id AND l.on_day BETWEEN :since AND :until) AS levels,
    (SELECT jsonb_agg(jsonb_build_array(w.id, w.starts_at, w.ends_at, w.note, w.version) ORDER BY w.starts_at, w.id)
     FROM weather w WHERE w.site_id = :site_id AND w.ends_at >= (:since::date - 1) AND w.starts_at <= (:until::date + 2)
    ) AS weather;

-- name: counted^
-- How much of each kind a site has that still counts.
SELECT (SELECT count(*) FROM slot_rule WHERE site_id = :site_id) AS rules,
    (SELECT count(*) FROM special_day WHERE site_id = :site_id AND last_day >= :today) AS days,
    (SELECT count(*) FROM slot WHERE site_id = :site_id AND on_day = :on) AS slots,
    (SELECT count(*) FROM slot WHERE site_id = :site_id AND on_day >= :today) AS slots_ahead,
    (SELECT count(*) FROM weather WHERE site_id = :site_id AND ends_at >= :now) AS weather;

-- name: over
-- What was over before a day; rules never are. Some at a time: the next day comes for the rest.
(SELECT 'slot' AS kind, id FROM slot WHERE site_id = :site_id AND on_day < :before ORDER BY on_day, id LIMIT 200)
UNION ALL
(SELECT 'special_day', id FROM special_day WHERE site_id = :site_id AND last_day < :before ORDER BY last_day, id LIMIT 200)
UNION ALL
(SELECT 'staff_level', id FROM staff_level WHERE site_id = :site_id AND on_day < :before ORDER BY on_day, id LIMIT 200)
UNION ALL
(SELECT 'weather', id FROM weather WHERE site_id = :site_id AND ends_at < :before ORDER BY ends_at, id LIMIT 200);

-- name: insert_rule!
INSERT INTO slot_rule (site_id, id, weekdays, from_time, until_time, step_min, starts, covers_max, staff_needed,
    pricing, incentive, recommended)
VALUES (:site_id, :id, :weekdays, :from_time, :until_time, :step_min, :starts, :covers_max, :staff_needed, :pricing,
    :incentive, :recommended);

-- name: update_rule!
UPDATE slot_rule SET weekdays = :weekdays, from_time = :from_time, until_time = :until_time, step_min = :step_min,
    starts = :starts, covers_max = :covers_max, staff_needed = :staff_needed, pricing = :pricing,
    incentive = :incentive, recommended = :recommended, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: delete_rule!
DELETE FROM slot_rule WHERE site_id = :site_id AND id = :id;

-- name: put_slot!
-- One time of one day, as it is wanted now.
INSERT INTO slot (site_id, id, on_day, at_time, covers_max, staff_level, special_event, pricing, incentive,
    recommended, active)
VALUES (:site_id, :id, :on, :at, :covers_max, :staff_level, :special_event, :pricing, :incentive, :recommended, :active)
ON CONFLICT (site_id, id) DO UPDATE SET covers_max = EXCLUDED.covers_max, staff_level = EXCLUDED.staff_level,
    special_event = EXCLUDED.special_event, pricing = EXCLUDED.pricing, incentive = EXCLUDED.incentive,
    recommended = EXCLUDED.recommended, active = EXCLUDED.active, version = slot.version + 1;

-- name: delete_slot!
DELETE FROM slot WHERE site_id = :site_id AND id = :id;

-- name: insert_day!
INSERT INTO special_day (site_id, id, kind, title, first_day, last_day, weekdays, area_id, hours)
VALUES (:site_id, :id, :kind, :title, :first_day, :last_day, :weekdays, :area_id, :hours);

-- name: update_day!
UPDATE special_day SET kind = :kind, title = :title, first_day = :first_day, last_day = :last_day,
    weekdays = :weekdays, area_id = :area_id, hours = :hours, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: delete_day!
DELETE FROM special_day WHERE site_id = :site_id AND id = :id;

-- name: put_staff_level!
INSERT INTO staff_level (site_id, id, on_day, level) VALUES (:site_id, :id, :on, :level)
ON CONFLICT (site_id, id) DO UPDATE SET level = EXCLUDED.level, version = staff_level.version + 1;

-- name: delete_staff_level!
DELETE FROM staff_level WHERE site_id = :site_id AND id = :id;

-- name: insert_weather!
INSERT INTO weather (site_id, id, starts_at, ends_at, note) VALUES (:site_id, :id, :starts_at, :ends_at, :note);

-- name: update_weather!
UPDATE weather SET starts_at = :starts_at, ends_at = :ends_at, note = :note, version = version + 1
WHERE site_id = :site_id AND id = :id;

-- name: delete_weather!
DELETE FROM weather WHERE site_id = :site_id AND id = :id;
