-- Of whom who decides has asked something first.
ALTER TABLE decision ADD COLUMN asked_of TEXT;
