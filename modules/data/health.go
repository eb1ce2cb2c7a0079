package data

import (
	"slices"
	"strings"
	"time"

	"steward/engine/cube"
	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/words"
)

// names are the columns' names in order, those of the kinds only when some are given.
func (c columns) names(kinds ...cube.Kind) string {
	var out []string
	for name, k := range c {
		if len(kinds) == 0 || slices.Contains(kinds, k) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// health says whether what is shown of a source can be relied on, and if not why.
func health(r records.Reader, s *Source) (Condition, words.Said, error) {
	latest, err := last(r, s.ID)
	switch {
	case err != nil:
		return "", words.Said{}, err
	case latest == nil:
		return Empty, words.T("data.why.empty", "nothing was delivered yet").With(), nil
	}
	at := latest.ReceivedAt.Time()
	switch latest.State {
	case WithChanges:
		return Changed, words.T("data.why.last", "the delivery of {moment} is not used: {why}").With("moment", at, "why", latest.why()), nil
	case Unacceptable:
		return Faulty, words.T("data.why.last", "the delivery of {moment} is not used: {why}").With("moment", at, "why", latest.why()), nil
	}
	if due := at.Add(time.Duration(s.EveryHours.V) * time.Hour); s.EveryHours.Set && r.Reading().Moment().After(due) {
		return Late, words.T("data.why.late", "the delivery due {moment} has not come").With("moment", due), nil
	}
	return Fresh, words.Said{}, nil
}

// refresh stores a source's condition, so that lists can be filtered by it.
func refresh(u *records.Tx, id records.ID[Source]) error {
	s, err := Sources.Get(u, id)
	if err != nil {
		return err
	}
	c, _, err := health(u, s)
	if err != nil {
		return err
	}
	latest, err := last(u, id)
	if err != nil {
		return err
	}
	if s.Condition == records.Some(c) && (latest == nil || s.DeliveredAt == records.Some(latest.ReceivedAt)) {
		return nil
	}
	return Sources.Update(u, id, func(x *Source) error {
		x.Condition = records.Some(c)
		if latest != nil {
			x.DeliveredAt = records.Some(latest.ReceivedAt)
		}
		return nil
	})
}

// viewer is which of a source's rows exist for the reader. The reader may see
// the source; with departments in its rows, those who neither see all business
// data nor own the source get the rows of their own departments.
func viewer(r records.Reader, s *Source) (cube.Viewer, error) {
	units, all, err := reach(r, s)
	switch {
	case err != nil:
		return cube.NoRows(), err
	case all:
		return cube.AllRows(), nil
	case len(units) == 0:
		return cube.NoRows(), nil
	}
	return cube.OnlyRows(cube.Cond{Column: s.UnitColumn.V, Op: "in", Values: units}), nil
}

// reach is whether the reader sees all rows, and if not the names of the
// departments whose rows the reader sees.
func reach(r records.Reader, s *Source) (units []string, all bool, err error) {
	v := r.Reading()
	if v.Actor == nil {
		return nil, false, nil
	}
	if v.Actor.Kind == access.SystemKind {
		return nil, true, nil
	}
	if ok, err := Sources.Def().May(r, access.View, s); err != nil || !ok {
		return nil, false, err
	}
	if !s.UnitColumn.Set || s.Owner.Set && string(s.Owner.V) == v.Actor.Person {
		return nil, true, nil
	}
	if slices.Contains(access.HeldScopes(v.Actor, access.View, access.Data, access.Ordinary, v.Now), access.All) {
		return nil, true, nil
	}
	if len(v.Actor.Units) == 0 {
		return nil, false, nil
	}
	own, err := org.Units.List(asSystem(r), records.Query{IDs: v.Actor.Units})
	for _, u := range own {
		units = append(units, u.Name)
	}
	return units, false, err
}
