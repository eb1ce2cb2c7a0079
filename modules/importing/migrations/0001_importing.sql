-- Files that are taken in, and what became of their rows.
CREATE TABLE importing_run (
	id TEXT NOT NULL PRIMARY KEY,
	type TEXT NOT NULL,
	person TEXT NOT NULL,
	file TEXT NOT NULL,
	name TEXT NOT NULL,
	plan TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('draft', 'running', 'done', 'cancelled', 'undoing', 'undone')),
	job TEXT NOT NULL,
	line BIGINT NOT NULL,
	total BIGINT NOT NULL,
	created BIGINT NOT NULL,
	changed BIGINT NOT NULL,
	unchanged BIGINT NOT NULL,
	wrong BIGINT NOT NULL,
	kept BIGINT NOT NULL,
	made_at BIGINT NOT NULL,
	ended_at BIGINT
);
CREATE INDEX importing_run_type ON importing_run (type, made_at);

CREATE TABLE importing_row (
	run TEXT NOT NULL REFERENCES importing_run (id),
	line BIGINT NOT NULL,
	act TEXT NOT NULL CHECK (act IN ('create', 'update', 'wrong', 'kept')),
	record TEXT NOT NULL,
	problem TEXT NOT NULL,
	PRIMARY KEY (run, line)
);
