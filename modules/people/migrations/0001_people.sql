CREATE TABLE people_salary (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	person TEXT NOT NULL REFERENCES org_person (id),
	starts TEXT NOT NULL CHECK (length(starts) = 10),
	yearly BIGINT NOT NULL,
	yearly_currency TEXT NOT NULL,
	hours BIGINT,
	notes TEXT
);
CREATE INDEX people_salary_person ON people_salary (person, id);
CREATE INDEX people_salary_starts ON people_salary (starts, id);
CREATE INDEX people_salary_yearly ON people_salary (yearly, id);
