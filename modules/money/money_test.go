package money_test

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
	"steward/modules/money"
	"steward/modules/systems"
	"steward/modules/vendors"
)

func eachStore(t *testing.T, fn func(t *testing.T, s *testkit.Store)) {
	t.Helper()
	all := modules.All()
	testkit.EachStore(t, func(t *testing.T, s *testkit.Store) {
		records.NewRegistry(app.Types(all)...).Attach(s.Database)
		fn(t, s)
	}, app.Migrations(all)...)
}

// each runs fn in a writing transaction of Steward itself, on both databases.
func each(t *testing.T, fn func(t *testing.T, u *records.Tx)) {
	t.Helper()
	eachStore(t, func(t *testing.T, s *testkit.Store) { update(t, s, func(u *records.Tx) { fn(t, u) }) })
}

func update(t *testing.T, s *testkit.Store, fn func(u *records.Tx)) {
	t.Helper()
	if err := s.Update(context.Background(), access.System(), func(u *storage.Update) error { fn(u); return nil }); err != nil {
		t.Fatal(err)
	}
}

func create[T any](t *testing.T, u *records.Tx, typ *records.Type[T], rec *T) *T {
	t.Helper()
	if err := typ.Create(u, rec); err != nil {
		t.Fatalf("create %s: %v", typ.Def().Name, err)
	}
	return rec
}

func euro(minor int64) records.Money { return records.Money{Minor: minor, Currency: "EUR"} }

func unit(t *testing.T, u *records.Tx, name string) *org.Unit {
	t.Helper()
	return create(t, u, org.Units, &org.Unit{Name: name, Kind: org.Department})
}

func system(t *testing.T, u *records.Tx, name string, of *org.Unit) *systems.System {
	t.Helper()
	s := &systems.System{Name: name, State: systems.Live, Criticality: systems.Standard}
	if of != nil {
		s.Unit = records.Some(of.ID)
	}
	return create(t, u, systems.Systems, s)
}

func contract(t *testing.T, u *records.Tx, change ...func(*vendors.Contract)) *vendors.Contract {
	t.Helper()
	v := create(t, u, vendors.Vendors, &vendors.Vendor{Name: "SAP", Country: "DE", State: vendors.Approved})
	c := &vendors.Contract{Title: "Support", Vendor: v.ID, State: vendors.Active, Starts: "2025-01-01", WorkingDay: vendors.Earlier, Yearly: records.Some(euro(1000_00))}
	for _, f := range change {
		f(c)
	}
	return create(t, u, vendors.Contracts, c)
}

func spent(t *testing.T, u *records.Tx, month records.Date, minor int64, change ...func(*money.CostLine)) *money.CostLine {
	t.Helper()
	c := &money.CostLine{Title: "Bill", Month: month, State: money.Actual, Kind: money.Run, Category: money.Software, Amount: euro(minor)}
	for _, f := range change {
		f(c)
	}
	return create(t, u, money.CostLines, c)
}

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

func TestALineTakesItsMonthsFirstDayAndItsSystemsDepartment(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		sales := unit(t, u, "Sales")
		shop := system(t, u, "Shop", sales)
		c := spent(t, u, "2026-02-17", 10_00, func(c *money.CostLine) { c.System = records.Some(shop.ID) })
		if c.Month != "2026-02-01" || c.Unit != records.Some(sales.ID) {
			t.Errorf("month %s, department %v; want 2026-02-01 and the system's", c.Month, c.Unit)
		}
		b := &money.BudgetLine{Title: "Licences", FiscalYear: 2026, Month: records.Some(records.Date("2027-01-05")), Kind: money.Run, Category: money.Software, Amount: euro(1)}
		refused(t, money.BudgetLines.Create(u, b), fail.Invalid, "month")
	})
}

func TestTheSameInvoiceIsNotBookedTwice(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		of := func(c *money.CostLine) { c.Source = records.Some("INV-7") }
		first := spent(t, u, "2026-02-01", 10_00, of)
		again := func() error {
			return money.CostLines.Create(u, &money.CostLine{Title: "Bill", Month: "2026-02-01", State: money.Actual, Kind: money.Run, Category: money.Software, Amount: euro(10_00), Source: records.Some("INV-7")})
		}
		refused(t, again(), fail.Conflict, "source")
		spent(t, u, "2026-02-01", 11_00, of) // another position of the same invoice
		if err := money.CostLines.Archive(u, first.ID); err != nil {
			t.Fatal(err)
		}
		if err := again(); err != nil {
			t.Errorf("after the first was put away: %v", err)
		}
	})
}

func TestOnlyStewardPostsCommitments(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		c := &money.CostLine{Title: "x", Month: "2026-02-01", State: money.Committed, Kind: money.Run, Category: money.Software, Amount: euro(1)}
		refused(t, money.CostLines.Create(u, c), fail.Invalid, "state")
	})
}
