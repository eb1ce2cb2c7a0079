CREATE TABLE vendors_vendor (
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
	state TEXT NOT NULL,
	country TEXT NOT NULL,
	country_key TEXT NOT NULL,
	owner TEXT REFERENCES org_person (id),
	processor BOOLEAN NOT NULL,
	website TEXT,
	contact TEXT,
	email TEXT,
	phone TEXT,
	customer_no TEXT,
	notes TEXT
);
CREATE INDEX vendors_vendor_name ON vendors_vendor (name_key, id);
CREATE INDEX vendors_vendor_state ON vendors_vendor (state, id);
CREATE INDEX vendors_vendor_country ON vendors_vendor (country_key, id);
CREATE INDEX vendors_vendor_owner ON vendors_vendor (owner, id);
CREATE INDEX vendors_vendor_processor ON vendors_vendor (processor, id);

CREATE TABLE vendors_contract (
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
	vendor TEXT NOT NULL REFERENCES vendors_vendor (id),
	state TEXT NOT NULL,
	owner TEXT REFERENCES org_person (id),
	unit TEXT REFERENCES org_unit (id),
	reference TEXT,
	starts TEXT NOT NULL CHECK (length(starts) = 10),
	ends TEXT CHECK (length(ends) = 10),
	renews_months BIGINT,
	max_renewals BIGINT,
	notice_months BIGINT,
	notice_days BIGINT,
	working_day TEXT NOT NULL,
	lead_days BIGINT NOT NULL,
	notice_given_on TEXT CHECK (length(notice_given_on) = 10),
	yearly BIGINT,
	yearly_currency TEXT,
	current_end TEXT CHECK (length(current_end) = 10),
	notice_due TEXT CHECK (length(notice_due) = 10),
	decide_by TEXT CHECK (length(decide_by) = 10),
	notes TEXT
);
CREATE INDEX vendors_contract_title ON vendors_contract (title_key, id);
CREATE INDEX vendors_contract_vendor ON vendors_contract (vendor, id);
CREATE INDEX vendors_contract_state ON vendors_contract (state, id);
CREATE INDEX vendors_contract_owner ON vendors_contract (owner, id);
CREATE INDEX vendors_contract_unit ON vendors_contract (unit, id);
CREATE INDEX vendors_contract_working_day ON vendors_contract (working_day, id);
CREATE INDEX vendors_contract_current_end ON vendors_contract (current_end, id);
CREATE INDEX vendors_contract_notice_due ON vendors_contract (notice_due, id);
CREATE INDEX vendors_contract_decide_by ON vendors_contract (decide_by, id);

CREATE TABLE vendors_price_step (
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
	contract TEXT NOT NULL REFERENCES vendors_contract (id),
	starts TEXT NOT NULL CHECK (length(starts) = 10),
	yearly BIGINT NOT NULL,
	yearly_currency TEXT NOT NULL,
	reason TEXT
);
CREATE INDEX vendors_price_step_title ON vendors_price_step (title_key, id);
CREATE INDEX vendors_price_step_contract ON vendors_price_step (contract, id);
CREATE INDEX vendors_price_step_starts ON vendors_price_step (starts, id);

