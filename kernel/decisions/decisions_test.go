package decisions_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/decisions"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/lib/words"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func said(text string) words.Said { return words.T("test.said", text).With() }

// matter is what the test's kind asks about; the test changes it.
type matter struct {
	asks    []decisions.Ask
	applied []string
	refuse  error
}

// module asks about what the matter holds, and renames the subject when answered.
func (m *matter) module() app.Module {
	return app.Module{Name: "test", Decisions: []decisions.Kind{{Name: "test.site", Title: words.T("test.kind", "Site"), Area: access.People,
		Find: func(*records.View) ([]decisions.Ask, error) { return m.asks, nil },
		Apply: func(u *records.Tx, d *decisions.Decision, option string) error {
			if m.refuse != nil {
				return m.refuse
			}
			m.applied = append(m.applied, option)
			if _, id := d.Subject.Split(); id != "" && option == "close" {
				return org.Sites.Archive(u.As(access.System()), records.ID[org.Site](id))
			}
			return nil
		}}}}
}

// each opens a program with one site about which the matter asks.
func each(t *testing.T, fn func(t *testing.T, p *apptest.Program, m *matter, site *org.Site)) {
	m := &matter{}
	apptest.Each(t, []app.Module{m.module()}, func(t *testing.T, p *apptest.Program) {
		*m = matter{}
		p.Organisation(t)
		site := &org.Site{Name: "Hamburg", Country: "DE", Timezone: "Europe/Berlin"}
		p.Do(t, func(u *records.Tx) error { return org.Sites.Create(u, site) })
		m.asks = []decisions.Ask{{Key: "site/1", Subject: org.Sites.Ref(site.ID), Title: words.T("test.title", "{site}: keep or close").With("site", "Hamburg"), Context: said("It is empty."),
			Options:  []decisions.Option{{Key: "keep", Label: said("Keep"), Harmless: true}, {Key: "close", Label: said("Close"), Changes: []decisions.Fact{{Label: said("Frees"), Value: said("much")}}}},
			DecideBy: "2026-02-20"}}
		fn(t, p, m, site)
	})
}

func find(t *testing.T, p *apptest.Program) {
	t.Helper()
	if err := decisions.Refresh(context.Background(), p.DB, quiet); err != nil {
		t.Fatal(err)
	}
}

func all(t *testing.T, p *apptest.Program, a *access.Actor, q decisions.Queue) (out []*decisions.Decision) {
	t.Helper()
	p.Look(t, a, func(v *records.View) (err error) {
		out, err = decisions.List(v, q, 100)
		return err
	})
	return out
}

func only(t *testing.T, p *apptest.Program, q decisions.Queue) *decisions.Decision {
	t.Helper()
	list := all(t, p, access.System(), q)
	if len(list) != 1 {
		t.Fatalf("got %d decisions, want one", len(list))
	}
	return list[0]
}

func try(p *apptest.Program, a *access.Actor, fn func(u *records.Tx) error) error {
	return p.DB.Update(context.Background(), a, fn)
}

func decide(p *apptest.Program, a *access.Actor, id, option, reason string) error {
	return try(p, a, func(u *records.Tx) error {
		return decisions.Decide(u, id, decisions.Choice{Option: option, Reason: reason})
	})
}

func TestAMatterIsAskedOnce(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, m *matter, site *org.Site) {
		find(t, p)
		find(t, p)
		if d := only(t, p, decisions.All); d.Version != 1 {
			t.Errorf("asking the same again made version %d", d.Version)
		}
		manager := p.Person(t, "Mia", access.MISManager)
		if err := decide(p, manager, only(t, p, decisions.All).ID, "keep", "We grow."); err != nil {
			t.Fatal(err)
		}
		find(t, p)
		if list := all(t, p, access.System(), decisions.All); len(list) != 0 {
			t.Errorf("a decided matter is asked again: %d", len(list))
		}
	})
}

func TestADecisionWithdrawsItselfWhenItsCauseIsGone(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, m *matter, site *org.Site) {
		find(t, p)
		id := only(t, p, decisions.All).ID
		asks := m.asks
		m.asks = nil
		find(t, p)
		if d := only(t, p, decisions.Ended); d.ID != id || d.State != decisions.Withdrawn {
			t.Errorf("got %s", d.State)
		}
		manager := p.Person(t, "Mia", access.MISManager)
		if err := decide(p, manager, id, "keep", "Late."); !fail.Is(err, fail.Conflict) {
			t.Errorf("deciding what was withdrawn: %v, want a conflict", err)
		}
		m.asks = asks
		find(t, p)
		if d := only(t, p, decisions.All); d.ID == id {
			t.Error("the cause came back, but no new decision")
		}
	})
}

func TestTheOptionTakesEffectWithTheChoiceOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, m *matter, site *org.Site) {
		find(t, p)
		manager := p.Person(t, "Mia", access.MISManager)
		id := only(t, p, decisions.All).ID
		m.refuse = errors.New("not possible")
		if err := decide(p, manager, id, "close", "Empty."); err == nil {
			t.Fatal("the refusal was lost")
		}
		if d := only(t, p, decisions.All); d.State != decisions.Open || d.Outcome != "" {
			t.Errorf("got %s %q, want it open as before", d.State, d.Outcome)
		}
		m.refuse = nil
		if err := decide(p, manager, id, "close", "Empty."); err != nil {
			t.Fatal(err)
		}
		p.Look(t, manager, func(v *records.View) error {
			s, err := org.Sites.Get(v, site.ID)
			if err != nil || !s.ArchivedAt.Set {
				t.Errorf("the site is not closed: %v", err)
			}
			history, err := org.Sites.Def().History(v, string(site.ID), 10)
			if err != nil {
				return err
			}
			for _, e := range history {
				if e.Act == "decide" && e.Actor == manager.Person && len(e.Changes) == 3 {
					return nil
				}
			}
			t.Errorf("no entry of the decision in the site's history: %+v", history)
			return nil
		})
		if err := decide(p, manager, id, "keep", "Again."); !fail.Is(err, fail.Conflict) {
			t.Errorf("deciding twice: %v, want a conflict", err)
		}
	})
}

func TestAReasonAndAnOptionAreNeeded(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, m *matter, site *org.Site) {
		find(t, p)
		manager := p.Person(t, "Mia", access.MISManager)
		d := only(t, p, decisions.All)
		for name, c := range map[string]decisions.Choice{
			"no reason": {Option: "keep", Reason: " \n "}, "no option": {Reason: "x"}, "another option": {Option: "sell", Reason: "x"},
			"a long reason": {Option: "keep", Reason: strings.Repeat("x", decisions.MaxReason+1)}, "bytes": {Option: "keep", Reason: "\xff"},
		} {
			if err := try(p, manager, func(u *records.Tx) error { return decisions.Decide(u, d.ID, c) }); !fail.Is(err, fail.Invalid) {
				t.Errorf("%s: got %v, want it refused as wrong input", name, err)
			}
		}
		err := try(p, manager, func(u *records.Tx) error {
			return decisions.Decide(u, d.ID, decisions.Choice{Option: "keep", Reason: "x", Version: d.Version + 1})
		})
		if !fail.Is(err, fail.Conflict) {
			t.Errorf("another version: got %v, want a conflict", err)
		}
	})
}

func TestAboveTheLimitASecondPersonMustAgree(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, m *matter, site *org.Site) {
		requester := p.Person(t, "Rita", access.MISManager)
		m.asks[0].Amount = records.Some(records.Money{Minor: 50_000_00, Currency: "EUR"})
		m.asks[0].Requester = requester.Person
		find(t, p)
		first, second, executive := p.Person(t, "Mia", access.MISManager), p.Person(t, "Max", access.MISManager), p.Person(t, "Xenia", access.Executive)
		id := only(t, p, decisions.All).ID
		agree := func(a *access.Actor, yes bool) error {
			return try(p, a, func(u *records.Tx) error { return decisions.Agree(u, id, yes, "Seen.", 0) })
		}
		if err := decide(p, requester, id, "close", "Mine."); !fail.Is(err, fail.Forbidden) {
			t.Errorf("who asked for it decides: %v, want it forbidden", err)
		}
		if err := agree(second, true); !fail.Is(err, fail.Conflict) {
			t.Errorf("agreeing to nothing: %v, want a conflict", err)
		}
		if err := decide(p, executive, id, "close", "Now."); !fail.Is(err, fail.NotFound) {
			t.Errorf("an executive to whom it was not given: %v, want not found", err)
		}
		if err := decide(p, first, id, "close", "Empty."); err != nil {
			t.Fatal(err)
		}
		if d := only(t, p, decisions.All); d.State != decisions.Second || len(m.applied) != 0 {
			t.Fatalf("got %s and %v, want it to wait and nothing done", d.State, m.applied)
		}
		if err := agree(first, true); !fail.Is(err, fail.Forbidden) {
			t.Errorf("the same person agrees: %v, want it forbidden", err)
		}
		if err := agree(requester, true); !fail.Is(err, fail.Forbidden) {
			t.Errorf("who asked for it agrees: %v, want it forbidden", err)
		}
		if err := decide(p, second, id, "keep", "No."); !fail.Is(err, fail.Conflict) {
			t.Errorf("deciding over another's head: %v, want a conflict", err)
		}
		for who, want := range map[*access.Actor]int{first: 0, requester: 0, second: 1, executive: 1} {
			if got := len(all(t, p, who, decisions.Mine)); got != want {
				t.Errorf("%s has %d in the queue, want %d", who.Name, got, want)
			}
		}
		if err := agree(second, false); err != nil {
			t.Fatal(err)
		}
		if d := only(t, p, decisions.All); d.State != decisions.Open || d.DecidedBy != "" || len(m.applied) != 0 {
			t.Fatalf("not agreed: got %s by %q", d.State, d.DecidedBy)
		}
		if err := decide(p, second, id, "close", "After all."); err != nil {
			t.Fatal(err)
		}
		if err := agree(executive, true); err != nil {
			t.Fatal(err)
		}
		if d := only(t, p, decisions.Ended); d.State != decisions.Decided || d.DecidedBy != second.Person || d.SecondBy != executive.Person || len(m.applied) != 1 {
			t.Errorf("got %s by %s and %s, applied %v", d.State, d.DecidedName, d.SecondName, m.applied)
		}
	})
}

func TestTheLimitIsOfTheRoleInTheOrganisationsCurrency(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, m *matter, site *org.Site) {
		manager := p.Person(t, "Mia", access.MISManager)
		p.Do(t, func(u *records.Tx) error {
			return org.Rates.Create(u, &org.Rate{Currency: "USD", InCurrency: "EUR", Starts: "2026-01-01", Rate: 500_000, Source: "test"})
		})
		p.Look(t, manager, func(v *records.View) error {
			for _, c := range []struct {
				amount records.Money
				option string
				want   bool
			}{
				{records.Money{Minor: 49_999_99, Currency: "EUR"}, "close", false},
				{records.Money{Minor: 50_000_00, Currency: "EUR"}, "close", true},
				{records.Money{Minor: -50_000_00, Currency: "EUR"}, "close", true},
				{records.Money{Minor: 50_000_00, Currency: "EUR"}, "keep", false}, // harmless
				{records.Money{Minor: 99_999_00, Currency: "USD"}, "close", false},
				{records.Money{Minor: 100_000_00, Currency: "USD"}, "close", true},
				{records.Money{Minor: 1, Currency: "SEK"}, "close", true}, // no rate: safe
			} {
				d := &decisions.Decision{Ask: m.asks[0]}
				d.Amount = records.Some(c.amount)
				if got, err := decisions.NeedsSecond(v, d, d.Option(c.option)); err != nil || got != c.want {
					t.Errorf("%v %s: got %v, %v; want %v", c.amount, c.option, got, err, c.want)
				}
			}
			return nil
		})
	})
}

func TestWhatTheFirstReliedOnChangesAndItIsAskedAnew(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, m *matter, site *org.Site) {
		m.asks[0].Amount = records.Some(records.Money{Minor: 60_000_00, Currency: "EUR"})
		find(t, p)
		manager := p.Person(t, "Mia", access.MISManager)
		if err := decide(p, manager, only(t, p, decisions.All).ID, "close", "Empty."); err != nil {
			t.Fatal(err)
		}
		m.asks[0].DecideBy = "2026-02-21"
		find(t, p)
		if d := only(t, p, decisions.All); d.State != decisions.Second || d.DecideBy != "2026-02-21" {
			t.Errorf("another day: got %s until %s, want it to wait for the second person still", d.State, d.DecideBy)
		}
		m.asks[0].Amount = records.Some(records.Money{Minor: 90_000_00, Currency: "EUR"})
		find(t, p)
		if d := only(t, p, decisions.All); d.State != decisions.Open || d.Outcome != "" || d.Amount.V.Minor != 90_000_00 {
			t.Errorf("another amount: got %s, want it asked anew", d.State)
		}
	})
}

func TestWhoIsGivenADecisionMayMakeItAndOthersDoNotSeeIt(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, m *matter, site *org.Site) {
		owner, other, auditor := p.Person(t, "Olga", access.Technician), p.Person(t, "Emil", access.Employee), p.Person(t, "Aron", access.Auditor)
		m.asks[0].Assignee = owner.Person
		find(t, p)
		id := only(t, p, decisions.All).ID
		if got := len(all(t, p, owner, decisions.Mine)); got != 1 {
			t.Errorf("the person it was given to has %d in the queue", got)
		}
		if got := len(all(t, p, other, decisions.All)); got != 0 {
			t.Errorf("an employee sees %d decisions", got)
		}
		if got := len(all(t, p, auditor, decisions.All)); got != 1 {
			t.Errorf("the auditor sees %d decisions, want one", got)
		}
		if err := decide(p, other, id, "keep", "Me too."); !fail.Is(err, fail.NotFound) {
			t.Errorf("an employee decides: %v, want not found", err)
		}
		if err := decide(p, auditor, id, "keep", "Me too."); !fail.Is(err, fail.Forbidden) {
			t.Errorf("the auditor decides: %v, want it forbidden", err)
		}
		if err := decide(p, owner, id, "keep", "Mine."); err != nil {
			t.Errorf("the person it was given to: %v", err)
		}
	})
}

func TestADelegateDecidesUntilTheDayAndDoesNotPassItOn(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, m *matter, site *org.Site) {
		manager, deputy, third := p.Person(t, "Mia", access.MISManager), p.Person(t, "Dora", access.Technician), p.Person(t, "Tom", access.Technician)
		m.asks[0].Assignee = manager.Person
		find(t, p)
		id := only(t, p, decisions.All).ID
		give := func(from *access.Actor, to string, until records.Date) error {
			return try(p, from, func(u *records.Tx) error { return decisions.Delegate(u, id, to, until, "On leave.") })
		}
		if err := give(deputy, third.Person, "2026-02-13"); !fail.Is(err, fail.NotFound) {
			t.Errorf("a stranger delegates: %v", err)
		}
		for name, c := range map[string]struct {
			to    string
			until records.Date
		}{"to oneself": {manager.Person, "2026-02-13"}, "until yesterday": {deputy.Person, "2026-02-10"}, "without a day": {deputy.Person, ""}, "to nobody known": {"none", "2026-02-13"}} {
			if err := give(manager, c.to, c.until); !fail.Is(err, fail.Invalid) {
				t.Errorf("%s: got %v, want it refused", name, err)
			}
		}
		if err := give(manager, deputy.Person, "2026-02-11"); err != nil {
			t.Fatal(err)
		}
		if got := len(all(t, p, deputy, decisions.Mine)); got != 1 {
			t.Fatalf("the delegate has %d in the queue", got)
		}
		if err := give(deputy, third.Person, "2026-02-11"); !fail.Is(err, fail.Forbidden) {
			t.Errorf("passing it on: %v, want it forbidden", err)
		}
		p.Clock.Advance(24 * 3600 * 1e9)
		if err := decide(p, deputy, id, "keep", "Late."); !fail.Is(err, fail.NotFound) {
			t.Errorf("after the day: %v, want not found", err)
		}
		if err := give(manager, deputy.Person, "2026-02-12"); err != nil {
			t.Fatal(err)
		}
		if err := decide(p, deputy, id, "keep", "For Mia."); err != nil {
			t.Fatal(err)
		}
		if d := only(t, p, decisions.Ended); d.DecidedBy != deputy.Person {
			t.Errorf("decided by %s", d.DecidedName)
		}
	})
}

func TestAKindThatFailsWithdrawsNothing(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, m *matter, site *org.Site) {
		find(t, p)
		m.asks = append(m.asks, decisions.Ask{Key: "bad"})
		find(t, p)
		if d := only(t, p, decisions.All); d.State != decisions.Open {
			t.Errorf("got %s", d.State)
		}
	})
}
