package cashflow

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestExcelTables holds every row of the published tables of Excel results:
// arguments separated by commas, lists by semicolons, the result last.
func TestExcelTables(t *testing.T) {
	dir := os.Getenv("STEWARD_TESTDATA")
	if dir == "" {
		t.Skip("SKIPPED: set STEWARD_TESTDATA to the folder with finance/excel-*.txt to compare with Excel's own results")
	}
	for name, rows := range map[string]int{"irr": 11, "npv": 23, "mirr": 149, "sln": 26, "syd": 134} {
		f, err := os.Open(filepath.Join(dir, "finance", "excel-"+name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		n, same := 0, 0
		for in := bufio.NewScanner(f); in.Scan(); {
			line := strings.TrimSpace(in.Text())
			if line == "" {
				continue
			}
			n++
			fields := strings.Split(line, ",")
			var args []json.RawMessage
			for _, a := range fields[:len(fields)-1] {
				if strings.Contains(a, ";") {
					a = "[" + strings.ReplaceAll(a, ";", ",") + "]"
				}
				args = append(args, json.RawMessage(a))
			}
			want, err := strconv.ParseFloat(fields[len(fields)-1], 64)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, line, err)
			}
			if got := excelValue(t, name, args...); math.Abs(got-want) > 1e-10*math.Max(1, math.Abs(want)) {
				t.Errorf("%s %s: got %v", name, line, got)
				continue
			}
			same++
		}
		f.Close()
		t.Logf("%s: %d of %d rows equal", strings.ToUpper(name), same, n)
		if n < rows {
			t.Errorf("%s has %d rows, want at least %d", name, n, rows)
		}
	}
}

func excelValue(t *testing.T, name string, args ...json.RawMessage) float64 {
	t.Helper()
	r, err := Call{Function: name, Args: args}.evaluate("excel[0]")
	if err != nil {
		t.Fatal(err)
	}
	if !r.Value.Known() {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(r.Value.String(), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func raw(args ...string) []json.RawMessage {
	var all []json.RawMessage
	for _, a := range args {
		all = append(all, json.RawMessage(a))
	}
	return all
}

// Results shown in Microsoft's documentation of each function.
func TestExamplesOfMicrosoftsDocumentation(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []json.RawMessage
		want float64
		tol  float64
	}{
		{"DB", raw("1000000", "100000", "6", "1", "7"), 186083.33, 0.005},
		{"DB", raw("1000000", "100000", "6", "2", "7"), 259639.42, 0.005},
		{"DB", raw("1000000", "100000", "6", "3", "7"), 176814.44, 0.005},
		{"DB", raw("1000000", "100000", "6", "4", "7"), 120410.64, 0.005},
		{"DB", raw("1000000", "100000", "6", "5", "7"), 81999.64, 0.005},
		{"DB", raw("1000000", "100000", "6", "6", "7"), 55841.76, 0.005},
		{"DB", raw("1000000", "100000", "6", "7", "7"), 15845.10, 0.005},
		{"DDB", raw("2400", "300", "3650", "1"), 1.32, 0.005},
		{"DDB", raw("2400", "300", "120", "1", "2"), 40.00, 0.005},
		{"DDB", raw("2400", "300", "10", "1", "2"), 480.00, 0.005},
		{"DDB", raw("2400", "300", "10", "2", "1.5"), 306.00, 0.005},
		{"DDB", raw("2400", "300", "10", "10"), 22.12, 0.005},
		{"VDB", raw("2400", "300", "3650", "0", "1"), 1.32, 0.005},
		{"VDB", raw("2400", "300", "120", "0", "1"), 40.00, 0.005},
		{"VDB", raw("2400", "300", "10", "0", "1"), 480.00, 0.005},
		{"VDB", raw("2400", "300", "120", "6", "18"), 396.31, 0.005},
		{"VDB", raw("2400", "300", "120", "6", "18", "1.5"), 311.81, 0.005},
		{"VDB", raw("2400", "300", "10", "0", "0.875", "1.5"), 315.00, 0.005},
		{"SYD", raw("30000", "7500", "10", "1"), 4090.91, 0.005},
		{"SYD", raw("30000", "7500", "10", "10"), 409.09, 0.005},
		{"SLN", raw("30000", "7500", "10"), 2250, 0.005},
		{"XIRR", raw("[-10000,2750,4250,3250,2750]", `["2008-01-01","2008-03-01","2008-10-30","2009-02-15","2009-04-01"]`, "0.1"), 0.373362535, 1e-8},
		{"XIRR", raw("[-10000,2750,4250,3250,2750]", "[39448,39508,39751,39859,39904]"), 0.373362535, 1e-8},
		{"XNPV", raw("0.09", "[-10000,2750,4250,3250,2750]", `["2008-01-01","2008-03-01","2008-10-30","2009-02-15","2009-04-01"]`), 2086.6476, 5e-5},
		{"NPV", raw("0.1", "-10000", "3000", "4200", "6800"), 1188.44, 0.005},
		{"NPV", raw("0.08", "[8000,9200,10000,12000,14500]"), 41922.06, 0.005},
		{"IRR", raw("[-70000,12000,15000,18000,21000]"), -0.021244848, 1e-9},
		{"IRR", raw("[-70000,12000,15000,18000,21000,26000]"), 0.086630948, 1e-9},
		{"IRR", raw("[-70000,12000,15000]", "-0.1"), -0.443506941, 1e-9},
		{"MIRR", raw("[-120000,39000,30000,21000,37000,46000]", "0.1", "0.12"), 0.126094130366, 1e-11},
		{"MIRR", raw("[-120000,39000,30000,21000]", "0.1", "0.12"), -0.048044655, 1e-9},
		{"PMT", raw("0.006666666666666667", "10", "10000"), -1037.03, 0.005},
		{"PMT", raw("0.006666666666666667", "10", "10000", "0", "1"), -1030.16, 0.005},
		{"PV", raw("0.006666666666666667", "240", "500"), -59777.15, 0.005},
		{"FV", raw("0.005", "10", "-200", "-500", "1"), 2581.40, 0.005},
		{"EFFECT", raw("0.0525", "4"), 0.0535427, 5e-8},
		{"NOMINAL", raw("0.053543", "4"), 0.05250032, 5e-9},
	} {
		if got := excelValue(t, tt.name, tt.args...); !(math.Abs(got-tt.want) <= tt.tol) {
			t.Errorf("%s(%s) = %v, want %v", tt.name, tt.args, got, tt.want)
		}
	}
}

func TestWhereExcelShowsNUMThereIsNoNumber(t *testing.T) {
	for name, args := range map[string][]json.RawMessage{
		"DDB":  raw("100", "10", "5", "6"),
		"DB":   raw("100", "10", "5", "0"),
		"VDB":  raw("100", "10", "5", "3", "2"),
		"SYD":  raw("100", "10", "5", "0"),
		"IRR":  raw("[1,2,3]"),
		"XIRR": raw("[1,2]", `["2026-01-01","2027-01-01"]`),
		"XNPV": raw("0.1", "[-100,110]", `["2026-01-02","2026-01-01"]`), // a day before the first
		"NPV":  raw("-1", "[1,2]"),
		"SLN":  raw("1", "1", "0"),
	} {
		r, err := Call{Function: name, Args: args}.evaluate("excel[0]")
		if err != nil || r.Value.Known() || r.Error != "#NUM!" {
			t.Errorf("%s%s = %+v, %v", name, args, r, err)
		}
	}
}

func TestDecliningBalanceAddsUpOverTheLife(t *testing.T) {
	for _, life := range []int{1, 2, 5, 10, 37} {
		sum := 0.0
		for k := range life {
			sum += excelValue(t, "VDB", raw("1000", "50", strconv.Itoa(life), strconv.Itoa(k), strconv.Itoa(k+1))...)
		}
		if math.Abs(sum-950) > 1e-9 {
			t.Errorf("life %d: the periods add up to %v, want 950", life, sum)
		}
	}
	// Parts of periods add up to the whole.
	a := excelValue(t, "VDB", raw("1000", "50", "7", "0", "2.25")...)
	b := excelValue(t, "VDB", raw("1000", "50", "7", "2.25", "7")...)
	if math.Abs(a+b-950) > 1e-9 {
		t.Errorf("two parts add up to %v", a+b)
	}
}
