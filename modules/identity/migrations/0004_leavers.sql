-- What became here of somebody whom the directory does not let in any more: the account
-- was closed, kept as the last administrator's, or opened again by an administrator.
-- NULL: it lets them in.
ALTER TABLE identity_binding ADD COLUMN standing TEXT CHECK (standing IN ('closed', 'kept', 'overruled'));

-- What was done here because a provider said so, for administrators to read.
CREATE TABLE identity_change (
	id TEXT NOT NULL PRIMARY KEY,
	person TEXT NOT NULL REFERENCES signin_account (person) ON DELETE CASCADE,
	what TEXT NOT NULL CHECK (what IN ('gone', 'disabled', 'kept', 'back', 'roles')),
	detail TEXT,
	at BIGINT NOT NULL
);
CREATE INDEX identity_change_at ON identity_change (at);

-- Which sessions an OpenID provider started, and what it calls them (sid).
CREATE TABLE identity_session (
	session TEXT NOT NULL PRIMARY KEY,
	person TEXT NOT NULL REFERENCES signin_account (person) ON DELETE CASCADE,
	provider TEXT NOT NULL,
	sid TEXT,
	at BIGINT NOT NULL
);
CREATE INDEX identity_session_person ON identity_session (person);
CREATE INDEX identity_session_sid ON identity_session (sid);
