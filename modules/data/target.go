package data

import (
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
)

// Target is what a metric is to reach in a span of whole months.
type Target struct {
	records.Base[Target]
	Metric records.ID[Metric]
	Starts records.Date
	Ends   records.Date
	Value  records.Scaled
}

// TargetDigits is how many digits after the point a target has.
const TargetDigits = 2

// Targets are what metrics are to reach. Rights are the metric's.
var Targets = records.Define("data.target", "Target", "Targets", "TGT", func(t *Target, f *records.Fields) {
	records.Linked(f, &t.Metric, "Metric").List()
	records.Day(f, &t.Starts, "From day").Filter().List()
	records.Day(f, &t.Ends, "To day").Filter().List()
	records.Dec(f, &t.Value, "To be reached", TargetDigits).Help("In the metric's unit. That of several months is shared evenly among them where months add up.").List()
	f.Under(&t.Metric)
}).InArea(access.Data).Icon("target").SortedBy("starts").Versioned().Check(checkTarget).Example(func(t *Target) { t.Ends = "2026-02-28" })

func checkTarget(_ *records.Tx, _, t *Target) error {
	first, last := t.Starts.Time(), t.Ends.Time()
	switch {
	case first.Day() != 1:
		return fail.Field(&t.Starts, "first-of-month", "A target begins on the first day of a month.")
	case last.AddDate(0, 0, 1).Day() != 1:
		return fail.Field(&t.Ends, "last-of-month", "A target ends on the last day of a month.")
	case t.Ends < t.Starts:
		return fail.Field(&t.Ends, "ends-before-start", "The target ends before it starts.")
	}
	return nil
}

// targets are a metric's targets by month: "2026-03" → value in whole units.
// A shorter target goes before a longer one, a later one before an earlier.
func targets(r records.Reader, m *Metric) (map[string]float64, error) {
	list, err := Targets.List(r, records.Query{Where: []records.Cond{records.Is(&Targets.P.Metric, m.ID)}})
	if err != nil {
		return nil, err
	}
	out, span := map[string]float64{}, map[string]int{}
	for _, t := range list {
		first, last := t.Starts.Time(), t.Ends.Time()
		n := (last.Year()-first.Year())*12 + int(last.Month()) - int(first.Month()) + 1
		v := float64(t.Value) / 100
		if m.additive() {
			v /= float64(n)
		}
		for i := range n {
			month := time.Date(first.Year(), first.Month()+time.Month(i), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
			if was, ok := span[month]; !ok || n <= was {
				out[month], span[month] = v, n
			}
		}
	}
	return out, nil
}
