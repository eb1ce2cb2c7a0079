package cashflow

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"steward/engine/calc"
)

// realPropertyYears are the rows of tables A-6 and A-7a of Publication 946 that
// differ by month placed in service, January to December.
var realPropertyYears = map[string]map[int]string{
	"27.5": {
		1:  "3.485 3.182 2.879 2.576 2.273 1.970 1.667 1.364 1.061 0.758 0.455 0.152",
		28: "1.970 2.273 2.576 2.879 3.182 3.485 3.636 3.636 3.636 3.636 3.636 3.636",
		29: "– – – – – – 0.152 0.455 0.758 1.061 1.364 1.667",
	},
	"39": {
		1:  "2.461 2.247 2.033 1.819 1.605 1.391 1.177 0.963 0.749 0.535 0.321 0.107",
		40: "0.107 0.321 0.535 0.749 0.963 1.177 1.391 1.605 1.819 2.033 2.247 2.461",
	},
}

// printed is one cell of those tables; – is none.
func printed(class string, year, month int) string {
	if row, ok := realPropertyYears[class][year]; ok {
		return strings.Fields(row)[month-1]
	}
	switch {
	case class == "39" && year < 40:
		return "2.564"
	case class == "39" || year > 29:
		return "–"
	case year > 9 && (year%2 == 0) == (month <= 6): // in turn, the first half of the year beginning with year 10
		return "3.637"
	}
	return "3.636"
}

func TestRealPropertyHasThePercentagesOfPublication946(t *testing.T) {
	cells := 0
	for class := range realPropertyYears {
		for month := 1; month <= 12; month++ {
			sum := whole(0)
			table := macrsRealProperty(class, month)
			for year := 1; year <= 41; year++ {
				got := "–"
				if year <= len(table) {
					got, sum = halfUp(table[year-1].f, 3), sum.add(table[year-1])
				}
				if want := printed(class, year, month); got != want {
					t.Errorf("%s years, month %d, year %d: %s %%, the table prints %s", class, month, year, got, want)
				} else if want != "–" {
					cells++
				}
			}
			if halfUp(sum.f, 3) != "100.000" {
				t.Errorf("%s years, month %d: the percentages add up to %s", class, month, halfUp(sum.f, 3))
			}
		}
	}
	t.Logf("%d cells are equal", cells)
}

func TestRealPropertyDisposedOfIsHeldToTheMiddleOfTheMonth(t *testing.T) {
	for _, c := range []struct {
		class        string
		month        int
		year, leaves int
		want         float64 // charge of the last year, of a cost of 100,000
	}{
		{"39", 1, 2, 3, 534.17},     // 2,564 for 2½ of 12 months
		{"39", 1, 2, 12, 2457.17},   // 11½
		{"27.5", 8, 10, 1, 151.50},  // 3,636 for half a month
		{"27.5", 1, 28, 3, 757.69},  // 1,970 stand for 6½ months, 2½ of them in use
		{"27.5", 1, 28, 11, 1970},   // nothing was left after mid-July
		{"39", 1, 40, 1, 107},       // the last half month
		{"27.5", 7, 28, 12, 3484.5}, // 3,636, a whole year but for half a month
		{"39", 5, 1, 9, 0},          // in service and disposed of in one year
	} {
		in := fmt.Sprintf(`{"method": "macrs", "cost": 100000, "class": %s, "month": %d, "disposed": {"year": %d, "month": %d}}`, c.class, c.month, c.year, c.leaves)
		got, _ := charges(t, in)
		if len(got) != c.year || math.Abs(got[len(got)-1]-c.want) > 0.011 { // the last row takes what rounding left
			t.Errorf("%s: %d charges, the last %v; want %d and %v", in, len(got), got[len(got)-1], c.year, c.want)
		}
	}
}

func TestAssetsHeldLongerAreNeverDepreciatedLess(t *testing.T) {
	for _, class := range []string{`"class": 5`, `"class": 20, "convention": "mid_quarter", "quarter": 3`, `"class": 27.5, "month": 9`, `"class": "39.0", "month": 2, "convention": "mid_month"`} {
		before := 0.0
		for month := 13; month <= 12*42; month++ {
			year, in := (month-1)/12+1, (month-1)%12+1
			got, _ := charges(t, fmt.Sprintf(`{"method": "macrs", "cost": 1000000, %s, "disposed": {"year": %d, "quarter": %d, "month": %d}}`, class, year, (in-1)/3+1, in))
			sum := 0.0
			for _, c := range got {
				sum += c
			}
			if sum < before-1e-6 || sum > 1000000+1e-6 {
				t.Fatalf("%s: %v until month %d after %v", class, sum, month, before)
			}
			before = sum
		}
		if math.Abs(before-1000000) > 1e-6 {
			t.Errorf("%s: %v in all", class, before)
		}
	}
}

func TestWrongMACRSQuestionsNameThePlace(t *testing.T) {
	for in, want := range map[string]string{
		`"class": 39`:                "depreciation.month: must be the month placed in service",
		`"class": 27.5, "month": 13`: "depreciation.month: must be the month placed in service",
		`"class": 39, "month": 1, "convention": "half_year"`:        "depreciation.convention: of 39-year real property is mid_month",
		`"class": 5, "convention": "mid_month", "month": 1`:         "depreciation.convention: mid_month is for real property",
		`"class": 5, "convention": "monthly"`:                       `depreciation.convention: "monthly" is not known`,
		`"class": 5, "convention": "mid_quarter"`:                   "depreciation.quarter: must be the quarter placed in service",
		`"class": 31.5, "month": 1`:                                 "depreciation.class: class 31.5 is not a recovery period",
		`"class": 39, "month": 1, "disposed": {"year": 2}`:          "depreciation.disposed.month: must be the month of the disposal",
		`"class": 5, "disposed": {"year": 0}`:                       "depreciation.disposed.year: must be the recovery year",
		`"class": 39, "month": 1, "salvage": 1, "convention": "no"`: "depreciation.salvage: is ignored by MACRS",
	} {
		question, err := calc.Decode[Input]([]byte(`{"depreciation": {"method": "macrs", "cost": 100, ` + in + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = solve(t.Context(), question)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}
