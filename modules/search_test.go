package modules_test

import (
	"fmt"
	"testing"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/systems"
	"steward/modules/vendors"
)

func TestNoRecordTypeCrowdsTheOthersOutOfTheSearch(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		owner := p.Person(t, "Ada Owner", access.Employee)
		var own string
		p.Do(t, func(u *records.Tx) error {
			for i := range 60 {
				if err := vendors.Vendors.Create(u, &vendors.Vendor{Name: fmt.Sprintf("Quaman %02d", i), Country: "DE", State: vendors.Approved}); err != nil {
					return err
				}
			}
			s := systems.System{Name: "Store of Quaman", State: systems.Live, Criticality: systems.Important, Owner: records.Some(records.ID[org.Person](owner.Person))}
			err := systems.Systems.Create(u, &s)
			own = string(s.ID)
			return err
		})
		p.Look(t, access.System(), func(v *records.View) error {
			found, err := records.Find(v, "quaman", 12)
			if err != nil {
				return err
			}
			if len(found) != 12 || found[4].ID != own {
				t.Errorf("the system is not the fifth of 12: %+v", found)
			}
			if found[0].Label.Title != "Quaman 00" || found[11].Label.Title != "Quaman 10" {
				t.Errorf("the vendors are not in order: %+v", found)
			}
			return nil
		})
		// What may not be seen takes places first, and still does not hide what may be.
		p.Look(t, owner, func(v *records.View) error {
			found, err := records.Find(v, "quaman", 2)
			if err != nil {
				return err
			}
			for _, f := range found {
				if f.ID != own {
					t.Errorf("an employee finds %s", f.Label.Title)
				}
			}
			if len(found) != 1 {
				t.Errorf("an employee finds %d records, want the own system", len(found))
			}
			return nil
		})
	})
}
