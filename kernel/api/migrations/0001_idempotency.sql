-- What was answered to a POST, so that it can be sent again without being done again.
CREATE TABLE api_idempotency (
	key TEXT NOT NULL PRIMARY KEY,
	request TEXT NOT NULL,
	status BIGINT NOT NULL,
	location TEXT NOT NULL,
	etag TEXT NOT NULL,
	body TEXT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX api_idempotency_expires ON api_idempotency (expires_at);
