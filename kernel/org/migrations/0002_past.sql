-- Rows as they were before each change, so that lists can be asked as of a moment.
CREATE TABLE org_unit_past (
	id TEXT NOT NULL,
	number BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	name TEXT,
	name_key TEXT,
	kind TEXT,
	parent TEXT,
	head TEXT,
	site TEXT,
	code TEXT,
	cost_centre TEXT,
	valid_to BIGINT NOT NULL,
	PRIMARY KEY (id, version)
);
CREATE INDEX org_unit_past_valid ON org_unit_past (valid_to);

CREATE TABLE org_rate_past (
	id TEXT NOT NULL,
	number BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	currency TEXT,
	currency_key TEXT,
	in_currency TEXT,
	in_currency_key TEXT,
	starts TEXT,
	rate BIGINT,
	source TEXT,
	valid_to BIGINT NOT NULL,
	PRIMARY KEY (id, version)
);
CREATE INDEX org_rate_past_valid ON org_rate_past (valid_to);
