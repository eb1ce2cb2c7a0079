package infrastructure

import (
	"encoding/json"

	"steward/collect/fact"
	"steward/kernel/records"
)

// doubt records that two hosts may be one machine, with what speaks for and
// against it. A pair that a person has settled is not asked about again.
func doubt(u *records.Tx, host records.ID[Host], c *candidate) error {
	a, b := string(c.host), string(host)
	if a == b {
		return nil
	}
	if a > b { // ids sort by time
		a, b = b, a
	}
	raw, err := json.Marshal(Evidence{Shares: c.shares, Differs: c.differs})
	if err != nil {
		return err
	}
	_, err = u.Exec(`INSERT INTO infrastructure_duplicate (id, a, b, reason, evidence, state, found_at) VALUES ($1, $2, $3, $4, $5, 'open', $6)
		ON CONFLICT (a, b) DO NOTHING`, records.NewID(u.Now), a, b, c.reason(), string(raw), u.Now.UnixMicro())
	return err
}

// Evidence is why two hosts may be one machine.
type Evidence struct {
	Shares  []fact.Evidence `json:"shares"`
	Differs []string        `json:"differs"`
}
