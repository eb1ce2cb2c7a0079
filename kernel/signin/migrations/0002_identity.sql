-- Whom outside providers (a directory, an OpenID provider) mean by their own ids.
CREATE TABLE signin_identity (
	provider TEXT NOT NULL,
	subject TEXT NOT NULL,
	person TEXT NOT NULL REFERENCES signin_account (person) ON DELETE CASCADE,
	made_at BIGINT NOT NULL,
	PRIMARY KEY (provider, subject)
);
CREATE INDEX signin_identity_person ON signin_identity (person);
