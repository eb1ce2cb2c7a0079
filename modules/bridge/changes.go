package bridge

import (
	"database/sql"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/web"
)

type change struct{ Who, Act, Title, Kind, Href, When, Exact string }

// How many changes are shown, and how many of the latest are looked at to find
// those that the reader may see.
const (
	topChanges = 8
	lookedAt   = 200
)

type entry struct {
	def           *records.Def
	id, name, act string
	at            records.Moment
}

// changes are the latest writes to records that the reader may see (what was done to somebody's
// access stands in the change log; what machines and jobs
// make, such as the programs that inventories name, would drown the rest), one line a
// record.
func changes(r *web.Request) ([]change, error) {
	var all []entry
	want := map[*records.Def][]string{}
	err := r.View.Each("SELECT type, record, actor_name, act, at FROM history WHERE act NOT IN ('read', 'access') AND NOT (act = 'create' AND (origin LIKE 'agent%' OR origin LIKE 'job%')) ORDER BY at DESC, id DESC LIMIT $1", []any{lookedAt}, func(rows *sql.Rows) error {
		var typeName string
		var e entry
		if err := rows.Scan(&typeName, &e.id, &e.name, &e.act, (*int64)(&e.at)); err != nil {
			return err
		}
		e.def = r.Site.Registry.Def(typeName)
		if e.def == nil || e.def.IsInternal || e.def.Closed != access.Ordinary {
			return nil // what is closed is not told in passing
		}
		want[e.def] = append(want[e.def], e.id)
		all = append(all, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	labels := map[*records.Def]map[string]records.Label{}
	for d, ids := range want {
		if !d.MayAny(r.View, access.View) {
			continue
		}
		if labels[d], err = d.Labels(r.View, ids); err != nil {
			return nil, err
		}
	}
	seen := map[records.Ref]bool{}
	var out []change
	for _, e := range all {
		l, ok := labels[e.def][e.id]
		ref := records.MakeRef(e.def.Name, e.id)
		if !ok || seen[ref] {
			continue
		}
		seen[ref] = true
		out = append(out, change{Who: e.name, Act: r.ActText(e.act), Title: l.Title, Kind: r.Singular(e.def), Href: l.Path, When: r.Ago(e.at), Exact: r.Moment(e.at)})
		if len(out) == topChanges {
			break
		}
	}
	return out, nil
}
