-- Roles whose holders need a second factor; whether an account has a passkey, and
-- whether a session has still to see to one. Passkeys move to the module that asks
-- for them.
CREATE TABLE signin_second (
	role TEXT NOT NULL PRIMARY KEY
);
ALTER TABLE signin_account ADD COLUMN passkeys BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE signin_session ADD COLUMN needs_second BOOLEAN NOT NULL DEFAULT FALSE;
