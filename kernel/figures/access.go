package figures

import (
	"slices"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
)

// MaySee says whether the reader may see a figure of a scope. The organisation's
// figures are for those whose grant reaches all of the figure's area, or all of
// the Bridge; a unit's figures also for those whose grant reaches the unit; those
// of a system or another record for those who may see the record and something
// of the area. A figure that is closed needs the grant that opens it.
func MaySee(r records.Reader, f *Figure, scope Scope) (bool, error) {
	v := r.Reading()
	if v.Actor == nil {
		return false, nil
	}
	held := access.HeldScopes(v.Actor, access.View, f.Area, f.Closed, v.Now)
	if slices.Contains(held, access.All) {
		return true, nil
	}
	if f.Closed == access.Ordinary && slices.Contains(access.HeldScopes(v.Actor, access.View, access.Bridge, access.Ordinary, v.Now), access.All) {
		return true, nil
	}
	typeName, id := scope.Split()
	switch {
	case scope == Organisation || len(held) == 0:
		return false, nil
	case typeName == org.Units.Def().Name:
		return slices.Contains(held, access.Unit) && slices.Contains(v.Actor.Units, id), nil
	}
	d := records.RegistryOf(r).Def(typeName)
	if d == nil {
		return false, nil
	}
	if _, err := d.Get(r, id); err != nil {
		if fail.Is(err, fail.NotFound) {
			err = nil
		}
		return false, err
	}
	return true, nil
}

// Units lists every unit as a scope: for Figure.Scopes.
func Units(v *records.View) ([]Scope, error) {
	all, err := org.Units.List(v, records.Query{})
	if err != nil {
		return nil, err
	}
	out := make([]Scope, len(all))
	for i, u := range all {
		out[i] = Of(org.Units.Ref(u.ID))
	}
	return out, nil
}

// Under returns the ids of a unit scope's unit and all units below it: what a
// figure of the unit counts.
func Under(r records.Reader, s Scope) ([]string, error) {
	_, id := s.Split()
	rows, err := r.Reading().Query("SELECT descendant FROM org_unit_closure WHERE ancestor = $1 ORDER BY descendant", id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, rows.Err()
}
