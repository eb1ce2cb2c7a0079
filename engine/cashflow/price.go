package cashflow

import (
	"cmp"
	"fmt"
	"slices"

	"steward/engine/calc"
	"steward/engine/worktime"
)

// Price asks how a price develops under a contract's clauses.
type Price struct {
	Base        Number        `json:"base" doc:"price of a billing period at the start"`
	Start       worktime.Date `json:"start"`
	End         worktime.Date `json:"end" doc:"last day"`
	EveryMonths int           `json:"every_months,omitempty" doc:"length of a billing period, 1 when absent"`
	Steps       []PriceStep   `json:"steps,omitempty" doc:"agreed prices and increases"`
	Index       *IndexClause  `json:"index,omitempty"`
}

// PriceStep changes the price from a day on: one of price, amount and percent.
type PriceStep struct {
	From    worktime.Date `json:"from"`
	Price   *Number       `json:"price,omitempty" doc:"the new price"`
	Amount  *Number       `json:"amount,omitempty" doc:"added to the price"`
	Percent *Number       `json:"percent,omitempty" doc:"added to the price, 0.03 for 3 %"`
}

// IndexClause ties a price to a published index.
type IndexClause struct {
	Values      []IndexValue  `json:"values" doc:"the index as published, from a date on"`
	First       worktime.Date `json:"first" doc:"first adjustment"`
	EveryMonths int           `json:"every_months,omitempty" doc:"between adjustments, 12 when absent"`
	LagMonths   int           `json:"lag_months,omitempty" doc:"the index of so many months before the adjustment counts"`
	Base        *Number       `json:"base,omitempty" doc:"index at the start; absent: the value that counts there"`
	Share       *Number       `json:"share,omitempty" doc:"part of the price that follows the index, 1 when absent"`
	Threshold   Number        `json:"threshold,omitzero" doc:"the index must have moved by more than this since the last adjustment, 0.05 for 5 %"`
	Cap         *Number       `json:"cap,omitempty" doc:"most increase of one adjustment"`
	Floor       *Number       `json:"floor,omitempty" doc:"least change of one adjustment; 0: the price never falls"`
}

// IndexValue is the level of an index from a day on.
type IndexValue struct {
	From  worktime.Date `json:"from"`
	Value Number        `json:"value"`
}

// PriceResult is the price of each billing period and the sums.
type PriceResult struct {
	Periods []PricePeriod `json:"periods"`
	Years   []YearSum     `json:"years" doc:"by calendar year of the period's first day"`
	Total   Number        `json:"total"`
}

// PricePeriod is a billing period; the last may be cut short by the end and is
// then charged by its share of days.
type PricePeriod struct {
	From  worktime.Date `json:"from"`
	To    worktime.Date `json:"to"`
	Price Number        `json:"price"`
	Why   string        `json:"why,omitempty" doc:"what changed the price"`
}

// YearSum is an amount of a calendar year.
type YearSum struct {
	Year   int    `json:"year"`
	Amount Number `json:"amount"`
}

func (p Price) solve(where string) (*PriceResult, error) {
	if p.Start == 0 || p.End == 0 || p.End < p.Start || p.Start.MonthsUntil(p.End) > 1200 {
		return nil, calc.Wrong(where+".end", "give start and end, at most 100 years apart")
	}
	every := p.EveryMonths
	if every == 0 {
		every = 1
	}
	if every < 1 || every > 120 {
		return nil, calc.Wrong(where+".every_months", "must be between 1 and 120")
	}
	changes, err := p.changes(where)
	if err != nil {
		return nil, err
	}
	out := &PriceResult{}
	price, total := p.Base.real(), whole(0)
	sums := map[int]real{}
	next := 0
	for k := 0; ; k++ {
		from := p.Start.AddMonths(k * every)
		if from > p.End {
			break
		}
		row := PricePeriod{From: from, To: p.Start.AddMonths((k+1)*every) - 1}
		for ; next < len(changes) && changes[next].from <= from; next++ {
			var why string
			if price, why, err = changes[next].apply(price); err != nil {
				return nil, calc.Wrong(where, "%v", err)
			}
			if row.Why != "" && why != "" {
				row.Why += "; "
			}
			row.Why += why
		}
		amount := price
		if row.To > p.End {
			amount = price.mul(whole(int(p.End-from) + 1)).quo(whole(int(row.To-from) + 1))
			row.To = p.End
		}
		if row.Price, err = cents(amount); err != nil {
			return nil, calc.Wrong(where, "%v", err)
		}
		total = total.add(row.Price.real())
		if old, ok := sums[from.Year()]; ok {
			sums[from.Year()] = old.add(row.Price.real())
		} else {
			sums[from.Year()] = row.Price.real()
			out.Years = append(out.Years, YearSum{Year: from.Year()})
		}
		out.Periods = append(out.Periods, row)
	}
	for i := range out.Years {
		if out.Years[i].Amount, err = cents(sums[out.Years[i].Year]); err != nil {
			return nil, calc.Wrong(where, "%v", err)
		}
	}
	if out.Total, err = cents(total); err != nil {
		return nil, calc.Wrong(where, "%v", err)
	}
	return out, nil
}

// change is something that alters the price from a day on.
type change struct {
	from  worktime.Date
	apply func(price real) (real, string, error)
}

// changes lists steps and index adjustments by day, steps first.
func (p Price) changes(where string) ([]change, error) {
	var all []change
	for i, s := range p.Steps {
		at := fmt.Sprintf("%s.steps[%d]", where, i)
		given := 0
		for _, v := range []*Number{s.Price, s.Amount, s.Percent} {
			if v != nil {
				given++
			}
		}
		if given != 1 || s.From == 0 {
			return nil, calc.Wrong(at, "give from and one of price, amount and percent")
		}
		all = append(all, change{s.From, s.apply})
	}
	if p.Index != nil {
		more, err := p.Index.changes(where+".index", p.Start, p.End)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	slices.SortStableFunc(all, func(a, b change) int { return cmp.Compare(a.from, b.from) })
	return all, nil
}

func (s PriceStep) apply(price real) (real, string, error) {
	switch {
	case s.Price != nil:
		return s.Price.real(), fmt.Sprintf("agreed price from %s", s.From), nil
	case s.Amount != nil:
		price = price.add(s.Amount.real())
		return price, fmt.Sprintf("%s more from %s", s.Amount, s.From), nil
	}
	// A price is an amount: an increase is rounded to cents when it is made.
	n, err := cents(price.mul(whole(1).add(s.Percent.real())))
	return n.real(), fmt.Sprintf("%s %% more from %s", value(s.Percent.real().mul(whole(100))), s.From), err
}

// at is the published value that counts on a day.
func (c IndexClause) at(day worktime.Date) (real, bool) {
	day = day.AddMonths(-c.LagMonths)
	found := false
	var v real
	for _, x := range c.Values {
		if x.From <= day {
			v, found = x.Value.real(), true
		}
	}
	return v, found
}

func (c IndexClause) changes(where string, start, end worktime.Date) ([]change, error) {
	for i, v := range c.Values {
		if !v.Value.IsPos() || v.From == 0 || i > 0 && v.From <= c.Values[i-1].From {
			return nil, calc.Wrong(fmt.Sprintf("%s.values[%d]", where, i), "must be a value above 0 with a date after the one before")
		}
	}
	every := c.EveryMonths
	if every == 0 {
		every = 12
	}
	if every < 1 || every > 1200 || c.LagMonths < 0 || c.LagMonths > 1200 || c.First == 0 {
		return nil, calc.Wrong(where, "give first, every_months and lag_months of 1200 at most")
	}
	var base real
	if c.Base != nil {
		if base = c.Base.real(); base.sign() <= 0 {
			return nil, calc.Wrong(where+".base", "must be more than 0")
		}
	} else {
		var ok bool
		if base, ok = c.at(start); !ok {
			return nil, calc.Wrong(where+".values", "hold no value that counts at the start %s; give base or an earlier value", start)
		}
	}
	share := whole(1)
	if c.Share != nil {
		share = c.Share.real()
	}
	var all []change
	for k := 0; ; k++ {
		day := c.First.AddMonths(k * every)
		if day > end {
			return all, nil
		}
		level, ok := c.at(day)
		if !ok || day < start {
			continue
		}
		moved := level.quo(base).sub(whole(1))
		if moved.abs().cmp(c.Threshold.real()) <= 0 {
			continue
		}
		base = level
		by := moved.mul(share)
		note := ""
		if c.Cap != nil && c.Cap.real().less(by) {
			by, note = c.Cap.real(), ", capped"
		}
		if c.Floor != nil && by.less(c.Floor.real()) {
			by, note = c.Floor.real(), ", held at the floor"
		}
		why := fmt.Sprintf("index moved by %s on %s: price by %s%s", percent(moved), day, percent(by), note)
		all = append(all, change{day, func(price real) (real, string, error) {
			n, err := cents(price.mul(whole(1).add(by)))
			return n.real(), why, err
		}})
	}
}

// percent writes a share with two decimals.
func percent(r real) string { return halfUp(r.mul(whole(100)).f, 2) + " %" }
