package money_test

import (
	"testing"

	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/modules/money"
)

func planned(t *testing.T, u *records.Tx, minor int64, change ...func(*money.BudgetLine)) *money.BudgetLine {
	t.Helper()
	b := &money.BudgetLine{Title: "Plan", FiscalYear: 2026, Kind: money.Run, Category: money.Software, Amount: euro(minor)}
	for _, f := range change {
		f(b)
	}
	return create(t, u, money.BudgetLines, b)
}

func ledger(t *testing.T, u *records.Tx, a money.Ask) *money.Ledger {
	t.Helper()
	l, err := money.Read(u, a)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAYearsPlanFallsOnItsMonthsToTheCent(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		planned(t, u, 1000_00)
		planned(t, u, 50_00, func(b *money.BudgetLine) { b.Month = records.Some(records.Date("2026-01-09")) })
		spent(t, u, "2026-01-01", 200_00)
		spent(t, u, "2026-02-01", 10_00)
		l := ledger(t, u, money.Ask{Year: 2026, By: money.ByCategory, To: "2026-01-01"})
		want := money.Row{Key: "software", Plan: 1050_00, PlanTo: 133_33, Actual: 200_00, Later: 10_00}
		if len(l.Rows) != 1 || l.Rows[0] != want {
			t.Errorf("rows %+v, want %+v", l.Rows, want)
		}
		if v := l.Total.Variance(); v != 66_67 {
			t.Errorf("variance %d, want 6667 above the plan", v)
		}
		sum := int64(0)
		for _, m := range l.Months {
			sum += m.Plan
		}
		if len(l.Months) != 12 || sum != 1050_00 {
			t.Errorf("%d months plan %d, want 12 and 105000", len(l.Months), sum)
		}
	})
}

func TestForeignAmountsAreConvertedByTheirMonthsRateAndNamedWithoutOne(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		for day, rate := range map[records.Date]records.Scaled{"2026-01-01": 900_000, "2026-01-20": 800_000} {
			create(t, u, org.Rates, &org.Rate{Currency: "USD", InCurrency: "EUR", Starts: day, Rate: rate, Source: "ECB"})
		}
		in := func(currency string) func(*money.CostLine) {
			return func(c *money.CostLine) { c.Amount.Currency = currency }
		}
		spent(t, u, "2026-01-01", 100_00, in("USD"))
		spent(t, u, "2026-01-01", 70_00, in("SEK"))
		spent(t, u, "2026-01-01", 1_00)
		planned(t, u, 100_00, func(b *money.BudgetLine) { b.Amount.Currency = "USD" })
		l := ledger(t, u, money.Ask{Year: 2026, By: money.ByKind, To: "2026-01-01"})
		if l.Total.Actual != 81_00 || l.Total.Plan != 90_00 {
			t.Errorf("actual %d, plan %d; want 8100 at January's last rate and 9000 at the year's first", l.Total.Actual, l.Total.Plan)
		}
		if len(l.Rates) != 2 || len(l.Missing) != 1 || l.Missing[0].Amount != (records.Money{Minor: 70_00, Currency: "SEK"}) || l.Missing[0].On != "2026-01-31" {
			t.Errorf("rates %d, missing %+v; want both rates named and 70 SEK of 31 January missing", len(l.Rates), l.Missing)
		}
	})
}

func TestAFiscalYearThatStartsInJulyTakesItsOwnMonths(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		if err := org.Set(u, "organisation", org.Organisation{Name: "X", Country: "SE", Lang: "sv", Currency: "EUR", Timezone: "Europe/Stockholm", FiscalMonth: 7}); err != nil {
			t.Fatal(err)
		}
		for _, month := range []records.Date{"2025-06-01", "2025-07-01", "2026-06-01", "2026-07-01"} {
			spent(t, u, month, 10_00)
		}
		l := ledger(t, u, money.Ask{Year: 2025, By: money.ByMonth, To: "2026-06-01"})
		if l.Total.Actual != 20_00 || l.First != "2025-07-01" || l.Last != "2026-06-01" {
			t.Errorf("from %s to %s %d; want July 2025 to June 2026 with 2000", l.First, l.Last, l.Total.Actual)
		}
		refused(t, money.BudgetLines.Create(u, &money.BudgetLine{Title: "x", FiscalYear: 2026, Month: records.Some(records.Date("2026-06-01")), Kind: money.Run, Category: money.Software, Amount: euro(1)}), fail.Invalid, "month")
	})
}

func TestFiltersAndRowsAgree(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		sales, plant := unit(t, u, "Sales"), unit(t, u, "Plant")
		shop, mes := system(t, u, "Shop", sales), system(t, u, "MES", plant)
		spent(t, u, "2026-01-01", 10_00, func(c *money.CostLine) { c.System = records.Some(shop.ID) })
		spent(t, u, "2026-01-01", 20_00, func(c *money.CostLine) { c.System = records.Some(mes.ID); c.Kind = money.Change })
		spent(t, u, "2026-01-01", 5_00)
		for _, by := range []money.By{money.BySystem, money.ByUnit, money.ByCategory, money.ByKind, money.ByMonth} {
			l := ledger(t, u, money.Ask{Year: 2026, By: by, To: "2026-01-01"})
			sum := int64(0)
			for _, r := range l.Rows {
				sum += r.Actual
			}
			if sum != 35_00 || l.Total.Actual != 35_00 {
				t.Errorf("by %s the rows come to %d and the total to %d, want 3500", by, sum, l.Total.Actual)
			}
		}
		for what, got := range map[string]int64{
			"shop":      ledger(t, u, money.Ask{Year: 2026, By: money.ByMonth, To: "2026-01-01", System: shop.ID}).Total.Actual - 10_00,
			"plant":     ledger(t, u, money.Ask{Year: 2026, By: money.BySystem, To: "2026-01-01", Unit: plant.ID}).Total.Actual - 20_00,
			"change":    ledger(t, u, money.Ask{Year: 2026, By: money.BySystem, To: "2026-01-01", Kind: money.Change}).Total.Actual - 20_00,
			"last year": ledger(t, u, money.Ask{Year: 2025, By: money.BySystem, To: "2025-12-01"}).Total.Actual,
		} {
			if got != 0 {
				t.Errorf("filtered by %s the total is %d off", what, got)
			}
		}
	})
}
