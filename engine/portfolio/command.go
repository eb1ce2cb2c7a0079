package portfolio

import "steward/engine/calc"

// Command offers the engine as `steward calc portfolio`.
var Command = calc.JSON("portfolio", "choose which proposals to fund under budgets, dependencies and shares, with proof", example, Solve)

const example = `{
  "budgets": [
    {"name": "2027 capex", "limit": 100},
    {"name": "engineer days", "limit": 260.5}
  ],
  "items": [
    {"id": "ERP upgrade", "value": 90, "uses": {"2027 capex": 60, "engineer days": 120}, "requires": ["New database"]},
    {"id": "New database", "value": 20, "uses": {"2027 capex": 25, "engineer days": 60}},
    {"id": "Stay on old ERP", "value": 30, "uses": {"2027 capex": 10}, "excludes": ["ERP upgrade"]},
    {"id": "Backup site", "value": 40, "uses": {"2027 capex": 30, "engineer days": 40}, "category": "security"},
    {"id": "Firewall renewal", "value": 12, "uses": {"2027 capex": 12.5, "engineer days": 10}, "mandatory": true, "category": "security"}
  ],
  "categories": {"security": {"min_value": 10, "max_share": 0.5}},
  "time_limit_s": 20
}
`
