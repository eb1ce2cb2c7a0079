package systems

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"steward/engine/graph"
	"steward/kernel/records"
)

// Outcome is what the failure of some parts does.
type Outcome struct {
	Systems  []*Part // systems down, the most critical first
	Given    []records.Ref
	Saved    []Saved  // what goes on because something else stands in
	Hampered []*Part  // systems that go on with less
	All      []string // all that is down, the given parts included, wave by wave
	impact   graph.Impact
	down     map[records.Ref]int32 // where it stands in All
}

// Down says why a part is down, if it is.
func (o *Outcome) Down(ref records.Ref) (graph.Failure, bool) {
	if i, down := o.down[ref]; down {
		return o.impact.Failed[i], true
	}
	return graph.Failure{}, false
}

// Chain leads from a part that is down towards one that failed itself; none of the latter.
func (o *Outcome) Chain(f graph.Failure) []string { return o.impact.Chain(f) }

// Saved is a part that goes on with what is left of a redundant group.
type Saved struct {
	Part     *Part
	Left, Of int
	Spare    int // how many more may fail; 0: the next stops it
	Lost     []records.Ref
}

// WhatIf says what happens when the parts fail. Parts that nothing needs, or
// that are not known, are left out of the answer.
func (l *Landscape) WhatIf(failed ...records.Ref) (*Outcome, error) {
	o := &Outcome{}
	var ids []string
	for _, ref := range failed {
		if l.parts[ref] != nil && !slices.Contains(o.Given, ref) {
			o.Given = append(o.Given, ref)
			ids = append(ids, string(ref))
		}
	}
	if len(ids) == 0 {
		return o, nil
	}
	impact, err := l.Impact(ids...)
	if err != nil {
		return nil, err
	}
	o.impact, o.All = impact, make([]string, 0, len(impact.Failed))
	o.down = make(map[records.Ref]int32, len(impact.Failed))
	for i, f := range impact.Failed {
		ref := records.Ref(f.ID)
		o.down[ref] = int32(i)
		o.All = append(o.All, f.ID)
		if p := l.parts[ref]; p.IsSystem() {
			o.Systems = append(o.Systems, p)
		}
	}
	slices.SortFunc(o.Systems, byWeight)
	for _, d := range impact.Degraded {
		s := Saved{Part: l.parts[records.Ref(d.ID)], Left: d.Left, Of: d.Of, Spare: d.Spare}
		for _, id := range d.Lost {
			s.Lost = append(s.Lost, records.Ref(id))
		}
		o.Saved = append(o.Saved, s)
	}
	for _, line := range l.soft {
		_, gone := o.down[line.To]
		if _, down := o.down[line.From]; !gone || down {
			continue
		}
		if s := l.System(line.From); s != nil && !slices.Contains(o.Hampered, s) {
			if _, down := o.down[s.Ref]; !down {
				o.Hampered = append(o.Hampered, s)
			}
		}
	}
	slices.SortFunc(o.Hampered, byWeight)
	return o, nil
}

// SinglePoint is a part whose failure alone stops systems.
type SinglePoint struct {
	Part  *Part
	Stops []*Part
}

// SinglePointsOf finds every part whose failure alone stops one of the systems,
// those that stop most first. A system is not named as its own.
func (l *Landscape) SinglePointsOf(ctx context.Context, of ...records.Ref) ([]SinglePoint, error) {
	var ids []string
	for _, ref := range of {
		if l.parts[ref] != nil {
			ids = append(ids, string(ref))
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := l.SinglePoints(ctx, ids...)
	if err != nil {
		return nil, err
	}
	out := make([]SinglePoint, 0, len(found))
	for _, f := range found {
		sp := SinglePoint{Part: l.parts[records.Ref(f.ID)]}
		for _, id := range f.Stops {
			sp.Stops = append(sp.Stops, l.parts[records.Ref(id)])
		}
		out = append(out, sp)
	}
	slices.SortStableFunc(out, func(a, b SinglePoint) int { return cmp.Compare(len(b.Stops), len(a.Stops)) })
	return out, nil
}

// Hit is a department and what it loses.
type Hit struct {
	Unit       string // "": the department is not known
	Systems    int
	Users      int64 // of the system that most of its people use, since they are the same people
	Known      bool  // how many users is known for at least one system
	Importance Importance
}

// Departments says who works with the systems, the hardest hit first. For a
// system whose uses are not recorded its own department and number of users stand.
func Departments(r records.Reader, systems []*Part) ([]Hit, error) {
	if len(systems) == 0 {
		return nil, nil
	}
	hit := map[string]*Part{}
	for _, s := range systems {
		_, id := s.Ref.Split()
		hit[id] = s
	}
	units := map[string]*Hit{}
	recorded := map[string]bool{}
	add := func(unit string, users records.Opt[int64], how Importance) {
		h := units[unit]
		if h == nil {
			h = &Hit{Unit: unit, Importance: how}
			units[unit] = h
		}
		h.Systems++
		if users.Set {
			h.Known, h.Users = true, max(h.Users, users.V)
		}
		if slices.Index(importances, how) < slices.Index(importances, h.Importance) {
			h.Importance = how
		}
	}
	query, err := fromThen(r, "SELECT t.system, t.unit, t.users, t.importance FROM %s t WHERE t.archived_at IS NULL", Uses.Def())
	if err != nil {
		return nil, err
	}
	err = r.Reading().Each(query, nil, func(rows *sql.Rows) error {
		var system, unit, how string
		var users sql.NullInt64
		if err := rows.Scan(&system, &unit, &users, &how); err != nil {
			return err
		}
		if hit[system] != nil {
			recorded[system] = true
			add(unit, records.Opt[int64]{V: users.Int64, Set: users.Valid}, Importance(how))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, s := range systems {
		if _, id := s.Ref.Split(); !recorded[id] {
			add(s.Unit, s.Users, Significant)
		}
	}
	out := make([]Hit, 0, len(units))
	for _, h := range units {
		out = append(out, *h)
	}
	slices.SortFunc(out, func(a, b Hit) int {
		return cmp.Or(slices.Index(importances, a.Importance)-slices.Index(importances, b.Importance), cmp.Compare(b.Users, a.Users), cmp.Compare(a.Unit, b.Unit))
	})
	return out, nil
}

var importances = []Importance{Vital, Significant, Useful}
