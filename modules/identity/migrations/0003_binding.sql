-- Which account an outside identity is, was the kernel's before this module asked for it.
ALTER TABLE signin_identity RENAME TO identity_binding;
