package cube

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// sheet builds a small table from rows of text; "–" is no value.
func sheet(t testing.TB, cols []Column, rows ...string) *Table {
	t.Helper()
	v := make([]Vector, len(cols))
	for _, row := range rows {
		for c, cell := range strings.Split(row, "|") {
			x := &v[c]
			null := cell == "–"
			x.Null = append(x.Null, null)
			var value Value
			if !null {
				var err error
				if value, err = cols[c].literal(cell); err != nil {
					t.Fatal(err)
				}
			}
			switch cols[c].Kind {
			case Text:
				x.From = append(x.From, uint32(len(x.Data)))
				x.Data = append(x.Data, value.Text...)
				x.To = append(x.To, uint32(len(x.Data)))
			case Float:
				x.Floats = append(x.Floats, value.Float)
			default:
				x.Ints = append(x.Ints, value.Int)
			}
		}
	}
	table, err := Build(cols, len(rows), v)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Verify(); err != nil {
		t.Fatal(err)
	}
	return table
}

var salesColumns = []Column{{"day", Date, 0}, {"country", Text, 0}, {"amount", Decimal, 2}, {"n", Integer, 0}}

func sales(t testing.TB) *Table {
	return sheet(t, salesColumns,
		"2023-12-31|DE|10.00|1", "2024-01-05|DE|1.10|2", "2024-01-20|SE|2.20|1", "2024-03-01|DE|–|1", "2024-03-31|–|0.70|3", "2024-03-31|PL|5.00|1")
}

func run(t testing.TB, tb *Table, v Viewer, q Query) string {
	t.Helper()
	r, err := tb.Run(t.Context(), v, q)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(r.CSV()))
}

func TestNoQueryRunsWithoutAViewer(t *testing.T) {
	q := ask(t, "count()", "", "")
	if _, err := sales(t).Run(t.Context(), Viewer{}, q); !errors.Is(err, ErrNoViewer) {
		t.Errorf("got %v", err)
	}
	if _, _, err := (Relation{Columns: salesColumns}).SQL(Viewer{}, q); !errors.Is(err, ErrNoViewer) {
		t.Errorf("got %v", err)
	}
}

func TestOnlyTheViewersRowsExistForThem(t *testing.T) {
	tb := sales(t)
	q := ask(t, "sum(amount),count(),distinct(country)", "country", "")
	q.Share = true
	only := OnlyRows(Cond{Column: "country", Op: "in", Values: []string{"DE"}})
	r, err := tb.Run(t.Context(), only, q)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(r.CSV()); !strings.Contains(got, "DE,11.10,100,3,100,1\n") || len(r.Rows) != 1 || r.Totals[1].String() != "11.10" {
		t.Errorf("got %s, totals %v", got, r.Totals)
	}
	if r, err = tb.Run(t.Context(), NoRows(), q); err != nil || len(r.Rows) != 0 || r.Totals[3].String() != "0" {
		t.Errorf("nobody sees %v, totals %v, %v", r.Rows, r.Totals, err)
	}
}

func TestPeriodsGapsComparisonsAndTheRest(t *testing.T) {
	tb := sales(t)
	for _, c := range []struct {
		name, measures, by string
		set                func(*Query)
		want               string
	}{
		{"gaps are filled", "sum(amount),count()", "month", func(q *Query) { q.Fill = true },
			"month,sum(amount),count()\n2023-12,10.00,1\n2024-01,3.30,2\n2024-02,0.00,0\n2024-03,5.70,3"},
		{"the period before, even outside the range", "sum(amount)", "month", func(q *Query) { q.From, q.To, q.Compare = "2024-01-01", "2024-01-31", PreviousPeriod },
			"month,sum(amount),\"sum(amount), previous\",\"sum(amount), change\",\"sum(amount), change %\"\n2024-01,3.30,10.00,-6.70,-67"},
		{"nothing is known before the first", "sum(amount)", "year", func(q *Query) { q.Compare = YearBefore },
			"year,sum(amount),\"sum(amount), year before\",\"sum(amount), change\",\"sum(amount), change %\"\n2023,10.00,,,\n2024,9.00,10.00,-1.00,-10"},
		{"ranges against the range before", "count()", "", func(q *Query) { q.From, q.To, q.Compare = "2024-01-01", "2024-01-31", PreviousPeriod },
			"count(),\"count(), previous\",\"count(), change\",\"count(), change %\"\n2,1,1,100"},
		{"the top and the rest", "sum(amount)", "country", func(q *Query) { q.Top = 1 }, "country,sum(amount)\nDE,11.10\nother,7.90"},
		{"distinct counts of the rest are its own", "sum(amount),distinct(country)", "country", func(q *Query) { q.Top = 1 }, "country,sum(amount),distinct(country)\nDE,11.10,1\nother,7.90,2"},
		{"fiscal years are named after their end", "sum(amount)", "year", func(q *Query) { q.Calendar.FirstMonth = 4 }, "year,sum(amount)\nFY2024,19.00"},
		{"fiscal quarters", "count()", "quarter", func(q *Query) { q.Calendar.FirstMonth = 2 }, "quarter,count()\nFY2024-Q4,3\nFY2025-Q1,3"},
		{"ISO weeks", "count()", "week", func(q *Query) {}, "week,count()\n2023-W52,1\n2024-W01,1\n2024-W03,1\n2024-W09,1\n2024-W13,2"},
		{"no value is not zero", "sum(amount),avg(amount),count(amount)", "", func(q *Query) { c, _ := ParseWhere("day = 2024-03-01"); q.Where = &c }, "sum(amount),avg(amount),count(amount)\n,,0"},
		{"a ratio of nothing is nothing", "sum(n)/sum(amount)", "", func(q *Query) { c, _ := ParseWhere("day = 2024-02-01"); q.Where = &c }, "sum(n)/sum(amount)\n"},
		{"the last day's values", "last(n),dayavg(n)", "month", func(q *Query) { q.From = "2024-03-01" }, "month,last(n),dayavg(n)\n2024-03,4,2.5"},
		{"arithmetic on rows and sums", "sum(amount*n),sum(amount)-sum(n)*2", "", func(q *Query) { q.From, q.To = "2024-01-01", "2024-01-31" }, "sum(amount*n),sum(amount)-sum(n)*2\n4.40,-2.70"},
		{"order and limit", "sum(amount)", "country", func(q *Query) { q.Order, q.Limit = "-sum(amount)", 2 }, "country,sum(amount)\nDE,11.10\nPL,5.00"},
	} {
		q := ask(t, c.measures, "", "")
		for _, b := range SplitList(c.by) {
			d, err := ParseDimension(b, tb.Columns)
			if err != nil {
				t.Fatal(err)
			}
			q.By = append(q.By, d)
		}
		c.set(&q)
		if got := run(t, tb, AllRows(), q); got != strings.TrimSpace(c.want) && got+"\n" != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestPercentilesAndDistinctCountsAreExactHoweverManyGroups(t *testing.T) {
	const n = 150_000 // more than two segments
	r := rand.New(rand.NewPCG(4, 4))
	cols := []Column{{"a", Integer, 0}, {"b", Integer, 0}, {"v", Integer, 0}, {"x", Float, 0}}
	v := make([]Vector, 4)
	for i := range 4 {
		v[i].Ints = make([]int64, n)
	}
	v[3] = Vector{Floats: make([]float64, n)}
	for i := range n {
		v[0].Ints[i], v[1].Ints[i], v[2].Ints[i] = r.Int64N(3), r.Int64N(1_000_000)*1_000, r.Int64N(500)
		v[3].Floats[i] = float64(r.IntN(1000)) / 8
	}
	tb, err := Build(cols, n, v)
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []string{"a", "a,b"} { // arrays by number; found by hash
		type group struct {
			values []float64
			seen   map[int64]bool
			xs     map[float64]bool
		}
		want := map[string]*group{}
		for i := range n {
			id := fmt.Sprint(v[0].Ints[i])
			if by == "a,b" {
				id += fmt.Sprint(",", v[1].Ints[i])
			}
			g := want[id]
			if g == nil {
				g = &group{seen: map[int64]bool{}, xs: map[float64]bool{}}
				want[id] = g
			}
			g.values, g.seen[v[2].Ints[i]], g.xs[v[3].Floats[i]] = append(g.values, v[3].Floats[i]), true, true
		}
		res, err := tb.Run(t.Context(), AllRows(), ask(t, "p90(x),distinct(v),distinct(x)", by, ""))
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Rows) != len(want) {
			t.Fatalf("%s: %d groups, want %d", by, len(res.Rows), len(want))
		}
		for _, row := range res.Rows {
			k := len(row) - 3
			id := row[0].String()
			if k == 2 {
				id += "," + row[1].String()
			}
			g := want[id]
			slices.Sort(g.values)
			rank := 0.9 * float64(len(g.values)-1)
			at := int(rank)
			p := g.values[at]
			if at+1 < len(g.values) {
				p += (rank - float64(at)) * (g.values[at+1] - p)
			}
			if math.Abs(row[k].Float-p) > 1e-9 || row[k+1].Int != int64(len(g.seen)) || row[k+2].Int != int64(len(g.xs)) {
				t.Fatalf("%s: group %s is %v, want %v, %d, %d", by, id, row, p, len(g.seen), len(g.xs))
			}
		}
	}
}

func TestEffectsAddUpToTheChange(t *testing.T) {
	cols := []Column{{"day", Date, 0}, {"product", Text, 0}, {"amount", Decimal, 2}, {"quantity", Integer, 0}}
	tb := sheet(t, cols, // A 10 at 10.00 → 12 at 11.00; B 20 at 5.00 → 12 at 5.00; C new; D lost
		"2023-06-01|A|100.00|10", "2023-06-01|B|100.00|20", "2023-06-01|D|7.00|1",
		"2024-06-01|A|132.00|12", "2024-06-01|B|60.00|12", "2024-06-01|C|30.00|3")
	value, _ := ParseMeasure("sum(amount)")
	quantity, _ := ParseMeasure("sum(quantity)")
	got, err := tb.Explain(t.Context(), AllRows(), Variance{
		Value: value, Quantity: &quantity, Items: []Dimension{{Column: "product"}}, Explain: []Dimension{{Column: "product"}},
		Base: [2]string{"2023-01-01", "2023-12-31"}, Actual: [2]string{"2024-01-01", "2024-12-31"},
	})
	if err != nil {
		t.Fatal(err)
	}
	// Q0 30 → Q1 24: volume 200·(24/30−1) = −40; price (11−10)·12 = 12;
	// mix A (12−8)·10 = 40, B (12−16)·5 = −20.
	e := got.Effects
	if s := fmt.Sprint(got.Change, e.Price, e.Volume, e.Mix, e.New, e.Lost); s != "15.00 12.00 -40.00 20.00 30.00 -7.00" {
		t.Errorf("got %s", s)
	}
	for _, i := range got.Items {
		sum := Value{Kind: Decimal, Scale: 2}
		for _, x := range []Value{i.Effects.Price, i.Effects.Volume, i.Effects.Mix, i.Effects.New, i.Effects.Lost} {
			sum = plus(sum, x, 1)
		}
		if sum != i.Change {
			t.Errorf("%v: the effects add up to %v, not %v", i.Item, sum, i.Change)
		}
	}
}

func TestWrongQueriesSayWhatWouldBeRight(t *testing.T) {
	for in, want := range map[string]string{
		"sum(amont)": `there is no column "amont"; there are day, country, amount, n`, "sum(country)": "is text; only count and distinct",
		"amount": `write sum(amount)`, "sum(amount": "it ends where )", "frob(amount)": `no aggregate "frob"`, "sum(amount))": "stands where an operator or the end", "percentile(n, 101)": "0 to 100",
	} {
		m, err := ParseMeasure(in)
		if err == nil {
			_, err = sales(t).Run(t.Context(), AllRows(), Query{Measures: []Measure{m}})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", in, err, want)
		}
	}
	for in, want := range map[string]string{
		"country =": "it ends where a value", "amount > x1": `"x1" is not a number`, "foo = 1": `no column "foo"`, "year(country) = 2024": "only dates have a year", "month(day) = 2024-13": "is no month", "amount ! 3": "stands where",
	} {
		c, err := ParseWhere(in)
		if err == nil {
			q := ask(t, "count()", "", "")
			q.Where = &c
			_, err = sales(t).Run(t.Context(), AllRows(), q)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", in, err, want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	b, _ := NewBuilder(salesColumns)
	_ = b.Append(1, []Vector{{Ints: []int64{1}}, {Data: []byte("DE"), From: []uint32{0}, To: []uint32{2}}, {Ints: []int64{100}}, {Ints: []int64{3}}})
	raw, _ := b.Bytes()
	f.Add(raw)
	f.Add([]byte(magic + magic))
	f.Fuzz(func(t *testing.T, raw []byte) {
		tb, err := OpenBytes(raw)
		if err != nil || tb.Verify() != nil {
			return
		}
		for _, c := range tb.Columns {
			m, err := ParseMeasure(`distinct("` + strings.ReplaceAll(c.Name, `"`, `""`) + `")`)
			if err == nil {
				_, _ = tb.Run(t.Context(), AllRows(), Query{Measures: []Measure{m}})
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"sum(a*b)/count()", "x = 1 and (y in (a,b) or z is not null)", "month(d)", `r = sum("a b")`, "d between 2024-01-01 and 2024-02-01", "percentile(n, 95)", "a = -1.5"} {
		f.Add(s)
	}
	tb := sales(f)
	f.Fuzz(func(t *testing.T, s string) {
		if m, err := ParseMeasure(s); err == nil {
			_, _ = tb.Run(t.Context(), AllRows(), Query{Measures: []Measure{m}})
		}
		if c, err := ParseWhere(s); err == nil {
			q := ask(t, "count()", "", "")
			q.Where = &c
			_, _ = tb.Run(t.Context(), AllRows(), q)
			_, _, _ = Relation{Dialect: SQLite, From: "t", Columns: tb.Columns}.SQL(AllRows(), q)
		}
		_, _ = ParseDimension(s, tb.Columns)
	})
}
