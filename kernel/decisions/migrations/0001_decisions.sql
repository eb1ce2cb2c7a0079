CREATE TABLE decision (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	natural_key TEXT NOT NULL,
	area TEXT NOT NULL,
	subject_type TEXT NOT NULL,
	subject TEXT NOT NULL,
	content TEXT NOT NULL,
	content_hash TEXT NOT NULL,
	state TEXT NOT NULL,
	decide_by TEXT CHECK (length(decide_by) = 10),
	assignee TEXT REFERENCES org_person (id),
	role TEXT,
	requester TEXT,
	amount BIGINT,
	currency TEXT,
	delegate TEXT REFERENCES org_person (id),
	delegated_until TEXT CHECK (length(delegated_until) = 10),
	delegated_by TEXT,
	outcome TEXT,
	reason TEXT,
	decided_by TEXT,
	decided_name TEXT,
	decided_at BIGINT,
	second_by TEXT,
	second_name TEXT,
	second_reason TEXT,
	second_at BIGINT,
	asked_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	version BIGINT NOT NULL
);
CREATE UNIQUE INDEX decision_once ON decision (kind, natural_key) WHERE state IN ('open', 'second');
CREATE INDEX decision_state ON decision (state, decide_by, id);
CREATE INDEX decision_key ON decision (kind, natural_key, state);
CREATE INDEX decision_subject ON decision (subject_type, subject, state);
CREATE INDEX decision_assignee ON decision (assignee, state);
CREATE INDEX decision_delegate ON decision (delegate, state);

CREATE TABLE decision_event (
	id TEXT PRIMARY KEY,
	decision TEXT NOT NULL REFERENCES decision (id),
	at BIGINT NOT NULL,
	act TEXT NOT NULL,
	actor TEXT NOT NULL,
	actor_name TEXT NOT NULL,
	note TEXT NOT NULL,
	detail TEXT NOT NULL
);
CREATE INDEX decision_event_decision ON decision_event (decision, at);
