CREATE TABLE systems_system (
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
	criticality TEXT NOT NULL,
	state TEXT NOT NULL,
	purpose TEXT,
	owner TEXT REFERENCES org_person (id),
	service_owner TEXT REFERENCES org_person (id),
	unit TEXT REFERENCES org_unit (id),
	users BIGINT,
	vendor TEXT REFERENCES vendors_vendor (id),
	product TEXT,
	hosting TEXT,
	service_hours TEXT,
	availability BIGINT,
	rto_minutes BIGINT,
	rpo_minutes BIGINT,
	personal_data BOOLEAN NOT NULL,
	health_data BOOLEAN NOT NULL,
	financial_data BOOLEAN NOT NULL,
	public_data BOOLEAN NOT NULL,
	go_live TEXT CHECK (length(go_live) = 10),
	review TEXT CHECK (length(review) = 10),
	retires TEXT CHECK (length(retires) = 10),
	notes TEXT
);
CREATE INDEX systems_system_name ON systems_system (name_key, id);
CREATE INDEX systems_system_criticality ON systems_system (criticality, id);
CREATE INDEX systems_system_state ON systems_system (state, id);
CREATE INDEX systems_system_owner ON systems_system (owner, id);
CREATE INDEX systems_system_service_owner ON systems_system (service_owner, id);
CREATE INDEX systems_system_unit ON systems_system (unit, id);
CREATE INDEX systems_system_users ON systems_system (users, id);
CREATE INDEX systems_system_vendor ON systems_system (vendor, id);
CREATE INDEX systems_system_hosting ON systems_system (hosting, id);
CREATE INDEX systems_system_rto_minutes ON systems_system (rto_minutes, id);
CREATE INDEX systems_system_rpo_minutes ON systems_system (rpo_minutes, id);
CREATE INDEX systems_system_personal_data ON systems_system (personal_data, id);
CREATE INDEX systems_system_health_data ON systems_system (health_data, id);
CREATE INDEX systems_system_financial_data ON systems_system (financial_data, id);
CREATE INDEX systems_system_public_data ON systems_system (public_data, id);
CREATE INDEX systems_system_go_live ON systems_system (go_live, id);
CREATE INDEX systems_system_review ON systems_system (review, id);
CREATE INDEX systems_system_retires ON systems_system (retires, id);

CREATE TABLE systems_component (
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
	system TEXT NOT NULL REFERENCES systems_system (id),
	kind TEXT NOT NULL,
	runs_on TEXT,
	release TEXT,
	redundancy TEXT,
	at_least BIGINT,
	notes TEXT
);
CREATE INDEX systems_component_name ON systems_component (name_key, id);
CREATE INDEX systems_component_system ON systems_component (system, id);
CREATE INDEX systems_component_kind ON systems_component (kind, id);
CREATE INDEX systems_component_runs_on ON systems_component (runs_on, id);

CREATE TABLE systems_dependency (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	title TEXT NOT NULL,
	title_key TEXT NOT NULL,
	system TEXT NOT NULL REFERENCES systems_system (id),
	part TEXT REFERENCES systems_component (id),
	needs TEXT NOT NULL,
	kind TEXT NOT NULL,
	effect TEXT NOT NULL,
	redundancy TEXT,
	at_least BIGINT,
	notes TEXT
);
CREATE INDEX systems_dependency_title ON systems_dependency (title_key, id);
CREATE INDEX systems_dependency_system ON systems_dependency (system, id);
CREATE INDEX systems_dependency_part ON systems_dependency (part, id);
CREATE INDEX systems_dependency_needs ON systems_dependency (needs, id);
CREATE INDEX systems_dependency_kind ON systems_dependency (kind, id);
CREATE INDEX systems_dependency_effect ON systems_dependency (effect, id);

CREATE TABLE systems_use (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	system TEXT NOT NULL REFERENCES systems_system (id),
	unit TEXT NOT NULL REFERENCES org_unit (id),
	users BIGINT,
	importance TEXT NOT NULL,
	purpose TEXT
);
CREATE INDEX systems_use_system ON systems_use (system, id);
CREATE INDEX systems_use_unit ON systems_use (unit, id);
CREATE INDEX systems_use_users ON systems_use (users, id);
CREATE INDEX systems_use_importance ON systems_use (importance, id);

CREATE TABLE systems_contract_use (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	system TEXT NOT NULL REFERENCES systems_system (id),
	contract TEXT NOT NULL REFERENCES vendors_contract (id),
	share BIGINT NOT NULL,
	notes TEXT
);
CREATE INDEX systems_contract_use_system ON systems_contract_use (system, id);
CREATE INDEX systems_contract_use_contract ON systems_contract_use (contract, id);
