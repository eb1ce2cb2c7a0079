package figures_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/lib/words"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func said(text string) words.Word { return words.T("test."+strings.ReplaceAll(text, " ", "-"), text) }

// external is a figure over people: those from outside in percent.
func external(change ...func(f *figures.Figure)) app.Module {
	f := figures.Figure{Key: "test.external", Title: said("External people"), Definition: said("People from outside"), Formula: said("external ÷ all"),
		Unit: figures.Percent, Better: figures.Lower, Target: figures.At(50), Limit: figures.At(80), Owner: access.MISManager, Area: access.People, Rank: 1, Scopes: figures.Units,
		Compute: func(v *records.View, s figures.Scope, at time.Time) (r figures.Result, err error) {
			q := records.Query{Sort: "name"}
			if s != figures.Organisation {
				units, err := figures.Under(v, s)
				if err != nil {
					return r, err
				}
				q.Where = []records.Cond{records.In(&org.Persons.P.Unit, units...)}
			}
			all, err := org.Persons.List(v, q)
			if err != nil {
				return r, err
			}
			outside := 0
			for _, p := range all {
				if p.External {
					outside++
					r.Input(org.Persons.Ref(p.ID), figures.Value{}, said("from outside").With())
				}
			}
			r.Value = figures.Share(outside, len(all))
			r.Source(said("People").With(), v.Now)
			return r, nil
		}}
	for _, c := range change {
		c(&f)
	}
	return app.Module{Name: "test", Figures: []figures.Figure{f}}
}

func figure(v *records.View) *figures.Figure { return figures.SetOf(v).Figure("test.external") }

func compute(t *testing.T, p *apptest.Program) {
	t.Helper()
	if err := figures.Compute(context.Background(), p.DB, quiet); err != nil {
		t.Fatal(err)
	}
}

func latest(t *testing.T, p *apptest.Program, a *access.Actor, scope figures.Scope) (s *figures.Snapshot) {
	t.Helper()
	p.Look(t, a, func(v *records.View) (err error) {
		s, err = figures.LatestOf(v, figure(v), scope)
		return err
	})
	return s
}

func hire(t *testing.T, p *apptest.Program, name string, outside bool, unit records.ID[org.Unit]) *org.Person {
	t.Helper()
	person := &org.Person{Name: name, External: outside}
	if unit != "" {
		person.Unit = records.Some(unit)
	}
	p.Do(t, func(u *records.Tx) error { return org.Persons.Create(u, person) })
	return person
}

func TestAShareOfNothingIsNotApplicableAndNeverZero(t *testing.T) {
	apptest.Each(t, []app.Module{external()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		compute(t, p)
		s := latest(t, p, access.System(), figures.Organisation)
		if s == nil || s.Value.State != figures.NA || s.State(&figures.Figure{Better: figures.Lower}) != "" {
			t.Fatalf("got %+v, want a value that is n/a and not judged", s)
		}
		hire(t, p, "Ada", false, "")
		compute(t, p)
		if s := latest(t, p, access.System(), figures.Organisation); !s.Value.Known() || s.Value.Number != 0 {
			t.Errorf("got %+v, want a known 0 once there is somebody to count", s.Value)
		}
	})
}

func TestValuesAreJudgedByTargetAndLimit(t *testing.T) {
	for _, c := range []struct {
		better        figures.Direction
		value         figures.Value
		target, limit *float64
		want          string
	}{
		{figures.Higher, figures.Count(95), figures.At(95), figures.At(80), "ok"},
		{figures.Higher, figures.Measured(94.9), figures.At(95), figures.At(80), "warn"},
		{figures.Higher, figures.Count(79), figures.At(95), figures.At(80), "bad"},
		{figures.Lower, figures.Count(0), figures.At(0), figures.At(0), "ok"},
		{figures.Lower, figures.Count(1), figures.At(0), figures.At(0), "bad"},
		{figures.Lower, figures.Count(1), figures.At(0), nil, "warn"},
		{figures.Lower, figures.NotApplicable(), figures.At(0), nil, ""},
		{figures.Higher, figures.Unknown(), figures.At(1), nil, ""},
		{figures.Higher, figures.Count(1), nil, nil, ""},
		{figures.Lower, figures.MoneyOf(records.Money{Minor: 100_01, Currency: "EUR"}), figures.At(100), nil, "warn"},
		{figures.Lower, figures.MoneyOf(records.Money{Minor: 100, Currency: "JPY"}), figures.At(100), nil, "ok"},
	} {
		if got := figures.Judge(c.value, c.better, c.target, c.limit); got != c.want {
			t.Errorf("%v %+v: got %q, want %q", c.better, c.value, got, c.want)
		}
	}
}

func TestEachDayKeepsItsLastValue(t *testing.T) {
	apptest.Each(t, []app.Module{external()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		hire(t, p, "Ada", false, "")
		compute(t, p)
		hire(t, p, "Bob", true, "")
		p.Clock.Advance(time.Hour)
		compute(t, p)
		p.Clock.Advance(24 * time.Hour)
		hire(t, p, "Eve", true, "")
		compute(t, p)
		p.Look(t, access.System(), func(v *records.View) error {
			points, err := figures.Trend(v, figure(v), figures.Organisation, "2026-01-01", "2026-12-31")
			if err != nil || len(points) != 2 {
				t.Fatalf("got %v, %v; want two days", points, err)
			}
			if points[0].Day != "2026-02-11" || points[0].Value.Number != 50 || points[1].Day != "2026-02-12" || int(points[1].Value.Number) != 66 {
				t.Errorf("got %+v", points)
			}
			return nil
		})
	})
}

func TestAClosedMonthDoesNotFollowLaterChanges(t *testing.T) {
	apptest.Each(t, []app.Module{external()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		hire(t, p, "Ada", false, "")
		hire(t, p, "Bob", true, "")
		compute(t, p) // 11 February: 50 %
		ofMonth := func() (m figures.MonthFigures) {
			p.Look(t, access.System(), func(v *records.View) (err error) {
				m, err = figures.OfMonth(v, "2026-02", figures.Organisation)
				return err
			})
			return m
		}
		if m := ofMonth(); !m.Closed.IsZero() || m.Values["test.external"].Value.Number != 50 {
			t.Fatalf("got %+v, want February open with its last value", m)
		}
		err := p.DB.Update(context.Background(), access.System(), func(u *records.Tx) error { return figures.Close(u, "2026-02") })
		if !fail.Is(err, fail.Conflict) {
			t.Fatalf("closing the running month: got %v, want a conflict", err)
		}
		p.Clock.Set(time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC))
		if err := figures.CloseDue(context.Background(), p.DB, quiet); err != nil {
			t.Fatal(err)
		}
		if m := ofMonth(); !m.Closed.IsZero() {
			t.Fatal("February is closed before its closing day")
		}
		p.Clock.Set(time.Date(2026, 3, figures.ClosingDay, 9, 0, 0, 0, time.UTC))
		if err := figures.CloseDue(context.Background(), p.DB, quiet); err != nil {
			t.Fatal(err)
		}
		before, err := json.Marshal(ofMonth())
		if err != nil {
			t.Fatal(err)
		}
		hire(t, p, "Eve", true, "")
		compute(t, p)
		p.Do(t, func(u *records.Tx) error {
			f := figure(&u.View)
			return figures.Keep(u, f, figures.Organisation, time.Date(2026, 2, 20, 9, 0, 0, 0, time.UTC), figures.Result{Value: figures.Measured(99)})
		})
		if err := figures.CloseDue(context.Background(), p.DB, quiet); err != nil {
			t.Fatal(err)
		}
		m := ofMonth()
		after, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if string(after) != string(before) {
			t.Errorf("the closed month changed:\n%s\n%s", before, after)
		}
		s := m.Values["test.external"]
		if m.Closed.IsZero() || s.Value.Number != 50 || len(s.Gaps) != 1 || len(s.Inputs) != 1 {
			t.Errorf("got %+v, want 50 %% with its input, and the gap that the last value is of the 11th", s)
		}
		err = p.DB.Update(context.Background(), access.System(), func(u *records.Tx) error { return figures.Close(u, "2026-02") })
		if !fail.Is(err, fail.Conflict) {
			t.Errorf("closing twice: got %v, want a conflict", err)
		}
	})
}

func TestADatedFigureIsClosedWithWhatWasBookedLate(t *testing.T) {
	booked := 1
	dated := external(func(f *figures.Figure) {
		f.Dated, f.Scopes = true, nil
		f.Compute = func(v *records.View, s figures.Scope, at time.Time) (r figures.Result, err error) {
			r.Value = figures.Count(booked)
			if got := at.In(time.UTC).Format(time.DateOnly); v.Now.Month() == time.March && got != "2026-02-28" {
				return r, fmt.Errorf("closed as of %s, want the month's last day", got)
			}
			return r, nil
		}
	})
	p := apptest.SQLite(t, []app.Module{dated})
	p.Organisation(t)
	compute(t, p)
	booked = 7
	p.Clock.Set(time.Date(2026, 3, 6, 9, 0, 0, 0, time.UTC))
	if err := figures.CloseDue(context.Background(), p.DB, quiet); err != nil {
		t.Fatal(err)
	}
	p.Look(t, access.System(), func(v *records.View) error {
		m, err := figures.OfMonth(v, "2026-02", figures.Organisation)
		if err != nil || m.Values["test.external"].Value.Number != 7 {
			t.Errorf("got %+v, %v; want the 7 booked by the closing day", m.Values["test.external"], err)
		}
		return err
	})
}

func TestAFigureThatFailsKeepsItsLastValueMarked(t *testing.T) {
	broken := false
	module := external(func(f *figures.Figure) {
		f.Scopes = nil
		f.Compute = func(*records.View, figures.Scope, time.Time) (figures.Result, error) {
			if broken {
				return figures.Result{}, errors.New("broken")
			}
			return figures.Result{Value: figures.Count(3)}, nil
		}
	})
	whole := module.Figures[0]
	whole.Key = "test.whole"
	whole.Compute = func(*records.View, figures.Scope, time.Time) (figures.Result, error) {
		return figures.Result{Value: figures.Count(1)}, nil
	}
	module.Figures = append(module.Figures, whole)
	apptest.Each(t, []app.Module{module}, func(t *testing.T, p *apptest.Program) {
		broken = false
		p.Organisation(t)
		compute(t, p)
		broken = true
		p.Clock.Advance(time.Hour)
		compute(t, p)
		p.Look(t, access.System(), func(v *records.View) error {
			all, err := figures.Latest(v, figures.Organisation)
			if err != nil {
				return err
			}
			if s := all["test.external"]; s.Value.Number != 3 || s.Failed.IsZero() {
				t.Errorf("got %+v, want the last value, marked", s)
			}
			if s := all["test.whole"]; !s.Failed.IsZero() || !s.At.Equal(p.Clock.Now()) {
				t.Errorf("got %+v, want the other figure computed now", s)
			}
			return nil
		})
	})
}

func TestWhoSeesAFigureHoldsAGrantThatReachesIt(t *testing.T) {
	apptest.Each(t, []app.Module{external()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		head, employee, auditor := p.Person(t, "Hanna Head", access.DepartmentHead), p.Person(t, "Emil Employee", access.Employee), p.Person(t, "Aron Auditor", access.Auditor)
		own, other := &org.Unit{Name: "Sales", Kind: org.Department, Head: records.Some(records.ID[org.Person](head.Person))}, &org.Unit{Name: "Works", Kind: org.Department}
		p.Do(t, func(u *records.Tx) error {
			if err := org.Units.Create(u, own); err != nil {
				return err
			}
			return org.Units.Create(u, other)
		})
		head.Units = []string{string(own.ID)}
		hire(t, p, "Bob", true, own.ID)
		compute(t, p)
		for _, c := range []struct {
			who   *access.Actor
			scope figures.Scope
			sees  bool
		}{
			{head, figures.Organisation, false},
			{head, figures.Of(org.Units.Ref(own.ID)), true},
			{head, figures.Of(org.Units.Ref(other.ID)), false},
			{employee, figures.Organisation, false},
			{employee, figures.Of(org.Units.Ref(own.ID)), false},
			{auditor, figures.Organisation, true},
			{auditor, figures.Of(org.Units.Ref(other.ID)), true},
			{nil, figures.Organisation, false},
		} {
			p.Look(t, c.who, func(v *records.View) error {
				s, err := figures.LatestOf(v, figure(v), c.scope)
				if sees := err == nil && s != nil; sees != c.sees {
					t.Errorf("%v on %q: sees %v, want %v (%v)", c.who, c.scope, sees, c.sees, err)
				}
				all, err := figures.Latest(v, c.scope)
				if err != nil {
					return err
				}
				if _, listed := all["test.external"]; listed != c.sees {
					t.Errorf("%v on %q: listed %v, want %v", c.who, c.scope, listed, c.sees)
				}
				return nil
			})
		}
		if s := latest(t, p, head, figures.Of(org.Units.Ref(own.ID))); s.Value.Number != 100 {
			t.Errorf("the unit's value is %v, want 100", s.Value.Number)
		}
	})
}

func TestFiftyInputsAreNamedAndTheOthersCounted(t *testing.T) {
	var r figures.Result
	for range 1234 {
		r.Input("org.person/x", figures.Count(1), words.Said{})
	}
	if len(r.Inputs) != figures.MostInputs || r.Total != 1234 {
		t.Errorf("got %d named of %d", len(r.Inputs), r.Total)
	}
}

func TestAFigureThatCannotBeRightIsRefusedAtStart(t *testing.T) {
	for name, spoil := range map[string]func(f *figures.Figure){
		"no module in the key":      func(f *figures.Figure) { f.Key = "external" },
		"no formula":                func(f *figures.Figure) { f.Formula = words.Word{} },
		"no area":                   func(f *figures.Figure) { f.Area = "somewhere" },
		"a target but no direction": func(f *figures.Figure) { f.Better = figures.Neutral },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			figures.NewSet(external(spoil).Figures)
		}()
	}
}
