package data

import (
	"fmt"
	"time"

	"steward/kernel/access"
	"steward/kernel/notify"
	"steward/kernel/records"
	"steward/lib/words"
)

// troubles are the sources that came to be late, changed or faulty, for their
// owners; without one for the managers.
func troubles(r records.Reader, since time.Time) (out []notify.Notice, err error) {
	list, err := Sources.List(r, records.Query{Where: []records.Cond{records.In(&Sources.P.Condition, Late, Changed, Faulty)}, Limit: 300})
	for _, s := range list {
		if s.UpdatedAt.Time().Before(since) {
			continue
		}
		_, why, err := health(r, s)
		if err != nil {
			return nil, err
		}
		n := notify.Notice{Key: fmt.Sprintf("source %s %s %d", s.ID, s.Condition.V, s.DeliveredAt.V), Kind: "source", Subject: Sources.Ref(s.ID), At: s.UpdatedAt.Time(),
			Said: words.T("data.notice", "{name} cannot be relied on: {why}").With("name", s.Name, "why", why)}
		if n.To = []string{string(s.Owner.V)}; !s.Owner.Set {
			n.To, n.Roles = nil, []string{access.MISManager}
		}
		out = append(out, n)
	}
	return out, err
}
