-- The transparency log over the table history: its hashes in the order of
-- golang.org/x/mod/sumdb/tlog, and the signed checkpoints of it.
CREATE TABLE audit_hash (
	idx BIGINT NOT NULL PRIMARY KEY,
	hash TEXT NOT NULL
);

CREATE TABLE audit_checkpoint (
	size BIGINT NOT NULL PRIMARY KEY,
	note TEXT NOT NULL,
	signed_at BIGINT NOT NULL
);
CREATE INDEX audit_checkpoint_at ON audit_checkpoint (signed_at);

-- Entries whose contents were erased: the digest that stands in their leaf, and the
-- history entry that tells of the erasure.
CREATE TABLE audit_erased (
	history TEXT NOT NULL PRIMARY KEY,
	content TEXT NOT NULL,
	by_entry TEXT NOT NULL
);
