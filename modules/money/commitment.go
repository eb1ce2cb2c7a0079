package money

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"steward/kernel/access"
	"steward/kernel/jobs"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/modules/systems"
	"steward/modules/vendors"
)

// commitKind is the job that posts what contracts commit to.
const commitKind = "money.commit"

// commitJob posts the commitments of every contract, some contracts a
// transaction, and goes on where it stood after a crash.
func commitJob() jobs.Kind {
	return jobs.Kind{Name: commitKind, Run: func(ctx context.Context, run *jobs.Run) error {
		var after string
		if _, err := run.Cursor(&after); err != nil {
			return err
		}
		for done := int64(0); ; {
			var ids []string
			err := run.DB.View(ctx, access.System(), func(v *records.View) (err error) {
				ids, err = committing(v, after, 10)
				return err
			})
			if err != nil || len(ids) == 0 {
				return err
			}
			err = run.DB.Update(ctx, access.System(), func(u *records.Tx) error {
				u.Origin = "job:" + commitKind
				for _, id := range ids {
					if _, err := Commit(u, records.ID[vendors.Contract](id)); err != nil {
						return fmt.Errorf("commitments of contract %s: %w", id, err)
					}
				}
				return run.Save(u, ids[len(ids)-1], jobs.Progress{Done: done + int64(len(ids))})
			})
			if err != nil {
				return err
			}
			done += int64(len(ids))
			after = ids[len(ids)-1]
		}
	}}
}

// committing are contracts that may have lines: those in force, and those that
// have some already.
func committing(v *records.View, after string, most int) (ids []string, err error) {
	err = v.Each(`SELECT c.id
FROM vendors_contract c
WHERE c.id > $1
AND (c.state = 'active' AND c.archived_at IS NULL
	OR EXISTS (SELECT 1 FROM money_cost_line l WHERE l.contract = c.id AND l.state = 'committed' AND l.archived_at IS NULL))
ORDER BY c.id
LIMIT $2`, []any{after, most}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// Commit posts what a contract commits to in the present and the next fiscal
// year, a line for each month and system it serves, and returns how many lines it
// wrote. It writes only what differs, so it can run at any time. What was billed
// takes commitments of the same fiscal year away, the earliest months first.
func Commit(u *records.Tx, id records.ID[vendors.Contract]) (written int, err error) {
	u = u.As(access.System())
	c, err := vendors.Contracts.Get(u, id)
	if err != nil {
		return 0, err
	}
	p := posting{contract: c, kind: Run, category: Services, want: map[string]*CostLine{}}
	// What is to come is of the kind that was billed last.
	if _, err := u.Row("SELECT kind, category FROM money_cost_line WHERE contract = $1 AND state = 'actual' AND archived_at IS NULL ORDER BY month DESC, id DESC LIMIT 1", []any{string(id)}, &p.kind, &p.category); err != nil {
		return 0, err
	}
	if err := p.price(u); err != nil {
		return 0, err
	}
	if err := p.cover(u); err != nil {
		return 0, err
	}
	return p.store(u)
}

// posting is the lines that one contract should have.
type posting struct {
	contract *vendors.Contract
	kind     Kind
	category Category
	first    records.Date // of the present fiscal year
	months   []records.Date
	order    []string // keys of want, by month
	want     map[string]*CostLine
}

// price fills want from the contract's price in force each month.
func (p *posting) price(u *records.Tx) error {
	o, _, err := org.Get(u)
	if err != nil {
		return err
	}
	_, p.first, _ = o.FiscalYear(o.Today(u))
	for i := range 24 {
		p.months = append(p.months, records.DateOf(p.first.Time().AddDate(0, i, 0)))
	}
	c := p.contract
	if c.State == vendors.Draft || c.ArchivedAt.Set {
		return nil
	}
	steps, err := vendors.PriceSteps.List(u, records.Query{Where: []records.Cond{records.Is(&vendors.PriceSteps.P.Contract, c.ID)}, SortAt: &vendors.PriceSteps.P.Starts})
	if err != nil {
		return err
	}
	uses, err := systems.ContractUses.List(u, records.Query{Where: []records.Cond{records.Is(&systems.ContractUses.P.Contract, c.ID)}, Sort: "number"})
	if err != nil {
		return err
	}
	for i, month := range p.months {
		yearly, known := priceOn(c, steps, max(month, c.Starts))
		active, days := activeDays(c, month)
		if !known || active == 0 {
			continue
		}
		at := int64(i % 12)
		share := yearly.Minor*(at+1)/12 - yearly.Minor*at/12
		share = portion(share, int64(active), int64(days))
		p.split(month, records.Money{Minor: share, Currency: yearly.Currency}, uses)
	}
	return nil
}

// priceOn is the yearly price in force on a day: of the latest step that has
// begun, else of the contract.
func priceOn(c *vendors.Contract, steps []*vendors.PriceStep, day records.Date) (records.Money, bool) {
	price, known := c.Yearly.V, c.Yearly.Set
	for _, s := range steps {
		if s.Starts <= day {
			price, known = s.Yearly, true
		}
	}
	return price, known
}

// activeDays is on how many of a month's days the contract holds. It is
// committed to until its present term ends, not for what it may renew to.
func activeDays(c *vendors.Contract, month records.Date) (active, days int) {
	next := records.DateOf(month.Time().AddDate(0, 1, 0))
	days = daysBetween(month, next)
	from, until := max(month, c.Starts), next
	if c.CurrentEnd.Set {
		until = min(until, c.CurrentEnd.V.AddDays(1))
	}
	return max(0, daysBetween(from, until)), days
}

func daysBetween(from, to records.Date) int {
	return int(to.Time().Sub(from.Time()) / (24 * time.Hour))
}

// portion is part of whole of an amount, rounded half away from zero.
func portion(minor, part, whole int64) int64 {
	n := 2*minor*part + whole
	if minor < 0 {
		return -portion(-minor, part, whole)
	}
	return n / (2 * whole)
}

// split gives each system its share of a month, to the cent; what no system has
// stays with the contract.
func (p *posting) split(month records.Date, m records.Money, uses []*systems.ContractUse) {
	given, upTo := int64(0), int64(0)
	for _, x := range uses {
		upTo += int64(x.Share)
		n := portion(m.Minor, upTo, systems.WholeShare) - given
		given += n
		p.line(month, records.Some(x.System), records.Money{Minor: n, Currency: m.Currency})
	}
	p.line(month, records.Opt[records.ID[systems.System]]{}, records.Money{Minor: m.Minor - given, Currency: m.Currency})
}

func (p *posting) line(month records.Date, system records.Opt[records.ID[systems.System]], m records.Money) {
	if m.Minor == 0 {
		return
	}
	c := p.contract
	key := fmt.Sprintf("%s %s %s", c.ID, month[:7], system.Or("-"))
	p.order = append(p.order, key)
	p.want[key] = &CostLine{Title: c.Title, Month: month, State: Committed, Kind: p.kind, Category: p.category, System: system, Unit: c.Unit,
		Vendor: records.Some(c.Vendor), Contract: records.Some(c.ID), Amount: m, Source: records.Some(vendors.Contracts.Def().HumanNumber(c.Number)), Posting: records.Some(key)}
	if system.Set {
		p.want[key].Unit = records.Opt[records.ID[org.Unit]]{} // the system's, filled in when it is written
	}
}

// cover takes away what was billed for the contract: for a system from its own
// commitments, the rest and what names no system from whatever is left.
func (p *posting) cover(u *records.Tx) error {
	type pool struct {
		year             int // 0 present, 1 next
		currency, system string
	}
	billed := map[pool]int64{}
	next := p.months[12]
	err := u.Each(`SELECT CASE WHEN month < $2 THEN 0 ELSE 1 END, amount_currency, COALESCE(system, ''), SUM(amount)
FROM money_cost_line
WHERE contract = $1 AND month >= $3 AND state = 'actual' AND archived_at IS NULL
GROUP BY 1, 2, 3`, []any{string(p.contract.ID), string(next), string(p.first)}, func(rows *sql.Rows) error {
		var k pool
		var sum int64
		err := rows.Scan(&k.year, &k.currency, &k.system, &sum)
		billed[k] += sum
		return err
	})
	if err != nil {
		return err
	}
	take := func(key string, k pool) {
		line := p.want[key]
		n := min(billed[k], line.Amount.Minor)
		if n > 0 {
			billed[k] -= n
			line.Amount.Minor -= n
		}
	}
	of := func(key string) pool {
		line, k := p.want[key], pool{}
		if line.Month >= next {
			k.year = 1
		}
		k.currency, k.system = line.Amount.Currency, string(line.System.V)
		return k
	}
	for _, key := range p.order {
		take(key, of(key))
	}
	for k, rest := range billed { // the order does not matter: all goes to one pool a year and currency
		if k.system != "" && rest > 0 {
			billed[pool{k.year, k.currency, ""}] += rest
			billed[k] = 0
		}
	}
	for _, key := range p.order {
		k := of(key)
		k.system = ""
		take(key, k)
	}
	return nil
}

// store writes what differs from the lines that are there.
func (p *posting) store(u *records.Tx) (written int, err error) {
	have, err := CostLines.List(u, records.Query{Both: true, Where: []records.Cond{records.Is(&CostLines.P.Contract, p.contract.ID), records.Is(&CostLines.P.State, Committed), records.AtLeast(&CostLines.P.Month, p.first)}})
	if err != nil {
		return 0, err
	}
	for _, line := range have {
		want := p.want[line.Posting.V]
		delete(p.want, line.Posting.V)
		n, err := follow(u, line, want)
		if err != nil {
			return written, err
		}
		written += n
	}
	for _, key := range p.order {
		line := p.want[key]
		if line == nil || line.Amount.Minor == 0 {
			continue
		}
		if err := CostLines.Create(u, line); err != nil {
			return written, err
		}
		written++
	}
	return written, nil
}

// follow makes a line what it should be: another amount, put away, brought back.
func follow(u *records.Tx, line, want *CostLine) (written int, err error) {
	if want == nil || want.Amount.Minor == 0 {
		if line.ArchivedAt.Set {
			return 0, nil
		}
		return 1, CostLines.Archive(u, line.ID)
	}
	if line.ArchivedAt.Set {
		written = 1
		if err := CostLines.Restore(u, line.ID); err != nil {
			return 0, err
		}
	}
	version := line.Version
	err = CostLines.Update(u, line.ID, func(x *CostLine) error {
		version = x.Version
		x.Title, x.Amount, x.Vendor, x.Source, x.Kind, x.Category = want.Title, want.Amount, want.Vendor, want.Source, want.Kind, want.Category
		if !x.System.Set {
			x.Unit = want.Unit
		}
		return nil
	})
	if err != nil {
		return written, err
	}
	now, err := CostLines.Get(u, line.ID)
	if err == nil && now.Version != version {
		written = 1
	}
	return written, err
}
