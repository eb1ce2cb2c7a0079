package data

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"steward/engine/cube"
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/locale"
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
	}
	unread, err := s.unread()
	if err != nil {
		return "", words.Said{}, err
	}
	switch {
	case latest == nil && unread != nil:
		return Empty, words.T("data.why.unread", "the database cannot be read since {moment}: {why}").With("moment", unread.At, "why", unread.Why), nil
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
	if unread != nil && !unread.Passing {
		return Faulty, words.T("data.why.unread", "the database cannot be read since {moment}: {why}").With("moment", unread.At, "why", unread.Why), nil
	}
	if due := at.Add(s.every()); s.every() > 0 && r.Reading().Moment().After(due) {
		if unread != nil {
			return Late, words.T("data.why.late-because", "the delivery due {moment} has not come: {why}").With("moment", due, "why", unread.Why), nil
		}
		return Late, words.T("data.why.late", "the delivery due {moment} has not come").With("moment", due), nil
	}
	return Fresh, words.Said{}, nil
}

// every is how often a source is due; 0: whenever it comes. Databases are read once
// a day where nothing is said.
func (s *Source) every() time.Duration {
	if !s.EveryHours.Set && !s.Kind.file() {
		return 24 * time.Hour
	}
	return time.Duration(s.EveryHours.V) * time.Hour
}

// unread is why a database could not be read the last time.
type unread struct {
	Why     words.Said `json:"why"`
	At      time.Time  `json:"at"`
	Passing bool       `json:"passing,omitempty"` // it may be over soon: the source is late at worst
	Server  string     `json:"server,omitempty"`  // the server's own words, for who looks after the connection
}

// unread returns nil while the source can be read.
func (s *Source) unread() (*unread, error) {
	if !s.Problem.Set {
		return nil, nil
	}
	out := &unread{}
	if err := json.Unmarshal([]byte(s.Problem.V), out); err != nil {
		return nil, fmt.Errorf("data: why %s could not be read: %w", s.ID, err)
	}
	return out, nil
}

// same says whether a problem is the one that is known already.
func (x *unread) same(problem error) bool {
	return x.Passing == passing(problem) && x.Server == serverSaid(problem) && x.Why.In(words.New(), locale.En) == sentence(problem).In(words.New(), locale.En)
}

func sentence(problem error) words.Said {
	if e := fail.As(problem); e != nil {
		return words.Said{Key: e.Key, English: e.Text, Args: e.Args}
	}
	return words.Plain(problem.Error())
}

// told keeps why a database could not be read, or with nil that it could.
func told(u *records.Tx, id records.ID[Source], problem error) error {
	kept := records.Opt[string]{}
	if problem != nil {
		x := unread{Why: sentence(problem), At: u.Now, Passing: passing(problem), Server: serverSaid(problem)}
		raw, err := json.Marshal(x)
		if err != nil {
			return err
		}
		kept = records.Some(string(raw))
	}
	s, err := Sources.Get(u, id)
	if err != nil || s.Problem == kept {
		return err
	}
	if was, err := s.unread(); err != nil {
		return err
	} else if was != nil && problem != nil && was.same(problem) {
		return nil // it goes on
	}
	if err := Sources.Update(u, id, func(x *Source) error { x.Problem = kept; return nil }); err != nil {
		return err
	}
	if err := refresh(u, id); err != nil {
		return err
	}
	return figures.Soon(u)
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
