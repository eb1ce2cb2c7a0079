package cashflow

import (
	"strconv"

	"steward/engine/calc"
)

// macrs is a table of percentages and what is known of its conventions.
type macrs struct {
	percent    []real // of each recovery year
	life       real   // recovery period in years
	first      real   // share of the first year that the asset counts as in use
	convention string
}

func (d Depreciation) byTable(where string) (*DepreciationResult, error) {
	if d.Salvage.IsPos() {
		return nil, calc.Wrong(where+".salvage", "is ignored by MACRS; leave it out")
	}
	m, err := d.macrs(where)
	if err != nil {
		return nil, err
	}
	if d.Disposed != nil {
		if err := m.dispose(*d.Disposed, where+".disposed"); err != nil {
			return nil, err
		}
	}
	var shares []real
	sum := whole(0)
	for _, percent := range m.percent {
		sum = sum.add(percent)
		shares = append(shares, d.Cost.real().mul(sum).quo(whole(100)))
	}
	return rowsOf(d.Cost, shares)
}

func (d Depreciation) macrs(where string) (macrs, error) {
	m := macrs{life: d.Class.real(), convention: d.Convention}
	class := d.Class.Trim(0).String()
	switch d.Variant {
	case "", "straight_line", "declining_150":
	default:
		return m, calc.Wrong(where+".variant", "%q is not known; use straight_line or declining_150, or leave it out", d.Variant)
	}
	if class == "27.5" || class == "31.5" || class == "39" || m.convention == "mid_month" {
		return d.realProperty(m, class, where)
	}
	switch m.convention {
	case "":
		m.convention = "half_year"
	case "half_year", "mid_quarter":
	default:
		return m, calc.Wrong(where+".convention", "%q is not known; use half_year, mid_quarter or mid_month", m.convention)
	}
	m.first = whole(1).quo(whole(2))
	if m.convention == "mid_quarter" {
		if d.Quarter < 1 || d.Quarter > 4 {
			return m, calc.Wrong(where+".quarter", "must be the quarter placed in service, from 1 to 4, for mid_quarter")
		}
		m.first = midQuarter(5 - d.Quarter)
	}
	if d.Variant != "" {
		return d.alternative(m, class, where)
	}
	switch class {
	case "3", "5", "7", "10", "15", "20":
	default:
		return m, calc.Wrong(where+".class", "class %s is not a recovery period; use 3, 5, 7, 10, 15 or 20 years, 27.5, 31.5 or 39 for real property, or another period with variant straight_line or declining_150", class)
	}
	years, err := strconv.Atoi(class)
	if err == nil {
		m.percent, err = macrsPercentages(years, m.convention, d.Quarter)
	}
	if err != nil {
		return m, calc.Wrong(where+".class", "%v", err)
	}
	return m, nil
}

// alternative is tables A-8 to A-12 (straight line) and A-14 to A-18 (150 % declining
// balance): any recovery period from 2.5 to 50 years by half years.
func (d Depreciation) alternative(m macrs, class, where string) (macrs, error) {
	halves := m.life.mul(whole(2))
	if n := halves.floor(); n < 5 || n > 100 || halves.cmp(whole(n)) != 0 {
		return m, calc.Wrong(where+".class", "class %s is not a recovery period; use 2.5 to 50 years, by half years", class)
	}
	factor, digits := whole(1), 2
	if d.Variant == "declining_150" {
		factor = fromText("1.5")
	}
	if m.life.cmp(whole(20)) >= 0 {
		digits = 3
	}
	m.percent = statutory(m.life, factor, m.first, digits)
	return m, nil
}

func (d Depreciation) realProperty(m macrs, class, where string) (macrs, error) {
	switch class {
	case "27.5", "30", "31.5", "39", "40":
	default:
		return m, calc.Wrong(where+".convention", "mid_month is for real property of 27.5, 31.5 and 39 years, or 30 and 40 of the alternative system; use half_year or mid_quarter")
	}
	if m.convention == "" {
		m.convention = "mid_month"
	}
	switch {
	case m.convention != "mid_month":
		return m, calc.Wrong(where+".convention", "of %s-year real property is mid_month, not %s", class, m.convention)
	case d.Variant == "declining_150":
		return m, calc.Wrong(where+".variant", "of real property is straight_line; leave it out")
	case d.Month < 1 || d.Month > 12:
		return m, calc.Wrong(where+".month", "must be the month placed in service, from 1 to 12, for mid_month")
	}
	m.first, m.percent = midMonth(13-d.Month), macrsRealProperty(class, d.Month)
	return m, nil
}

// dispose ends the table in the year of disposal. That year keeps the share of
// its percentage that it was in use for by the convention: half of it, or to the
// middle of the quarter or the month. The last recovery year is only a part of a
// year itself, so its percentage stands for that part. What is placed in service
// and disposed of in one year is not depreciated (26 CFR 1.168(d)-1(b)(3)(ii)).
func (m *macrs) dispose(on Disposal, where string) error {
	held := whole(1).quo(whole(2))
	switch {
	case on.Year < 1:
		return calc.Wrong(where+".year", "must be the recovery year of the disposal, from 1")
	case m.convention == "mid_quarter":
		if on.Quarter < 1 || on.Quarter > 4 {
			return calc.Wrong(where+".quarter", "must be the quarter of the disposal, from 1 to 4, for mid_quarter")
		}
		held = midQuarter(on.Quarter)
	case m.convention == "mid_month":
		if on.Month < 1 || on.Month > 12 {
			return calc.Wrong(where+".month", "must be the month of the disposal, from 1 to 12, for mid_month")
		}
		held = midMonth(on.Month)
	}
	years := len(m.percent)
	if on.Year > years {
		return nil // written off before
	}
	m.percent = m.percent[:on.Year]
	last := &m.percent[on.Year-1]
	if on.Year == 1 {
		*last = whole(0)
		return nil
	}
	covered := whole(1)
	if on.Year == years {
		covered = m.life.sub(m.first).sub(whole(years - 2))
	}
	*last = last.mul(minReal(held, covered)).quo(covered)
	return nil
}

// midQuarter is the share of a year that quarters make when the first or the
// last of them counts half.
func midQuarter(quarters int) real { return whole(2*quarters - 1).quo(whole(8)) }
