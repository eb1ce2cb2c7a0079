package systems

import (
	"fmt"
	"slices"
	"time"

	"steward/kernel/access"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/words"
)

// ownFigures are the numbers that systems answers for.
func ownFigures() []figures.Figure {
	figure := func(f figures.Figure) figures.Figure {
		f.Owner, f.Area, f.Better, f.Target = access.MISManager, access.Systems, figures.Lower, figures.At(0)
		return f
	}
	return []figures.Figure{
		figure(figures.Figure{Key: "systems.without-owner", Title: words.T("systems.figure.without-owner", "Systems without an owner"),
			Definition: words.T("systems.figure.without-owner.definition", "Information systems in use for which nobody is named who answers for them."),
			Formula:    words.T("systems.figure.without-owner.formula", "count of systems in use without an owner"),
			Limit:      figures.At(3), Rank: 7, Scopes: figures.Units,
			Compute: lacking(words.T("systems.figure.without-owner.condition", "systems in use without an owner"), func(s *System) bool { return !s.Owner.Set })}),
		figure(figures.Figure{Key: "systems.without-recovery", Title: words.T("systems.figure.without-recovery", "Systems without recovery targets"),
			Definition: words.T("systems.figure.without-recovery.definition", "Information systems in use, those of low criticality left out, for which it is not said how soon they must be back or how much of the latest work may be lost."),
			Formula:    words.T("systems.figure.without-recovery.formula", "count of systems in use, not of low criticality, without either recovery target"),
			Limit:      figures.At(5), Rank: 8, Scopes: figures.Units,
			Compute: lacking(words.T("systems.figure.without-recovery.condition", "systems in use without recovery targets"), func(s *System) bool {
				return s.Criticality != Low && (!s.RTOMinutes.Set || !s.RPOMinutes.Set)
			})}),
		figure(figures.Figure{Key: "systems.single-points", Title: words.T("systems.figure.single-points", "Single points of failure"),
			Definition: words.T("systems.figure.single-points.definition", "Parts whose failure alone stops a mission-critical system: hosts, components and other systems that nothing can replace. A system is not counted as its own."),
			Formula:    words.T("systems.figure.single-points.formula", "count of parts whose failure alone stops at least one mission-critical system"),
			Limit:      figures.At(10), Rank: 9, Compute: singlePoints}),
	}
}

var fromRegister = words.T("systems.figure.source", "Register of information systems")

// scoped is the condition of a scope: the organisation, or a unit with all below it.
func scoped(v *records.View, s figures.Scope) ([]records.Cond, error) {
	where := []records.Cond{records.In(&Systems.P.State, Introduced, Live, PhasingOut)}
	if s == figures.Organisation {
		return where, nil
	}
	if typ, _ := s.Split(); typ != org.Units.Def().Name {
		return nil, fmt.Errorf("systems: no figure for %s", s)
	}
	units, err := figures.Under(v, s)
	return append(where, records.In(&Systems.P.Unit, units...)), err
}

// lacking counts the systems in use that lack something.
func lacking(condition words.Word, lacks func(*System) bool) func(*records.View, figures.Scope, time.Time) (figures.Result, error) {
	return func(v *records.View, s figures.Scope, _ time.Time) (res figures.Result, err error) {
		where, err := scoped(v, s)
		if err != nil {
			return res, err
		}
		all, err := Systems.List(v, records.Query{Where: where})
		if err != nil {
			return res, err
		}
		slices.SortStableFunc(all, func(a, b *System) int {
			return slices.Index(Criticalities, a.Criticality) - slices.Index(Criticalities, b.Criticality)
		})
		latest := time.Time{}
		for _, x := range all {
			if lacks(x) {
				res.Input(Systems.Ref(x.ID), figures.Count(1), words.Said{})
			}
			if at := x.UpdatedAt.Time(); at.After(latest) {
				latest = at
			}
		}
		res.Value, res.Condition = figures.Count(res.Total), condition.With()
		res.Source(fromRegister.With(), latest)
		if len(all) == 0 {
			res.Value = figures.NotApplicable()
			res.Gap(words.T("systems.figure.none", "No systems in use are recorded.").With())
		}
		return res, nil
	}
}

// singlePoints counts the parts whose failure alone stops a mission-critical system.
func singlePoints(v *records.View, _ figures.Scope, at time.Time) (res figures.Result, err error) {
	l, err := ReadLandscape(v)
	if err != nil {
		return res, err
	}
	var critical []records.Ref
	bare := int64(0)
	for ref, p := range l.parts {
		if p.Criticality == MissionCritical {
			critical = append(critical, ref)
			if len(l.Below(string(ref))) == 1 {
				bare++
			}
		}
	}
	slices.Sort(critical)
	res.Source(fromRegister.With(), at)
	res.Condition = words.T("systems.figure.single-points.condition", "parts that nothing stands in for under a mission-critical system").With()
	if len(critical) == 0 {
		res.Value = figures.NotApplicable()
		res.Gap(words.T("systems.figure.no-critical", "No system in use is marked as mission-critical.").With())
		return res, nil
	}
	if bare > 0 {
		res.Gap(words.T("systems.figure.no-parts", "{count} mission-critical {count|system has|systems have} no parts recorded, so nothing is known about what stops {count|it|them}.").With("count", bare))
	}
	found, err := l.SinglePointsOf(v, critical...)
	if err != nil {
		return res, err
	}
	for _, s := range found {
		first := s.Stops[0].Name
		note := words.T("systems.figure.stops", "stops {name}").With("name", first)
		if more := len(s.Stops) - 1; more > 0 {
			note = words.T("systems.figure.stops-more", "stops {name} and {count} more").With("name", first, "count", more)
		}
		res.Input(s.Part.Ref, figures.Count(len(s.Stops)), note)
	}
	res.Value = figures.Count(res.Total)
	return res, nil
}
