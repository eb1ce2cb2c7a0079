package locale

import (
	"testing"
	"time"
)

var day = time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC) // a Sunday

func TestDatesAreWrittenAsCLDRSays(t *testing.T) {
	style := func(s Style) func(Lang) string { return func(l Lang) string { return l.Date(day, s) } }
	each(t, "short", style(Short), "2026-11-22", "22.11.2026", "2026-11-22", "22.11.2026", "2026. 11. 22.")
	each(t, "medium", style(Medium), "22 Nov 2026", "22.11.2026", "22 nov. 2026", "22 lis 2026", "2026. nov. 22.")
	each(t, "long", style(Long), "22 November 2026", "22. November 2026", "22 november 2026", "22 listopada 2026", "2026. november 22.")
	each(t, "full", style(Full), "Sunday 22 November 2026", "Sonntag, 22. November 2026", "söndag 22 november 2026", "niedziela, 22 listopada 2026", "2026. november 22., vasárnap")
	each(t, "day", style(DayMonth), "22 Nov", "22. Nov.", "22 nov.", "22 lis", "nov. 22.")
	each(t, "week day", style(WeekDay), "Sun 22 Nov", "So, 22. Nov.", "sön 22 nov.", "niedz., 22 lis", "nov. 22., V")
	each(t, "moment", func(l Lang) string { return l.Moment(day, Medium) }, "22 Nov 2026, 14:05", "22.11.2026, 14:05", "22 nov. 2026 14:05", "22 lis 2026, 14:05", "2026. nov. 22. 14:05")
	each(t, "month", func(l Lang) string { return l.Month(day) }, "November 2026", "November 2026", "november 2026", "listopad 2026", "2026. november")
	each(t, "week", func(l Lang) string { return l.Week(day) }, "week 47", "KW 47", "vecka 47", "tydzień 47", "47. hét")
	each(t, "quarter", func(l Lang) string { return l.Quarter(day) }, "Q4 2026", "Q4 2026", "kv. 4 2026", "4 kw. 2026", "2026. 4. né.")
	each(t, "range", func(l Lang) string { return l.Days(day, day.AddDate(0, 0, 6)) }, "22–28 Nov 2026", "22.11.2026 – 28.11.2026", "22–28 nov. 2026", "22–28 lis 2026", "2026. nov. 22. – 2026. nov. 28.")
	if got := En.Day("soon", Long); got != "soon" {
		t.Errorf("what is no day stays: %q", got)
	}
	if got := En.Days(day, day.AddDate(0, 1, 0)); got != "22 Nov – 22 Dec 2026" {
		t.Errorf("range over months: %q", got)
	}
}

// 2027 begins on a Friday: 1 to 3 January belong to week 53 of 2026.
func TestWeeksFollowISO8601(t *testing.T) {
	if got := De.Week(time.Date(2027, 1, 3, 0, 0, 0, 0, time.UTC)); got != "KW 53" {
		t.Errorf("got %q", got)
	}
}

func TestRelativeTimesCountCalendarDays(t *testing.T) {
	at := func(d time.Duration) func(Lang) string {
		return func(l Lang) string { return l.Relative(day.Add(d), day) }
	}
	each(t, "now", at(-20*time.Second), "just now", "gerade eben", "alldeles nyss", "przed chwilą", "épp most")
	each(t, "5 min", at(-5*time.Minute), "5_minutes ago", "vor 5_Minuten", "för 5_minuter sedan", "5_minut temu", "5_perccel ezelőtt")
	each(t, "in 1 h", at(time.Hour), "in 1_hour", "in 1_Stunde", "om 1_timme", "za 1_godzinę", "1_óra múlva")
	each(t, "yesterday", at(-18*time.Hour), "yesterday", "gestern", "i går", "wczoraj", "tegnap")
	each(t, "22 days", at(22*24*time.Hour), "in 3_weeks", "in 3_Wochen", "om 3_veckor", "za 3_tygodnie", "3_hét múlva")
	each(t, "12 days", at(-12*24*time.Hour), "12_days ago", "vor 12_Tagen", "för 12_dagar sedan", "12_dni temu", "12_nappal ezelőtt")
	each(t, "5 years", at(-5*365*24*time.Hour), "5_years ago", "vor 5_Jahren", "för 5_år sedan", "5_lat temu", "5_évvel ezelőtt")
	each(t, "2 months", at(62*24*time.Hour), "in 2_months", "in 2_Monaten", "om 2_månader", "za 2_miesiące", "2_hónap múlva")
	zone := time.FixedZone("", 3600)
	if got := En.Relative(day.Add(10*time.Hour), day.In(zone)); got != "tomorrow" {
		t.Errorf("days are those of the reader's zone: %q", got)
	}
}

func TestDurationsNameTheirTwoLargestUnits(t *testing.T) {
	each(t, "3h12", func(l Lang) string { return l.Duration(3*time.Hour + 12*time.Minute) }, "3_h_12_min", "3_Std._12_Min.", "3_tim_12_min", "3_godz._12_min", "3_óra_12_perc")
	each(t, "2d4h", func(l Lang) string { return l.Duration(52 * time.Hour) }, "2_days_4_h", "2_Tage_4_Std.", "2_dygn_4_tim", "2_dni_4_godz.", "2_nap_4_óra")
	for d, want := range map[time.Duration]string{
		0: "0_s", 850 * time.Millisecond: "850_ms", 59 * time.Second: "59_s", 90 * time.Second: "1_min_30_s", time.Hour: "1_h", 24*time.Hour - time.Second: "1_day",
		-90 * time.Minute: "−1_h_30_min", 1000 * 24 * time.Hour: "1,000_days", -1 << 63: "−106,751_days_23_h",
	} {
		if got := En.Duration(d); got != spaced(want) {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestSizesKeepTheirBaseApart(t *testing.T) {
	for n, want := range map[int64]string{0: "0_B", 1023: "1,023_B", 1024: "1_KiB", 1536: "1.5_KiB", 1 << 30: "1_GiB", 17179869184: "16_GiB", -2048: "−2_KiB", 1<<20 - 1: "1_MiB", 1<<63 - 1: "8_EiB"} {
		if got := En.Size(n); got != spaced(want) {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
	if got := De.SizeDecimal(1500000000); got != spaced("1,5_GB") {
		t.Errorf("SizeDecimal: %q", got)
	}
	if got := De.SizeDecimal(1500); got != spaced("1,5_kB") {
		t.Errorf("SizeDecimal: %q", got)
	}
}

func TestListsAndPlaces(t *testing.T) {
	each(t, "list", func(l Lang) string { return l.List("a", "b", "c") }, "a, b and c", "a, b und c", "a, b och c", "a, b i c", "a, b és c")
	each(t, "either", func(l Lang) string { return l.Either("a", "b") }, "a or b", "a oder b", "a eller b", "a lub b", "a vagy b")
	each(t, "2nd", func(l Lang) string { return l.Ordinal(2) }, "2nd", "2.", "2:a", "2.", "2.")
	if En.List() != "" || En.List("a") != "a" || En.Ordinal(112) != "112th" || Sv.Ordinal(11) != "11:e" {
		t.Error("the small cases")
	}
}
