-- Whether a session proved two factors. What a role needs is asked at each request,
-- so that a policy changed holds for those signed in, too; kept with the session it
-- held from the next sign-in on.
ALTER TABLE signin_session ADD COLUMN strong BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE signin_session DROP COLUMN needs_second;
