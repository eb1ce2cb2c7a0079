-- Whether an account has an authenticator. Its secret and the recovery codes move to the
-- module that asks for them.
ALTER TABLE signin_account ADD COLUMN codes BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE signin_account SET codes = TRUE WHERE totp IS NOT NULL;
