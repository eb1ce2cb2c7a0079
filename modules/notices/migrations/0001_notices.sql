-- What a person hears of, once for each thing that happened.
CREATE TABLE notices_notice (
	id TEXT NOT NULL PRIMARY KEY,
	person TEXT NOT NULL,
	natural_key TEXT NOT NULL,
	kind TEXT NOT NULL,
	said TEXT NOT NULL,
	subject_type TEXT NOT NULL,
	subject TEXT NOT NULL,
	href TEXT NOT NULL,
	at BIGINT NOT NULL,
	here BOOLEAN NOT NULL, -- shown in the program, not only mailed
	read_at BIGINT,
	mail TEXT NOT NULL CHECK (mail IN ('', 'due', 'sent', 'failed')),
	tries BIGINT NOT NULL,
	UNIQUE (person, natural_key)
);
CREATE INDEX notices_notice_person ON notices_notice (person, at, id);
CREATE INDEX notices_notice_unread ON notices_notice (person) WHERE read_at IS NULL;
CREATE INDEX notices_notice_due ON notices_notice (person, at) WHERE mail = 'due';
CREATE INDEX notices_notice_at ON notices_notice (at);

-- How a person wants to hear of a kind, where it is not the usual way.
CREATE TABLE notices_way (
	person TEXT NOT NULL,
	kind TEXT NOT NULL,
	way TEXT NOT NULL,
	PRIMARY KEY (person, kind)
);

-- Records whose comments and changes a person hears of.
CREATE TABLE notices_follow (
	type TEXT NOT NULL,
	record TEXT NOT NULL,
	person TEXT NOT NULL,
	since BIGINT NOT NULL,
	PRIMARY KEY (type, record, person)
);
CREATE INDEX notices_follow_person ON notices_follow (person);

-- Up to when what happened was looked through.
CREATE TABLE notices_mark (
	name TEXT NOT NULL PRIMARY KEY,
	at BIGINT NOT NULL
);
