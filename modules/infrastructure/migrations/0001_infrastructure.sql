CREATE TABLE infrastructure_host (
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
	state TEXT NOT NULL,
	owner TEXT REFERENCES org_person (id),
	unit TEXT REFERENCES org_unit (id),
	site TEXT REFERENCES org_site (id),
	criticality TEXT,
	purpose TEXT,
	os_name TEXT,
	os_name_key TEXT,
	os_version TEXT,
	kernel TEXT,
	architecture TEXT,
	os_support_ends TEXT CHECK (length(os_support_ends) = 10),
	os_extended_ends TEXT CHECK (length(os_extended_ends) = 10),
	os_support_over BOOLEAN,
	updates_pending BIGINT,
	security_pending BIGINT,
	security_since BIGINT,
	reboot BOOLEAN,
	antivirus TEXT,
	antivirus_state TEXT,
	signatures_at BIGINT,
	firewall TEXT,
	firewall_state TEXT,
	firewall_rules BIGINT,
	encrypted TEXT,
	time_synced BOOLEAN,
	time_service TEXT,
	vendor TEXT,
	vendor_key TEXT,
	model TEXT,
	model_key TEXT,
	platform TEXT,
	cpu TEXT,
	threads BIGINT,
	memory BIGINT,
	hostname TEXT,
	fqdn TEXT,
	serial TEXT,
	serial_key TEXT,
	uuid TEXT,
	machine_id TEXT,
	merged_into TEXT REFERENCES infrastructure_host (id)
);
CREATE INDEX infrastructure_host_name ON infrastructure_host (name_key, id);
CREATE INDEX infrastructure_host_kind ON infrastructure_host (kind, id);
CREATE INDEX infrastructure_host_state ON infrastructure_host (state, id);
CREATE INDEX infrastructure_host_owner ON infrastructure_host (owner, id);
CREATE INDEX infrastructure_host_unit ON infrastructure_host (unit, id);
CREATE INDEX infrastructure_host_site ON infrastructure_host (site, id);
CREATE INDEX infrastructure_host_criticality ON infrastructure_host (criticality, id);
CREATE INDEX infrastructure_host_os_name ON infrastructure_host (os_name_key, id);
CREATE INDEX infrastructure_host_os_support_ends ON infrastructure_host (os_support_ends, id);
CREATE INDEX infrastructure_host_security_pending ON infrastructure_host (security_pending, id);
CREATE INDEX infrastructure_host_security_since ON infrastructure_host (security_since, id);
CREATE INDEX infrastructure_host_reboot ON infrastructure_host (reboot, id);
CREATE INDEX infrastructure_host_antivirus_state ON infrastructure_host (antivirus_state, id);
CREATE INDEX infrastructure_host_firewall_state ON infrastructure_host (firewall_state, id);
CREATE INDEX infrastructure_host_encrypted ON infrastructure_host (encrypted, id);
CREATE INDEX infrastructure_host_vendor ON infrastructure_host (vendor_key, id);
CREATE INDEX infrastructure_host_model ON infrastructure_host (model_key, id);
CREATE INDEX infrastructure_host_serial ON infrastructure_host (serial_key, id);
CREATE INDEX infrastructure_host_merged_into ON infrastructure_host (merged_into, id);

CREATE TABLE infrastructure_host_package (
	parent TEXT NOT NULL REFERENCES infrastructure_host (id),
	name TEXT NOT NULL,
	arch TEXT NOT NULL,
	manager TEXT NOT NULL,
	instance TEXT NOT NULL,
	version TEXT,
	source TEXT,
	source_version TEXT,
	module TEXT,
	origin TEXT,
	vendor TEXT,
	bytes BIGINT,
	installed TEXT,
	held BOOLEAN NOT NULL,
	auto BOOLEAN NOT NULL,
	first_seen BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	gone_at BIGINT,
	PRIMARY KEY (parent, name, arch, manager, instance)
);

CREATE TABLE infrastructure_host_service (
	parent TEXT NOT NULL REFERENCES infrastructure_host (id),
	name TEXT NOT NULL,
	manager TEXT NOT NULL,
	title TEXT,
	starts TEXT,
	state TEXT,
	account TEXT,
	command TEXT,
	first_seen BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	gone_at BIGINT,
	PRIMARY KEY (parent, name, manager)
);

CREATE TABLE infrastructure_host_port (
	parent TEXT NOT NULL REFERENCES infrastructure_host (id),
	protocol TEXT NOT NULL,
	address TEXT NOT NULL,
	port BIGINT NOT NULL,
	process TEXT,
	program TEXT,
	account TEXT,
	first_seen BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	gone_at BIGINT,
	PRIMARY KEY (parent, protocol, address, port)
);

CREATE TABLE infrastructure_host_interface (
	parent TEXT NOT NULL REFERENCES infrastructure_host (id),
	name TEXT NOT NULL,
	sort TEXT,
	mac TEXT,
	gateway TEXT,
	driver TEXT,
	part_of TEXT,
	dns TEXT,
	mtu BIGINT,
	mbits BIGINT,
	vlan BIGINT,
	up BOOLEAN,
	dhcp BOOLEAN,
	first_seen BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	gone_at BIGINT,
	PRIMARY KEY (parent, name)
);

CREATE TABLE infrastructure_host_address (
	parent TEXT NOT NULL REFERENCES infrastructure_host (id),
	address TEXT NOT NULL,
	interface TEXT NOT NULL,
	prefix BIGINT,
	first_seen BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	gone_at BIGINT,
	PRIMARY KEY (parent, address, interface)
);

CREATE TABLE infrastructure_host_disk (
	parent TEXT NOT NULL REFERENCES infrastructure_host (id),
	name TEXT NOT NULL,
	sort TEXT,
	bus TEXT,
	vendor TEXT,
	model TEXT,
	serial TEXT,
	health TEXT,
	bytes BIGINT,
	first_seen BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	gone_at BIGINT,
	PRIMARY KEY (parent, name)
);

CREATE TABLE infrastructure_host_filesystem (
	parent TEXT NOT NULL REFERENCES infrastructure_host (id),
	mount TEXT NOT NULL,
	device TEXT NOT NULL,
	format TEXT NOT NULL,
	bytes BIGINT,
	options TEXT,
	encrypted BOOLEAN,
	cipher TEXT,
	remote BOOLEAN NOT NULL,
	first_seen BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	gone_at BIGINT,
	PRIMARY KEY (parent, mount)
);

CREATE TABLE infrastructure_host_account (
	parent TEXT NOT NULL REFERENCES infrastructure_host (id),
	name TEXT NOT NULL,
	number TEXT NOT NULL,
	sort TEXT NOT NULL,
	title TEXT,
	password TEXT,
	groups TEXT,
	changed TEXT,
	expires TEXT,
	keys BIGINT,
	admin BOOLEAN NOT NULL,
	login BOOLEAN,
	first_seen BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	gone_at BIGINT,
	PRIMARY KEY (parent, name, number)
);

CREATE TABLE infrastructure_host_update (
	parent TEXT NOT NULL REFERENCES infrastructure_host (id),
	name TEXT NOT NULL,
	arch TEXT NOT NULL,
	installed TEXT,
	offered TEXT,
	origin TEXT,
	severity TEXT,
	advisories TEXT,
	security BOOLEAN,
	held BOOLEAN NOT NULL,
	since BIGINT,
	first_seen BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	gone_at BIGINT,
	PRIMARY KEY (parent, name, arch)
);

CREATE TABLE infrastructure_host_program (
	parent TEXT NOT NULL REFERENCES infrastructure_host (id),
	sort TEXT NOT NULL,
	product TEXT NOT NULL,
	instance TEXT NOT NULL,
	version TEXT,
	ports TEXT,
	evidence TEXT,
	running BOOLEAN,
	first_seen BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	gone_at BIGINT,
	PRIMARY KEY (parent, sort, product, instance)
);
CREATE INDEX infrastructure_host_package_name ON infrastructure_host_package (name);

-- What is believed of each host's identity, by the source that said so. via is
-- the host it was first believed of; a merge changes host alone.
CREATE TABLE infrastructure_identity (
	via TEXT NOT NULL REFERENCES infrastructure_host (id),
	source TEXT NOT NULL,
	host TEXT NOT NULL REFERENCES infrastructure_host (id),
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	strong BOOLEAN NOT NULL,
	copied BOOLEAN NOT NULL,
	PRIMARY KEY (via, source, kind, value)
);
CREATE INDEX infrastructure_identity_value ON infrastructure_identity (kind, value);
CREATE INDEX infrastructure_identity_host ON infrastructure_identity (host);

-- The last report of each source about a host: what it knew (known, by field),
-- its small sections whole, the hash of each section.
CREATE TABLE infrastructure_host_source (
	via TEXT NOT NULL REFERENCES infrastructure_host (id),
	source TEXT NOT NULL,
	host TEXT NOT NULL REFERENCES infrastructure_host (id),
	at BIGINT NOT NULL,
	collector TEXT NOT NULL,
	identity_hash TEXT NOT NULL,
	hashes TEXT NOT NULL,
	known TEXT NOT NULL,
	sections TEXT NOT NULL,
	PRIMARY KEY (via, source)
);
CREATE INDEX infrastructure_host_source_identity ON infrastructure_host_source (source, identity_hash);
CREATE INDEX infrastructure_host_source_host ON infrastructure_host_source (host);

-- When each source was last heard of a host, and what it said by the minute. A
-- report without news writes this row alone.
CREATE TABLE infrastructure_host_seen (
	via TEXT NOT NULL REFERENCES infrastructure_host (id),
	source TEXT NOT NULL,
	host TEXT NOT NULL REFERENCES infrastructure_host (id),
	seen_at BIGINT NOT NULL,
	reported_at BIGINT NOT NULL,
	sequence BIGINT NOT NULL,
	report_hash TEXT NOT NULL,
	volatile TEXT NOT NULL,
	PRIMARY KEY (via, source)
);
CREATE INDEX infrastructure_host_seen_report ON infrastructure_host_seen (source, report_hash);
CREATE INDEX infrastructure_host_seen_host ON infrastructure_host_seen (host);

-- Pairs of hosts that may be one machine, the older host first.
CREATE TABLE infrastructure_duplicate (
	id TEXT PRIMARY KEY,
	a TEXT NOT NULL REFERENCES infrastructure_host (id),
	b TEXT NOT NULL REFERENCES infrastructure_host (id),
	reason TEXT NOT NULL,
	evidence TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('open', 'merged', 'distinct')),
	found_at BIGINT NOT NULL,
	settled_at BIGINT,
	settled_by TEXT,
	UNIQUE (a, b)
);
CREATE INDEX infrastructure_duplicate_state ON infrastructure_duplicate (state, id);
CREATE INDEX infrastructure_duplicate_b ON infrastructure_duplicate (b);

CREATE TABLE infrastructure_merge (
	id TEXT PRIMARY KEY,
	kept TEXT NOT NULL REFERENCES infrastructure_host (id),
	gone TEXT NOT NULL REFERENCES infrastructure_host (id),
	at BIGINT NOT NULL,
	by_person TEXT,
	reason TEXT NOT NULL,
	moved TEXT NOT NULL,
	undone_at BIGINT
);
CREATE INDEX infrastructure_merge_gone ON infrastructure_merge (gone);
CREATE INDEX infrastructure_merge_kept ON infrastructure_merge (kept);

-- The authority that certifies agents' keys; its own key is sealed.
CREATE TABLE infrastructure_authority (
	id TEXT PRIMARY KEY,
	certificate TEXT NOT NULL,
	sealed TEXT NOT NULL,
	made_at BIGINT NOT NULL
);

-- What lets machines enrol: the hash of a token, how often and until when.
CREATE TABLE infrastructure_enrolment (
	id TEXT PRIMARY KEY,
	hash TEXT NOT NULL UNIQUE,
	label TEXT NOT NULL,
	expires_at BIGINT NOT NULL,
	uses_left BIGINT NOT NULL CHECK (uses_left >= 0),
	made_at BIGINT NOT NULL,
	made_by TEXT
);

CREATE TABLE infrastructure_agent (
	id TEXT PRIMARY KEY,
	host TEXT REFERENCES infrastructure_host (id),
	enrolment TEXT NOT NULL REFERENCES infrastructure_enrolment (id),
	public_key TEXT NOT NULL UNIQUE,
	hostname TEXT NOT NULL,
	platform TEXT NOT NULL,
	version TEXT NOT NULL,
	enrolled_at BIGINT NOT NULL,
	certified_until BIGINT NOT NULL,
	revoked_at BIGINT,
	revoked_by TEXT
);
CREATE INDEX infrastructure_agent_host ON infrastructure_agent (host);

CREATE TABLE infrastructure_software (
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
	manager TEXT NOT NULL,
	manager_key TEXT NOT NULL,
	status TEXT NOT NULL,
	source TEXT,
	source_key TEXT,
	publisher TEXT,
	publisher_key TEXT,
	hosts BIGINT NOT NULL,
	notes TEXT
);
CREATE INDEX infrastructure_software_name ON infrastructure_software (name_key, id);
CREATE INDEX infrastructure_software_manager ON infrastructure_software (manager_key, id);
CREATE INDEX infrastructure_software_status ON infrastructure_software (status, id);
CREATE INDEX infrastructure_software_source ON infrastructure_software (source_key, id);
CREATE INDEX infrastructure_software_publisher ON infrastructure_software (publisher_key, id);
CREATE INDEX infrastructure_software_hosts ON infrastructure_software (hosts, id);
CREATE INDEX infrastructure_software_exact ON infrastructure_software (name, manager);

-- How far derived values have been brought up.
CREATE TABLE infrastructure_mark (
	name TEXT PRIMARY KEY,
	at BIGINT NOT NULL
);

-- What was answered about a group: updates of a unit's hosts, software of a source.
CREATE TABLE infrastructure_ruling (
	id TEXT PRIMARY KEY,
	matter TEXT NOT NULL,
	about TEXT NOT NULL,
	answer TEXT NOT NULL,
	decision TEXT NOT NULL,
	at BIGINT NOT NULL,
	by_person TEXT NOT NULL,
	until BIGINT
);
CREATE INDEX infrastructure_ruling_about ON infrastructure_ruling (matter, about);

-- Security updates that somebody approved, by the version offered.
CREATE TABLE infrastructure_approved_update (
	host TEXT NOT NULL REFERENCES infrastructure_host (id),
	name TEXT NOT NULL,
	arch TEXT NOT NULL,
	offered TEXT NOT NULL,
	ruling TEXT NOT NULL REFERENCES infrastructure_ruling (id),
	PRIMARY KEY (host, name, arch, offered)
);
