package systems_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/modules/systems"
)

// landscape is an ERP on two application servers, of which one is enough, and
// one database; a shop that needs the ERP, and a portal that can do without.
type landscape struct {
	erp, shop, portal, old *systems.System
	app1, app2, db         *systems.Component
}

func build(t *testing.T, u *records.Tx) landscape {
	t.Helper()
	var l landscape
	l.erp = system(t, u, "ERP", func(s *systems.System) { s.Criticality = systems.MissionCritical; s.Users = records.Some(int64(600)) })
	l.shop, l.portal = system(t, u, "Shop"), system(t, u, "Portal")
	l.old = system(t, u, "Old ERP", func(s *systems.System) { s.State = systems.Retired })
	either := func(c *systems.Component) {
		c.Redundancy, c.AtLeast = records.Some("Application servers"), records.Some(int64(1))
	}
	l.app1 = component(t, u, l.erp, "app 1", either)
	l.app2 = component(t, u, l.erp, "app 2", either, func(c *systems.Component) { c.Redundancy = records.Some("application servers") })
	l.db = component(t, u, l.erp, "database", func(c *systems.Component) { c.Kind = systems.DatabaseServer })
	needs(t, u, l.shop, systems.Systems.Ref(l.erp.ID))
	needs(t, u, l.portal, systems.Systems.Ref(l.shop.ID), func(d *systems.Dependency) { d.Effect = systems.Hampers })
	needs(t, u, l.old, systems.Systems.Ref(l.erp.ID))
	return l
}

func whatIf(t *testing.T, u *records.Tx, refs ...records.Ref) *systems.Outcome {
	t.Helper()
	l, err := systems.ReadLandscape(u)
	if err != nil {
		t.Fatal(err)
	}
	out, err := l.WhatIf(refs...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func names(list []*systems.Part) []string {
	out := []string{}
	for _, p := range list {
		out = append(out, p.Name)
	}
	return out
}

func TestOneOfTwoServersFailsAndTheSystemGoesOn(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		l := build(t, u)
		out := whatIf(t, u, systems.Components.Ref(l.app1.ID))
		if len(out.Systems) != 0 {
			t.Errorf("systems down %q, want none", names(out.Systems))
		}
		if len(out.Saved) != 1 || out.Saved[0].Part.Name != "ERP" || out.Saved[0].Left != 1 || out.Saved[0].Of != 2 || out.Saved[0].Spare != 0 {
			t.Errorf("saved %+v, want ERP with 1 of 2 left and none to spare", out.Saved)
		}
	})
}

func TestBothServersFailAndTheFailureReachesWhatNeedsTheSystem(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		l := build(t, u)
		out := whatIf(t, u, systems.Components.Ref(l.app1.ID), systems.Components.Ref(l.app2.ID))
		if got, want := names(out.Systems), []string{"ERP", "Shop"}; !slices.Equal(got, want) {
			t.Errorf("systems down %q, want %q: the most critical first, and not the retired one", got, want)
		}
		if got, want := names(out.Hampered), []string{"Portal"}; !slices.Equal(got, want) {
			t.Errorf("hampered %q, want %q", got, want)
		}
		f, _ := out.Down(systems.Systems.Ref(l.shop.ID))
		if f.Wave != 2 || len(out.Chain(f)) != 3 {
			t.Errorf("the shop falls in wave %d by the chain %q, want wave 2 by shop, ERP, a server", f.Wave, out.Chain(f))
		}
	})
}

func TestASinglePointIsFoundAndAServerWithAStandInIsNone(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		b := build(t, u)
		l, err := systems.ReadLandscape(u)
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.SinglePointsOf(context.Background(), systems.Systems.Ref(b.shop.ID))
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, s := range got {
			found = append(found, s.Part.Name)
		}
		if want := []string{"ERP", "database"}; !slices.Equal(found, want) {
			t.Errorf("single points of the shop %q, want %q", found, want)
		}
	})
}

func TestADepartmentThatUsesTwoSystemsIsCountedOnceWithItsLargest(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		b := build(t, u)
		sales := create(t, u, org.Units, &org.Unit{Name: "Sales", Kind: org.Department})
		use := func(s *systems.System, users int64, how systems.Importance) {
			create(t, u, systems.Uses, &systems.Use{System: s.ID, Unit: sales.ID, Users: records.Some(users), Importance: how})
		}
		use(b.shop, 40, systems.Useful)
		use(b.erp, 25, systems.Vital)
		out := whatIf(t, u, systems.Components.Ref(b.db.ID))
		hits, err := systems.Departments(u, out.Systems)
		if err != nil {
			t.Fatal(err)
		}
		want := []systems.Hit{{Unit: string(sales.ID), Systems: 2, Users: 40, Known: true, Importance: systems.Vital}}
		if !slices.Equal(hits, want) {
			t.Errorf("hit %+v, want %+v", hits, want)
		}
	})
}

func TestASystemWithoutRecordedUseHitsItsOwnDepartment(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		b := build(t, u)
		hits, err := systems.Departments(u, whatIf(t, u, systems.Systems.Ref(b.erp.ID)).Systems)
		if err != nil {
			t.Fatal(err)
		}
		if len(hits) != 1 || hits[0].Unit != "" || hits[0].Users != 600 || hits[0].Systems != 2 {
			t.Errorf("hit %+v, want one unknown department with 600 users of two systems", hits)
		}
	})
}

func TestPartsThatNeedEachOtherStopTogether(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		a, b := system(t, u, "A"), system(t, u, "B")
		needs(t, u, a, systems.Systems.Ref(b.ID))
		needs(t, u, b, systems.Systems.Ref(a.ID))
		if got := names(whatIf(t, u, systems.Systems.Ref(a.ID)).Systems); !slices.Equal(got, []string{"A", "B"}) {
			t.Errorf("down %q, want both", got)
		}
	})
}

func TestAnArchivedSystemIsNoPartOfTheLandscape(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		b := build(t, u)
		if err := systems.Systems.Archive(u, b.shop.ID); err != nil {
			t.Fatal(err)
		}
		if got := names(whatIf(t, u, systems.Systems.Ref(b.erp.ID)).Systems); !slices.Equal(got, []string{"ERP"}) {
			t.Errorf("down %q, want the ERP alone", got)
		}
	})
}

func TestTheLandscapeIsReadWithOneStatement(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		build(t, u)
		before := u.Queries
		if _, err := systems.ReadLandscape(u); err != nil {
			t.Fatal(err)
		}
		if n := u.Queries - before; n != 1 {
			t.Errorf("%d statements, want 1", n)
		}
	})
}

func BenchmarkWhatIfWithFiveThousandParts(b *testing.B) {
	db := large(b, 5000)
	for b.Loop() {
		err := db.View(context.Background(), nil, func(v *storage.View) error {
			l, err := systems.ReadLandscape(v)
			if err != nil {
				return err
			}
			_, err = l.WhatIf(records.Ref(fmt.Sprintf("systems.component/c%d", 0)))
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
