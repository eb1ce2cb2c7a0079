package demo

import (
	"fmt"
	"math"
	"time"

	"steward/kernel/records"
	"steward/modules/money"
	"steward/modules/vendors"
)

// tellMoney books each month's bills and own work some days after it ended, and
// lays the plan of each year in the November before. At the end it posts what contracts commit to.
func (w *world) tellMoney() []step {
	steps := w.tellBudgets()
	first := time.Date(w.start.Year(), w.start.Month(), 1, 0, 0, 0, 0, time.UTC)
	for month := first; ; month = month.AddDate(0, 1, 0) {
		at := month.AddDate(0, 1, 5).Add(14 * time.Hour)
		if !at.Before(w.end) {
			break
		}
		at = maxTime(at, w.start.AddDate(0, 0, 40))
		steps = append(steps,
			step{at: at, name: "bills of " + month.Format("January 2006"), by: w.anyoneOf("PL-SSC"), do: func(u *records.Tx) error { return w.bill(u, month) }},
			step{at: at.Add(time.Minute), name: "own work of " + month.Format("January 2006"), by: w.byCode["FIN"].head, do: func(u *records.Tx) error { return w.work(u, month) }})
	}
	return append(steps, w.tellCommitments()...)
}

func (w *world) anyoneOf(code string) *person { return w.anyone(w.random("anyone"), code) }

// bill books what contracts cost in a month: a twelfth of the price, shared among
// the systems; what is billed by use grows.
func (w *world) bill(u *records.Tx, month time.Time) error {
	day := records.DateOf(month)
	for n, c := range w.contracts {
		if c.Starts > day || c.made.After(u.Now) {
			continue
		}
		price := c.priceOn(day)
		amount := float64(price.Minor) / 12
		if c.grows > 0 {
			// By use it was cheaper before, and is dearer since, than agreed.
			amount *= math.Pow(1+c.grows, float64(monthsBetween(month, w.end)*-1+14))
			amount *= 1 + (w.random("use", n, day).Float64()-0.5)*0.06
		}
		left := int64(math.Round(amount))
		whole := left
		post := func(i int, s *system, part int64) error {
			line := &money.CostLine{Title: c.Title, Month: day, State: money.Actual, Kind: money.Run, Category: category(c), Vendor: records.Some(c.Contract.Vendor), Contract: records.Some(c.ID),
				Amount: records.Money{Minor: part, Currency: price.Currency}, Source: records.Some(fmt.Sprintf("INV-%s-%02d%03d", day[:7], n, i))}
			if s != nil {
				line.System, line.Unit = records.Some(s.ID), s.Unit
			} else {
				line.Unit = c.Unit
			}
			line.ID = records.ID[money.CostLine](w.id(u.Now, "bill", n, i, day))
			return money.CostLines.Create(u, line)
		}
		for i, s := range c.shares {
			if s.system.made.After(u.Now) {
				continue
			}
			part := whole * s.percent / 100
			left -= part
			if err := post(i+1, s.system, part); err != nil {
				return fmt.Errorf("%s: %w", c.Title, err)
			}
		}
		if left > 0 {
			if err := post(0, nil, left); err != nil {
				return fmt.Errorf("%s: %w", c.Title, err)
			}
		}
	}
	return nil
}

func monthsBetween(a, b time.Time) int {
	return (b.Year()-a.Year())*12 + int(b.Month()) - int(a.Month())
}

// category is the pool that a contract's money goes to.
func category(c *contract) money.Category {
	switch c.vendor.sells {
	case "Wide area network", "Internet line", "Telephony":
		return money.Telecom
	case "Data centre space":
		return money.Facilities
	case "Notebook leasing", "Server maintenance", "Storage maintenance":
		return money.Hardware
	case "Interface development", "Software development":
		return money.ExternalWork
	case "Network", "Data", "Security monitoring", "Printing service", "Payroll service", "Cloud platform", "Backup vault":
		return money.Services
	}
	return money.Software
}

// work books the own people's time on each system, and now and then what a
// change costs.
func (w *world) work(u *records.Tx, month time.Time) error {
	day := records.DateOf(month)
	for n, s := range w.systems {
		if s.made.After(u.Now) {
			continue
		}
		r := w.random("work", n, day)
		book := func(i int, title string, kind money.Kind, cat money.Category, minor int64) error {
			line := &money.CostLine{Title: title, Month: day, State: money.Actual, Kind: kind, Category: cat, System: records.Some(s.ID), Unit: s.Unit, Amount: records.Money{Minor: minor, Currency: "EUR"}}
			line.ID = records.ID[money.CostLine](w.id(u.Now, "work", n, i, day))
			return money.CostLines.Create(u, line)
		}
		minor := int64(s.labour) * 1000_00 / 12 * int64(r.between(88, 114)) / 100
		if err := book(0, "Own work: "+s.Name, money.Run, money.InternalWork, minor/100*100); err != nil {
			return err
		}
		if r.chance(4) && s.labour > 10 {
			if err := book(1, pick(r, []string{"Upgrade", "New interface", "Adaptation to new law", "Roll-out at a plant"})+": "+s.Name, money.Change, money.ExternalWork, int64(r.between(3, 28))*1000_00); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellBudgets plans each year: for each system what its contracts will cost with
// the rise expected, own work, and something for changes.
func (w *world) tellBudgets() []step {
	var steps []step
	for year := w.start.Year(); year <= w.end.Year()+1; year++ {
		at := maxTime(time.Date(year-1, 11, 12, 15, 0, 0, 0, time.UTC), w.start.AddDate(0, 0, 30))
		if !at.Before(w.end) {
			break
		}
		steps = append(steps, step{at: at, name: fmt.Sprintf("plan of %d", year), by: w.byCode["FIN"].head, do: func(u *records.Tx) error { return w.budget(u, year) }})
	}
	return steps
}

func (w *world) budget(u *records.Tx, year int) error {
	planned := map[*system]int64{}
	for _, c := range w.contracts {
		if c.made.After(u.Now.AddDate(0, 4, 0)) {
			continue
		}
		price := c.priceOn(records.DateOf(u.Now))
		minor := int64(float64(price.Minor) * 1.02 / rateOf(price.Currency))
		left := minor
		for _, s := range c.shares {
			planned[s.system] += minor * s.percent / 100
			left -= minor * s.percent / 100
		}
		if left < 1000_00 {
			continue
		}
		b := &money.BudgetLine{Title: c.Title, FiscalYear: int64(year), Kind: money.Run, Category: category(c), Unit: c.Unit, Amount: records.Money{Minor: left / 1000_00 * 1000_00, Currency: "EUR"}}
		b.ID = records.ID[money.BudgetLine](w.id(u.Now, "budget", year, c.ID))
		if err := money.BudgetLines.Create(u, b); err != nil {
			return fmt.Errorf("%s: %w", c.Title, err)
		}
	}
	for n, s := range w.systems {
		lines := []struct {
			title string
			kind  money.Kind
			cat   money.Category
			minor int64
		}{{"Contracts", money.Run, money.Services, planned[s]}, {"Own work", money.Run, money.InternalWork, int64(s.labour) * 1000_00},
			{"Changes", money.Change, money.ExternalWork, int64(s.labour) * 120_00}}
		for i, l := range lines {
			if l.minor < 1000_00 || s.made.After(u.Now.AddDate(0, 10, 0)) {
				continue
			}
			b := &money.BudgetLine{Title: l.title + ": " + s.Name, FiscalYear: int64(year), Kind: l.kind, Category: l.cat, Unit: s.Unit, Amount: records.Money{Minor: l.minor / 1000_00 * 1000_00, Currency: "EUR"}}
			if !s.made.After(u.Now) {
				b.System = records.Some(s.ID)
			}
			b.ID = records.ID[money.BudgetLine](w.id(u.Now, "budget", year, n, i))
			if err := money.BudgetLines.Create(u, b); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
		}
	}
	return nil
}

// rateOf is about how much of a currency a euro is worth.
func rateOf(currency string) float64 {
	for _, c := range currencies {
		if c.code == currency {
			return c.rate
		}
	}
	return 1
}

// tellCommitments brings the contracts' dates up to the day and posts what they
// commit to, as the program does each night.
func (w *world) tellCommitments() []step {
	steps := []step{{at: w.ago(0, -3, 0), name: "dates of contracts", do: func(u *records.Tx) error { _, err := vendors.RefreshDates(u); return err }}}
	for from := 0; from < len(w.contracts); from += 10 {
		part := w.contracts[from:min(from+10, len(w.contracts))]
		steps = append(steps, step{at: w.ago(0, -2, 0), name: "commitments of contracts", do: func(u *records.Tx) error {
			for _, c := range part {
				if _, err := money.Commit(u, c.ID); err != nil {
					return fmt.Errorf("%s: %w", c.Title, err)
				}
			}
			return nil
		}})
	}
	return steps
}
