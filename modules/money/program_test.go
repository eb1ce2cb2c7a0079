package money_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/money"
	"steward/modules/systems"
)

// company is a program with a sales and a plant department, a system and costs
// in each, and the head of sales.
type company struct {
	*apptest.Program
	shop, mes *systems.System
	head      *access.Actor
}

func eachCompany(t *testing.T, fn func(t *testing.T, c *company)) {
	t.Helper()
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		c := &company{Program: p}
		head := p.Person(t, "Hanna Head", access.DepartmentHead)
		p.Do(t, func(u *records.Tx) error {
			sales, plant := unit(t, u, "Sales"), unit(t, u, "Plant")
			c.shop, c.mes = system(t, u, "Webshop", sales), system(t, u, "Execution", plant)
			for _, s := range []*systems.System{c.shop, c.mes} {
				planned(t, u, 1200_00, func(b *money.BudgetLine) { b.System = records.Some(s.ID) })
				spent(t, u, "2026-01-01", 150_00, func(l *money.CostLine) { l.System = records.Some(s.ID) })
			}
			spent(t, u, "2026-01-01", 7_00) // of no department
			return org.Units.Update(u, sales.ID, func(x *org.Unit) error {
				x.Head = records.Some(records.ID[org.Person](head.Person))
				return nil
			})
		})
		p.Do(t, func(u *records.Tx) (err error) { c.head, err = signin.ActorOf(u, head.Person); return err })
		fn(t, c)
	})
}

func TestADepartmentHeadSeesTheOwnSystemsAndCostsOnly(t *testing.T) {
	eachCompany(t, func(t *testing.T, c *company) {
		c.Look(t, c.head, func(v *records.View) error {
			own, err := systems.Systems.List(v, records.Query{})
			if err != nil {
				return err
			}
			if len(own) != 1 || own[0].Name != "Webshop" {
				t.Errorf("the head sees %d systems, want the webshop alone", len(own))
			}
			l, err := money.Read(v, money.Ask{Year: 2026, By: money.BySystem, To: "2026-01-01"})
			if err != nil {
				return err
			}
			if l.Total.Actual != 150_00 || l.Total.Plan != 1200_00 || len(l.Rows) != 1 {
				t.Errorf("the head adds up %d of %d in %d rows; want 15000 of 120000 in one", l.Total.Actual, l.Total.Plan, len(l.Rows))
			}
			return nil
		})
		b := c.Browser(t, c.head)
		page := b.Get("/money/actuals")
		if page.Status != http.StatusOK || !strings.Contains(page.Body, "Webshop") || strings.Contains(page.Body, "Execution") {
			t.Errorf("the page answers %d, names the webshop %v, and the plant's system %v", page.Status, strings.Contains(page.Body, "Webshop"), strings.Contains(page.Body, "Execution"))
		}
		for path, want := range map[string]int{
			systems.Systems.Path(c.shop.ID):                                        http.StatusOK,
			systems.Systems.Path(c.mes.ID):                                         http.StatusNotFound,
			"/money/actuals?system=" + string(c.mes.ID):                            http.StatusNotFound,
			"/systems/impact?ref=" + string(systems.Systems.Ref(c.shop.ID)):        http.StatusOK,
			"/systems/impact?ref=" + string(systems.Systems.Ref(c.mes.ID)):         http.StatusNotFound,
			"/systems/impact?ref=org.person/" + c.head.Person:                      http.StatusNotFound,
			"/money/actuals?fy=abc&by=%22%3E%3Cscript%3E&to=2026-13-99&category=x": http.StatusOK,
		} {
			if got := b.Get(path).Status; got != want {
				t.Errorf("%s answers %d to the head, want %d", path, got, want)
			}
		}
		if got := c.Browser(t, c.Person(t, "Emil Employee", access.Employee)).Get("/money/actuals").Status; got != http.StatusNotFound {
			t.Errorf("an employee is answered %d, want 404", got)
		}
	})
}

func TestACostAbovePlanIsAskedOnceAndMovedBudgetEndsIt(t *testing.T) {
	eachCompany(t, func(t *testing.T, c *company) {
		c.Do(t, func(u *records.Tx) error {
			spent(t, u, "2026-02-01", 1170_00, func(l *money.CostLine) { l.System = records.Some(c.shop.ID) }) // 1320 of 1200
			planned(t, u, 500_00, func(b *money.BudgetLine) { b.System = records.Some(c.mes.ID) })
			return nil
		})
		find := func() (open []*decisions.Decision) {
			t.Helper()
			if err := c.Refresh(context.Background()); err != nil {
				t.Fatal(err)
			}
			c.Look(t, access.System(), func(v *records.View) error {
				all, err := decisions.List(v, decisions.All, 50)
				for _, d := range all {
					if d.Kind == "money.over-plan" {
						open = append(open, d)
					}
				}
				return err
			})
			return open
		}
		find()
		open := find()
		if len(open) != 1 || open[0].Amount.V != euro(120_00) || open[0].Option("move") == nil {
			t.Fatalf("open decisions %+v; want one about 12000 that offers to move budget", open)
		}
		boss := c.Person(t, "Mia Manager", access.MISManager)
		c.DoAs(t, boss, func(u *records.Tx) error {
			return decisions.Decide(u, open[0].ID, decisions.Choice{Option: "move", Reason: "The plant spends less."})
		})
		c.Look(t, access.System(), func(v *records.View) error {
			l, err := money.Read(v, money.Ask{Year: 2026, By: money.BySystem, To: "2026-01-01"})
			if err != nil {
				return err
			}
			for _, row := range l.Rows {
				if want := map[string]int64{string(c.shop.ID): 1320_00, string(c.mes.ID): 1580_00}[row.Key]; row.Key != "" && row.Plan != want {
					t.Errorf("after the move the plan of %s is %d, want %d", row.Key, row.Plan, want)
				}
			}
			return nil
		})
		if left := find(); len(left) != 0 {
			t.Errorf("%d decisions are open after the move, want none", len(left))
		}
	})
}

func TestTheFiguresOfMoneyAndSystemsExplainThemselves(t *testing.T) {
	eachCompany(t, func(t *testing.T, c *company) {
		c.Do(t, func(u *records.Tx) error {
			return systems.Systems.Update(u, c.shop.ID, func(s *systems.System) error {
				s.Users, s.Criticality = records.Some(int64(30)), systems.MissionCritical
				return nil
			})
		})
		c.Do(t, func(u *records.Tx) error {
			create(t, u, systems.Components, &systems.Component{Name: "db", System: c.shop.ID, Kind: systems.DatabaseServer})
			return nil
		})
		set := figures.NewSet(append(money.Module().Figures, systems.Module().Figures...))
		compute := func(key string, s figures.Scope) (res figures.Result) {
			t.Helper()
			c.Look(t, access.System(), func(v *records.View) (err error) {
				res, err = set.Figure(key).Compute(v, s, c.Clock.Now())
				return err
			})
			return res
		}
		run := compute("money.run-cost", figures.Organisation)
		if run.Value.Minor != 307_00 || run.Target == nil || *run.Target != 200 || run.Total != 2 {
			t.Errorf("run cost %+v against %v by %d systems; want 30700 against 200 by two", run.Value, run.Target, run.Total)
		}
		if said := fmt.Sprint(run.Condition); !strings.Contains(said, "2026-01-01") || !regexp.MustCompile(`2026-\d\d-(28|30|31)`).MatchString(said) {
			t.Errorf("the costs counted are told as %s; want from the year's first day to a month's last", said)
		}
		of := figures.Of(systems.Systems.Ref(c.shop.ID))
		if got := compute("money.run-cost", of).Value.Minor; got != 150_00 {
			t.Errorf("run cost of the shop %d, want 15000", got)
		}
		if got := compute("money.cost-per-user", of).Value.Minor; got != 5_00 {
			t.Errorf("cost per user of the shop %d, want 500", got)
		}
		mes := compute("money.cost-per-user", figures.Of(systems.Systems.Ref(c.mes.ID)))
		if mes.Value.Known() || len(mes.Gaps) != 1 {
			t.Errorf("cost per user of a system without known users %+v with %d gaps; want unknown with one", mes.Value, len(mes.Gaps))
		}
		for key, want := range map[string]float64{"systems.without-owner": 2, "systems.without-recovery": 2, "systems.single-points": 1} {
			if got := compute(key, figures.Organisation); got.Value.Number != want || got.Total != int64(want) {
				t.Errorf("%s is %v of %d inputs, want %v", key, got.Value.Number, got.Total, want)
			}
		}
		c.Clock.Set(time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC))
		if got := compute("money.run-cost", figures.Organisation); got.Value.State != figures.NA || len(got.Gaps) != 1 {
			t.Errorf("before the year's first month is over %+v with %d gaps; want n/a with one", got.Value, len(got.Gaps))
		}
	})
}

func TestARefusedFormShowsNoChoiceThatNobodyMade(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	b := p.Browser(t, p.Person(t, "Helena", access.MISManager))
	a := b.Post("/money/cost-lines", url.Values{"name": {"Licences"}, "category": {""}})
	if want := `aria-describedby="f-category-e"><option value="" selected>`; a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, want) {
		t.Errorf("%d, want the category still open: %s", a.Status, want)
	}
}
