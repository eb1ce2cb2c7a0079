package systems_test

import (
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/systems"
)

func TestALandscapeThatIsKeptFollowsEveryChange(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		var shop systems.System
		down := func(want int, when string) {
			t.Helper()
			p.Look(t, access.System(), func(v *records.View) error {
				l, err := systems.ReadLandscape(v)
				if err != nil {
					return err
				}
				out, err := l.WhatIf(systems.Systems.Ref(shop.ID))
				if err != nil {
					return err
				}
				if len(out.All) != want {
					t.Errorf("%s: %d systems are down, want %d", when, len(out.All), want)
				}
				again, err := systems.ReadLandscape(v)
				if again != l {
					t.Errorf("%s: nothing changed, and it was read again", when)
				}
				return err
			})
			p.Clock.Advance(time.Hour)
		}
		var portal systems.System
		var need systems.Dependency
		p.Do(t, func(u *records.Tx) error {
			shop = systems.System{Name: "Shop", Criticality: systems.Important, State: systems.Live}
			portal = systems.System{Name: "Portal", Criticality: systems.Important, State: systems.Live}
			if err := systems.Systems.Create(u, &shop); err != nil {
				return err
			}
			return systems.Systems.Create(u, &portal)
		})
		down(1, "without a dependency")
		p.Do(t, func(u *records.Tx) error {
			need = systems.Dependency{Title: "Orders", System: portal.ID, Needs: systems.Systems.Ref(shop.ID), Kind: systems.Data, Effect: systems.Stops}
			return systems.Dependencies.Create(u, &need)
		})
		down(2, "with a dependency")
		p.Do(t, func(u *records.Tx) error {
			return systems.Dependencies.Update(u, need.ID, func(d *systems.Dependency) error { d.Effect = systems.Hampers; return nil })
		})
		down(1, "when it only hampers")
		p.Do(t, func(u *records.Tx) error {
			return systems.Dependencies.Update(u, need.ID, func(d *systems.Dependency) error { d.Effect = systems.Stops; return nil })
		})
		p.Do(t, func(u *records.Tx) error { return systems.Systems.Archive(u, portal.ID) })
		down(1, "when what needs it is archived")
	})
}
