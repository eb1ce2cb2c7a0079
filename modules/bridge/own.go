package bridge

import (
	"steward/kernel/access"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
)

// mostOwn is how many tiles somebody sees who does not see the organisation's.
const mostOwn = 12

// ownTiles are for readers who may not see the organisation's figures, such as
// the head of a department: those of the units they head, and of anything else
// that has figures of its own and is neither a unit nor a system, such as the
// metrics they may see. Each names what it is of.
func ownTiles(r *web.Request) ([]tile, error) {
	heads, err := org.Units.List(r.View.As(access.System()), records.Query{Where: []records.Cond{records.Is(&org.Units.P.Head, r.Actor.Person)}})
	if err != nil {
		return nil, err
	}
	headed := map[string]bool{}
	for _, u := range heads {
		headed[string(u.ID)] = true
	}
	reg := records.RegistryOf(r.View)
	seen := map[figures.Scope]map[string]*figures.Snapshot{}
	var out []tile
	for _, f := range figures.SetOf(r.View).All() {
		if f.Rank == 0 || f.Scopes == nil {
			continue
		}
		scopes, err := f.Scopes(r.View.As(access.System()))
		if err != nil {
			return nil, err
		}
		for _, scope := range scopes {
			typeName, id := scope.Split()
			d := reg.Def(typeName)
			if d == nil || typeName == "systems.system" || d == org.Units.Def() && !headed[id] {
				continue
			}
			labels, err := d.Labels(r.View, []string{id})
			if err != nil {
				return nil, err
			}
			if _, ok := labels[id]; !ok {
				continue
			}
			if seen[scope] == nil {
				if seen[scope], err = figures.Latest(r.View, scope); err != nil {
					return nil, err
				}
			}
			s := seen[scope][f.Key]
			if s == nil {
				continue
			}
			trends, err := figures.Trends(r.View, scope, r.Today().AddDays(-90))
			if err != nil {
				return nil, err
			}
			t := tileOf(r, f, s, trends[f.Key])
			t.Title += " · " + labels[id].Title
			if out = append(out, t); len(out) == mostOwn {
				return out, nil
			}
		}
	}
	return out, nil
}
