package worktime

import (
	"bufio"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestHolidaysAgreeWithAnIndependentList compares every country and region with
// the public holidays of the Python library holidays (MIT), year by year.
func TestHolidaysAgreeWithAnIndependentList(t *testing.T) {
	f, err := os.Open("testdata/holidays.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := 0
	for in := bufio.NewScanner(f); in.Scan(); {
		if strings.HasPrefix(in.Text(), "#") {
			continue
		}
		lines++
		fields := strings.Fields(in.Text())
		p, err := ParsePlace(fields[0])
		if err != nil {
			t.Fatal(err)
		}
		year, _ := strconv.Atoi(fields[1])
		var got []string
		for _, h := range Holidays(p, year) {
			if (h.Kind == Public || h.Kind == Substitute) && h.Date.Weekday() != time.Sunday {
				got = append(got, h.Date.String()[5:])
			}
		}
		want := fields[2:]
		got = slices.Compact(got)
		var missing, extra []string
		for _, d := range want {
			if !slices.Contains(got, d) {
				missing = append(missing, d)
			}
		}
		for _, d := range got {
			if !slices.Contains(want, d) {
				extra = append(extra, d)
			}
		}
		if len(missing)+len(extra) > 0 {
			t.Errorf("%s %d: missing %v, too many %v", p, year, missing, extra)
		}
	}
	if lines < 1000 {
		t.Errorf("only %d lines compared", lines)
	}
}

func TestPlacesAreReadAndUnknownOnesNamed(t *testing.T) {
	for in, want := range map[string]string{"de": "DE", "DE-by": "DE-BY", "uk": "GB", "GB-SCT": "GB-SCT"} {
		if p, err := ParsePlace(in); err != nil || p.String() != want {
			t.Errorf("ParsePlace(%q) = %s, %v", in, p, err)
		}
	}
	for in, want := range map[string]string{"XX": "country \"XX\"", "DE-XX": "no region \"XX\"", "SE-AB": "no regions"} {
		if _, err := ParsePlace(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParsePlace(%q) = %v, want %q", in, err, want)
		}
	}
}

// special returns the name of what makes a day special, "" for an ordinary one.
func special(t *testing.T, r Rules, day string) string {
	t.Helper()
	h, ok := mustCalendar(t, r).Special(MustDate(day))
	if !ok {
		return ""
	}
	return h.Name
}

func TestCountryRulesThatOtherProductsGetWrong(t *testing.T) {
	for _, tt := range []struct {
		place, day, want string
		customary        bool
	}{
		{"PL", "2024-12-24", "", false}, {"PL", "2025-12-24", "Christmas Eve", false},
		{"HU", "2026-01-02", "Day off moved by decree", false}, {"HU", "2026-01-10", "Working day moved by decree", false}, {"HU", "2027-12-24", "", false},
		{"SE", "2026-06-19", "", false}, {"SE", "2026-06-19", "Midsummer's Eve", true}, {"SE", "2026-10-31", "All Saints' Day", false},
		{"GB-ENG", "2027-12-28", "Boxing Day (substitute day)", false}, // 25 and 26 are Saturday and Sunday
		{"GB-ENG", "2022-06-02", "Spring Bank Holiday", false}, {"GB-SCT", "2023-01-03", "New Year's Day (substitute day)", false},
		{"US", "2021-12-31", "New Year's Day (observed)", false}, {"US", "2026-07-03", "Independence Day (observed)", false},
		{"DE-SN", "2026-11-18", "Repentance and Prayer Day", false}, {"DE", "2026-11-18", "", false},
		{"DK", "2023-05-05", "Great Prayer Day", false}, {"DK", "2024-04-26", "", false},
		{"CH-GL", "2026-04-09", "Battle of Näfels", false}, {"NL", "2025-05-05", "Liberation Day", false}, {"NL", "2026-05-05", "", false},
	} {
		p, err := ParsePlace(tt.place)
		if err != nil {
			t.Fatal(err)
		}
		if got := special(t, Rules{Places: []Place{p}, Customary: tt.customary}, tt.day); got != tt.want {
			t.Errorf("%s %s is %q, want %q", tt.place, tt.day, got, tt.want)
		}
	}
}

func TestAMovedWorkingDayIsWorkedAndOwnDaysWin(t *testing.T) {
	hu := Rules{Places: []Place{{"HU", ""}}, Own: []OwnDay{
		{Date: MustDate("2026-08-08"), Name: "summer closing"},
		{Yearly: "12-31", Hours: []Span{{480, 720}}},
	}}
	cal := mustCalendar(t, hu)
	for day, want := range map[string]bool{"2026-01-10": true, "2026-01-17": false, "2026-01-02": false, "2026-08-08": false, "2026-12-31": true} {
		if got := cal.IsWorkday(MustDate(day)); got != want {
			t.Errorf("%s worked = %v, want %v", day, got, want)
		}
	}
	if n := cal.WorkdaysBetween(MustDate("2026-12-01"), MustDate("2027-01-01")); n != 22 {
		t.Errorf("December 2026 has %d working days, want 22", n)
	}
	if d, err := cal.AddWorkdays(MustDate("2026-01-01"), 7); err != nil || d.String() != "2026-01-12" {
		t.Errorf("7 working days after New Year: %s, %v", d, err)
	}
	if d, err := cal.AddWorkdays(MustDate("2026-01-12"), -7); err != nil || d.String() != "2025-12-31" {
		t.Errorf("7 working days before 12 January: %s, %v", d, err)
	}
}
