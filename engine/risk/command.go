package risk

import "steward/engine/calc"

// Command offers the engine as `steward calc risk`.
var Command = calc.JSON("risk", "simulate yearly losses: expected loss, value at risk, shortfall, exceedance curve, worth of controls", example, Solve)

const example = `{
  "events": [
    {"id": "ransomware", "probability": 0.12, "loss": {"type": "lognormal", "low": 80000, "high": 2500000}},
    {"id": "laptop lost", "per_year": 6, "loss": {"type": "triangular", "low": 800, "mode": 1500, "high": 6000}},
    {"id": "data centre outage", "per_year": 0.4, "loss": {"type": "pert", "low": 5000, "mode": 40000, "high": 300000}}
  ],
  "controls": [
    {"id": "offline backups", "cost_per_year": 18000, "effects": [{"event": "ransomware", "loss_factor": 0.35}]},
    {"id": "disk encryption", "cost_per_year": 2000, "in_place": true, "effects": [{"event": "laptop lost", "loss_factor": 0.5}]},
    {"id": "insurance", "cost_per_year": 30000, "effects": [{"event": "ransomware", "loss_cap": 250000}]}
  ],
  "levels": [0.9, 0.95, 0.99],
  "tolerance": [{"loss": 500000, "probability": 0.05}],
  "seed": 1
}
`
