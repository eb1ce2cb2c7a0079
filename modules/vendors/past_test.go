package vendors_test

import (
	"testing"
	"time"

	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/vendors"
)

func TestContractsAreReadAsTheyWereAtAMoment(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		var v vendors.Vendor
		c := vendors.Contract{Title: "Backup", State: vendors.Active, Starts: "2025-01-01", WorkingDay: vendors.Earlier}
		first := p.Clock.Now()
		p.Do(t, func(u *records.Tx) error {
			v = vendors.Vendor{Name: "Nordwind", Country: "DE", State: vendors.Approved}
			if err := vendors.Vendors.Create(u, &v); err != nil {
				return err
			}
			c.Vendor = v.ID
			return vendors.Contracts.Create(u, &c)
		})
		rename := func(names ...string) time.Time {
			p.Clock.Advance(24 * time.Hour)
			p.Do(t, func(u *records.Tx) error {
				for _, name := range names {
					if err := vendors.Contracts.Update(u, c.ID, func(c *vendors.Contract) error { c.Title = name; return nil }); err != nil {
						return err
					}
				}
				return nil
			})
			return p.Clock.Now()
		}
		second := rename("Backup, short-lived", "Backup and restore") // twice at one moment: the first held for no time
		third := rename("Backup, all sites")
		p.Clock.Advance(24 * time.Hour)
		p.Do(t, func(u *records.Tx) error { return vendors.Contracts.Archive(u, c.ID) })
		p.Do(t, func(u *records.Tx) error {
			for at, want := range map[time.Time]string{first.Add(-time.Second): "", first: "Backup", second.Add(-time.Microsecond): "Backup", second: "Backup and restore",
				third.Add(time.Hour): "Backup, all sites", p.Clock.Now(): ""} {
				then := records.AsOf(&u.View, at)
				got, err := vendors.Contracts.List(then, records.Query{Search: "backup"})
				if err != nil {
					return err
				}
				n, err := vendors.Contracts.Count(then, records.Query{})
				if err != nil {
					return err
				}
				switch {
				case want == "" && (len(got) != 0 || n != 0):
					t.Errorf("at %v there are %d contracts, want none", at, n)
				case want != "" && (len(got) != 1 || n != 1 || got[0].Title != want):
					t.Errorf("at %v: got %d contracts %v, want %q", at, n, got, want)
				}
			}
			if _, err := vendors.Vendors.List(records.AsOf(&u.View, first), records.Query{}); !fail.Is(err, fail.Invalid) {
				t.Errorf("a type without past rows answered %v, want a refusal", err)
			}
			return nil
		})
	})
}
