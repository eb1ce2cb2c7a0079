package table

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func profileOf(t testing.TB, s Source, checks []Check) *Profile {
	t.Helper()
	r, err := Open(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := ProfileAll(context.Background(), r, checks)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReadingGoesOnWhereItEnded(t *testing.T) {
	for _, c := range []struct{ name, in, by, after, rows, last string }{
		{"numbers", "id,x\n1,a\n3,c\n2,b\n", "id", "1", "3|c;2|b", "3"},
		{"days", "on,x\n2024-01-31,a\n2024-02-01,b\n,c\n", "on", "2024-01-31", "2024-02-01|b;–|c", "2024-02-01"},
		{"texts", "k,x\nb,1\na,2\nc,3\n", "k", "b", "c|3", "c"},
		{"nothing new", "id,x\n1,a\n2,b\n", "id", "9", "", "9"},
		{"from the beginning", "id,x\n2,a\n1,b\n", "id", "", "2|a;1|b", "2"},
	} {
		_, rows, r := show(t, Source{Data: []byte(c.in), Format: "csv", By: c.by, After: c.after})
		if got := strings.Join(rows, ";"); got != c.rows || r.Last != c.last {
			t.Errorf("%s: got %q, last %q; want %q, %q", c.name, got, r.Last, c.rows, c.last)
		}
	}
}

func TestAChangedSchemaIsNamedAndReadAsBefore(t *testing.T) {
	r, err := Open(t.Context(), Source{Data: []byte("id,amount,old,name\n1,2.50,x,a\n"), Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	was := r.Columns()
	r.Close()
	cols, rows, report := show(t, Source{Data: []byte("name,id,fresh,amount\na,7,2024-01-01,1.5\nb,8,2024-01-02,3.125\n"), Format: "csv", Expect: was})
	if cols != "id:integer amount:decimal with 3 digits old:text name:text" || strings.Join(rows, ";") != "7|1.500|–|a;8|3.125|–|b" {
		t.Errorf("got %s %v", cols, rows)
	}
	var changes []string
	for _, c := range report.Changes {
		changes = append(changes, c.What+" "+c.Column)
	}
	if got := strings.Join(changes, ", "); got != "type amount, removed old, added fresh" {
		t.Errorf("got %s", got)
	}
	_, rows, report = show(t, Source{Data: []byte("id,amount,old,name\nx1,2.50,x,a\n5,1.00,x,b\n"), Format: "csv", Expect: was})
	if len(rows) != 1 || report.RejectedCount != 1 || report.Rejected[0].Column != "id" {
		t.Errorf("a number that became a code: %v, %+v", rows, report.Rejected)
	}
	_, _, report = show(t, Source{Data: []byte("key,amount,old,name\n1,2.50,x,a\n"), Format: "csv", Expect: was})
	if len(report.Changes) != 1 || report.Changes[0].What != "renamed" || report.Changes[0].Is != "key" {
		t.Errorf("a new name: %+v", report.Changes)
	}
}

func TestProfilesCountWhatIsThere(t *testing.T) {
	var in strings.Builder
	in.WriteString("id,code,amount,note\n")
	for i := range 1000 {
		amount := fmt.Sprintf("%d.%02d", 100+i%50, i%100)
		if i == 500 {
			amount = "99999.00"
		}
		note := "x"
		if i%4 == 0 {
			note = ""
		}
		fmt.Fprintf(&in, "%d,AB-%04d,%s,%s\n", i, i%7, amount, note)
	}
	p := profileOf(t, Source{Data: []byte(in.String()), Format: "csv"}, nil)
	id, code, amount, note := p.Columns[0], p.Columns[1], p.Columns[2], p.Columns[3]
	if !id.Unique || id.Distinct != 1000 || id.Min != "0" || id.Max != "999" || id.Sum != "499500" || *id.Mean != 499.5 || len(p.Keys) != 1 {
		t.Errorf("id %+v, keys %v", id, p.Keys)
	}
	if code.Distinct != 7 || code.Patterns[0] != (Count{"A-9", 1000}) || code.Top[0] != (Count{"AB-0000", 143}) {
		t.Errorf("code %+v", code)
	}
	if amount.Outliers == nil || fmt.Sprint(amount.Outliers.Extreme) != "[99999]" {
		t.Errorf("amount %+v", amount.Outliers)
	}
	if note.Nulls != 250 || note.Distinct != 1 {
		t.Errorf("note %+v", note)
	}
}

func TestDistinctCountsAreExactForKeysAndNearForOthers(t *testing.T) {
	var keys, others counter
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 400_000 {
		keys.add(mix(uint64(i)))
		others.add(mix(r.Uint64N(200_000)))
	}
	if n, exact := keys.count(); n != 400_000 || !exact {
		t.Errorf("keys: %d, exact %v", n, exact)
	}
	// 200,000·(1-e^-2) = 172,933 are drawn at least once.
	if n, exact := others.count(); exact || n < 168_000 || n > 178_000 {
		t.Errorf("others: %d, exact %v", n, exact)
	}
}

func TestChecksFindWhatBreaksThem(t *testing.T) {
	in := "id,country,amount,from,to\n1,DE,10.00,2024-01-01,2024-01-31\n2,SE,20.50,2024-02-01,2024-01-31\n2,XX,,2024-01-01,2024-01-01\n4,DE,-1.00,2024-03-01,2024-03-02\n"
	p := profileOf(t, Source{Data: []byte(in), Format: "csv"}, []Check{
		{Rule: "complete", Column: "amount"},
		{Rule: "unique", Columns: []string{"id"}},
		{Rule: "valid", Column: "country", In: []string{"DE", "SE"}},
		{Rule: "valid", Column: "country", Pattern: "[A-Z]{2}"},
		{Rule: "valid", Column: "amount", Min: "0"},
		{Rule: "consistent", Column: "from", Op: "<=", Other: "to"},
		{Rule: "timely", Column: "from", Within: "7d", Now: "2024-03-05T00:00:00Z"},
		{Rule: "timely", Column: "from", Within: "24h", Now: "2024-03-05T00:00:00Z"},
		{Rule: "sum", Column: "amount", Equals: "29.50"},
		{Rule: "sum", Column: "amount", Equals: "29.60", Tolerance: "0.05"},
		{Rule: "rows", Min: "4", Max: "4"},
		{Rule: "complete", Column: "amount", Allow: 0.3},
	})
	var got []string
	for _, f := range p.Findings {
		got = append(got, fmt.Sprint(f.Rule, " ", f.Holds, " ", f.Broken, " ", f.Examples))
	}
	want := "complete false 1 [4]; unique false 1 [4]; valid false 1 [4]; valid true 0 []; valid false 1 [5]; consistent false 1 [3]; timely true 0 []; timely false 0 []; sum true 0 []; sum false 0 []; rows true 0 []; complete true 1 [4]"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	r, err := Open(t.Context(), Source{Data: []byte(in), Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := ProfileAll(t.Context(), r, []Check{{Rule: "sum", Column: "country", Equals: "1"}}); err == nil || !strings.Contains(err.Error(), "checks[0]: column \"country\" is text") {
		t.Errorf("got %v", err)
	}
}

func TestRelationsAreInferredFromNamesAndValues(t *testing.T) {
	customers := profileOf(t, Source{Data: []byte("id,name\n1,a\n2,b\n3,c\n"), Format: "csv"}, nil)
	orders := profileOf(t, Source{Data: []byte("id,customer_id,n\n10,1,1\n11,1,2\n12,3,3\n"), Format: "csv"}, nil)
	got := Relations([]Values{customers.Values("customers"), orders.Values("orders")})
	if len(got) != 1 || got[0].From != "orders.customer_id" || got[0].To != "customers.id" || got[0].Missing != 0 {
		t.Errorf("got %+v", got)
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\"a\"\"b\";2\r\nx;y", "sep=;\na;b\n", "\xff\xfea\x00,\x00b\x00\n\x00", "a\tb\n\"unclosed", "1.234,5;01.02.2024\n", "(1)\n€ 5\n", "a,a,,\n,,,\n", "\x1f\x8b", "a\rb\rc"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := Open(context.Background(), Source{Data: in, Format: "csv", MaxBytes: 1 << 22})
		if err != nil {
			return
		}
		defer r.Close()
		if _, err := ProfileAll(context.Background(), r, nil); err != nil {
			return
		}
		rep := r.Report()
		for _, c := range r.Columns() {
			if c.Kind == "" || c.Name == "" {
				t.Fatalf("column %+v", c)
			}
		}
		if rep.Rows < 0 || rep.RejectedCount < 0 {
			t.Fatal(rep)
		}
	})
}

func FuzzJSONLines(f *testing.F) {
	f.Add([]byte("{\"a\":1}\n{\"a\":{\"b\":[1]}}\n"))
	f.Add([]byte(`[{"a":1},2]`))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := Open(context.Background(), Source{Data: in, Format: "jsonl"})
		if err != nil {
			return
		}
		defer r.Close()
		_, _ = ProfileAll(context.Background(), r, nil)
	})
}

func TestAControlSumGoesBeyondEighteenDigits(t *testing.T) {
	var s controlSum
	for range 100 {
		s.add(math.MaxInt64)
	}
	for range 50 {
		s.add(math.MinInt64)
	}
	if got := s.amount(2).FloatString(2); got != "4611686018427387903.00" {
		t.Errorf("got %s", got)
	}
	for text, want := range map[string]string{"1,234.50": "1234.50", "-12345678901234567890.25": "-12345678901234567890.25", "": "0.00", "€ 5": "5.00"} {
		if got, ok := readAmount(text); !ok || got.FloatString(2) != want {
			t.Errorf("%q: %v %v, want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"x", "1/3", "1e999999999", "."} {
		if got, ok := readAmount(text); ok {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func TestOneWrongValueLeavesTheOthersReadAsTheyWereWritten(t *testing.T) {
	first := "day;amount\n05.11.2025;10,50\n06.11.2025;20,00\n25.11.2025;1.030,25\n"
	r, err := Open(t.Context(), Source{Data: []byte(first), Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(r.Columns()) // as it is kept from one delivery to the next
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	var expect []Column
	if err := json.Unmarshal(raw, &expect); err != nil {
		t.Fatal(err)
	}
	second := "day;amount\n05.12.2025;10,50\n06.12.2025;twenty\nsoon;1,00\n25.12.2025;1.030,25\n"
	if r, err = Open(t.Context(), Source{Data: []byte(second), Format: "csv", Expect: expect}); err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := r.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if b.Rows != 2 || r.Report().RejectedCount != 2 || b.Columns[1].Ints[0] != 1050 || b.Columns[1].Ints[1] != 103025 || expect[0].Show(b.Columns[0].Ints[1]) != "2025-12-25" {
		t.Errorf("%d rows, %d kept aside: %v, %v", b.Rows, r.Report().RejectedCount, b.Columns, r.Report().Rejected)
	}
}
