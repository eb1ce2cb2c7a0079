package systems_test

import (
	"context"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit"
	"steward/modules"
	"steward/modules/systems"
	"steward/modules/vendors"
)

// each runs fn in a writing transaction of Steward itself, on both databases.
func each(t *testing.T, fn func(t *testing.T, u *records.Tx)) {
	t.Helper()
	eachDatabase(t, func(t *testing.T, db *storage.Database) {
		if err := db.Update(context.Background(), access.System(), func(u *storage.Update) error { fn(t, u); return nil }); err != nil {
			t.Fatal(err)
		}
	})
}

func eachDatabase(t *testing.T, fn func(t *testing.T, db *storage.Database)) {
	t.Helper()
	all := modules.All()
	testkit.Each(t, func(t *testing.T, db *storage.Database) {
		records.NewRegistry(app.Types(all)...).Attach(db)
		fn(t, db)
	}, app.Migrations(all)...)
}

func create[T any](t *testing.T, u *records.Tx, typ *records.Type[T], rec *T) *T {
	t.Helper()
	if err := typ.Create(u, rec); err != nil {
		t.Fatalf("create %s: %v", typ.Def().Name, err)
	}
	return rec
}

func system(t *testing.T, u *records.Tx, name string, change ...func(*systems.System)) *systems.System {
	t.Helper()
	s := &systems.System{Name: name, State: systems.Live, Criticality: systems.Standard}
	for _, c := range change {
		c(s)
	}
	return create(t, u, systems.Systems, s)
}

func component(t *testing.T, u *records.Tx, of *systems.System, name string, change ...func(*systems.Component)) *systems.Component {
	t.Helper()
	c := &systems.Component{Name: name, System: of.ID, Kind: systems.ApplicationServer}
	for _, f := range change {
		f(c)
	}
	return create(t, u, systems.Components, c)
}

func needs(t *testing.T, u *records.Tx, s *systems.System, what records.Ref, change ...func(*systems.Dependency)) *systems.Dependency {
	t.Helper()
	d := &systems.Dependency{Title: "its work", System: s.ID, Needs: what, Kind: systems.Data, Effect: systems.Stops}
	for _, c := range change {
		c(d)
	}
	return create(t, u, systems.Dependencies, d)
}

// refused says that err is about the field and of the kind.
func refused(t *testing.T, err error, kind fail.Kind, field string) {
	t.Helper()
	if !fail.Is(err, kind) || fail.As(err).Field != field {
		t.Errorf("got %v, want %v about %q", err, kind, field)
	}
}

func TestTheTablesAreAsTheDefinitionsWantThem(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		drift, err := records.RegistryOf(u).Drift(&u.View)
		if err != nil || len(drift) > 0 {
			t.Errorf("drift %q, %v; want none", drift, err)
		}
	})
}

func TestADependencyStaysWithinItsSystemAndNeverNeedsItself(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		erp, shop := system(t, u, "ERP"), system(t, u, "Shop")
		db := component(t, u, erp, "HANA")
		err := systems.Dependencies.Create(u, &systems.Dependency{Title: "x", System: erp.ID, Needs: systems.Systems.Ref(erp.ID), Kind: systems.Data, Effect: systems.Stops})
		refused(t, err, fail.Invalid, "needs")
		err = systems.Dependencies.Create(u, &systems.Dependency{Title: "x", System: shop.ID, Part: records.Some(db.ID), Needs: systems.Systems.Ref(erp.ID), Kind: systems.Data, Effect: systems.Stops})
		refused(t, err, fail.Invalid, "part")
		err = systems.Dependencies.Create(u, &systems.Dependency{Title: "x", System: shop.ID, Needs: systems.Systems.Ref(erp.ID), Kind: systems.Data, Effect: systems.Stops, AtLeast: records.Some(int64(1))})
		refused(t, err, fail.Invalid, "redundancy")
		err = systems.Dependencies.Create(u, &systems.Dependency{Title: "x", System: shop.ID, Needs: "org.person/" + records.Ref(erp.ID), Kind: systems.Data, Effect: systems.Stops})
		refused(t, err, fail.Invalid, "needs")
		needs(t, u, shop, systems.Components.Ref(db.ID))
	})
}

func TestADepartmentUsesASystemOnce(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		erp := system(t, u, "ERP")
		sales := create(t, u, org.Units, &org.Unit{Name: "Sales", Kind: org.Department})
		first := create(t, u, systems.Uses, &systems.Use{System: erp.ID, Unit: sales.ID, Importance: systems.Vital})
		again := func() error {
			return systems.Uses.Create(u, &systems.Use{System: erp.ID, Unit: sales.ID, Importance: systems.Useful})
		}
		refused(t, again(), fail.Conflict, "unit")
		if err := systems.Uses.Archive(u, first.ID); err != nil {
			t.Fatal(err)
		}
		if err := again(); err != nil {
			t.Errorf("after the first use was archived: %v", err)
		}
	})
}

func TestTheSharesOfAContractNeverPassTheWhole(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		erp, shop := system(t, u, "ERP"), system(t, u, "Shop")
		sap := create(t, u, vendors.Vendors, &vendors.Vendor{Name: "SAP", Country: "DE", State: vendors.Approved})
		c := create(t, u, vendors.Contracts, &vendors.Contract{Title: "Support", Vendor: sap.ID, State: vendors.Active, Starts: "2025-01-01", WorkingDay: vendors.Earlier})
		create(t, u, systems.ContractUses, &systems.ContractUse{System: erp.ID, Contract: c.ID, Share: 60_00})
		refused(t, systems.ContractUses.Create(u, &systems.ContractUse{System: shop.ID, Contract: c.ID, Share: 40_01}), fail.Invalid, "share")
		refused(t, systems.ContractUses.Create(u, &systems.ContractUse{System: erp.ID, Contract: c.ID, Share: 1_00}), fail.Conflict, "contract")
		create(t, u, systems.ContractUses, &systems.ContractUse{System: shop.ID, Contract: c.ID, Share: 40_00})
	})
}
