-- Authenticators and recovery codes were the kernel's before this module asked for them.
CREATE TABLE identity_authenticator (
	person TEXT NOT NULL PRIMARY KEY REFERENCES signin_account (person) ON DELETE CASCADE,
	secret TEXT,
	draft TEXT,
	step BIGINT
);
INSERT INTO identity_authenticator (person, secret, draft, step)
SELECT person, totp, totp_draft, totp_step
FROM signin_account
WHERE totp IS NOT NULL OR totp_draft IS NOT NULL;
ALTER TABLE signin_account DROP COLUMN totp;
ALTER TABLE signin_account DROP COLUMN totp_draft;
ALTER TABLE signin_account DROP COLUMN totp_step;
ALTER TABLE signin_recovery RENAME TO identity_recovery;
