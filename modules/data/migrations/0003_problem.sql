-- Why a database could not be read the last time; NULL when it could.
ALTER TABLE data_source ADD COLUMN problem TEXT;
ALTER TABLE data_source_past ADD COLUMN problem TEXT;
