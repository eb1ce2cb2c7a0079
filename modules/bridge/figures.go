package bridge

import (
	"time"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/words"
)

// ownFigures are the numbers over what the kernel itself keeps: people, units,
// decisions.
func ownFigures() []figures.Figure {
	return []figures.Figure{{
		Key:        "bridge.decisions-late",
		Title:      words.T("bridge.figure.decisions-late", "Decisions past their day"),
		Definition: words.T("bridge.figure.decisions-late.definition", "Decisions that wait although the day to decide them by is past."),
		Formula:    words.T("bridge.figure.decisions-late.formula", "count of open decisions with a day to decide before today"),
		Better:     figures.Lower, Target: figures.At(0), Limit: figures.At(3), Owner: access.MISManager, Area: access.Bridge, Rank: 90, Compute: lateDecisions,
	}, {
		Key:        "bridge.people-placed",
		Title:      words.T("bridge.figure.people-placed", "People with a manager"),
		Definition: words.T("bridge.figure.people-placed.definition", "People for whom it is known who they report to; heads of a unit that is part of no other count as such."),
		Formula:    words.T("bridge.figure.people-placed.formula", "people who report to somebody or head a topmost unit ÷ people"),
		Unit:       figures.Percent, Better: figures.Higher, Target: figures.At(100), Limit: figures.At(90), Owner: access.MISManager, Area: access.People, Rank: 95, Compute: peoplePlaced,
	}, {
		Key:        "bridge.units-headed",
		Title:      words.T("bridge.figure.units-headed", "Units with a head"),
		Definition: words.T("bridge.figure.units-headed.definition", "Units for which somebody is named who answers for them."),
		Formula:    words.T("bridge.figure.units-headed.formula", "units with a head ÷ units"),
		Unit:       figures.Percent, Better: figures.Higher, Target: figures.At(100), Limit: figures.At(80), Owner: access.MISManager, Area: access.People, Compute: unitsHeaded,
	}}
}

func lateDecisions(v *records.View, _ figures.Scope, _ time.Time) (r figures.Result, err error) {
	o, _, err := org.Get(v)
	if err != nil {
		return r, err
	}
	today := o.Today(v)
	list, err := decisions.List(v, decisions.All, 10_000)
	if err != nil {
		return r, err
	}
	n := 0
	for _, d := range list {
		if d.DecideBy == "" || d.DecideBy >= today {
			continue
		}
		n++
		if d.Subject != "" {
			r.Input(d.Subject, figures.Value{}, d.Title)
		} else {
			r.Total++
		}
	}
	r.Value = figures.Count(n)
	r.Condition = words.T("bridge.figure.decisions-late.condition", "Open decisions to be made before {day}.").With("day", words.Day(today))
	r.Source(words.T("bridge.source.decisions", "Decisions").With(), v.Now)
	return r, nil
}

func peoplePlaced(v *records.View, _ figures.Scope, _ time.Time) (r figures.Result, err error) {
	whole, err := org.Persons.Count(v, records.Query{})
	if err != nil {
		return r, err
	}
	tops, err := org.Units.List(v, records.Query{Where: []records.Cond{records.Known(&org.Units.P.Head), records.Unknown(&org.Units.P.Parent)}})
	if err != nil {
		return r, err
	}
	head := map[records.ID[org.Person]]bool{}
	for _, u := range tops {
		head[u.Head.V] = true
	}
	alone, err := org.Persons.List(v, records.Query{Sort: "name", Where: []records.Cond{records.Unknown(&org.Persons.P.Manager)}})
	if err != nil {
		return r, err
	}
	var without int64
	for _, p := range alone {
		if !head[p.ID] {
			without++
			r.Input(org.Persons.Ref(p.ID), figures.Value{}, words.T("bridge.figure.people-placed.note", "reports to nobody").With())
		}
	}
	r.Value, r.Part, r.Whole = figures.Share(whole-without, whole), figures.Count(whole-without), figures.Count(whole)
	r.Condition = words.T("bridge.figure.people-placed.condition", "People; those for whom no manager is known are listed.").With()
	r.Source(words.T("bridge.source.people", "People and units").With(), v.Now)
	return r, nil
}

func unitsHeaded(v *records.View, _ figures.Scope, _ time.Time) (r figures.Result, err error) {
	whole, err := org.Units.Count(v, records.Query{})
	if err != nil {
		return r, err
	}
	without, err := org.Units.List(v, records.Query{Sort: "name", Where: []records.Cond{records.Unknown(&org.Units.P.Head)}})
	if err != nil {
		return r, err
	}
	for _, u := range without {
		r.Input(org.Units.Ref(u.ID), figures.Value{}, words.T("bridge.figure.units-headed.note", "has no head").With())
	}
	headed := whole - int64(len(without))
	r.Value, r.Part, r.Whole = figures.Share(headed, whole), figures.Count(headed), figures.Count(whole)
	r.Condition = words.T("bridge.figure.units-headed.condition", "Units; those without a head are listed.").With()
	r.Source(words.T("bridge.source.people", "People and units").With(), v.Now)
	return r, nil
}
