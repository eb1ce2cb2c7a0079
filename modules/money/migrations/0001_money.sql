CREATE TABLE money_budget_line (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	title TEXT NOT NULL,
	title_key TEXT NOT NULL,
	fiscal_year BIGINT NOT NULL,
	month TEXT CHECK (length(month) = 10),
	kind TEXT NOT NULL,
	category TEXT NOT NULL,
	system TEXT REFERENCES systems_system (id),
	unit TEXT REFERENCES org_unit (id),
	amount BIGINT NOT NULL,
	amount_currency TEXT NOT NULL,
	notes TEXT
);
CREATE INDEX money_budget_line_title ON money_budget_line (title_key, id);
CREATE INDEX money_budget_line_fiscal_year ON money_budget_line (fiscal_year, id);
CREATE INDEX money_budget_line_month ON money_budget_line (month, id);
CREATE INDEX money_budget_line_kind ON money_budget_line (kind, id);
CREATE INDEX money_budget_line_category ON money_budget_line (category, id);
CREATE INDEX money_budget_line_system ON money_budget_line (system, id);
CREATE INDEX money_budget_line_unit ON money_budget_line (unit, id);

CREATE TABLE money_cost_line (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	created_by TEXT,
	updated_at BIGINT NOT NULL,
	updated_by TEXT,
	version BIGINT NOT NULL,
	archived_at BIGINT,
	custom TEXT,
	title TEXT NOT NULL,
	title_key TEXT NOT NULL,
	month TEXT NOT NULL CHECK (length(month) = 10),
	state TEXT NOT NULL,
	kind TEXT NOT NULL,
	category TEXT NOT NULL,
	system TEXT REFERENCES systems_system (id),
	unit TEXT REFERENCES org_unit (id),
	amount BIGINT NOT NULL,
	amount_currency TEXT NOT NULL,
	vendor TEXT REFERENCES vendors_vendor (id),
	contract TEXT REFERENCES vendors_contract (id),
	source TEXT,
	source_key TEXT,
	posting TEXT,
	posting_key TEXT,
	notes TEXT
);
CREATE INDEX money_cost_line_title ON money_cost_line (title_key, id);
CREATE INDEX money_cost_line_month ON money_cost_line (month, id);
CREATE INDEX money_cost_line_state ON money_cost_line (state, id);
CREATE INDEX money_cost_line_kind ON money_cost_line (kind, id);
CREATE INDEX money_cost_line_category ON money_cost_line (category, id);
CREATE INDEX money_cost_line_system ON money_cost_line (system, id);
CREATE INDEX money_cost_line_unit ON money_cost_line (unit, id);
CREATE INDEX money_cost_line_vendor ON money_cost_line (vendor, id);
CREATE INDEX money_cost_line_contract ON money_cost_line (contract, id);
CREATE INDEX money_cost_line_source ON money_cost_line (source_key, id);
CREATE UNIQUE INDEX money_cost_line_posting ON money_cost_line (posting);
CREATE INDEX money_cost_line_contract_month ON money_cost_line (contract, month);
