package money

import (
	"database/sql"

	"steward/kernel/org"
	"steward/kernel/records"
)

// Month is what one month cost, in the organisation's currency.
type Month struct {
	Month       records.Date
	Run, Change int64
	Lines       int64
}

// Spending is what was spent in months that follow each other.
type Spending struct {
	Currency string
	Months   []Month
	Missing  int64 // totals of a month and currency left out, because no rate is known
}

// Total is all that was spent.
func (s *Spending) Total() (minor int64) {
	for _, m := range s.Months {
		minor += m.Run + m.Change
	}
	return minor
}

// Lines is how many cost lines there are.
func (s *Spending) Lines() (n int64) {
	for _, m := range s.Months {
		n += m.Lines
	}
	return n
}

// TwelveMonths adds up the actual cost lines that meet the conditions and that
// the reader may see, over the twelve months that were over on a day.
func TwelveMonths(r records.Reader, on records.Date, where ...records.Cond) (*Spending, error) {
	o, _, err := org.Get(r)
	if err != nil {
		return nil, err
	}
	first := records.DateOf(firstOf(on).Time().AddDate(0, -12, 0))
	s := &Spending{Currency: o.Currency}
	at := map[string]int{}
	for i := range 12 {
		m := records.DateOf(first.Time().AddDate(0, i, 0))
		at[string(m)] = i
		s.Months = append(s.Months, Month{Month: m})
	}
	p := CostLines.P
	cond, args, err := CostLines.Def().Condition(r, "t", records.Query{Where: append(where, records.Is(&p.State, Actual), records.AtLeast(&p.Month, first), records.Less(&p.Month, firstOf(on)))})
	if err != nil {
		return nil, err
	}
	type total struct {
		month, kind string
		money       records.Money
		lines       int64
	}
	var totals []total
	from, err := CostLines.Def().Source(r)
	if err != nil {
		return nil, err
	}
	err = r.Reading().Each("SELECT t.month, t.kind, t.amount_currency, SUM(t.amount), COUNT(*)\nFROM "+from+" t\nWHERE "+cond+"\nGROUP BY t.month, t.kind, t.amount_currency\nORDER BY 1, 2, 3", args, func(rows *sql.Rows) error {
		var x total
		err := rows.Scan(&x.month, &x.kind, &x.money.Currency, &x.money.Minor, &x.lines)
		totals = append(totals, x)
		return err
	})
	if err != nil {
		return nil, err
	}
	rates := org.ConvertTo(asSteward(r), o.Currency)
	for _, x := range totals {
		m := &s.Months[at[x.month]]
		m.Lines += x.lines
		c, known, err := rates.Convert(x.money, records.DateOf(m.Month.Time().AddDate(0, 1, -1)))
		switch {
		case err != nil:
			return nil, err
		case !known:
			s.Missing++
		case x.kind == string(Change):
			m.Change += c.Amount.Minor
		default:
			m.Run += c.Amount.Minor
		}
	}
	return s, nil
}
