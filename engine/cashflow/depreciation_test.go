package cashflow

import (
	"math"
	"strings"
	"testing"
)

func charges(t *testing.T, in string) (all []float64, rows []any) {
	t.Helper()
	rows, _ = at(answer(t, `{"depreciation": `+in+`}`), "depreciation.schedule").([]any)
	for _, r := range rows {
		all = append(all, at(r, "charge").(float64))
	}
	return all, rows
}

func TestSchedulesOfEachMethod(t *testing.T) {
	for in, want := range map[string][]float64{
		`{"method": "straight_line", "cost": 1000, "salvage": 100, "life": 3}`:                                                                                       {300, 300, 300},
		`{"method": "straight_line", "cost": 100, "life": 3}`:                                                                                                        {33.33, 33.34, 33.33},
		`{"method": "syd", "cost": 1000, "salvage": 100, "life": 3}`:                                                                                                 {450, 300, 150},
		`{"method": "double_declining", "cost": 1000, "life": 5}`:                                                                                                    {400, 240, 144, 108, 108},
		`{"method": "declining", "cost": 1000, "salvage": 100, "life": 5}`:                                                                                           {400, 240, 144, 86.4, 29.6},
		`{"method": "declining", "cost": 1000, "life": 5, "factor": 1.5}`:                                                                                            {300, 210, 147, 102.9, 72.03},
		`{"method": "units", "cost": 1000, "salvage": 100, "units": [10, 20, 60], "total_units": 80}`:                                                                {112.5, 225, 562.5},
		`{"method": "macrs", "cost": 10000, "class": 5}`:                                                                                                             {2000, 3200, 1920, 1152, 1152, 576},
		`{"method": "macrs", "cost": 10000, "class": 5, "convention": "mid_quarter", "quarter": 4}`:                                                                  {500, 3800, 2280, 1368, 1094, 958},
		`{"method": "macrs", "cost": 10000, "class": 5, "disposed": {"year": 3}}`:                                                                                    {2000, 3200, 960},
		`{"method": "macrs", "cost": 10000, "class": 5, "convention": "mid_quarter", "quarter": 4, "disposed": {"year": 6, "quarter": 1}}`:                           {500, 3800, 2280, 1368, 1094, 136.86},
		`{"method": "db", "cost": 1000000, "salvage": 100000, "life": 6, "month": 7}`:                                                                                {186083.33, 259639.42, 176814.44, 120410.64, 81999.64, 55841.76, 15845.10},
		`{"method": "straight_line", "cost": 3600, "life": 3, "start": "2026-04-17", "by": "month"}`:                                                                 {900, 1200, 1200, 300},
		`{"method": "straight_line", "cost": 3600, "life": 3, "start": "2026-04-17", "by": "month", "year_end": 3}`:                                                  {1200, 1200, 1200},
		`{"method": "straight_line", "cost": 365, "life": 1, "start": "2026-10-01", "by": "day"}`:                                                                    {92, 273},
		`{"method": "straight_line", "cost": 1000, "life": 5, "changes": [{"after": 2, "life": 6}]}`:                                                                 {200, 200, 100, 100, 100, 100, 100, 100},
		`{"method": "straight_line", "cost": 1000, "life": 5, "changes": [{"after": 2, "life": 3, "value": 300}]}`:                                                   {200, 200, 100, 100, 100},
		`{"method": "straight_line", "cost": 1200, "life": 1, "start": "2026-11-05", "by": "month", "rows": "month", "salvage": 0}`:                                  {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
		`{"method": "straight_line", "cost": 1200, "life": 2, "start": "2026-01-01", "by": "month", "changes": [{"date": "2027-01-01", "life": 2, "salvage": 100}]}`: {600, 250, 250},
	} {
		got, rows := charges(t, in)
		if len(got) != len(want) {
			t.Errorf("%s: %v, want %v", in, got, want)
			continue
		}
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-9 {
				t.Errorf("%s: %v, want %v", in, got, want)
				break
			}
		}
		for i := 1; i < len(rows); i++ {
			if at(rows[i], "opening") != at(rows[i-1], "closing") {
				t.Errorf("%s: row %d opens at %v after %v", in, i+1, at(rows[i], "opening"), at(rows[i-1], "closing"))
			}
		}
	}
}

func TestChargesAddUpToWhatIsWrittenOff(t *testing.T) {
	for _, method := range []string{"straight_line", "syd", "double_declining", "vdb"} {
		for _, life := range []string{"1", "3", "4.5", "7", "12.7"} {
			for _, by := range []string{`"by": "year"`, `"by": "month"`, `"by": "day"`, `"by": "day", "rows": "month"`} {
				in := `{"method": "` + method + `", "cost": 9999.99, "salvage": 123.45, "life": ` + life + `, "start": "2024-02-29", ` + by + `}`
				got, rows := charges(t, in)
				sum := 0.0
				for _, c := range got {
					if c < 0 {
						t.Errorf("%s: a charge of %v", in, c)
					}
					sum += c
				}
				if math.Abs(sum-9876.54) > 1e-6 || at(rows[len(rows)-1], "closing") != 123.45 {
					t.Errorf("%s: charges add up to %v, closing %v", in, sum, at(rows[len(rows)-1], "closing"))
				}
			}
		}
	}
}

func TestAnImpairmentIsShownApart(t *testing.T) {
	_, rows := charges(t, `{"method": "straight_line", "cost": 1000, "life": 5, "changes": [{"after": 2, "life": 3, "value": 300}]}`)
	if got := at(rows[2], "adjustment"); got != -300.0 || at(rows[2], "closing") != 200.0 || at(rows[4], "closing") != 0.0 {
		t.Errorf("rows %v", rows)
	}
}

// TestTheTablesFollowFromTheLaw derives every table of Publication 946 from the
// statute (26 U.S.C. 168): declining balance, switch, rounding each year. The
// Service prints two entries otherwise, named in macrsTables.
func TestTheTablesFollowFromTheLaw(t *testing.T) {
	printed := map[string]bool{"mid_quarter 2/7": true, "mid_quarter 1/20": true}
	share := map[string]string{"half_year": "0.5", "mid_quarter 1": "0.875", "mid_quarter 2": "0.625", "mid_quarter 3": "0.375", "mid_quarter 4": "0.125"}
	for key, first := range share {
		for class := range macrsTables[key] {
			convention, quarter := key, 0
			if strings.HasPrefix(key, "mid") {
				convention, quarter = "mid_quarter", int(key[len(key)-1]-'0')
			}
			table, err := macrsPercentages(class, convention, quarter)
			if err != nil || len(table) != class+1 {
				t.Fatalf("%s %d: %d years, %v", key, class, len(table), err)
			}
			places, factor := 2, whole(2)
			if class >= 15 {
				factor = fromText("1.5")
			}
			if class == 20 {
				places = 3
			}
			left, used, sum, differ := whole(100), whole(0), whole(0), 0
			for y, percent := range table {
				part := whole(1)
				if y == 0 {
					part = fromText(first)
				}
				want := left
				if y < class {
					rate := maxReal(left.mul(factor).quo(whole(class)), left.quo(whole(class).sub(used)))
					want = fromText(halfUp(rate.mul(part).f, places))
				}
				if halfUp(want.f, places) != halfUp(percent.f, places) {
					differ++
				}
				left, used, sum = left.sub(want), used.add(part), sum.add(percent)
			}
			if halfUp(sum.f, 3) != "100.000" {
				t.Errorf("%s, %d years: the percentages add up to %s", key, class, halfUp(sum.f, 3))
			}
			if name := key + "/" + itoa(class); differ > 0 && (!printed[name] || differ > 2) {
				t.Errorf("%s: %d entries do not follow from the law", name, differ)
			}
		}
	}
}

func itoa(n int) string { return value(whole(n)).String() }
