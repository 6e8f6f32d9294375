-- migrate:up

-- Undo looks for timers that fired while the undone command stood.
CREATE INDEX timer_fired ON timer (site_id, due_at) WHERE state = 'fired';

-- migrate:down
DROP INDEX timer_fired;
