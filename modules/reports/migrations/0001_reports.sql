CREATE TABLE reports_delivery (
	month TEXT NOT NULL,
	person TEXT NOT NULL REFERENCES org_person (id),
	sent_at BIGINT,
	tried_at BIGINT NOT NULL,
	problem TEXT,
	PRIMARY KEY (month, person)
);
CREATE INDEX reports_delivery_person ON reports_delivery (person);
