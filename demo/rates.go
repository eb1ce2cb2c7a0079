package demo

import (
	"math"
	"time"

	"steward/kernel/org"
	"steward/kernel/records"
)

// currencies are those the group deals in, with about what a euro was worth.
var currencies = []struct {
	code string
	rate float64
}{{"SEK", 11.35}, {"PLN", 4.32}, {"HUF", 394}, {"CHF", 0.955}}

// tellRates makes a rate a month and currency, each near the one before.
func (w *world) tellRates() []step {
	var steps []step
	value := map[string]float64{}
	r := w.random("rates")
	first := time.Date(w.start.Year(), w.start.Month(), 1, 6, 0, 0, 0, time.UTC)
	for at := first; at.Before(w.end); at = at.AddDate(0, 1, 0) {
		var list []*org.Rate
		for _, c := range currencies {
			if value[c.code] == 0 {
				value[c.code] = c.rate
			}
			// It wanders by up to 1.5 % a month and is drawn back to where it began.
			value[c.code] *= 1 + (r.Float64()-0.5)*0.03 + 0.1*(c.rate/value[c.code]-1)
			rate := &org.Rate{Currency: "EUR", InCurrency: c.code, Starts: records.DateOf(at), Rate: records.Scaled(math.Round(value[c.code]*1e4) * 1e2), Source: "Nordwind treasury"}
			rate.ID = records.ID[org.Rate](w.id(at, "rate", c.code, at.Format("2006-01")))
			list = append(list, rate)
		}
		steps = append(steps, step{at: maxTime(at, w.start), name: "exchange rates", do: func(u *records.Tx) error {
			for _, x := range list {
				rec := *x
				if err := org.Rates.Create(u, &rec); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	return steps
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
