-- Passkeys (WebAuthn): public keys of devices. Challenges are kept once used, so that
-- an answer counts once.
CREATE TABLE signin_passkey (
	id TEXT NOT NULL PRIMARY KEY,
	person TEXT NOT NULL REFERENCES signin_account (person) ON DELETE CASCADE,
	name TEXT NOT NULL,
	credential TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	used_at BIGINT
);
CREATE INDEX signin_passkey_person ON signin_passkey (person);

CREATE TABLE signin_challenge (
	hash TEXT NOT NULL PRIMARY KEY,
	expires_at BIGINT NOT NULL
);
CREATE INDEX signin_challenge_expires ON signin_challenge (expires_at);
