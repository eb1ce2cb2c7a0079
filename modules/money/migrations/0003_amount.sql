-- Budget lines and costs are looked for by their amount.
CREATE INDEX money_budget_line_amount ON money_budget_line (amount, id);
CREATE INDEX money_cost_line_amount ON money_cost_line (amount, id);
