package infrastructure

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"steward/collect/fact"
	"steward/kernel/records"
)

// bound is the kind of evidence that an agent's key is: strong, and copied
// along when a disk is cloned.
const bound = "agent"

// single are the kinds of evidence of which a machine has one: two values of
// one of them speak against its being the same machine. The copied ones do
// not: a machine that is installed anew has a new machine id.
var single = map[string]bool{"cloud_instance": true, "smbios_uuid": true, "serial": true}

// evidenceOf is what can be believed of an inventory's identity, with the key
// the report was signed with.
func evidenceOf(inv fact.Inventory, source string) []fact.Evidence {
	evidence, _ := inv.Identity.Value.Evidence(inv.Hardware.Value.Vendor)
	if strings.HasPrefix(source, "agent:") {
		evidence = append(evidence, fact.Evidence{Kind: bound, Value: source, Strong: true, Copied: true})
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(evidence, func(e fact.Evidence) bool {
		e.Value = line(e.Value, 300)
		k := e.Kind + "\x00" + e.Value
		twice := seen[k] || e.Value == ""
		seen[k] = true
		return twice
	})
}

// candidate is a host that shares evidence with a report.
type candidate struct {
	host    records.ID[Host]
	shares  []fact.Evidence
	differs []string // kinds of which a machine has one and the two have others
	speaks  map[string]map[string]bool
}

// verdict says what a candidate is to a report.
type verdict int

const (
	stranger verdict = iota // nothing but a name, and another machine by what counts
	maybe                   // a person must look
	same
)

// judge weighs what a candidate shares against what differs.
//
// What belongs to the machine itself (cloud instance, firmware UUID, serial
// number, hardware address) makes it the same, unless another such thing
// differs. What is copied with a disk (machine id, SSH keys, the agent's key)
// makes it the same only together with a second sign and when nothing of the
// machine itself differs: then one was cloned from the other.
func (c *candidate) judge() verdict {
	own, mac, copied, name := 0, 0, 0, 0
	for _, e := range c.shares {
		switch {
		case e.Kind == "hostname":
			name++
		case e.Kind == "mac":
			mac++
		case e.Strong && !e.Copied:
			own++
		case e.Strong:
			copied++
		}
	}
	switch {
	case len(c.differs) > 0 && own+mac+copied > 0:
		return maybe
	case len(c.differs) > 0:
		return stranger
	case own > 0:
		return same
	case mac > 0 && copied+name > 0, copied > 1, copied > 0 && name > 0:
		return same
	}
	return maybe // one sign alone: an adapter moved, a disk cloned, a name given again
}

// reason is a candidate's case in one word.
func (c *candidate) reason() string {
	for _, e := range c.shares {
		if len(c.differs) > 0 && e.Copied && e.Strong {
			return "cloned"
		}
	}
	if len(c.differs) > 0 {
		return "contradicts"
	}
	for _, e := range c.shares {
		if e.Kind != "hostname" {
			return "weak"
		}
	}
	return "name"
}

// candidates are the hosts that share any of the evidence.
func candidates(r records.Reader, evidence []fact.Evidence) ([]*candidate, error) {
	if len(evidence) == 0 {
		return nil, nil
	}
	// A host with hundreds of keys or adapters is looked up by the first ones.
	evidence = evidence[:min(len(evidence), 200)]
	var conds []string
	var args []any
	for _, e := range evidence {
		args = append(args, e.Kind, e.Value)
		conds = append(conds, fmt.Sprintf("(kind = $%d AND value = $%d)", len(args)-1, len(args)))
	}
	byHost := map[records.ID[Host]]*candidate{}
	var order []*candidate
	err := r.Reading().Each("SELECT DISTINCT host FROM infrastructure_identity WHERE "+strings.Join(conds, " OR ")+" ORDER BY host LIMIT 50", args, func(rows *sql.Rows) error {
		c := &candidate{speaks: map[string]map[string]bool{}}
		err := rows.Scan((*string)(&c.host))
		byHost[c.host], order = c, append(order, c)
		return err
	})
	if err != nil || len(order) == 0 {
		return nil, err
	}
	args, marks := nil, []string{}
	for _, c := range order {
		args = append(args, string(c.host))
		marks = append(marks, fmt.Sprintf("$%d", len(args)))
	}
	err = r.Reading().Each("SELECT host, kind, value FROM infrastructure_identity WHERE host IN ("+strings.Join(marks, ", ")+")", args, func(rows *sql.Rows) error {
		var host, kind, value string
		if err := rows.Scan(&host, &kind, &value); err != nil {
			return err
		}
		c := byHost[records.ID[Host](host)]
		if c.speaks[kind] == nil {
			c.speaks[kind] = map[string]bool{}
		}
		c.speaks[kind][value] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, c := range order {
		for _, e := range evidence {
			has := c.speaks[e.Kind]
			switch {
			case has[e.Value]:
				c.shares = append(c.shares, e)
			case len(has) > 0 && single[e.Kind] && e.Strong:
				c.differs = append(c.differs, e.Kind)
			}
		}
	}
	return order, nil
}

// identify finds the host that a report is about; "" if it is a new one. The
// others that may be the same machine are returned for a person to look at.
func identify(r records.Reader, evidence []fact.Evidence) (host records.ID[Host], doubts []*candidate, err error) {
	all, err := candidates(r, evidence)
	if err != nil {
		return "", nil, err
	}
	var sure []*candidate
	for _, c := range all {
		switch c.judge() {
		case same:
			sure = append(sure, c)
		case maybe:
			doubts = append(doubts, c)
		}
	}
	if len(sure) == 0 {
		return "", doubts, nil
	}
	// Of several the one that shares most; of equal ones none: a person decides.
	slices.SortStableFunc(sure, func(a, b *candidate) int { return cmp.Compare(b.weight(), a.weight()) })
	if len(sure) > 1 && sure[0].weight() == sure[1].weight() {
		return "", append(sure, doubts...), nil
	}
	return sure[0].host, append(sure[1:], doubts...), nil
}

// weight counts what a candidate shares; what belongs to the machine counts most.
func (c *candidate) weight() (n int) {
	for _, e := range c.shares {
		switch {
		case e.Kind == bound:
			n += 3
		case e.Strong && !e.Copied:
			n += 4
		case e.Strong:
			n += 2
		default:
			n++
		}
	}
	return n
}

// believe replaces what a source says of a host's identity.
func believe(u *records.Tx, via, host records.ID[Host], source string, evidence []fact.Evidence) error {
	if _, err := u.Exec("DELETE FROM infrastructure_identity WHERE via = $1 AND source = $2", string(via), source); err != nil {
		return err
	}
	for batch := range slices.Chunk(evidence, 100) {
		var rows []string
		args := []any{string(via), source, string(host)}
		for _, e := range batch {
			n := len(args)
			rows = append(rows, fmt.Sprintf("($1, $2, $3, $%d, $%d, $%d, $%d)", n+1, n+2, n+3, n+4))
			args = append(args, e.Kind, e.Value, e.Strong, e.Copied)
		}
		if _, err := u.Exec("INSERT INTO infrastructure_identity (via, source, host, kind, value, strong, copied) VALUES "+strings.Join(rows, ", "), args...); err != nil {
			return err
		}
	}
	return nil
}
