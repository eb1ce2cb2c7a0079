CREATE TABLE data_source (
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
	condition TEXT,
	system TEXT REFERENCES systems_system (id),
	owner TEXT REFERENCES org_person (id),
	unit TEXT REFERENCES org_unit (id),
	path TEXT,
	address TEXT,
	relation TEXT,
	query TEXT,
	every_hours BIGINT,
	key_columns TEXT,
	max_bad BIGINT NOT NULL,
	sum_column TEXT,
	unit_column TEXT,
	delivered_at BIGINT,
	notes TEXT
);
CREATE INDEX data_source_name ON data_source (name_key, id);
CREATE INDEX data_source_kind ON data_source (kind, id);
CREATE INDEX data_source_condition ON data_source (condition, id);
CREATE INDEX data_source_system ON data_source (system, id);
CREATE INDEX data_source_owner ON data_source (owner, id);
CREATE INDEX data_source_unit ON data_source (unit, id);

CREATE TABLE data_delivery (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	source TEXT NOT NULL REFERENCES data_source (id),
	state TEXT NOT NULL,
	received_at BIGINT NOT NULL,
	file_name TEXT,
	row_count BIGINT NOT NULL,
	bad_rows BIGINT NOT NULL,
	bytes BIGINT NOT NULL,
	fingerprint TEXT NOT NULL,
	original_file TEXT,
	cube_file TEXT,
	bad_file TEXT,
	report_file TEXT NOT NULL,
	reason TEXT
);
CREATE INDEX data_delivery_source ON data_delivery (source, id);
CREATE INDEX data_delivery_state ON data_delivery (state, id);
CREATE INDEX data_delivery_received_at ON data_delivery (received_at, id);
CREATE INDEX data_delivery_row_count ON data_delivery (row_count, id);
CREATE INDEX data_delivery_bad_rows ON data_delivery (bad_rows, id);

CREATE TABLE data_metric (
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
	source TEXT NOT NULL REFERENCES data_source (id),
	owner TEXT REFERENCES org_person (id),
	main BOOLEAN NOT NULL,
	definition TEXT,
	aggregate TEXT NOT NULL,
	measure_column TEXT,
	per TEXT,
	per_column TEXT,
	condition TEXT,
	time_column TEXT NOT NULL,
	dimensions TEXT,
	unit TEXT NOT NULL,
	currency TEXT,
	better TEXT NOT NULL
);
CREATE INDEX data_metric_name ON data_metric (name_key, id);
CREATE INDEX data_metric_source ON data_metric (source, id);
CREATE INDEX data_metric_owner ON data_metric (owner, id);
CREATE INDEX data_metric_main ON data_metric (main, id);
CREATE INDEX data_metric_aggregate ON data_metric (aggregate, id);
CREATE INDEX data_metric_per ON data_metric (per, id);
CREATE INDEX data_metric_unit ON data_metric (unit, id);
CREATE INDEX data_metric_better ON data_metric (better, id);

CREATE TABLE data_target (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	metric TEXT NOT NULL REFERENCES data_metric (id),
	starts TEXT NOT NULL CHECK (length(starts) = 10),
	ends TEXT NOT NULL CHECK (length(ends) = 10),
	value BIGINT NOT NULL
);
CREATE INDEX data_target_metric ON data_target (metric, id);
CREATE INDEX data_target_starts ON data_target (starts, id);
CREATE INDEX data_target_ends ON data_target (ends, id);

CREATE TABLE data_dashboard (
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
	owner TEXT REFERENCES org_person (id),
	unit TEXT REFERENCES org_unit (id),
	member TEXT REFERENCES org_person (id),
	notes TEXT
);
CREATE INDEX data_dashboard_name ON data_dashboard (name_key, id);
CREATE INDEX data_dashboard_owner ON data_dashboard (owner, id);
CREATE INDEX data_dashboard_unit ON data_dashboard (unit, id);
CREATE INDEX data_dashboard_member ON data_dashboard (member, id);

CREATE TABLE data_tile (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	dashboard TEXT NOT NULL REFERENCES data_dashboard (id),
	metric TEXT NOT NULL REFERENCES data_metric (id),
	title TEXT,
	shape TEXT NOT NULL,
	period TEXT NOT NULL,
	breakdown TEXT,
	months BIGINT NOT NULL,
	position BIGINT NOT NULL
);
CREATE INDEX data_tile_dashboard ON data_tile (dashboard, id);
CREATE INDEX data_tile_metric ON data_tile (metric, id);
CREATE INDEX data_tile_shape ON data_tile (shape, id);
CREATE INDEX data_tile_period ON data_tile (period, id);
CREATE INDEX data_tile_position ON data_tile (position, id);

