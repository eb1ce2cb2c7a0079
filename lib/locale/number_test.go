package locale

import (
	"math"
	"strings"
	"testing"
)

// spaced makes no-break spaces visible in expectations.
func spaced(s string) string { return strings.ReplaceAll(s, "_", nbsp) }

// each tests one writer in the five languages, in the order of Langs.
func each(t *testing.T, name string, write func(Lang) string, want ...string) {
	t.Helper()
	for i, l := range Langs() {
		if got := write(l); got != spaced(want[i]) {
			t.Errorf("%s in %s: got %q, want %q", name, l, got, spaced(want[i]))
		}
	}
}

func TestNumbersAreGroupedAsCLDRSays(t *testing.T) {
	each(t, "1234", func(l Lang) string { return l.Int(1234) }, "1,234", "1.234", "1_234", "1234", "1234")
	each(t, "12345", func(l Lang) string { return l.Int(12345) }, "12,345", "12.345", "12_345", "12_345", "12_345")
	each(t, "-1234567.891", func(l Lang) string { return l.Number(-1234567.891, 2) }, "−1,234,567.89", "−1.234.567,89", "−1_234_567,89", "−1_234_567,89", "−1_234_567,89")
	each(t, "0", func(l Lang) string { return l.Int(0) }, "0", "0", "0", "0", "0")
	each(t, "12.5 %", func(l Lang) string { return l.Percent(.125, 1) }, "12.5%", "12,5_%", "12,5_%", "12,5%", "12,5%")
	each(t, "least", func(l Lang) string { return l.Int(math.MinInt64) }, "−9,223,372,036,854,775,808", "−9.223.372.036.854.775.808", "−9_223_372_036_854_775_808", "−9_223_372_036_854_775_808", "−9_223_372_036_854_775_808")
}

func TestRoundingIsHalfAwayFromZeroOnTheDecimalForm(t *testing.T) {
	for _, c := range []struct {
		v    float64
		n    int
		want string
	}{
		{1.005, 2, "1.01"}, {-1.005, 2, "−1.01"}, {0.5, 0, "1"}, {-0.4, 0, "0"}, {99.995, 2, "100.00"}, {9.5, 0, "10"}, {-999.5, 0, "−1,000"},
		{2, 2, "2.00"}, {1e21, 0, "1,000,000,000,000,000,000,000"}, {1e-9, 3, "0.000"}, {math.NaN(), 2, "–"}, {math.Inf(-1), 0, "–"},
	} {
		if got := En.Number(c.v, c.n); got != c.want {
			t.Errorf("Number(%v, %d): got %q, want %q", c.v, c.n, got, c.want)
		}
	}
	if got := En.Signed(0.001, 1); got != "0.0" {
		t.Errorf("what rounds to zero has no sign: %q", got)
	}
	if got := De.Signed(4.25, 1); got != "+4,3" {
		t.Errorf("Signed: %q", got)
	}
	if got := En.Decimal(123450, 4, 2); got != "12.345" {
		t.Errorf("Decimal: %q", got)
	}
	if got := En.Decimal(-5, 3, 0); got != "−0.005" {
		t.Errorf("Decimal: %q", got)
	}
}

func TestMoneyStandsWhereTheLanguagePutsIt(t *testing.T) {
	each(t, "EUR", func(l Lang) string { return l.Money(684000050, "EUR") }, "€6,840,000.50", "6.840.000,50_€", "6_840_000,50_€", "6_840_000,50_€", "6_840_000,50_€")
	each(t, "EUR four digits", func(l Lang) string { return l.Money(-123450, "EUR") }, "−€1,234.50", "−1.234,50_€", "−1_234,50_€", "−1234,50_€", "−1234,50_€")
	each(t, "SEK", func(l Lang) string { return l.Money(1234550, "SEK") }, "SEK_12,345.50", "12.345,50_SEK", "12_345,50_kr", "12_345,50_SEK", "12_345,50_SEK")
	each(t, "PLN", func(l Lang) string { return l.Money(1234550, "PLN") }, "PLN_12,345.50", "12.345,50_PLN", "12_345,50_PLN", "12_345,50_zł", "12_345,50_PLN")
	each(t, "HUF", func(l Lang) string { return l.Money(1234500, "HUF") }, "HUF_12,345", "12.345_HUF", "12_345_HUF", "12_345_HUF", "12_345_Ft")
	each(t, "USD", func(l Lang) string { return l.Money(99, "USD") }, "US$0.99", "0,99_$", "0,99_US$", "0,99_USD", "0,99_USD")
	each(t, "JPY", func(l Lang) string { return l.Money(12345, "JPY") }, "JP¥12,345", "12.345_¥", "12_345_JPY", "12_345_JPY", "12_345_¥")
	each(t, "KWD", func(l Lang) string { return l.Money(1500, "KWD") }, "KWD_1.500", "1,500_KWD", "1,500_KWD", "1,500_KWD", "1,500_KWD")
	each(t, "rounded", func(l Lang) string { return l.MoneyRound(-123450, "EUR") }, "−€1,235", "−1.235_€", "−1_235_€", "−1235_€", "−1235_€")
	each(t, "short", func(l Lang) string { return l.MoneyCompact(684000050, "EUR") }, "€6.84_m", "6,84_Mio._€", "6,84_mn_€", "6,84_mln_€", "6,84_M_€")
	if got := En.MoneySigned(12200000, "EUR"); got != "+€122,000.00" {
		t.Errorf("MoneySigned: %q", got)
	}
}

func TestLargeNumbersAreShortenedToThreeDigits(t *testing.T) {
	each(t, "418000", func(l Lang) string { return l.Compact(418000) }, "418_k", "418_Tsd.", "418_tn", "418_tys.", "418_E")
	each(t, "1.2e9", func(l Lang) string { return l.Compact(1.2e9) }, "1.2_bn", "1,2_Mrd.", "1,2_md", "1,2_mld", "1,2_Mrd")
	for v, want := range map[float64]string{0: "0", 7.25: "7.25", 12.34: "12.3", 999.4: "999", 999.6: "1_k", 1500: "1.5_k", 999600: "1_m", -2500000: "−2.5_m", 5.71e12: "5.71_tn", 8e15: "8,000_tn"} {
		if got := En.Compact(v); got != spaced(want) {
			t.Errorf("Compact(%v): got %q, want %q", v, got, want)
		}
	}
}

func TestEveryActiveCurrencyHasItsDigits(t *testing.T) {
	all := Currencies()
	if len(all) < 155 {
		t.Errorf("only %d currencies", len(all))
	}
	seen := map[string]bool{}
	for _, c := range all {
		if _, ok := Digits(c); !ok || seen[c] {
			t.Errorf("%s: unknown or twice", c)
		}
		seen[c] = true
	}
	for c, want := range map[string]int{"EUR": 2, "SEK": 2, "PLN": 2, "HUF": 2, "JPY": 0, "ISK": 0, "BHD": 3, "CLF": 4} {
		if d, ok := Digits(c); !ok || d != want {
			t.Errorf("%s: %d digits, want %d", c, d, want)
		}
	}
	for _, c := range []string{"", "EU", "eur", "XXX", " EU", "AED AFN", "R A"} {
		if _, ok := Digits(c); ok {
			t.Errorf("%q is no currency", c)
		}
	}
}

func TestPluralCategoriesFollowCLDR(t *testing.T) {
	for n, want := range map[int64][5]Category{
		0: {Other, Other, Other, Many, Other}, 1: {One, One, One, One, One}, 2: {Other, Other, Other, Few, Other}, 4: {Other, Other, Other, Few, Other},
		5: {Other, Other, Other, Many, Other}, 11: {Other, Other, Other, Many, Other}, 12: {Other, Other, Other, Many, Other}, 14: {Other, Other, Other, Many, Other},
		21: {Other, Other, Other, Many, Other}, 22: {Other, Other, Other, Few, Other}, 25: {Other, Other, Other, Many, Other}, 112: {Other, Other, Other, Many, Other},
		101: {Other, Other, Other, Many, Other}, 124: {Other, Other, Other, Few, Other}, -1: {One, One, One, One, One}, math.MinInt64: {Other, Other, Other, Many, Other},
	} {
		for i, l := range Langs() {
			if got := l.Plural(n); got != want[i] {
				t.Errorf("%d in %s: got %s, want %s", n, l, got, want[i])
			}
		}
	}
	if got := Pl.PluralFloat(1.5); got != Other {
		t.Errorf("a Polish fraction is other, got %s", got)
	}
	if got := Pl.PluralFloat(3); got != Few {
		t.Errorf("3.0 counts as 3, got %s", got)
	}
}

func TestMatchTakesTheBestWeightedLanguageSpoken(t *testing.T) {
	for header, want := range map[string]Lang{
		"": En, "de-AT,de;q=0.9,en;q=0.8": De, "fr;q=1, pl;q=0.5, hu;q=0.7": Hu, "fr, *": En, "SV_se": Sv, "pl;q=x,de;q=0.1": De, "en;q=0,de;q=0": En,
	} {
		if got := Match(header); got != want {
			t.Errorf("%q: got %s, want %s", header, got, want)
		}
	}
	if Lang("fr").Int(1234) != "1,234" {
		t.Error("an unknown language reads English")
	}
}
