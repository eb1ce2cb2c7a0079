-- Contracts are looked for by what they cost a year.
CREATE INDEX vendors_contract_yearly ON vendors_contract (yearly, id);
