package money

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/modules/systems"
)

// By is what a ledger's rows are.
type By string

const (
	BySystem   By = "system"
	ByUnit     By = "unit"
	ByCategory By = "category"
	ByKind     By = "kind"
	ByMonth    By = "month"
)

// Ask says which money a ledger adds up. The zero values of the filters are all.
type Ask struct {
	Year     int // fiscal year: the calendar year in which it starts
	By       By
	To       records.Date // first day of the last month that counts as 'to date'
	System   records.ID[systems.System]
	Unit     records.ID[org.Unit]
	Units    []string // any of these; nil is no filter
	Category Category
	Kind     Kind
}

// Row is the plan and what became of it for one system, department, category,
// kind or month, in the organisation's currency.
type Row struct {
	Key       string // id, value or month; "" where the line names none
	Plan      int64  // of the whole year
	PlanTo    int64  // to date
	Actual    int64  // to date
	Later     int64  // actual after that
	Committed int64  // by contracts, not billed yet, whole year
}

// Variance is what was spent to date beyond the plan; negative is below it.
func (r Row) Variance() int64 { return r.Actual - r.PlanTo }

// Expected is all that is spent or committed for the year.
func (r Row) Expected() int64 { return r.Actual + r.Later + r.Committed }

// Left is what of the year's plan is neither spent nor committed.
func (r Row) Left() int64 { return r.Plan - r.Expected() }

func (r *Row) add(o Row) {
	r.Plan, r.PlanTo, r.Actual, r.Later, r.Committed = r.Plan+o.Plan, r.PlanTo+o.PlanTo, r.Actual+o.Actual, r.Later+o.Later, r.Committed+o.Committed
}

// Ledger is a fiscal year's plan against what became of it.
type Ledger struct {
	Ask
	Currency    string
	First, Last records.Date // first and last month
	Rows        []Row        // by Ask.By, in no particular order but that of their keys
	Months      []Row        // the same by month, all twelve
	Total       Row
	Rates       []*org.Rate // what was converted by, each once
	Missing     []Missing   // amounts left out, because no rate is known
}

// Missing is money that could not be converted.
type Missing struct {
	Amount records.Money
	On     records.Date
	Plan   bool
}

// Read adds up what the reader may see. Actual and committed money is converted
// at the rate of its month's last day, or today's while that lies ahead; the plan
// at the rate of the fiscal year's first day.
func Read(r records.Reader, a Ask) (*Ledger, error) {
	o, _, err := org.Get(r)
	if err != nil {
		return nil, err
	}
	l := &Ledger{Ask: a, Currency: o.Currency}
	l.First, l.Last = yearOf(o, a.Year)
	b := &adding{Ledger: l, r: r, today: o.Today(r), rates: org.ConvertTo(asSteward(r), o.Currency), rows: map[string]*Row{}, months: map[records.Date]*Row{}}
	for i := range 12 {
		m := records.DateOf(l.First.Time().AddDate(0, i, 0))
		b.months[m] = &Row{Key: string(m)}
	}
	if err := b.plan(); err != nil {
		return nil, err
	}
	if err := b.costs(); err != nil {
		return nil, err
	}
	b.finish()
	return l, nil
}

// yearOf returns the first and the last month of a fiscal year.
func yearOf(o org.Organisation, year int) (first, last records.Date) {
	first = records.Date(fmt.Sprintf("%04d-%02d-01", year, max(o.FiscalMonth, 1)))
	return first, records.DateOf(first.Time().AddDate(0, 11, 0))
}

// LastClosed is the last month of a fiscal year that is over; the month before
// the year's first if none is.
func LastClosed(o org.Organisation, year int, today records.Date) records.Date {
	_, last := yearOf(o, year)
	before := records.DateOf(firstOf(today).Time().AddDate(0, -1, 0))
	first, _ := yearOf(o, year)
	return max(min(last, before), records.DateOf(first.Time().AddDate(0, -1, 0)))
}

type adding struct {
	*Ledger
	r      records.Reader
	today  records.Date
	rates  *org.Converter
	rows   map[string]*Row
	months map[records.Date]*Row
}

// sum is one line of a total by the database.
type sum struct {
	key, month, state string
	money             records.Money
}

// where are the conditions of the filters.
func (a Ask) where(system, unit, category, kind any) []records.Cond {
	var out []records.Cond
	if a.System != "" {
		out = append(out, records.Is(system, a.System))
	}
	if a.Unit != "" {
		out = append(out, records.Is(unit, a.Unit))
	}
	if a.Units != nil {
		out = append(out, records.In(unit, a.Units...))
	}
	if a.Category != "" {
		out = append(out, records.Is(category, a.Category))
	}
	if a.Kind != "" {
		out = append(out, records.Is(kind, a.Kind))
	}
	return out
}

// sums adds up lines of one type by key, month, state and currency.
func (b *adding) sums(d *records.Def, state string, where []records.Cond) (out []sum, err error) {
	cond, args, err := d.Condition(b.r, "t", records.Query{Where: where})
	if err != nil {
		return nil, err
	}
	from, err := d.Source(b.r)
	if err != nil {
		return nil, err
	}
	err = b.r.Reading().Each("SELECT COALESCE(t."+string(b.column())+", ''), COALESCE(t.month, ''), "+state+", t.amount_currency, SUM(t.amount)\nFROM "+from+" t\nWHERE "+cond+"\nGROUP BY 1, 2, 3, 4\nORDER BY 1, 2, 3, 4", args,
		func(rows *sql.Rows) error {
			var s sum
			err := rows.Scan(&s.key, &s.month, &s.state, &s.money.Currency, &s.money.Minor)
			out = append(out, s)
			return err
		})
	return out, err
}

// column is the column that rows are by; anything else than the five is by system.
func (b *adding) column() By {
	switch b.By {
	case ByUnit, ByCategory, ByKind, ByMonth:
		return b.By
	}
	return BySystem
}

func (b *adding) plan() error {
	p := BudgetLines.P
	sums, err := b.sums(BudgetLines.Def(), "''", append(b.where(&p.System, &p.Unit, &p.Category, &p.Kind), records.Is(&p.FiscalYear, int64(b.Year))))
	if err != nil {
		return err
	}
	for _, s := range sums {
		m, ok, err := b.convert(s.money, b.First, true)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		for i := range 12 {
			month := records.DateOf(b.First.Time().AddDate(0, i, 0))
			part := m
			switch {
			case s.month == "":
				at := int64(i)
				part = portion(m, at+1, 12) - portion(m, at, 12)
			case s.month != string(month):
				continue
			}
			b.book(s.key, month, func(to bool) Row {
				row := Row{Plan: part}
				if to {
					row.PlanTo = part
				}
				return row
			})
		}
	}
	return nil
}

func (b *adding) costs() error {
	p := CostLines.P
	sums, err := b.sums(CostLines.Def(), "t.state", append(b.where(&p.System, &p.Unit, &p.Category, &p.Kind), records.AtLeast(&p.Month, b.First), records.AtMost(&p.Month, b.Last)))
	if err != nil {
		return err
	}
	for _, s := range sums {
		month := records.Date(s.month)
		end := records.DateOf(month.Time().AddDate(0, 1, -1))
		m, ok, err := b.convert(s.money, min(end, b.today), false)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		b.book(s.key, month, func(to bool) Row {
			switch {
			case s.state == string(Committed):
				return Row{Committed: m}
			case to:
				return Row{Actual: m}
			}
			return Row{Later: m}
		})
	}
	return nil
}

// book adds money of a month to its row, its month and the total.
func (b *adding) book(key string, month records.Date, amounts func(toDate bool) Row) {
	if b.By == ByMonth {
		key = string(month)
	}
	row := b.rows[key]
	if row == nil {
		row = &Row{Key: key}
		b.rows[key] = row
	}
	a := amounts(month <= b.To)
	row.add(a)
	b.months[month].add(a)
	b.Total.add(a)
}

// convert turns an amount into the organisation's currency; what cannot be is
// kept as missing.
func (b *adding) convert(m records.Money, on records.Date, plan bool) (minor int64, known bool, err error) {
	if m.Currency == b.Currency {
		return m.Minor, true, nil
	}
	c, known, err := b.rates.Convert(m, on)
	if err != nil {
		return 0, false, err
	}
	if !known {
		at := slices.IndexFunc(b.Missing, func(x Missing) bool { return x.Amount.Currency == m.Currency && x.On == on && x.Plan == plan })
		if at < 0 {
			at = len(b.Missing)
			b.Missing = append(b.Missing, Missing{Amount: records.Money{Currency: m.Currency}, On: on, Plan: plan})
		}
		b.Missing[at].Amount.Minor += m.Minor
		return 0, false, nil
	}
	if !slices.ContainsFunc(b.Rates, func(r *org.Rate) bool { return r.ID == c.Rate.ID }) {
		b.Rates = append(b.Rates, c.Rate)
	}
	return c.Amount.Minor, true, nil
}

// asSteward reads the rates for everybody: who may see an amount may see it converted.
func asSteward(r records.Reader) records.Reader { return r.Reading().As(access.System()) }

func (b *adding) finish() {
	for _, row := range b.rows {
		b.Rows = append(b.Rows, *row)
	}
	slices.SortFunc(b.Rows, func(x, y Row) int { return cmp.Compare(x.Key, y.Key) })
	for i := range 12 {
		b.Months = append(b.Months, *b.months[records.DateOf(b.First.Time().AddDate(0, i, 0))])
	}
	slices.SortFunc(b.Rates, func(x, y *org.Rate) int {
		return cmp.Or(cmp.Compare(x.Currency, y.Currency), cmp.Compare(x.InCurrency, y.InCurrency), cmp.Compare(x.Starts, y.Starts))
	})
}
