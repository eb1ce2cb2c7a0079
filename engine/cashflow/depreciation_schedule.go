package cashflow

import (
	"fmt"

	"steward/engine/calc"
)

// schedule lays an asset's depreciation out over its life years or over the
// calendar, revised where changes say so.
func (d Depreciation) schedule(where string) (*DepreciationResult, error) {
	if err := d.checkCalendar(where); err != nil {
		return nil, err
	}
	books, adjust, err := d.books(where)
	if err != nil {
		return nil, err
	}
	last := books[len(books)-1]
	end := last.from.add(last.life)
	if last.method == "db" && last.month != 12 {
		end = end.add(whole(1))
	}
	var out DepreciationResult
	opening, charged := d.Cost.Decimal, whole(0)
	t := whole(0)
	day := d.Start
	for row := 1; t.less(end); row++ {
		if row > 20000 {
			return nil, calc.Wrong(where+".life", "makes more than 20000 rows")
		}
		next := DepreciationRow{Period: row, Opening: Number{opening}}
		until := whole(row)
		if d.Start != 0 {
			next.From, day = day, d.rowEnd(day)
			next.To = day - 1
			until = d.yearsUntil(day)
		}
		// The whole total, revaluations apart, at the end of the row.
		total, moved := whole(0), whole(0)
		for i, b := range books {
			stop := until
			if i+1 < len(books) {
				stop = minReal(stop, books[i+1].from)
			}
			total = total.add(b.writtenOff(stop.sub(b.from)))
			if i > 0 && t.cmp(b.from) <= 0 && b.from.less(until) {
				moved = moved.add(adjust[i])
			}
		}
		charge, err := cents(total.sub(charged))
		if err != nil {
			return nil, calc.Wrong(where, "%v", err)
		}
		if until.cmp(end) >= 0 { // the last row takes what rounding left
			rest, err := cents(d.Cost.real().add(sumOf(adjust)).sub(total))
			if err != nil {
				return nil, calc.Wrong(where, "%v", err)
			}
			before, _ := cents(moved)
			left, err := opening.Add(before.Decimal)
			if err != nil {
				return nil, err
			}
			if charge.Decimal, err = left.Sub(rest.Decimal); err != nil {
				return nil, err
			}
		}
		charged = charged.add(charge.real())
		if opening, err = opening.Sub(charge.Decimal); err != nil {
			return nil, err
		}
		if moved.sign() != 0 {
			m, err := cents(moved)
			if err != nil {
				return nil, calc.Wrong(where, "%v", err)
			}
			next.Adjustment = &m
			if opening, err = opening.Add(m.Decimal); err != nil {
				return nil, err
			}
		}
		next.Charge, next.Closing = charge, Number{opening}
		out.Schedule = append(out.Schedule, next)
		t = until
	}
	total, err := cents(charged)
	if err != nil {
		return nil, calc.Wrong(where, "%v", err)
	}
	out.Total = &total
	return &out, nil
}

func sumOf(all []real) real {
	s := whole(0)
	for _, a := range all {
		s = s.add(a)
	}
	return s
}

// books are the asset's depreciation from the start and from each change on,
// with the revaluation made at each.
func (d Depreciation) books(where string) ([]book, []real, error) {
	first := book{whole(0), d.Method, d.Cost.real(), d.Salvage.real(), d.Life.real(), d.factor(), orMonth(d.Month), d.NoSwitch}
	books, adjust := []book{first}, []real{whole(0)}
	for i, c := range d.Changes {
		at := fmt.Sprintf("%s.changes[%d]", where, i)
		from := whole(c.After)
		if c.Date != 0 {
			if d.Start == 0 || c.Date < d.Start {
				return nil, nil, calc.Wrong(at+".date", "needs a start before it")
			}
			from = d.yearsUntil(c.Date)
		}
		old := books[len(books)-1]
		if from.cmp(old.from) <= 0 {
			return nil, nil, calc.Wrong(at, "must come after the start and the change before it")
		}
		if !c.Life.IsPos() || c.Life.real().cmp(whole(1000)) > 0 {
			return nil, nil, calc.Wrong(at+".life", "must be more than 0 and at most 1000 years")
		}
		b := old
		b.from, b.life, b.month = from, c.Life.real(), 12
		b.cost = old.cost.sub(old.writtenOff(from.sub(old.from)))
		change := whole(0)
		if c.Value != nil {
			change = c.Value.real().sub(b.cost)
			b.cost = c.Value.real()
		}
		if c.Salvage != nil {
			b.salvage = c.Salvage.real()
		}
		if b.cost.less(b.salvage) {
			return nil, nil, calc.Wrong(at, "the book value %s would be below salvage", value(b.cost))
		}
		books, adjust = append(books, b), append(adjust, change)
	}
	return books, adjust, nil
}
