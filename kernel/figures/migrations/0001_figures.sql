CREATE TABLE figure_value (
	figure TEXT NOT NULL,
	scope TEXT NOT NULL,
	day TEXT NOT NULL CHECK (length(day) = 10),
	at BIGINT NOT NULL,
	state TEXT NOT NULL,
	number DOUBLE PRECISION,
	minor BIGINT,
	currency TEXT,
	target DOUBLE PRECISION,
	bound DOUBLE PRECISION,
	explanation TEXT,
	failed_at BIGINT,
	PRIMARY KEY (figure, scope, day)
);
CREATE INDEX figure_value_scope ON figure_value (scope, day);

CREATE TABLE figure_closing (
	month TEXT PRIMARY KEY CHECK (length(month) = 7),
	closed_at BIGINT NOT NULL,
	closed_by TEXT
);

CREATE TABLE figure_month (
	month TEXT NOT NULL REFERENCES figure_closing (month),
	figure TEXT NOT NULL,
	scope TEXT NOT NULL,
	at BIGINT NOT NULL,
	state TEXT NOT NULL,
	number DOUBLE PRECISION,
	minor BIGINT,
	currency TEXT,
	target DOUBLE PRECISION,
	bound DOUBLE PRECISION,
	explanation TEXT NOT NULL,
	PRIMARY KEY (month, figure, scope)
);
