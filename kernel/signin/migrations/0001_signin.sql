-- Who may sign in, as whom. Secrets are kept hashed, or sealed under the key file.
CREATE TABLE signin_account (
	person TEXT NOT NULL PRIMARY KEY,
	login TEXT NOT NULL UNIQUE,
	password TEXT,
	must_change BOOLEAN NOT NULL,
	disabled BOOLEAN NOT NULL,
	totp TEXT,
	totp_draft TEXT,
	totp_step BIGINT,
	party TEXT,
	made_at BIGINT NOT NULL,
	password_at BIGINT,
	last_at BIGINT
);

CREATE TABLE signin_recovery (
	hash TEXT NOT NULL PRIMARY KEY,
	person TEXT NOT NULL REFERENCES signin_account (person) ON DELETE CASCADE
);
CREATE INDEX signin_recovery_person ON signin_recovery (person);

CREATE TABLE signin_session (
	hash TEXT NOT NULL PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	person TEXT NOT NULL REFERENCES signin_account (person) ON DELETE CASCADE,
	waits_for_code BOOLEAN NOT NULL,
	made_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	network TEXT,
	browser TEXT
);
CREATE INDEX signin_session_person ON signin_session (person);
CREATE INDEX signin_session_expires ON signin_session (expires_at);

CREATE TABLE signin_link (
	hash TEXT NOT NULL PRIMARY KEY,
	person TEXT NOT NULL REFERENCES signin_account (person) ON DELETE CASCADE,
	expires_at BIGINT NOT NULL,
	used_at BIGINT
);
CREATE INDEX signin_link_person ON signin_link (person);

CREATE TABLE signin_token (
	id TEXT NOT NULL PRIMARY KEY,
	hash TEXT NOT NULL UNIQUE,
	person TEXT NOT NULL REFERENCES signin_account (person) ON DELETE CASCADE,
	name TEXT NOT NULL,
	scopes TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at BIGINT
);
CREATE INDEX signin_token_person ON signin_token (person);

-- A role given to a person. A unit narrows roles that can be given for a unit.
CREATE TABLE signin_role (
	id TEXT NOT NULL PRIMARY KEY,
	person TEXT NOT NULL REFERENCES signin_account (person) ON DELETE CASCADE,
	role TEXT NOT NULL,
	unit TEXT,
	until_at BIGINT,
	given_by TEXT,
	given_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX signin_role_once ON signin_role (person, role, COALESCE(unit, ''));

-- Grants beside those that ship with the roles: added, or taken away (withdrawn).
-- Those that open closed records count only once a second person approved them.
CREATE TABLE signin_grant (
	id TEXT NOT NULL PRIMARY KEY,
	role TEXT,
	person TEXT REFERENCES signin_account (person) ON DELETE CASCADE,
	area TEXT NOT NULL,
	act TEXT NOT NULL,
	scope TEXT NOT NULL,
	sensitivity TEXT,
	withdrawn BOOLEAN NOT NULL,
	until_at BIGINT,
	reason TEXT NOT NULL,
	given_by TEXT,
	given_at BIGINT NOT NULL,
	approved_by TEXT,
	approved_at BIGINT,
	CHECK ((role IS NULL) <> (person IS NULL)),
	CHECK (NOT withdrawn OR role IS NOT NULL)
);
CREATE INDEX signin_grant_role ON signin_grant (role);
CREATE INDEX signin_grant_person ON signin_grant (person);

-- Failed attempts, in a bounded number of slots for logins and for networks.
CREATE TABLE signin_failure (
	slot TEXT NOT NULL PRIMARY KEY,
	failures BIGINT NOT NULL,
	last_at BIGINT NOT NULL
);
