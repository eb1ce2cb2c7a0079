package modules_test

import (
	"net/url"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/people"
)

// TestASalaryIsSeenByTheManagerAboveAndByNobodyElseWhicheverWay tries every way out of the
// program: a department head sees the own people and no salary, and so it is with all roles.
func TestASalaryIsSeenByTheManagerAboveAndByNobodyElseWhicheverWay(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		boss := p.Person(t, "Boss", access.MISManager)
		others := map[string]*access.Actor{}
		for _, role := range access.Roles() {
			if role.Name != access.DepartmentHead {
				others[role.Name] = p.Person(t, "Another "+role.Name, role.Name)
			}
		}
		head := p.Person(t, "Head")
		unit := &org.Unit{Name: "Platforms", Kind: org.Department, Head: records.Some(records.ID[org.Person](head.Person))}
		ada := &org.Person{Name: "Ada Below", Manager: records.Some(records.ID[org.Person](boss.Person))}
		eve := &org.Person{Name: "Eve Elsewhere"}
		hers := &people.Salary{Starts: "2026-01-01", Yearly: records.Money{Minor: 71234_00, Currency: "EUR"}, Notes: records.Some("zebraword raise")}
		else1 := &people.Salary{Starts: "2026-01-01", Yearly: records.Money{Minor: 98765_00, Currency: "EUR"}}
		p.Do(t, func(u *records.Tx) error {
			if err := org.Units.Create(u, unit); err != nil {
				return err
			}
			ada.Unit, eve.Unit = records.Some(unit.ID), records.Some(unit.ID)
			for person, salary := range map[*org.Person]*people.Salary{ada: hers, eve: else1} {
				if err := org.Persons.Create(u, person); err != nil {
					return err
				}
				salary.Person = person.ID
				if err := people.Salaries.Create(u, salary); err != nil {
					return err
				}
			}
			return people.Salaries.Update(u, hers.ID, func(s *people.Salary) error { s.Yearly.Minor = 72345_00; return nil })
		})
		others[access.DepartmentHead] = head
		ref := "people.salary/" + string(hers.ID)
		ways := []string{"/people/salaries", "/people/salaries?sort=-yearly", "/people/salaries?yearly.gte=1", "/people/salaries?columns=yearly", "/people/salaries.csv", "/people/salaries.xlsx", "/people/salaries.xlsx?columns=all", "/people/salaries?as_of=2026-02-01", "/people/salaries/views",
			"/people/salaries/" + string(hers.ID), "/people/salaries/" + string(hers.ID) + "/edit", "/people/salaries/new", "/people/salaries/import", "/people/salaries/PAY-0001",
			"/api/v1/people/salaries", "/api/v1/people/salaries?sort=yearly&fields=yearly", "/api/v1/people/salaries/" + string(hers.ID), "/api/v1/people/salaries/" + string(hers.ID) + "/history", "/access?ref=" + ref}
		// Pages that anybody may open, or some: they tell nothing.
		open := []string{"/", "/search?q=zebraword", "/search?q=PAY-0001", "/palette?q=zebra", "/org/people/" + string(ada.ID), "/org/people", "/org/people.csv", "/org/units/" + string(unit.ID), "/figures", "/money/actuals",
			"/reports/monthly?month=2026-01&format=html", "/api/v1/org/people", "/api/v1/org/people/" + string(ada.ID), "/notifications", "/settings/log", "/inbox"}
		secrets := []string{"71234", "71,234", "72345", "72,345", "98765", "98,765", "zebraword raise", string(hers.ID), string(else1.ID)}
		told := func(body string) string {
			for _, s := range secrets {
				if strings.Contains(body, s) {
					return s
				}
			}
			return ""
		}
		for role, actor := range others {
			b := p.Browser(t, actor)
			mayAny := role == access.MISManager // has a line, in which nobody is: an empty list and no more
			for _, way := range ways {
				a := b.Get(way)
				if in, known := letIn(a); !known || in && !mayAny && a.Status != 200 || in && !mayAny && !strings.HasPrefix(way, "/api/") {
					t.Errorf("%s for %s: %d", way, role, a.Status)
				}
				if s := told(strings.ReplaceAll(a.Body, way, "")); s != "" {
					t.Errorf("%s for %s tells %q", way, role, s)
				}
			}
			for _, way := range open {
				a := b.Get(way)
				if s := told(strings.ReplaceAll(a.Body, url.QueryEscape("zebraword raise"), "")); s != "" {
					t.Errorf("%s for %s tells %q", way, role, s)
				}
				if !mayAny && strings.Contains(a.Body, "/people/salaries") {
					t.Errorf("%s for %s speaks of salaries", way, role)
				}
			}
			for _, way := range []string{"/people/salaries/" + string(hers.ID), "/people/salaries/" + string(hers.ID) + "/archive", "/people/salaries/" + string(hers.ID) + "/comment", "/people/salaries/" + string(hers.ID) + "/tag", "/people/salaries/bulk", "/follow/" + ref} {
				a := b.Post(way, url.Values{"do": {"change"}, "every": {"true"}, "yearly": {"1"}, "body": {"x"}, "tag": {"x"}})
				if in, known := letIn(a); !known || in {
					t.Errorf("POST %s for %s: %d", way, role, a.Status)
				}
			}
		}
		b := p.Browser(t, boss)
		for _, way := range []string{"/people/salaries", "/people/salaries?sort=-yearly", "/people/salaries/" + string(hers.ID), "/people/salaries.csv", "/api/v1/people/salaries", "/search?q=zebraword", "/org/people/" + string(ada.ID)} {
			a := b.Get(way)
			if a.Status != 200 || !strings.Contains(a.Body, string(hers.ID)) && told(a.Body) == "" {
				t.Errorf("%s for the manager above: %d, and tells nothing", way, a.Status)
			}
			if strings.Contains(a.Body, string(else1.ID)) || strings.Contains(a.Body, "98") && strings.Contains(a.Body, "765") {
				t.Errorf("%s for the manager above tells of somebody who is not below", way)
			}
		}
		if a := b.Get("/people/salaries/" + string(else1.ID)); a.Status != 404 {
			t.Errorf("the salary of somebody who is not below: %d", a.Status)
		}
	})
}
