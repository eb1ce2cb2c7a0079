CREATE TABLE record_number (
	type TEXT PRIMARY KEY,
	last BIGINT NOT NULL
);

CREATE TABLE history (
	id TEXT PRIMARY KEY,
	type TEXT NOT NULL,
	record TEXT NOT NULL,
	version BIGINT NOT NULL,
	at BIGINT NOT NULL,
	actor TEXT NOT NULL,
	actor_name TEXT NOT NULL,
	origin TEXT NOT NULL,
	act TEXT NOT NULL,
	changes TEXT NOT NULL,
	salt TEXT NOT NULL,
	seq BIGINT
);
CREATE INDEX history_record ON history (type, record, at);
CREATE INDEX history_at ON history (at, id);
CREATE INDEX history_unsealed ON history (id) WHERE seq IS NULL;
CREATE UNIQUE INDEX history_seq ON history (seq) WHERE seq IS NOT NULL;

CREATE TABLE custom_field (
	type TEXT NOT NULL,
	key TEXT NOT NULL,
	label TEXT NOT NULL,
	kind TEXT NOT NULL,
	options TEXT NOT NULL,
	required BOOLEAN NOT NULL,
	in_list BOOLEAN NOT NULL,
	position BIGINT NOT NULL,
	retired_at BIGINT,
	PRIMARY KEY (type, key)
);

CREATE TABLE record_tag (
	type TEXT NOT NULL,
	record TEXT NOT NULL,
	tag TEXT NOT NULL,
	tag_key TEXT NOT NULL,
	PRIMARY KEY (type, record, tag_key)
);
CREATE INDEX record_tag_key ON record_tag (type, tag_key, record);

CREATE TABLE record_comment (
	id TEXT PRIMARY KEY,
	type TEXT NOT NULL,
	record TEXT NOT NULL,
	author TEXT NOT NULL,
	author_name TEXT NOT NULL,
	at BIGINT NOT NULL,
	body TEXT NOT NULL,
	edited_at BIGINT,
	removed_at BIGINT
);
CREATE INDEX record_comment_record ON record_comment (type, record, at);

CREATE TABLE saved_view (
	id TEXT PRIMARY KEY,
	type TEXT NOT NULL,
	person TEXT NOT NULL,
	name TEXT NOT NULL,
	query TEXT NOT NULL,
	shared BOOLEAN NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX saved_view_type ON saved_view (type, person);

CREATE TABLE search_entry (
	type TEXT NOT NULL,
	record TEXT NOT NULL,
	title TEXT NOT NULL,
	title_key TEXT NOT NULL,
	body TEXT NOT NULL,
	archived BOOLEAN NOT NULL,
	PRIMARY KEY (type, record)
);
CREATE INDEX search_entry_title ON search_entry (title_key);
-- only sqlite
CREATE VIRTUAL TABLE search_text USING fts5(body, tokenize = 'trigram', content = 'search_entry', content_rowid = 'rowid');
CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN
	INSERT INTO search_text (rowid, body) VALUES (new.rowid, new.body);
END;
CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN
	INSERT INTO search_text (search_text, rowid, body) VALUES ('delete', old.rowid, old.body);
END;
CREATE TRIGGER search_entry_changed AFTER UPDATE ON search_entry BEGIN
	INSERT INTO search_text (search_text, rowid, body) VALUES ('delete', old.rowid, old.body);
	INSERT INTO search_text (rowid, body) VALUES (new.rowid, new.body);
END;
-- end
-- only postgres
DO $$ BEGIN
	CREATE EXTENSION IF NOT EXISTS pg_trgm;
	CREATE INDEX search_entry_body ON search_entry USING gin (body gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
	RAISE NOTICE 'search works without the pg_trgm extension, only slower';
END $$;
-- end

CREATE TABLE fact_set (
	record TEXT NOT NULL,
	name TEXT NOT NULL,
	hash TEXT NOT NULL,
	count BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	PRIMARY KEY (record, name)
);
