-- Passkeys and their used challenges were the kernel's before this module asked for them.
ALTER TABLE signin_passkey RENAME TO identity_passkey;
ALTER TABLE signin_challenge RENAME TO identity_challenge;
