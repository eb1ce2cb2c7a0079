package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"steward/engine/cube"
)

// variance is the part of `calc cube` that splits a change between two periods.
type variance struct {
	periods  string
	quantity string
	explain  string
}

func varianceFlags(fs *flag.FlagSet) *variance {
	v := &variance{}
	fs.StringVar(&v.periods, "variance", "", "explain the change of the measure between two periods, e.g. 2023,2024 or 2024-01,2024-02 or 2024-01-01..2024-03-31,2025-01-01..2025-03-31")
	fs.StringVar(&v.quantity, "quantity", "", "with --variance: split it into price, volume and mix by this, e.g. 'sum(quantity)'; --by names the items")
	fs.StringVar(&v.explain, "causes", "", "with --variance: dimensions to look for the causes in, e.g. country,product")
	return v
}

func (v *variance) asked() bool { return v.periods != "" }

// names are the columns it needs.
func (v *variance) names() []string {
	var q cube.Query
	if m, err := cube.ParseMeasure(v.quantity); err == nil && v.quantity != "" {
		q.Measures = append(q.Measures, m)
	}
	for _, c := range cube.SplitList(v.explain) {
		if d, err := cube.ParseDimension(c, nil); err == nil {
			q.By = append(q.By, d)
		}
	}
	return q.Names()
}

func (v *variance) run(ctx context.Context, s streams, t *cube.Table, viewer cube.Viewer, q cube.Query, format string) error {
	ask := cube.Variance{Value: q.Measures[0], Items: q.By, Where: q.Where, Time: q.Time}
	periods := cube.SplitList(v.periods)
	if len(periods) != 2 {
		return wrongUse("--variance wants two periods, such as 2023,2024")
	}
	var err error
	if ask.Base, err = days(periods[0]); err == nil {
		ask.Actual, err = days(periods[1])
	}
	if err != nil {
		return err
	}
	if v.quantity != "" {
		m, err := cube.ParseMeasure(v.quantity)
		if err != nil {
			return usage{err.Error()}
		}
		ask.Quantity = &m
	}
	for _, c := range cube.SplitList(v.explain) {
		d, err := cube.ParseDimension(c, t.Columns)
		if err != nil {
			return usage{err.Error()}
		}
		ask.Explain = append(ask.Explain, d)
	}
	res, err := t.Explain(ctx, viewer, ask)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return usage{err.Error()}
	}
	text := func() []byte { return varianceText(res, ask) }
	if format == "csv" {
		return wrongUse("a variance is written as table or json")
	}
	return writeAs(s.out, format, text, nil, res)
}

// days reads 2024, 2024-Q2, 2024-05 or two days with '..' between them.
func days(p string) ([2]string, error) {
	if from, to, ok := strings.Cut(p, ".."); ok {
		return [2]string{from, to}, nil
	}
	months := 0
	var start time.Time
	var y, n int
	var err error
	switch {
	case len(p) == 4:
		start, err = time.Parse("2006", p)
		months = 12
	case len(p) == 7 && p[5] == 'Q':
		if _, err = fmt.Sscanf(p, "%4d-Q%1d", &y, &n); err == nil && (n < 1 || n > 4) {
			err = fmt.Errorf("quarter %d", n)
		}
		start = time.Date(y, time.Month(3*n-2), 1, 0, 0, 0, 0, time.UTC)
		months = 3
	default:
		start, err = time.Parse("2006-01", p)
		months = 1
	}
	if err != nil {
		return [2]string{}, wrongUse("%q is no period; write 2024, 2024-Q2, 2024-05 or 2024-01-01..2024-03-31", p)
	}
	return [2]string{start.Format(time.DateOnly), start.AddDate(0, months, -1).Format(time.DateOnly)}, nil
}

func varianceText(r cube.VarianceResult, ask cube.Variance) []byte {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(cells ...any) {
		for _, c := range cells {
			fmt.Fprint(w, c, "\t")
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(&b, "%s: %v from %s to %s, %v from %s to %s: change %v\n", ask.Value.Name, r.Base, ask.Base[0], ask.Base[1], r.Actual, ask.Actual[0], ask.Actual[1], r.Change)
	if e := r.Effects; e != nil {
		fmt.Fprintf(&b, "price %v, volume %v, mix %v, new %v, lost %v\n", e.Price, e.Volume, e.Mix, e.New, e.Lost)
	}
	if len(r.Items) > 0 {
		fmt.Fprintln(&b)
		head := []any{"item", "before", "now", "change"}
		if r.Effects != nil {
			head = append(head, "price", "volume", "mix", "new", "lost")
		}
		line(head...)
		for i, x := range r.Items {
			if i == 30 {
				line(fmt.Sprintf("and %d more", len(r.Items)-30))
				break
			}
			var names []string
			for _, k := range x.Item {
				names = append(names, k.String())
			}
			cells := []any{strings.Join(names, ", "), x.Base, x.Actual, x.Change}
			if e := x.Effects; e != nil {
				cells = append(cells, e.Price, e.Volume, e.Mix, e.New, e.Lost)
			}
			line(cells...)
		}
		w.Flush()
	}
	for _, e := range r.Explains {
		fmt.Fprintf(&b, "\n%s explains %.0f %% (surprise %.4f)\n", e.Dimension, 100*e.Explained, e.Surprise)
		line("value", "before", "now", "change", "of it")
		for _, f := range e.Values {
			line(f.Value, f.Base, f.Actual, f.Change, fmt.Sprintf("%.0f %%", 100*f.Share))
		}
		w.Flush()
	}
	return b.Bytes()
}
