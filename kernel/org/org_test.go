package org_test

import (
	"context"
	"testing"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit"
)

func each(t *testing.T, fn func(t *testing.T, u *records.Tx)) {
	testkit.Each(t, func(t *testing.T, db *storage.Database) {
		records.NewRegistry(org.Records()...).Attach(db)
		if err := db.Update(context.Background(), access.System(), func(u *storage.Update) error { fn(t, u); return nil }); err != nil {
			t.Fatal(err)
		}
	}, records.Migrations(), org.Migrations())
}

func unit(t *testing.T, u *records.Tx, name string, parent *org.Unit) *org.Unit {
	t.Helper()
	n := &org.Unit{Name: name, Kind: org.Department}
	if parent != nil {
		n.Parent = records.Some(parent.ID)
	}
	if err := org.Units.Create(u, n); err != nil {
		t.Fatal(err)
	}
	return n
}

func below(t *testing.T, u *records.Tx, of *org.Unit) (n int) {
	t.Helper()
	if _, err := u.Row("SELECT COUNT(*) FROM org_unit_closure WHERE ancestor = $1", []any{string(of.ID)}, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAMovedUnitTakesEverythingBelowItAlong(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		company := unit(t, u, "Company", nil)
		sales, ops := unit(t, u, "Sales", company), unit(t, u, "Operations", company)
		team := unit(t, u, "Field team", sales)
		unit(t, u, "Berlin", team)
		if got := below(t, u, sales); got != 3 {
			t.Fatalf("below sales before the move: %d units, want 3", got)
		}
		if err := org.Units.Update(u, team.ID, func(x *org.Unit) error { x.Parent = records.Some(ops.ID); return nil }); err != nil {
			t.Fatal(err)
		}
		if s, o, c := below(t, u, sales), below(t, u, ops), below(t, u, company); s != 1 || o != 3 || c != 5 {
			t.Errorf("after the move below sales %d, operations %d, company %d; want 1, 3, 5", s, o, c)
		}
		err := org.Units.Update(u, ops.ID, func(x *org.Unit) error { x.Parent = records.Some(team.ID); return nil })
		if !fail.Is(err, fail.Invalid) || fail.As(err).Field != "parent" {
			t.Errorf("a unit put below itself: %v, want invalid parent", err)
		}
	})
}

func TestAPersonCannotReportToSomebodyBelow(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		boss := &org.Person{Name: "Helena"}
		if err := org.Persons.Create(u, boss); err != nil {
			t.Fatal(err)
		}
		anna := &org.Person{Name: "Anna", Manager: records.Some(boss.ID)}
		if err := org.Persons.Create(u, anna); err != nil {
			t.Fatal(err)
		}
		err := org.Persons.Update(u, boss.ID, func(p *org.Person) error { p.Manager = records.Some(anna.ID); return nil })
		if !fail.Is(err, fail.Invalid) {
			t.Errorf("a loop of managers: %v, want invalid", err)
		}
	})
}

func TestConvertUsesTheRateInForceOnTheDay(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		for _, x := range []org.Rate{
			{Currency: "EUR", InCurrency: "HUF", Starts: "2026-01-01", Rate: 400_500000, Source: "ECB"},
			{Currency: "EUR", InCurrency: "HUF", Starts: "2026-02-01", Rate: 390_000000, Source: "ECB"},
		} {
			if err := org.Rates.Create(u, &x); err != nil {
				t.Fatal(err)
			}
		}
		for _, tt := range []struct {
			amount records.Money
			to     string
			on     records.Date
			want   int64
		}{
			{records.Money{Minor: 100_00, Currency: "EUR"}, "HUF", "2026-01-31", 40_050_00},
			{records.Money{Minor: 100_00, Currency: "EUR"}, "HUF", "2026-02-01", 39_000_00},
			{records.Money{Minor: 39_000_00, Currency: "HUF"}, "EUR", "2026-03-01", 100_00},
		} {
			c, known, err := org.Convert(u, tt.amount, tt.to, tt.on)
			if err != nil || !known || c.Amount.Minor != tt.want {
				t.Errorf("%v on %s in %s = %v %v %v, want %d", tt.amount, tt.on, tt.to, c.Amount, known, err, tt.want)
			}
		}
		if _, known, err := org.Convert(u, records.Money{Minor: 1, Currency: "SEK"}, "EUR", "2026-02-01"); known || err != nil {
			t.Errorf("without a rate: known %v, %v; want unknown", known, err)
		}
	})
}

func TestTheTablesAgreeWithTheDefinitions(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		drift, err := records.RegistryOf(u).Drift(&u.View)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range drift {
			t.Error(d)
		}
	})
}
