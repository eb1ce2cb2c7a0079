package locale

import (
	"strings"
	"testing"
	"time"

	"steward/kernel/fail"
)

func TestNumbersTypedInAnyHandAreRead(t *testing.T) {
	for _, c := range []struct {
		l    Lang
		s    string
		want int64 // hundredths
	}{
		{De, "312.000,00", 31200000}, {Sv, "312 000,00", 31200000}, {Pl, "312\u00a0000,5", 31200050}, {En, "1’234.5", 123450}, {De, "1'234.5", 123450},
		{En, "312,000", 31200000}, {De, "312.000", 31200000}, {En, "312.000,50", 31200050}, {De, "312,000.50", 31200050}, {En, "1,234,567", 123456700},
		{En, "1.234.567", 123456700}, {De, "1.234.567,8", 123456780}, {Hu, "12,5", 1250}, {Hu, "12.5", 1250}, {En, "12,5", 1250}, {De, "0.125e", -1},
		{En, "-5", -500}, {En, "−5.25", -525}, {De, "+7", 700}, {En, ".5", 50}, {De, ",5", 50}, {Sv, "0", 0}, {En, "1_000", 100000}, {De, "0.5", 50},
		{Pl, "1234", 123400}, {Pl, "-1 234,5", -123450}, {En, "12.50", 1250}, {En, "12.5000", 1250}, {De, "1234.56", 123456},
	} {
		got, err := c.l.ParseDecimal(c.s, 2)
		if c.want == -1 {
			if err == nil {
				t.Errorf("%s %q: read as %d", c.l, c.s, got)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%s %q: got %d (%v), want %d", c.l, c.s, got, err, c.want)
		}
	}
}

func TestWhatReadsTwoWaysIsRefusedNotGuessed(t *testing.T) {
	for _, c := range []struct {
		l      Lang
		s, key string
	}{
		{Sv, "312.000", "two-ways"}, {Pl, "1,000.000", "digits"}, {En, "312.000", "digits"}, {De, "312,000", "digits"}, {En, "1,23,456", "wrong"},
		{En, "12,34.5", "wrong"}, {En, "1.234,567.8", "wrong"}, {En, "", "wrong"}, {En, "abc", "wrong"}, {En, "1 2", "wrong"}, {En, "1.", "wrong"}, {En, "-", "wrong"},
		{En, "1,,000", "wrong"}, {En, "99999999999999999999", "large"}, {En, "0.123", "digits"}, {En, "1 000,000", "digits"}, {De, "1,5,5", "wrong"}, {En, "٣", "wrong"},
	} {
		_, err := c.l.ParseDecimal(c.s, 2)
		if e := fail.As(err); e == nil || e.Key != "locale.read."+c.key || e.Kind != fail.Invalid {
			t.Errorf("%s %q: %v, want %s", c.l, c.s, err, c.key)
		}
	}
	_, err := Sv.ParseDecimal("312.000", 2)
	if got := err.Error(); got != spaced("“312.000” can be read as 312 or as 312_000; write the one you mean.") {
		t.Errorf("the sentence: %s", got)
	}
	if _, err := En.ParseInt("2.5"); fail.As(err) == nil || fail.As(err).Key != "locale.read.whole" {
		t.Errorf("a whole number: %v", err)
	}
}

func TestMoneyIsReadWithItsCurrency(t *testing.T) {
	for _, c := range []struct {
		l           Lang
		s, currency string
		minor       int64
		code        string
	}{
		{De, "1.200 €", "", 120000, "EUR"}, {En, "EUR 1,200.50", "EUR", 120050, "EUR"}, {En, "−€5", "", -500, "EUR"}, {Sv, "1 200 kr", "", 120000, "SEK"},
		{Pl, "1200,5 zł", "PLN", 120050, "PLN"}, {Hu, "12 345 Ft", "", 1234500, "HUF"}, {En, "$5", "", 500, "USD"}, {En, "1,200", "JPY", 1200, "JPY"}, {De, "5 chf", "", 500, "CHF"},
		{En, "US$5", "USD", 500, "USD"},
	} {
		minor, code, err := c.l.ParseMoney(c.s, c.currency)
		if err != nil || minor != c.minor || code != c.code {
			t.Errorf("%s %q: %d %s (%v), want %d %s", c.l, c.s, minor, code, err, c.minor, c.code)
		}
	}
	for s, key := range map[string]string{"5 €": "currency", "5 xyz": "sign", "1.5 mio": "sign"} {
		if _, _, err := En.ParseMoney(s, "SEK"); fail.As(err) == nil || fail.As(err).Key != "locale.read."+key {
			t.Errorf("%q: %v, want %s", s, err, key)
		}
	}
	if _, _, err := En.ParseMoney("5", ""); fail.As(err) == nil || fail.As(err).Key != "locale.read.currency-missing" {
		t.Errorf("no currency: %v", err)
	}
}

func TestDaysTypedInTheLanguageAreRead(t *testing.T) {
	const today = "2026-11-22"
	for _, c := range []struct {
		l       Lang
		s, want string
	}{
		{En, "2026-02-28", "2026-02-28"}, {De, "28.2.2026", "2026-02-28"}, {De, "28.02.26", "2026-02-28"}, {De, "28. Februar 2026", "2026-02-28"}, {De, "Sa, 28. Feb. 2026", "2026-02-28"},
		{Sv, "28 februari 2026", "2026-02-28"}, {Sv, "28/2 2026", "2026-02-28"}, {Pl, "28 lutego 2026", "2026-02-28"}, {Pl, "28.02.2026", "2026-02-28"}, {Pl, "3 wrz 2026", "2026-09-03"},
		{Hu, "2026. 02. 28.", "2026-02-28"}, {Hu, "2026.02.28", "2026-02-28"}, {Hu, "2026. február 28.", "2026-02-28"}, {En, "28 Feb 2026", "2026-02-28"}, {En, "Feb 28, 2026", "2026-02-28"},
		{En, "28/2/2026", "2026-02-28"}, {En, "5/5/2026", "2026-05-05"}, {De, "marz 3 2026", "2026-03-03"}, {En, "today", today}, {De, "morgen", "2026-11-23"}, {Sv, "i går", "2026-11-21"},
		{Pl, "+14", "2026-12-06"}, {En, "-22", "2026-10-31"}, {De, "24.12.", "2026-12-24"}, {Hu, "12. 24.", "2026-12-24"}, {En, "24 Dec", "2026-12-24"}, {De, "1.1.85", "1985-01-01"},
	} {
		got, err := c.l.ParseDate(c.s, today)
		if err != nil || got != c.want {
			t.Errorf("%s %q: %q (%v), want %q", c.l, c.s, got, err, c.want)
		}
	}
	for _, s := range []string{"", "31.2.2026", "2026-02-30", "soon", "1.2.3.4", "32 Jan 2026", "Jan Feb 2026", "2026", "0000-01-01", "1.1.123", strings.Repeat("1 ", 50)} {
		if got, err := De.ParseDate(s, today); err == nil {
			t.Errorf("%q was read as %s", s, got)
		}
	}
	if _, err := En.ParseDate("3/4/2026", today); fail.As(err) == nil || fail.As(err).Key != "locale.read.day-or-month" || !strings.Contains(err.Error(), "3 Apr 2026 or 4 Mar 2026") {
		t.Errorf("3/4/2026: %v", err)
	}
	if _, err := En.ParseDate("tomorrow", ""); err == nil {
		t.Error("tomorrow needs a today")
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	for _, l := range Langs() {
		for _, n := range []int64{0, 1, -1, 99, 123456, -123456789, 100000000000} {
			if got, err := l.ParseDecimal(l.Decimal(n, 2, 2), 2); err != nil || got != n {
				t.Errorf("%s: %s → %d (%v)", l, l.Decimal(n, 2, 2), got, err)
			}
			for _, c := range []string{"EUR", "SEK", "PLN", "HUF", "JPY", "USD", "BHD", "GBP"} {
				if got, code, err := l.ParseMoney(l.Money(n, c), ""); err != nil || got != n || code != c {
					t.Errorf("%s: %s → %d %s (%v)", l, l.Money(n, c), got, code, err)
				}
			}
		}
		for d := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() == 2026; d = d.AddDate(0, 0, 1) {
			for _, s := range []Style{Short, Medium, Long, Full, DayMonth, WeekDay} {
				if got, err := l.ParseDate(l.Date(d, s), "2026-06-01"); err != nil || got != d.Format(time.DateOnly) {
					t.Fatalf("%s: %s → %s (%v)", l, l.Date(d, s), got, err)
				}
			}
		}
	}
}

func TestTimesSpansAndYesAreRead(t *testing.T) {
	for s, want := range map[string]int{"14:05": 845, "14.05": 845, "1405": 845, "9": 540, "905": 545, "0:00": 0, "24:00": -1, "12:5": -1, "": -1, "x": -1} {
		got, err := De.ParseClock(s)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: %d (%v), want %d", s, got, err, want)
		}
	}
	for _, c := range []struct {
		l    Lang
		s    string
		want time.Duration
	}{
		{En, "3 h 12 min", 192 * time.Minute}, {De, "3 Std. 12 Min.", 192 * time.Minute}, {Pl, "1,5 godz.", 90 * time.Minute}, {Hu, "2 óra", 2 * time.Hour}, {Sv, "2 dygn", 48 * time.Hour},
		{En, "1:30", 90 * time.Minute}, {En, "90min", 90 * time.Minute}, {En, "2 weeks", 14 * 24 * time.Hour}, {De, "4 Stunden", 4 * time.Hour}, {En, "90", -1}, {En, "h", -1}, {En, "1:75", -1}, {En, "", -1}, {En, "900000 d", -1},
	} {
		got, err := c.l.ParseDuration(c.s)
		if (err != nil) != (c.want < 0) || err == nil && got != c.want {
			t.Errorf("%s %q: %v (%v), want %v", c.l, c.s, got, err, c.want)
		}
	}
	for s, want := range map[string]bool{"Ja": true, "yes": true, "X": true, "1": true, "nein": false, "No": false, "0": false, "FALSE": false} {
		if got, err := De.ParseBool(s); err != nil || got != want {
			t.Errorf("%q: %v (%v)", s, got, err)
		}
	}
	if _, err := De.ParseBool("vielleicht"); err == nil {
		t.Error("perhaps is neither")
	}
}

func TestFoldGivesWhatAPersonWouldType(t *testing.T) {
	for s, want := range map[string]string{
		"Łódź": "lodz", "Straße": "strasse", "Győr": "gyor", "Ångström  Öl": "angstrom ol", "  SAP\tS/4HANA ": "sap s/4hana", "ﬁne": "fine", "Ｆｕｌｌ": "full",
		"İstanbul": "istanbul", "Ægir": "aegir", "don’t": "don't", "a\u200bb": "ab", "": "", " ": "", "x": "x", "A": "a", "Çelik–Żółć": "celik-zolc", "\xffa": "a", "½": "1/2",
	} {
		if got := Fold(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Łódź Straße", "İ", "ǅ", "각", "a\u0345\u0301", " \u0085 x", "ẞ", "ΰ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k := Fold(s)
		if Fold(k) != k {
			t.Errorf("%q → %q → %q", s, k, Fold(k))
		}
		if len(k) > 18*len(s)+8 {
			t.Errorf("%q grew to %d bytes", s, len(k))
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"312.000,00", "1’234.5", "€5", "22. Nov. 2026", "3 h 12 min", "+14", "-€1.200,5", "14:05", "１２"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, l := range Langs() {
			if n, err := l.ParseDecimal(s, 2); err == nil {
				if back, err := l.ParseDecimal(l.Decimal(n, 2, 2), 2); err != nil || back != n {
					t.Errorf("%s %q: %d is not read back (%v)", l, s, n, err)
				}
			}
			l.ParseMoney(s, "")
			l.ParseFloat(s)
			l.ParseClock(s)
			l.ParseBool(s)
			if d, err := l.ParseDuration(s); err == nil && d < 0 {
				t.Errorf("%s %q: a negative span", l, s)
			}
			if d, err := l.ParseDate(s, "2026-11-22"); err == nil {
				if _, err := time.Parse(time.DateOnly, d); err != nil {
					t.Errorf("%s %q: %q is no day", l, s, d)
				}
			}
		}
	})
}
