package bridge_test

import (
	"context"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/testkit/apptest"
	every "steward/modules"
	"steward/modules/systems"
)

func TestAHeadOfADepartmentSeesItsFiguresAndNoOthers(t *testing.T) {
	p := apptest.SQLite(t, every.All())
	p.Organisation(t)
	head := p.Person(t, "Claudia Vogt")
	p.Do(t, func(u *records.Tx) error {
		for _, name := range []string{"Sales", "Production"} {
			unit := &org.Unit{Name: name, Kind: org.Department}
			if name == "Sales" {
				unit.Head = records.Some(records.ID[org.Person](head.Person))
			}
			if err := org.Units.Create(u, unit); err != nil {
				return err
			}
			if name == "Sales" {
				if err := signin.GiveRole(u, signin.Role{Person: head.Person, Role: access.DepartmentHead, Unit: string(unit.ID)}); err != nil {
					return err
				}
			}
			if err := systems.Systems.Create(u, &systems.System{Name: name + " system", Criticality: systems.Important, State: systems.Live, Unit: records.Some(unit.ID)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err := p.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
	a := p.Browser(t, head).Get("/")
	if a.Status != 200 || !strings.Contains(a.Body, "Systems without an owner · Sales") {
		t.Errorf("status %d, or the own department's figure is not shown:\n%s", a.Status, a.Body)
	}
	for _, other := range []string{"· Production", "Hosts seen in 24 hours"} {
		if strings.Contains(a.Body, other) {
			t.Errorf("%q is shown to the head of sales", other)
		}
	}
}
