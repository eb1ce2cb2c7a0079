CREATE TABLE webhooks_hook (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	name TEXT NOT NULL,
	name_key TEXT NOT NULL,
	url TEXT NOT NULL,
	secret TEXT NOT NULL,
	owner TEXT NOT NULL REFERENCES org_person (id),
	types TEXT NOT NULL,
	acts TEXT,
	active BOOLEAN NOT NULL
);
CREATE INDEX webhooks_hook_name ON webhooks_hook (name_key, id);
CREATE INDEX webhooks_hook_owner ON webhooks_hook (owner, id);
CREATE INDEX webhooks_hook_active ON webhooks_hook (active, id);

CREATE TABLE webhooks_delivery (
	id TEXT NOT NULL PRIMARY KEY,
	hook TEXT NOT NULL REFERENCES webhooks_hook (id),
	type TEXT NOT NULL,
	record TEXT NOT NULL,
	act TEXT NOT NULL,
	version BIGINT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed', 'dropped')),
	attempts BIGINT NOT NULL,
	answer TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	tried_at BIGINT
);
CREATE INDEX webhooks_delivery_made ON webhooks_delivery (made_at);
CREATE INDEX webhooks_delivery_hook ON webhooks_delivery (hook);
