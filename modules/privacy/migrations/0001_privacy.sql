-- Persons whose data is kept for a reason of law, until a day: no erasure before.
CREATE TABLE privacy_hold (
	id TEXT NOT NULL PRIMARY KEY,
	person TEXT NOT NULL REFERENCES org_person (id),
	reason TEXT NOT NULL,
	until TEXT CHECK (length(until) = 10),
	set_by TEXT,
	set_name TEXT NOT NULL,
	set_at BIGINT NOT NULL,
	lifted_by TEXT,
	lifted_name TEXT,
	lifted_at BIGINT
);
CREATE INDEX privacy_hold_person ON privacy_hold (person);

-- Erasures as they were asked for, and what they did. The person's record is the
-- stand-in that stays.
CREATE TABLE privacy_erasure (
	id TEXT NOT NULL PRIMARY KEY,
	person TEXT NOT NULL REFERENCES org_person (id),
	reason TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('asked', 'done', 'refused', 'withdrawn')),
	asked_by TEXT,
	asked_name TEXT NOT NULL,
	asked_at BIGINT NOT NULL,
	done_by TEXT,
	done_name TEXT,
	done_at BIGINT,
	counts TEXT NOT NULL, -- JSON: what was cleared, by what it was
	entry TEXT NOT NULL -- the history's entry that tells of it; '' before
);
CREATE INDEX privacy_erasure_person ON privacy_erasure (person);
CREATE UNIQUE INDEX privacy_erasure_once ON privacy_erasure (person) WHERE state IN ('asked', 'done');
