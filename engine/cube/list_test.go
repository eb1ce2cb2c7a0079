package cube

import (
	"errors"
	"fmt"
	"testing"
)

func TestTheRowsListedAreThoseTheNumberIsMadeOf(t *testing.T) {
	cols := []Column{{Name: "day", Kind: Date}, {Name: "country", Kind: Text}, {Name: "amount", Kind: Decimal, Scale: 2}}
	var lines []string
	for i := range 5000 { // more than a chunk
		country := []string{"SE", "DE", "–"}[i%3]
		lines = append(lines, fmt.Sprintf("2026-%02d-01|%s|%d.50", i%12+1, country, i))
	}
	table := sheet(t, cols, lines...)
	where, err := ParseWhere("country = SE")
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseMeasure("value = sum(amount)")
	if err != nil {
		t.Fatal(err)
	}
	q := Query{Measures: []Measure{m}, Where: &where, Time: "day", From: "2026-02-01", To: "2026-04-30"}
	sum, err := table.Run(t.Context(), AllRows(), q)
	if err != nil {
		t.Fatal(err)
	}
	total, seen := int64(0), int64(0)
	for skip := 0; ; skip += 100 {
		rows, all, err := table.List(t.Context(), AllRows(), q, skip, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if r[1].Text != "SE" || len(r) != 3 {
				t.Fatalf("row %v", r)
			}
			total += r[2].Int
		}
		if seen += int64(len(rows)); len(rows) < 100 {
			if seen != all {
				t.Errorf("%d rows listed, %d counted", seen, all)
			}
			break
		}
	}
	if want := sum.Rows[0][0].Int; total != want || total == 0 {
		t.Errorf("the rows add up to %d, the number is %d", total, want)
	}
	only := OnlyRows(Cond{Column: "country", Op: "=", Values: []string{"DE"}})
	if rows, all, err := table.List(t.Context(), only, q, 0, 100); err != nil || all != 0 || len(rows) != 0 {
		t.Errorf("a viewer of DE is listed %d rows of SE, %v", all, err)
	}
	if _, _, err := table.List(t.Context(), Viewer{}, q, 0, 100); !errors.Is(err, ErrNoViewer) {
		t.Errorf("without a viewer: %v", err)
	}
}
