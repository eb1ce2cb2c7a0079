package money_test

import (
	"testing"
	"time"

	"steward/kernel/records"
	"steward/kernel/testkit"
	"steward/modules/money"
	"steward/modules/systems"
	"steward/modules/vendors"
)

// committed are the open commitments by month and system, "" for none.
func committed(t *testing.T, u *records.Tx) (lines map[string]int64, sum int64) {
	t.Helper()
	all, err := money.CostLines.List(u, records.Query{Where: []records.Cond{records.Is(&money.CostLines.P.State, money.Committed)}})
	if err != nil {
		t.Fatal(err)
	}
	lines = map[string]int64{}
	for _, c := range all {
		name := ""
		if c.System.Set {
			s, err := systems.Systems.Get(u, c.System.V)
			if err != nil {
				t.Fatal(err)
			}
			name = " " + s.Name
		}
		lines[string(c.Month[:7])+name] += c.Amount.Minor
		sum += c.Amount.Minor
	}
	return lines, sum
}

func commit(t *testing.T, u *records.Tx, c *vendors.Contract) int {
	t.Helper()
	n, err := money.Commit(u, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAContractCommitsTwoYearsToTheCentAndOnlyOnce(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		c := contract(t, u)
		if n := commit(t, u, c); n != 24 {
			t.Errorf("posted %d lines, want 24", n)
		}
		lines, sum := committed(t, u)
		if sum != 2*1000_00 || lines["2026-01"] != 83_33 || lines["2026-12"] != 83_34 {
			t.Errorf("sum %d, January %d, December %d; want 200000, 8333 and 8334", sum, lines["2026-01"], lines["2026-12"])
		}
		if n := commit(t, u, c); n != 0 {
			t.Errorf("posted %d lines again, want none", n)
		}
	})
}

func TestTheSystemsThatAContractServesShareItAndTheRestStays(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		c := contract(t, u, func(c *vendors.Contract) { c.Yearly = records.Some(euro(1200_01)) })
		sales := unit(t, u, "Sales")
		erp, shop := system(t, u, "ERP", nil), system(t, u, "Shop", sales)
		create(t, u, systems.ContractUses, &systems.ContractUse{System: erp.ID, Contract: c.ID, Share: 33_33})
		create(t, u, systems.ContractUses, &systems.ContractUse{System: shop.ID, Contract: c.ID, Share: 33_33})
		commit(t, u, c)
		lines, sum := committed(t, u)
		if sum != 2*1200_01 {
			t.Errorf("sum %d, want twice 120001: no cent is lost", sum)
		}
		if got := [3]int64{lines["2026-03 ERP"], lines["2026-03 Shop"], lines["2026-03"]}; got != [3]int64{33_33, 33_33, 33_34} {
			t.Errorf("March is split %v, want 3333, 3333 and 3334 left", got)
		}
		first, err := money.CostLines.First(u, records.Query{Where: []records.Cond{records.Is(&money.CostLines.P.System, shop.ID)}})
		if err != nil || first.Unit != records.Some(sales.ID) {
			t.Errorf("the shop's share belongs to %v, %v; want the shop's department", first.Unit, err)
		}
	})
}

func TestAContractCommitsUntilItsTermEndsAndByItsPriceSteps(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		c := contract(t, u, func(c *vendors.Contract) {
			c.Yearly, c.Ends, c.RenewsMonths = records.Some(euro(1200_00)), records.Some(records.Date("2026-06-15")), records.Some(int64(12))
		})
		create(t, u, vendors.PriceSteps, &vendors.PriceStep{Title: "Index", Contract: c.ID, Starts: "2026-04-01", Yearly: euro(2400_00)})
		commit(t, u, c)
		lines, _ := committed(t, u)
		if len(lines) != 6 || lines["2026-03"] != 100_00 || lines["2026-04"] != 200_00 || lines["2026-06"] != 100_00 {
			t.Errorf("lines %v; want six months, 10000 in March, 20000 in April, and half of June", lines)
		}
	})
}

func TestWhatIsBilledTakesCommitmentsAwayFromTheEarliestOn(t *testing.T) {
	each(t, func(t *testing.T, u *records.Tx) {
		c := contract(t, u, func(c *vendors.Contract) { c.Yearly = records.Some(euro(1200_00)) })
		commit(t, u, c)
		bill := spent(t, u, "2026-01-01", 250_00, func(l *money.CostLine) { l.Contract, l.Category = records.Some(c.ID), money.Services })
		if n := commit(t, u, c); n != 3 {
			t.Errorf("wrote %d lines, want 3: two gone and one halved", n)
		}
		lines, sum := committed(t, u)
		if sum != 2*1200_00-250_00 || lines["2026-01"] != 0 || lines["2026-03"] != 50_00 {
			t.Errorf("left %d, January %d, March %d; want 215000, 0 and 5000", sum, lines["2026-01"], lines["2026-03"])
		}
		if err := money.CostLines.Archive(u, bill.ID); err != nil {
			t.Fatal(err)
		}
		commit(t, u, c)
		if _, sum := committed(t, u); sum != 2*1200_00 {
			t.Errorf("after the bill was put away %d, want all of 240000 again", sum)
		}
	})
}

func TestAnEndedContractCommitsToNothingMore(t *testing.T) {
	eachStore(t, func(t *testing.T, s *testkit.Store) {
		var c *vendors.Contract
		update(t, s, func(u *records.Tx) {
			c = contract(t, u)
			commit(t, u, c)
			err := vendors.Contracts.Update(u, c.ID, func(x *vendors.Contract) error {
				x.State, x.Ends = vendors.Ended, records.Some(records.Date("2026-03-31"))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			commit(t, u, c)
			if lines, _ := committed(t, u); len(lines) != 3 {
				t.Errorf("lines %v, want January to March", lines)
			}
		})
		s.Clock.Advance(365 * 24 * time.Hour)
		update(t, s, func(u *records.Tx) {
			commit(t, u, c)
			if lines, _ := committed(t, u); len(lines) != 3 {
				t.Errorf("a year later lines %v; the past stays", lines)
			}
		})
	})
}
