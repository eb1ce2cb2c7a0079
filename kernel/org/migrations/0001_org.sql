CREATE TABLE org_site (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	name TEXT NOT NULL,
	name_key TEXT NOT NULL,
	city TEXT,
	country TEXT NOT NULL,
	timezone TEXT NOT NULL,
	address TEXT
);
CREATE INDEX org_site_name ON org_site (name_key, id);

CREATE TABLE org_unit (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	name TEXT NOT NULL,
	name_key TEXT NOT NULL,
	kind TEXT NOT NULL,
	parent TEXT REFERENCES org_unit (id),
	head TEXT, -- org_person (id); the two tables refer to each other
	site TEXT REFERENCES org_site (id),
	code TEXT,
	cost_centre TEXT
);
CREATE INDEX org_unit_name ON org_unit (name_key, id);
CREATE INDEX org_unit_kind ON org_unit (kind, id);
CREATE INDEX org_unit_parent ON org_unit (parent, id);
CREATE INDEX org_unit_head ON org_unit (head, id);
CREATE INDEX org_unit_site ON org_unit (site, id);

CREATE TABLE org_person (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	name TEXT NOT NULL,
	name_key TEXT NOT NULL,
	email TEXT,
	email_key TEXT,
	title TEXT,
	unit TEXT REFERENCES org_unit (id),
	manager TEXT REFERENCES org_person (id),
	site TEXT REFERENCES org_site (id),
	phone TEXT,
	lang TEXT,
	timezone TEXT,
	external BOOLEAN NOT NULL
);
CREATE INDEX org_person_name ON org_person (name_key, id);
CREATE UNIQUE INDEX org_person_email ON org_person (email);
CREATE INDEX org_person_unit ON org_person (unit, id);
CREATE INDEX org_person_manager ON org_person (manager, id);
CREATE INDEX org_person_site ON org_person (site, id);
CREATE INDEX org_person_external ON org_person (external, id);

CREATE TABLE org_rate (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	currency TEXT NOT NULL,
	currency_key TEXT NOT NULL,
	in_currency TEXT NOT NULL,
	in_currency_key TEXT NOT NULL,
	starts TEXT NOT NULL CHECK (length(starts) = 10),
	rate BIGINT NOT NULL,
	source TEXT NOT NULL
);
CREATE INDEX org_rate_currency ON org_rate (currency_key, id);
CREATE INDEX org_rate_in_currency ON org_rate (in_currency_key, id);
CREATE INDEX org_rate_starts ON org_rate (starts, id);


CREATE TABLE org_unit_closure (
	ancestor TEXT NOT NULL REFERENCES org_unit (id),
	descendant TEXT NOT NULL REFERENCES org_unit (id),
	PRIMARY KEY (ancestor, descendant)
);
CREATE INDEX org_unit_closure_descendant ON org_unit_closure (descendant, ancestor);

CREATE TABLE org_setting (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL,
	changed_at BIGINT NOT NULL,
	changed_by TEXT NOT NULL
);
