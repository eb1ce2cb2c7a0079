package infrastructure

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"steward/collect/fact"
	"steward/kernel/decisions"
	"steward/kernel/fail"
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
	n, err := u.Exec(`INSERT INTO infrastructure_duplicate (id, a, b, reason, evidence, state, found_at) VALUES ($1, $2, $3, $4, $5, 'open', $6)
		ON CONFLICT (a, b) DO NOTHING`, u.NewID(), a, b, c.reason(), string(raw), u.Now.UnixMicro())
	if err != nil || n == 0 {
		return err
	}
	return decisions.Soon(u) // a person is to tell
}

// Evidence is why two hosts may be one machine.
type Evidence struct {
	Shares  []fact.Evidence `json:"shares"`
	Differs []string        `json:"differs"`
}

// Duplicate is a pair of hosts that may be one machine; A is the older one.
type Duplicate struct {
	ID     string
	A, B   records.ID[Host]
	Reason string // cloned, contradicts, weak or name
	Evidence
	State   string // open, merged, distinct
	FoundAt records.Moment
}

// Duplicates are the pairs in a state, the newest first. A pair of which one has
// been merged into a third is no question: its doubts have passed on to that.
func Duplicates(r records.Reader, state string, limit int) ([]Duplicate, error) {
	return duplicates(r, `WHERE state = $1 AND NOT EXISTS (SELECT 1 FROM infrastructure_host h WHERE h.id IN (a, b) AND h.merged_into IS NOT NULL)
		ORDER BY id DESC LIMIT $2`, state, limit)
}

// openDuplicate is a pair that nobody has settled yet; a conflict if somebody has.
func openDuplicate(u *records.Tx, id string) (Duplicate, error) {
	d, err := duplicate(u, id)
	if err == nil && d.State != "open" {
		err = fail.New(fail.Conflict, "infrastructure.duplicate.settled", "Somebody has said meanwhile what these two are. Look at the hosts again.")
	}
	return d, err
}

// passDoubts has what was doubted of one host doubted of the one it is merged into.
func passDoubts(u *records.Tx, gone, kept records.ID[Host]) error {
	open, err := duplicates(u, "WHERE state = 'open' AND (a = $1 OR b = $1) ORDER BY id", string(gone))
	if err != nil {
		return err
	}
	for _, d := range open {
		a, b := d.A, kept
		if d.A == gone {
			a = d.B
		}
		if a == kept {
			continue
		}
		if a > b {
			a, b = b, a
		}
		raw, err := json.Marshal(d.Evidence)
		if err != nil {
			return err
		}
		_, err = u.Exec(`INSERT INTO infrastructure_duplicate (id, a, b, reason, evidence, state, found_at) VALUES ($1, $2, $3, $4, $5, 'open', $6)
			ON CONFLICT (a, b) DO NOTHING`, u.NewID(), string(a), string(b), d.Reason, string(raw), int64(d.FoundAt))
		if err != nil {
			return err
		}
	}
	return nil
}

func duplicate(r records.Reader, id string) (Duplicate, error) {
	list, err := duplicates(r, "WHERE id = $1", id)
	if err != nil {
		return Duplicate{}, err
	}
	if len(list) == 0 {
		return Duplicate{}, records.NotFound()
	}
	return list[0], nil
}

func duplicates(r records.Reader, where string, args ...any) (out []Duplicate, err error) {
	err = r.Reading().Each("SELECT id, a, b, reason, evidence, state, found_at FROM infrastructure_duplicate "+where, args, func(rows *sql.Rows) error {
		var d Duplicate
		var raw string
		if err := rows.Scan(&d.ID, (*string)(&d.A), (*string)(&d.B), &d.Reason, &raw, &d.State, (*int64)(&d.FoundAt)); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(raw), &d.Evidence); err != nil {
			return fmt.Errorf("possible duplicate %s: %w", d.ID, err)
		}
		out = append(out, d)
		return nil
	})
	return out, err
}

// Distinct keeps that the two are different machines; they are not asked about
// again.
func Distinct(u *records.Tx, id string) error {
	d, err := openDuplicate(u, id)
	if err != nil {
		return err
	}
	for _, host := range []records.ID[Host]{d.A, d.B} {
		if err := editable(u, host); err != nil {
			return err
		}
	}
	return settle(u, d.A, d.B, "distinct")
}

// settle closes the pair, whether it was found or not.
func settle(u *records.Tx, a, b records.ID[Host], state string) error {
	if a > b {
		a, b = b, a
	}
	_, err := u.Exec(`INSERT INTO infrastructure_duplicate (id, a, b, reason, evidence, state, found_at, settled_at, settled_by) VALUES ($1, $2, $3, 'name', '{}', $4, $5, $5, $6)
		ON CONFLICT (a, b) DO UPDATE SET state = $4, settled_at = $5, settled_by = $6`, records.NewID(u.Now), string(a), string(b), state, u.Now.UnixMicro(), u.Actor.Person)
	return err
}
