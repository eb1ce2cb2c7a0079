-- Rows as they were before each change, so that lists can be asked as of a moment.
CREATE TABLE systems_system_past (
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
	criticality TEXT,
	state TEXT,
	purpose TEXT,
	owner TEXT,
	service_owner TEXT,
	unit TEXT,
	users BIGINT,
	vendor TEXT,
	product TEXT,
	hosting TEXT,
	service_hours TEXT,
	availability BIGINT,
	rto_minutes BIGINT,
	rpo_minutes BIGINT,
	personal_data BOOLEAN,
	health_data BOOLEAN,
	financial_data BOOLEAN,
	public_data BOOLEAN,
	go_live TEXT,
	review TEXT,
	retires TEXT,
	notes TEXT,
	valid_to BIGINT NOT NULL,
	PRIMARY KEY (id, version)
);
CREATE INDEX systems_system_past_valid ON systems_system_past (valid_to);

CREATE TABLE systems_component_past (
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
	system TEXT,
	kind TEXT,
	runs_on TEXT,
	release TEXT,
	redundancy TEXT,
	at_least BIGINT,
	notes TEXT,
	valid_to BIGINT NOT NULL,
	PRIMARY KEY (id, version)
);
CREATE INDEX systems_component_past_valid ON systems_component_past (valid_to);

CREATE TABLE systems_dependency_past (
	id TEXT NOT NULL,
	number BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	title TEXT,
	title_key TEXT,
	system TEXT,
	part TEXT,
	needs TEXT,
	kind TEXT,
	effect TEXT,
	redundancy TEXT,
	at_least BIGINT,
	notes TEXT,
	valid_to BIGINT NOT NULL,
	PRIMARY KEY (id, version)
);
CREATE INDEX systems_dependency_past_valid ON systems_dependency_past (valid_to);

CREATE TABLE systems_use_past (
	id TEXT NOT NULL,
	number BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	system TEXT,
	unit TEXT,
	users BIGINT,
	importance TEXT,
	purpose TEXT,
	valid_to BIGINT NOT NULL,
	PRIMARY KEY (id, version)
);
CREATE INDEX systems_use_past_valid ON systems_use_past (valid_to);

CREATE TABLE systems_contract_use_past (
	id TEXT NOT NULL,
	number BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	system TEXT,
	contract TEXT,
	share BIGINT,
	notes TEXT,
	valid_to BIGINT NOT NULL,
	PRIMARY KEY (id, version)
);
CREATE INDEX systems_contract_use_past_valid ON systems_contract_use_past (valid_to);
