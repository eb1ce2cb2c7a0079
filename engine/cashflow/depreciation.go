package cashflow

import (
	"fmt"

	"steward/engine/calc"
	"steward/engine/worktime"
)

// Depreciation asks for a depreciation schedule, or with Period, or with
// StartPeriod and EndPeriod, for one figure as a spreadsheet shows it.
type Depreciation struct {
	Method      string        `json:"method" doc:"straight_line, syd, declining (factor, no switch), double_declining (switches to straight line), db (Excel's DB), ddb (Excel's DDB), vdb (Excel's VDB), units or macrs"`
	Cost        Number        `json:"cost"`
	Salvage     Number        `json:"salvage,omitzero" doc:"what is left at the end; must not exceed cost"`
	Life        Number        `json:"life,omitzero" doc:"useful life in years (periods); not for units and macrs"`
	Factor      *Number       `json:"factor,omitempty" doc:"declining methods: multiple of the straight-line rate, 2 when absent"`
	Month       int           `json:"month,omitempty" doc:"db: months in the first year, 12 when absent; macrs with mid_month: month placed in service, 1 to 12"`
	NoSwitch    bool          `json:"no_switch,omitempty" doc:"declining methods: never switch to straight line"`
	Period      *Number       `json:"period,omitempty" doc:"only this period's figure, as SLN, SYD, DB and DDB show it"`
	StartPeriod *Number       `json:"start_period,omitempty" doc:"only the figure between two moments, as VDB shows it"`
	EndPeriod   *Number       `json:"end_period,omitempty"`
	Units       []Number      `json:"units,omitempty" doc:"units: units produced in each period"`
	TotalUnits  *Number       `json:"total_units,omitempty" doc:"units: what the asset will produce in all; absent: the sum of units"`
	Class       Number        `json:"class,omitzero" doc:"macrs: recovery period 3, 5, 7, 10, 15 or 20; of real property 27.5 (residential rental), 39 or 31.5 (nonresidential), with mid_month 30 or 40 (alternative system); with variant 2.5 to 50"`
	Variant     string        `json:"variant,omitempty" doc:"macrs: straight_line (tables A-8 to A-12) or declining_150 (A-14 to A-18), for the elections and the alternative system; absent: the general system (A-1 to A-5)"`
	Convention  string        `json:"convention,omitempty" doc:"macrs: half_year (when absent) or mid_quarter; of real property mid_month, which may be left out"`
	Quarter     int           `json:"quarter,omitempty" doc:"macrs with mid_quarter: quarter placed in service, 1 to 4"`
	Disposed    *Disposal     `json:"disposed,omitempty" doc:"macrs: early disposal"`
	Start       worktime.Date `json:"start,omitzero" doc:"first day in use; with by, the schedule follows the calendar"`
	By          string        `json:"by,omitempty" doc:"with start: year (life years, when absent), month (the month of start counts whole) or day"`
	Rows        string        `json:"rows,omitempty" doc:"with start: year (financial years, when absent) or month"`
	YearEnd     int           `json:"year_end,omitempty" doc:"month in which the financial year ends, 12 when absent"`
	Changes     []LifeChange  `json:"changes,omitempty" doc:"revised life, salvage or value; the book value is spread over what is left"`
}

// Disposal is the year of use in which an asset is disposed of.
type Disposal struct {
	Year    int `json:"year" doc:"recovery year of the disposal, from 1"`
	Quarter int `json:"quarter,omitempty" doc:"quarter of the disposal, for mid_quarter"`
	Month   int `json:"month,omitempty" doc:"month of the disposal, for mid_month"`
}

// LifeChange revises an asset after some years, or on a day.
type LifeChange struct {
	After   int           `json:"after,omitempty" doc:"whole years in use before the change; or give date"`
	Date    worktime.Date `json:"date,omitzero" doc:"day of the change, for a schedule with start"`
	Life    Number        `json:"life" doc:"remaining life in years from then"`
	Salvage *Number       `json:"salvage,omitempty" doc:"new salvage; absent: as before"`
	Value   *Number       `json:"value,omitempty" doc:"new book value: an impairment or revaluation"`
}

// DepreciationResult is a figure or a schedule.
type DepreciationResult struct {
	Value    *Value            `json:"value,omitempty" doc:"the single figure asked for, unrounded"`
	Schedule []DepreciationRow `json:"schedule,omitempty" doc:"charges in cents that add up to what is written off"`
	Total    *Number           `json:"total,omitempty" doc:"all charges together"`
}

// DepreciationRow is one period of a schedule.
type DepreciationRow struct {
	Period     int           `json:"period" doc:"from 1"`
	From       worktime.Date `json:"from,omitzero"`
	To         worktime.Date `json:"to,omitzero"`
	Opening    Number        `json:"opening"`
	Charge     Number        `json:"charge"`
	Adjustment *Number       `json:"adjustment,omitempty" doc:"impairment (negative) or revaluation"`
	Closing    Number        `json:"closing"`
}

func (d Depreciation) factor() real {
	if d.Factor == nil {
		return whole(2)
	}
	return d.Factor.real()
}

func (d Depreciation) solve(where string) (*DepreciationResult, error) {
	if d.Cost.IsNeg() || d.Salvage.IsNeg() || d.Salvage.Cmp(d.Cost.Decimal) > 0 {
		return nil, calc.Wrong(where+".salvage", "cost and salvage must not be negative and salvage must not exceed cost")
	}
	switch d.Method {
	case "straight_line", "syd", "declining", "double_declining", "db", "ddb", "vdb":
		if !d.Life.IsPos() || d.Life.real().cmp(whole(1000)) > 0 {
			return nil, calc.Wrong(where+".life", "must be more than 0 and at most 1000 years")
		}
		if d.Factor != nil && !d.Factor.IsPos() {
			return nil, calc.Wrong(where+".factor", "must be more than 0")
		}
		if d.Month < 0 || d.Month > 12 {
			return nil, calc.Wrong(where+".month", "must be between 1 and 12")
		}
	case "units":
		return d.byUnits(where)
	case "macrs":
		return d.byTable(where)
	default:
		return nil, calc.Wrong(where+".method", "%q is not known; use straight_line, syd, declining, double_declining, db, ddb, vdb, units or macrs", d.Method)
	}
	if d.Period != nil || d.StartPeriod != nil || d.EndPeriod != nil {
		return d.figure(where)
	}
	return d.schedule(where)
}

// figure answers as the spreadsheet function does.
func (d Depreciation) figure(where string) (*DepreciationResult, error) {
	cost, salvage, life := d.Cost.real(), d.Salvage.real(), d.Life.real()
	var r real
	switch {
	case d.Period == nil:
		if d.StartPeriod == nil || d.EndPeriod == nil {
			return nil, calc.Wrong(where+".start_period", "give both start_period and end_period")
		}
		change := !d.NoSwitch && d.Method != "declining" && d.Method != "ddb"
		r = variableDeclining(cost, salvage, life, d.StartPeriod.real(), d.EndPeriod.real(), d.factor(), !change)
	case d.Method == "straight_line":
		r = straightLine(cost, salvage, life)
	case d.Method == "syd":
		r = sumOfYears(cost, salvage, life, d.Period.real())
	case d.Method == "db":
		r = fixedDeclining(cost, salvage, life, d.Period.real(), orMonth(d.Month))
	case d.Method == "vdb" || d.Method == "double_declining":
		p := d.Period.real()
		r = variableDeclining(cost, salvage, life, maxReal(p.sub(whole(1)), whole(0)), p, d.factor(), d.NoSwitch)
	default:
		r = doubleDeclining(cost, salvage, life, d.Period.real(), d.factor())
	}
	v := value(r)
	return &DepreciationResult{Value: &v}, nil
}

func orMonth(m int) int {
	if m == 0 {
		return 12
	}
	return m
}

// book is an asset's depreciation from a moment on: a running total over time
// in years, straight between the ends of life years.
type book struct {
	from          real // years since the start
	method        string
	cost, salvage real
	life, factor  real
	month         int
	noSwitch      bool
}

// writtenOff is the total after t years of this book.
func (b book) writtenOff(t real) real {
	if t.sign() <= 0 {
		return whole(0)
	}
	end := b.life
	if b.method == "db" && b.month != 12 {
		end = end.add(whole(1))
	}
	t = minReal(t, end)
	n := t.floor()
	part := t.sub(whole(n))
	switch b.method {
	case "straight_line":
		return straightLine(b.cost, b.salvage, b.life).mul(t)
	case "syd":
		// By whole years; the last year of a life that is no whole number is a part.
		done := whole(0)
		years := b.ceiling()
		sum := whole(years * (years + 1) / 2)
		if b.life.cmp(whole(years)) != 0 { // spread a part of a year exactly
			return b.cost.sub(b.salvage).mul(sydShare(b.life, t))
		}
		for k := 1; k <= n; k++ {
			done = done.add(whole(years - k + 1))
		}
		done = done.add(whole(max(years-n, 0)).mul(part))
		return b.cost.sub(b.salvage).mul(done).quo(sum)
	case "db":
		done := whole(0)
		for k := 1; k <= n; k++ {
			done = done.add(orZero(fixedDeclining(b.cost, b.salvage, b.life, whole(k), b.month)))
		}
		return done.add(orZero(fixedDeclining(b.cost, b.salvage, b.life, minReal(whole(n+1), b.life.add(whole(1))), b.month)).mul(part))
	case "declining", "ddb":
		return accumulated(b.cost, b.salvage, b.life, t, b.factor, false, false)
	}
	return accumulated(b.cost, b.salvage, b.life, t, b.factor, !b.noSwitch, false)
}

func orZero(r real) real {
	if !r.ok() {
		return whole(0)
	}
	return r
}

// sydShare is the share written off after t of life years when the rate falls
// evenly: (t·(2·life − t)) / life², the limit of the sum of digits.
func sydShare(life, t real) real {
	return t.mul(life.mul(whole(2)).sub(t)).quo(life.mul(life))
}

func (b book) ceiling() int {
	n := b.life.floor()
	if whole(n).less(b.life) {
		n++
	}
	return n
}

func (d Depreciation) byUnits(where string) (*DepreciationResult, error) {
	if len(d.Units) == 0 || len(d.Units) > 100000 {
		return nil, calc.Wrong(where+".units", "must hold the units of 1 to 100000 periods")
	}
	sum, total := whole(0), whole(0)
	for i, u := range d.Units {
		if u.IsNeg() {
			return nil, calc.Wrong(fmt.Sprintf("%s.units[%d]", where, i), "must not be negative")
		}
		total = total.add(u.real())
	}
	if d.TotalUnits != nil {
		total = d.TotalUnits.real()
	}
	if total.sign() <= 0 {
		return nil, calc.Wrong(where+".total_units", "must be more than 0")
	}
	amount := d.Cost.real().sub(d.Salvage.real())
	var shares []real
	for _, u := range d.Units {
		sum = minReal(sum.add(u.real()), total) // what exceeds the estimate is free
		shares = append(shares, amount.mul(sum).quo(total))
	}
	return rowsOf(d.Cost, shares)
}

// rowsOf makes a schedule of running totals: each charge is rounded to cents,
// the last takes what rounding left.
func rowsOf(cost Number, totals []real) (*DepreciationResult, error) {
	out := &DepreciationResult{}
	opening, before, charged := cost.Decimal, whole(0), N("0").Decimal
	for i, t := range totals {
		charge, err := cents(t.sub(before))
		if err != nil {
			return nil, err
		}
		if i == len(totals)-1 {
			end, err := cents(t)
			if err != nil {
				return nil, err
			}
			if charge.Decimal, err = end.Sub(charged); err != nil {
				return nil, err
			}
		}
		closing, err := opening.Sub(charge.Decimal)
		if err != nil {
			return nil, err
		}
		if charged, err = charged.Add(charge.Decimal); err != nil {
			return nil, err
		}
		out.Schedule = append(out.Schedule, DepreciationRow{Period: i + 1, Opening: Number{opening}, Charge: charge, Closing: Number{closing}})
		opening, before = closing, t
	}
	total := Number{charged}
	out.Total = &total
	return out, nil
}

// yearsUntil measures time in years: by whole months, the month of start
// counting whole, or by days.
func (d Depreciation) yearsUntil(day worktime.Date) real {
	if d.By != "day" {
		months := d.Start.FirstOfMonth().MonthsUntil(day)
		return whole(months).quo(whole(12))
	}
	years := d.Start.MonthsUntil(day) / 12
	from, to := d.Start.AddYears(years), d.Start.AddYears(years+1)
	return whole(years).add(whole(from.DaysUntil(day)).quo(whole(from.DaysUntil(to))))
}

// rowEnd is the first day after the row that day lies in.
func (d Depreciation) rowEnd(day worktime.Date) worktime.Date {
	if d.By == "" || d.By == "year" {
		return d.Start.AddYears(d.Start.MonthsUntil(day)/12 + 1)
	}
	next := day.LastOfMonth() + 1
	if d.Rows == "month" {
		return next
	}
	for int(next.AddDays(-1).Month()) != orMonth(d.YearEnd) {
		next = next.LastOfMonth() + 1
	}
	return next
}

var firstYear = worktime.MustDate("1900-01-01")

func (d Depreciation) checkCalendar(where string) error {
	switch {
	case d.By != "" && d.By != "year" && d.By != "month" && d.By != "day":
		return calc.Wrong(where+".by", "%q is not known; use year, month or day", d.By)
	case d.Rows != "" && d.Rows != "year" && d.Rows != "month":
		return calc.Wrong(where+".rows", "%q is not known; use year or month", d.Rows)
	case d.YearEnd < 0 || d.YearEnd > 12:
		return calc.Wrong(where+".year_end", "must be a month from 1 to 12")
	case d.Start == 0 && d.By != "":
		return calc.Wrong(where+".start", "is missing; by needs the first day in use")
	case d.Start != 0 && (d.Start < firstYear || d.Start.Year() > 3000):
		return calc.Wrong(where+".start", "must lie between 1900 and 3000")
	}
	if (d.By == "" || d.By == "year") && d.Rows == "month" {
		return calc.Wrong(where+".rows", "rows by month need by: month or day")
	}
	return nil
}
