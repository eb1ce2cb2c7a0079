-- Lists as somebody keeps them: filter, order and columns under a name.
CREATE TABLE lists_view (
	id TEXT NOT NULL PRIMARY KEY,
	type TEXT NOT NULL,
	person TEXT NOT NULL,
	name TEXT NOT NULL,
	name_key TEXT NOT NULL,
	query TEXT NOT NULL,
	shared TEXT NOT NULL, -- '' for nobody, all, role:NAME or unit:ID
	made_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	UNIQUE (type, person, name_key)
);
CREATE INDEX lists_view_shared ON lists_view (type, shared);

-- The view that a person's list of a type opens with.
CREATE TABLE lists_default (
	person TEXT NOT NULL,
	type TEXT NOT NULL,
	view TEXT NOT NULL REFERENCES lists_view (id) ON DELETE CASCADE,
	PRIMARY KEY (person, type)
);
CREATE INDEX lists_default_view ON lists_default (view);

-- One change to many records, as it was asked for.
CREATE TABLE lists_change (
	id TEXT NOT NULL PRIMARY KEY,
	type TEXT NOT NULL,
	person TEXT NOT NULL,
	steps TEXT NOT NULL,
	back TEXT NOT NULL, -- the list's address
	state TEXT NOT NULL CHECK (state IN ('draft', 'running', 'done', 'undoing', 'undone')),
	job TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	ended_at BIGINT
);
CREATE INDEX lists_change_person ON lists_change (person, made_at);

-- What became of each record: the version that was previewed, the act and why not.
CREATE TABLE lists_change_row (
	change TEXT NOT NULL REFERENCES lists_change (id) ON DELETE CASCADE,
	record TEXT NOT NULL,
	version BIGINT NOT NULL,
	outcome TEXT NOT NULL CHECK (outcome IN ('waits', 'done', 'same', 'refused', 'undone', 'kept')),
	problem TEXT NOT NULL,
	PRIMARY KEY (change, record)
);
CREATE INDEX lists_change_row_outcome ON lists_change_row (change, outcome, record);
