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
	seen := map[figures.Scope]*own{}
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
			o := seen[scope]
			if o == nil {
				if o, err = ownOf(r, d, scope, id); err != nil {
					return nil, err
				}
				seen[scope] = o
			}
			s := o.latest[f.Key]
			if s == nil {
				continue
			}
			t := tileOf(r, f, s, o.trends[f.Key])
			t.Title += " · " + o.name
			if out = append(out, t); len(out) == mostOwn {
				return out, nil
			}
		}
	}
	return out, nil
}

// own is one scope with its figures, read once however many there are.
type own struct {
	name   string
	latest map[string]*figures.Snapshot
	trends map[string][]figures.Point
}

// ownOf reads a scope; it has no figures when the reader may not see its record.
func ownOf(r *web.Request, d *records.Def, scope figures.Scope, id string) (*own, error) {
	labels, err := d.Labels(r.View, []string{id})
	label, visible := labels[id]
	if err != nil || !visible {
		return &own{}, err
	}
	o := &own{name: label.Title}
	if o.latest, err = figures.Latest(r.View, scope); err != nil {
		return nil, err
	}
	o.trends, err = figures.Trends(r.View, scope, r.Today().AddDays(-90))
	return o, err
}
