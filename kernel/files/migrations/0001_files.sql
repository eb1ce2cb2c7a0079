CREATE TABLE record_file (
	id TEXT PRIMARY KEY,
	type TEXT NOT NULL,
	record TEXT NOT NULL,
	name TEXT NOT NULL,
	hash TEXT NOT NULL,
	size BIGINT NOT NULL,
	at BIGINT NOT NULL,
	by_person TEXT NOT NULL,
	by_name TEXT NOT NULL
);
CREATE INDEX record_file_record ON record_file (type, record, at);
CREATE INDEX record_file_hash ON record_file (hash);
