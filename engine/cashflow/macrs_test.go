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
		`"class": 39, "month": 1, "convention": "half_year"`: "depreciation.convention: of 39-year real property is mid_month",
		`"class": 5, "convention": "mid_month", "month": 1`:  "depreciation.convention: mid_month is for real property",
		`"class": 5, "convention": "monthly"`:                `depreciation.convention: "monthly" is not known`,
		`"class": 5, "convention": "mid_quarter"`:            "depreciation.quarter: must be the quarter placed in service",
		`"class": 31, "convention": "mid_month", "month": 1`: "depreciation.convention: mid_month is for real property of 27.5, 31.5 and 39",
		`"class": 9`: "depreciation.class: class 9 is not a recovery period; use 3, 5, 7",
		`"class": 9.25, "variant": "straight_line"`:                 "depreciation.class: class 9.25 is not a recovery period; use 2.5 to 50",
		`"class": 51, "variant": "declining_150"`:                   "depreciation.class: class 51 is not a recovery period",
		`"class": 9, "variant": "ads"`:                              `depreciation.variant: "ads" is not known`,
		`"class": 39, "month": 1, "variant": "declining_150"`:       "depreciation.variant: of real property is straight_line",
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

// The 3-, 5-, 7- and 10-year columns of tables of Publication 946, by the
// quarter placed in service; 0 is half-year.
var declining150 = map[int]map[int]string{
	0: {3: "25.00 37.50 25.00 12.50", 5: "15.00 25.50 17.85 16.66 16.66 8.33", 7: "10.71 19.13 15.03 12.25 12.25 12.25 12.25 6.13", 10: "7.50 13.88 11.79 10.02 8.74 8.74 8.74 8.74 8.74 8.74 4.37"},
	1: {3: "43.75 28.13 25.00 3.12", 5: "26.25 22.13 16.52 16.52 16.52 2.06", 7: "18.75 17.41 13.68 12.16 12.16 12.16 12.16 1.52", 10: "13.13 13.03 11.08 9.41 8.71 8.71 8.71 8.71 8.71 8.71 1.09"},
	2: {3: "31.25 34.38 25.00 9.37", 5: "18.75 24.38 17.06 16.76 16.76 6.29", 7: "13.39 18.56 14.58 12.22 12.22 12.22 12.23 4.58", 10: "9.38 13.59 11.55 9.82 8.73 8.73 8.73 8.73 8.73 8.73 3.28"},
	3: {3: "18.75 40.63 25.00 15.62", 5: "11.25 26.63 18.64 16.56 16.57 10.35", 7: "8.04 19.71 15.48 12.27 12.28 12.27 12.28 7.67", 10: "5.63 14.16 12.03 10.23 8.75 8.75 8.75 8.74 8.75 8.74 5.47"},
	4: {3: "6.25 46.88 25.00 21.87", 5: "3.75 28.88 20.21 16.40 16.41 14.35", 7: "2.68 20.85 16.39 12.87 12.18 12.18 12.19 10.66", 10: "1.88 14.72 12.51 10.63 9.04 8.72 8.72 8.72 8.72 8.71 7.63"},
}

// percentages asks as a user would, of a cost of 100,000, and returns per cent.
func percentages(t *testing.T, rest string) []string {
	t.Helper()
	got, _ := charges(t, `{"method": "macrs", "cost": 100000, `+rest+`}`)
	var all []string
	for _, c := range got {
		all = append(all, fmt.Sprintf("%.3f", c/1000))
	}
	return all
}

func TestTablesA14ToA18AreAsPrinted(t *testing.T) {
	cells := 0
	for quarter, columns := range declining150 {
		for class, text := range columns {
			rest := fmt.Sprintf(`"class": %d, "variant": "declining_150"`, class)
			if quarter > 0 {
				rest += fmt.Sprintf(`, "convention": "mid_quarter", "quarter": %d`, quarter)
			}
			want := strings.ReplaceAll(text+" ", " ", "0 ")
			got := strings.Join(percentages(t, rest), " ") + " "
			if got != want {
				t.Errorf("%s: got %s, the table prints %s", rest, got, want)
			}
			cells += len(strings.Fields(want))
		}
	}
	t.Logf("%d cells are equal", cells)
}

func TestStraightLineTablesFollowTheConvention(t *testing.T) {
	for rest, want := range map[string]string{
		`"class": 7, "variant": "straight_line"`:                                              "7.140 14.290 14.290 14.280 14.290 14.280 14.290 7.140",
		`"class": 2.5, "variant": "straight_line"`:                                            "20.000 40.000 40.000",
		`"class": 5, "variant": "straight_line", "convention": "mid_quarter", "quarter": 4`:   "2.500 20.000 20.000 20.000 20.000 17.500",
		`"class": 2.5, "variant": "straight_line", "convention": "mid_quarter", "quarter": 1`: "35.000 40.000 25.000",
		`"class": 3, "variant": "straight_line", "disposed": {"year": 2}`:                     "16.670 16.665",
		`"class": 12, "variant": "straight_line", "disposed": {"year": 1}`:                    "0.000",
	} {
		if got := strings.Join(percentages(t, rest), " "); got != want {
			t.Errorf("%s: got %s, want %s", rest, got, want)
		}
	}
	for halves := 5; halves <= 100; halves++ {
		if halves == 55 || halves == 63 || halves == 78 {
			continue // real property
		}
		for _, variant := range []string{"straight_line", "declining_150"} {
			for quarter := range 5 {
				rest := fmt.Sprintf(`"class": %d.%d, "variant": %q`, halves/2, halves%2*5, variant)
				if quarter > 0 {
					rest += fmt.Sprintf(`, "convention": "mid_quarter", "quarter": %d`, quarter)
				}
				got, _ := charges(t, `{"method": "macrs", "cost": 100000, `+rest+`}`)
				sum := 0.0
				for y, c := range got {
					if sum += c; c < 0 || y > 1 && c > got[y-1]+11 {
						t.Fatalf("%s: year %d has %v after %v", rest, y+1, c, got[y-1])
					}
				}
				if math.Abs(sum-100000) > 1e-6 || len(got) < halves/2+1 || len(got) > halves/2+2 {
					t.Fatalf("%s: %d years with %v in all", rest, len(got), sum)
				}
			}
		}
	}
}

// The first and the last years of tables and A-13a, January to December.
func TestRealPropertyOf30And31AndAHalfAnd40YearsIsAsPrinted(t *testing.T) {
	for class, first := range map[string]string{
		"31.5": "3.042 2.778 2.513 2.249 1.984 1.720 1.455 1.190 0.926 0.661 0.397 0.132",
		"30":   "3.204 2.926 2.649 2.371 2.093 1.815 1.528 1.250 0.972 0.694 0.417 0.139",
		"40":   "2.396 2.188 1.979 1.771 1.563 1.354 1.146 0.938 0.729 0.521 0.313 0.104",
	} {
		for k, want := range strings.Fields(first) {
			got := percentages(t, fmt.Sprintf(`"class": %s, "convention": "mid_month", "month": %d`, class, k+1))
			if got[0] != want {
				t.Errorf("%s years, month %d: first year %s, the table prints %s", class, k+1, got[0], want)
			}
			for y, c := range got[1 : len(got)-1] {
				whole := map[string]string{"31.5": "3.174 3.175", "30": "3.333", "40": "2.500"}[class]
				if !strings.Contains(whole, c) && !(class == "31.5" && y+2 >= 32) {
					t.Errorf("%s years, month %d: year %d has %s", class, k+1, y+2, c)
				}
			}
		}
	}
	for month, want := range map[int]string{1: "1.720", 6: "3.042", 7: "0.132", 12: "1.455"} { // of the last year
		if got := percentages(t, fmt.Sprintf(`"class": 31.5, "month": %d`, month)); got[len(got)-1] != want {
			t.Errorf("31.5 years, month %d: last year %s, the table prints %s", month, got[len(got)-1], want)
		}
	}
}
