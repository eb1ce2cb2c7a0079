-- Targets that people set, for a time, in place of a figure's own. Rows stay: what is
-- taken back is marked so.
CREATE TABLE figure_target (
	id TEXT PRIMARY KEY,
	figure TEXT NOT NULL,
	scope TEXT NOT NULL,
	valid_from TEXT NOT NULL CHECK (length(valid_from) = 10),
	valid_until TEXT CHECK (length(valid_until) = 10),
	better TEXT NOT NULL,
	target DOUBLE PRECISION,
	bound DOUBLE PRECISION,
	reason TEXT NOT NULL,
	set_by TEXT,
	set_name TEXT NOT NULL,
	set_at BIGINT NOT NULL,
	ended_name TEXT,
	ended_at BIGINT
);
CREATE INDEX figure_target_figure ON figure_target (figure, scope, set_at);
-- Which values were better when a value was judged, where that is not the figure's own.
ALTER TABLE figure_value ADD COLUMN better TEXT;
ALTER TABLE figure_month ADD COLUMN better TEXT;
