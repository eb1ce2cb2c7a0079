-- Background work. A running job is leased to one copy of the program.
CREATE TABLE job (
	id TEXT NOT NULL PRIMARY KEY,
	kind TEXT NOT NULL,
	args TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
	priority BIGINT NOT NULL,
	due_at BIGINT NOT NULL,
	attempt BIGINT NOT NULL,
	lease TEXT,
	lease_until BIGINT,
	unique_key TEXT,
	cursor_json TEXT,
	done BIGINT NOT NULL,
	total BIGINT,
	progress TEXT,
	cancel BOOLEAN NOT NULL,
	error TEXT,
	by_person TEXT,
	made_at BIGINT NOT NULL,
	started_at BIGINT,
	ended_at BIGINT
);
CREATE UNIQUE INDEX job_once ON job (unique_key) WHERE unique_key IS NOT NULL AND state IN ('waiting', 'running');
CREATE INDEX job_due ON job (priority DESC, due_at, id) WHERE state = 'waiting';
CREATE INDEX job_leased ON job (lease, lease_until) WHERE state = 'running';
CREATE INDEX job_ended ON job (state, ended_at) WHERE ended_at IS NOT NULL;

-- When each schedule comes next. The definition is the program's; spec notices that it changed.
CREATE TABLE job_schedule (
	name TEXT NOT NULL PRIMARY KEY,
	spec TEXT NOT NULL,
	next_at BIGINT NOT NULL,
	last_at BIGINT
);
