package vendors_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/decisions"
	"steward/kernel/figures"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/vendors"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// contract makes an active contract of the example in the product's description:
// it ended on 2025-08-28, renews by 12 months, notice 2 months.
func contract(t *testing.T, p *apptest.Program, change func(c *vendors.Contract)) *vendors.Contract {
	t.Helper()
	c := &vendors.Contract{Title: "Backup", State: vendors.Active, Starts: "2023-08-29", Ends: records.Some(records.Date("2025-08-28")), RenewsMonths: records.Some(int64(12)),
		NoticeMonths: records.Some(int64(2)), WorkingDay: vendors.Earlier, LeadDays: 30, Yearly: records.Some(records.Money{Minor: 12_000_00, Currency: "EUR"})}
	if change != nil {
		change(c)
	}
	p.Do(t, func(u *records.Tx) error {
		v := &vendors.Vendor{Name: "Veritas", Country: "DE", State: vendors.Approved}
		if err := vendors.Vendors.Create(u, v); err != nil {
			return err
		}
		c.Vendor = v.ID
		return vendors.Contracts.Create(u, c)
	})
	return c
}

func waiting(t *testing.T, p *apptest.Program) (out []*decisions.Decision) {
	t.Helper()
	if err := decisions.Refresh(context.Background(), p.DB, quiet); err != nil {
		t.Fatal(err)
	}
	p.Look(t, access.System(), func(v *records.View) (err error) {
		out, err = decisions.List(v, decisions.All, 10)
		return err
	})
	return out
}

func answer(t *testing.T, p *apptest.Program, a *access.Actor, d *decisions.Decision, option string) {
	t.Helper()
	p.DoAs(t, a, func(u *records.Tx) error {
		return decisions.Decide(u, d.ID, decisions.Choice{Option: option, Reason: "Because."})
	})
}

func get(t *testing.T, p *apptest.Program, id records.ID[vendors.Contract]) (c *vendors.Contract) {
	t.Helper()
	p.Look(t, access.System(), func(v *records.View) (err error) {
		c, err = vendors.Contracts.Get(v, id)
		return err
	})
	return c
}

func day(s string) time.Time { return records.Date(s).Time().Add(9 * time.Hour) }

func TestARenewalIsAskedBeforeItsDayAndWithdrawnAfterNoticeWasDue(t *testing.T) {
	apptest.Each(t, []app.Module{vendors.Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		manager := p.Person(t, "Mia", access.MISManager)
		c := contract(t, p, nil)
		if list := waiting(t, p); len(list) != 0 {
			t.Fatalf("asked in February about a contract to be decided on at the end of May: %d", len(list))
		}
		p.Clock.Set(day("2026-04-20"))
		list := waiting(t, p)
		if len(list) != 1 {
			t.Fatalf("got %d decisions, want the renewal", len(list))
		}
		d := list[0]
		if d.DecideBy != "2026-05-27" || d.Role != access.MISManager || d.Amount.V.Minor != 12_000_00 || len(d.Options) != 3 {
			t.Errorf("got %s, %s, %v, %d options", d.DecideBy, d.Role, d.Amount, len(d.Options))
		}
		if again := waiting(t, p); len(again) != 1 || again[0].ID != d.ID || again[0].Version != d.Version {
			t.Errorf("asked again: %+v", again)
		}
		p.Look(t, manager, func(v *records.View) error {
			if n, err := decisions.Waiting(v); err != nil || n != 1 {
				t.Errorf("the manager's queue counts %d, %v", n, err)
			}
			return nil
		})
		p.Clock.Set(day("2026-06-27"))
		if list := waiting(t, p); len(list) != 0 {
			t.Errorf("notice was due on 26 June, but it is still asked on the 27th: %d", len(list))
		}
		p.Clock.Set(day("2027-04-20"))
		p.Do(t, func(u *records.Tx) error { _, err := vendors.RefreshDates(u); return err })
		if list := waiting(t, p); len(list) != 1 || list[0].ID == d.ID || list[0].Subject != vendors.Contracts.Ref(c.ID) {
			t.Errorf("the next term: got %d decisions, want a new one", len(list))
		}
	})
}

func TestGivingNoticeEndsTheContractWithItsTerm(t *testing.T) {
	apptest.Each(t, []app.Module{vendors.Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		manager := p.Person(t, "Mia", access.MISManager)
		c := contract(t, p, nil)
		p.Clock.Set(day("2026-04-20"))
		answer(t, p, manager, waiting(t, p)[0], "give-notice")
		now := get(t, p, c.ID)
		if now.NoticeGivenOn.V != "2026-04-20" || now.CurrentEnd.V != "2026-08-28" || now.DecideBy.Set {
			t.Errorf("got notice %v, end %v, decide by %v", now.NoticeGivenOn, now.CurrentEnd, now.DecideBy)
		}
		if list := waiting(t, p); len(list) != 0 {
			t.Errorf("asked again after notice: %d", len(list))
		}
	})
}

func TestTalksAreFollowedByAFurtherQuestion(t *testing.T) {
	apptest.Each(t, []app.Module{vendors.Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		manager := p.Person(t, "Mia", access.MISManager)
		contract(t, p, nil)
		p.Clock.Set(day("2026-04-20"))
		answer(t, p, manager, waiting(t, p)[0], "renegotiate")
		if list := waiting(t, p); len(list) != 0 {
			t.Fatalf("asked at once again: %d", len(list))
		}
		p.Clock.Set(day("2026-05-05"))
		list := waiting(t, p)
		if len(list) != 1 || len(list[0].Options) != 2 || list[0].DecideBy != "2026-06-26" {
			t.Fatalf("after the talks: got %+v", list)
		}
		answer(t, p, manager, list[0], "go-on")
		if list := waiting(t, p); len(list) != 0 {
			t.Errorf("asked a third time: %d", len(list))
		}
	})
}

func TestRenewKeepsTheOldContractAndDraftsTheNext(t *testing.T) {
	apptest.Each(t, []app.Module{vendors.Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		manager := p.Person(t, "Mia", access.MISManager)
		c := contract(t, p, func(c *vendors.Contract) {
			c.Ends, c.RenewsMonths = records.Some(records.Date("2026-08-28")), records.Opt[int64]{}
		})
		p.Clock.Set(day("2026-04-20"))
		list := waiting(t, p)
		if len(list) != 1 || list[0].Option("let-end") == nil {
			t.Fatalf("got %+v, want the question whether it shall end", list)
		}
		answer(t, p, manager, list[0], "renew")
		p.Look(t, manager, func(v *records.View) error {
			all, err := vendors.Contracts.List(v, records.Query{Sort: "number"})
			if err != nil || len(all) != 2 {
				t.Fatalf("got %d contracts, %v; want two", len(all), err)
			}
			old, next := all[0], all[1]
			if old.ID != c.ID || old.State != vendors.Active || old.CurrentEnd.V != "2026-08-28" {
				t.Errorf("the old contract changed: %+v", old)
			}
			if next.State != vendors.Draft || next.Starts != "2026-08-29" || !next.Ends.Set || next.Yearly != old.Yearly || next.Number == old.Number {
				t.Errorf("the next one: %+v", next)
			}
			return nil
		})
	})
}

func TestContractFiguresNameWhatTheyCouldNotCount(t *testing.T) {
	apptest.Each(t, []app.Module{vendors.Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		value := func(key string) (s *figures.Snapshot) {
			if err := p.Refresh(context.Background()); err != nil {
				t.Fatal(err)
			}
			p.Look(t, access.System(), func(v *records.View) (err error) {
				s, err = figures.LatestOf(v, figures.SetOf(v).Figure(key), figures.Organisation)
				return err
			})
			return s
		}
		if s := value("vendors.owned"); s.Value.State != figures.NA {
			t.Errorf("owned of no contracts: got %+v, want n/a", s.Value)
		}
		near := func(c *vendors.Contract) {
			c.Ends, c.RenewsMonths = records.Some(records.Date("2026-05-15")), records.Opt[int64]{}
		}
		contract(t, p, near)
		contract(t, p, func(c *vendors.Contract) { near(c); c.Yearly = records.Opt[records.Money]{} })
		contract(t, p, func(c *vendors.Contract) { near(c); c.Yearly.V.Currency = "SEK" })
		contract(t, p, nil) // decided on in May only
		s := value("vendors.value-to-decide")
		if s.Value != figures.MoneyOf(records.Money{Minor: 12_000_00, Currency: "EUR"}) || s.Total != 3 || len(s.Gaps) != 2 {
			t.Errorf("got %+v of %d, gaps %v; want 12,000 EUR of three contracts, and two gaps", s.Value, s.Total, s.Gaps)
		}
		if s := value("vendors.owned"); s.Value.Number != 0 || !s.Value.Known() || s.Total != 4 {
			t.Errorf("owned: got %+v of %d, want a known 0 %% and the four without", s.Value, s.Total)
		}
		p.Clock.Set(day("2026-02-20"))
		if s := value("vendors.late"); s.Value.Number != 3 || s.State(&figures.Figure{Better: figures.Lower}) != "bad" {
			t.Errorf("late: got %+v", s.Value)
		}
	})
}

func TestAConsultantSeesTheOwnContractsFigureNowhere(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	contract(t, p, nil)
	if err := p.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
	b := p.Browser(t, p.Person(t, "Con", access.Consultant))
	if a := b.Get("/figures"); a.Status != 200 || strings.Contains(a.Body, "Contract value") {
		t.Errorf("status %d, or a figure is shown", a.Status)
	}
	if a := b.Get("/figures/vendors.value-to-decide"); a.Status != 404 {
		t.Errorf("status %d, want 404", a.Status)
	}
}
