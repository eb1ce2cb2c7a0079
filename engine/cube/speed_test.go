package cube

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// generated makes rows of an ordinary fact table: date, country, product,
// customer, quantity, amount, paid. Values follow from the row's number alone.
func generated(t testing.TB, rows int) *Table {
	t.Helper()
	cols := []Column{{"date", Date, 0}, {"country", Text, 0}, {"product", Text, 0}, {"customer", Integer, 0}, {"quantity", Integer, 0}, {"amount", Decimal, 2}, {"paid", Bool, 0}}
	b, err := NewBuilder(cols)
	if err != nil {
		t.Fatal(err)
	}
	words := func(n int, name string) (data []byte, ends []uint32) {
		for i := range n {
			data = append(data, fmt.Sprintf("%s %03d", name, i)...)
			ends = append(ends, uint32(len(data)))
		}
		return data, ends
	}
	countries, cEnds := words(40, "country")
	products, pEnds := words(500, "product")
	const n = 1 << 16
	v := make([]Vector, len(cols))
	for c := range v {
		v[c].Ints = make([]int64, n)
		v[c].From, v[c].To = make([]uint32, n), make([]uint32, n)
	}
	v[1].Data, v[2].Data = countries, products
	x := uint64(42)
	for done := 0; done < rows; {
		k := min(n, rows-done)
		for i := range k {
			x = x*6364136223846793005 + 1442695040888963407
			r := x >> 16
			v[0].Ints[i] = 18262 + int64(done+i)*2190/int64(rows) // six years, in order
			c, p := r%40, r/40%500
			v[1].From[i], v[1].To[i] = 0, cEnds[c]
			if c > 0 {
				v[1].From[i] = cEnds[c-1]
			}
			v[2].From[i], v[2].To[i] = 0, pEnds[p]
			if p > 0 {
				v[2].From[i] = pEnds[p-1]
			}
			v[3].Ints[i] = int64(r / 20000 % 1_000_000)
			v[4].Ints[i] = int64(r%20 + 1)
			v[5].Ints[i] = int64(r / 7 % 10_000_00)
			v[6].Ints[i] = int64(r / 11 % 2)
		}
		if err := b.Append(k, v); err != nil {
			t.Fatal(err)
		}
		done += k
	}
	raw, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	table, err := OpenBytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func ask(t testing.TB, measures, by, where string) Query {
	t.Helper()
	var q Query
	for _, m := range SplitList(measures) {
		x, err := ParseMeasure(m)
		if err != nil {
			t.Fatal(err)
		}
		q.Measures = append(q.Measures, x)
	}
	for _, d := range SplitList(by) {
		x, err := ParseDimension(d, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.By = append(q.By, x)
	}
	if where != "" {
		c, err := ParseWhere(where)
		if err != nil {
			t.Fatal(err)
		}
		q.Where = &c
	}
	return q
}

func BenchmarkCube10MRows(b *testing.B) {
	table := generated(b, 10_000_000)
	for _, c := range []struct{ name, measures, by, where string }{
		{"sum by month and country", "sum(amount)", "month(date),country", ""},
		{"sum by product and country", "sum(amount)", "product,country", ""},
		{"sum and count by month and product", "sum(amount),count()", "month(date),product", ""},
		{"sum by quarter and country, filtered", "sum(amount)", "quarter(date),country", "paid = true and amount > 100"},
		{"price times quantity by year and country", "sum(amount*quantity)", "year(date),country", ""},
		{"distinct of 1 M", "distinct(customer)", "", ""},
		{"distinct of 1 M by country", "distinct(customer)", "country", ""},
		{"distinct of 1 M by month and product", "distinct(customer)", "month(date),product", ""},
		{"sum by customer", "sum(amount)", "customer", ""},
		{"median by country", "median(amount)", "country", ""},
	} {
		q := ask(b, c.measures, c.by, c.where)
		b.Run(c.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				at := time.Now()
				if _, err := table.Run(context.Background(), AllRows(), q); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(at))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[(len(took)-1)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64(table.Size())/float64(table.Rows), "bytes/row")
		})
	}
}
