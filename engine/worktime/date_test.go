package worktime

import (
	"testing"
	"testing/quick"
	"time"
)

func TestDatesAgreeWithTheStandardLibraryOnEveryDay(t *testing.T) {
	at := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	for d := MinDate; d <= MaxDate; d++ {
		y, m, n := at.Date()
		if gy, gm, gn := d.YMD(); gy != y || gm != m || gn != n {
			t.Fatalf("day %d is %d-%d-%d, want %s", d, gy, gm, gn, at)
		}
		if d.Weekday() != at.Weekday() {
			t.Fatalf("%s is a %s, want %s", d, d.Weekday(), at.Weekday())
		}
		if d%97 == 0 {
			wy, ww := at.ISOWeek()
			if gy, gw := d.ISOWeek(); gy != wy || gw != ww {
				t.Fatalf("%s is in week %d-%d, want %d-%d", d, gy, gw, wy, ww)
			}
			if back, err := ParseDate(d.String()); err != nil || back != d {
				t.Fatalf("%s parses to %v, %v", d, back, err)
			}
		}
		at = at.AddDate(0, 0, 1)
	}
	if at.Year() != 10000 {
		t.Fatalf("the last day leads to %s", at)
	}
}

func TestAMonthWithoutTheDayEndsOnItsLastDay(t *testing.T) {
	for _, tt := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-01-31", 1, "2026-02-28"}, {"2024-01-31", 1, "2024-02-29"}, {"2026-08-31", -2, "2026-06-30"},
		{"2026-03-31", -1, "2026-02-28"}, {"2024-02-29", 12, "2025-02-28"}, {"2024-02-29", 48, "2028-02-29"},
		{"2026-12-15", 1, "2027-01-15"}, {"2026-01-15", -1, "2025-12-15"}, {"0001-01-31", -1, "0001-01-01"}, {"9999-12-01", 5, "9999-12-31"},
	} {
		if got := MustDate(tt.from).AddMonths(tt.months).String(); got != tt.want {
			t.Errorf("%s plus %d months = %s, want %s", tt.from, tt.months, got, tt.want)
		}
	}
}

func TestMonthsUntilIsTheLargestNumberThatFits(t *testing.T) {
	check := func(a, b uint16) bool {
		d, e := MustDate("1950-01-01")+Date(a), MustDate("1950-01-01")+Date(b)
		n := d.MonthsUntil(e)
		return d.AddMonths(n) <= e && d.AddMonths(n+1) > e
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 20000}); err != nil {
		t.Error(err)
	}
}

func TestEveryOtherTextIsRefusedAsADate(t *testing.T) {
	for _, s := range []string{"", "2026-2-3", "2026-02-30", "2025-02-29", "2026-13-01", "0000-01-01", "20260203", "2026-02-03T00:00", "２026-02-03", "2026/02/03", "-026-02-03"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %s, want an error", s, d)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-02-28", "0001-01-01", "9999-12-31", "2026-02-29", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDate(s); err == nil && d.String() != s {
			t.Errorf("%q became %s", s, d)
		}
	})
}

func TestEasterIsTheEcclesiasticalFullMoonsSunday(t *testing.T) {
	for year, want := range map[int]string{
		1583: "1583-04-10", 1818: "1818-03-22", 1943: "1943-04-25", 1954: "1954-04-18", 1981: "1981-04-19", 2000: "2000-04-23",
		2008: "2008-03-23", 2011: "2011-04-24", 2024: "2024-03-31", 2025: "2025-04-20", 2026: "2026-04-05", 2038: "2038-04-25", 2049: "2049-04-18", 2076: "2076-04-19",
	} {
		if got := Easter(year).String(); got != want {
			t.Errorf("Easter %d = %s, want %s", year, got, want)
		}
	}
	for year, want := range map[int]string{2021: "2021-05-02", 2023: "2023-04-16", 2024: "2024-05-05", 2025: "2025-04-20", 2026: "2026-04-12", 2027: "2027-05-02"} {
		if got := OrthodoxEaster(year).String(); got != want {
			t.Errorf("Orthodox Easter %d = %s, want %s", year, got, want)
		}
	}
	for year := 1583; year < 4000; year++ {
		d := Easter(year)
		if d.Weekday() != time.Sunday || d < dayNumber(year, 3, 22) || d > dayNumber(year, 4, 25) {
			t.Errorf("Easter %d = %s", year, d)
		}
	}
}
