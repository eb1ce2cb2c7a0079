package locale

import "testing"

func TestWorkbooksWriteDaysMonthsAndAmountsAsTheLanguageDoes(t *testing.T) {
	for _, c := range []struct {
		lang                                           Lang
		day, month, percent, euros, kronor, yen, dinar string
	}{
		{En, "yyyy-mm-dd", "[$-809]mmm yyyy", "0.0%", "[$€-809]#,##0.00;-[$€-809]#,##0.00", "[$SEK-809] #,##0.00;-[$SEK-809] #,##0.00", "[$JP¥-809]#,##0;-[$JP¥-809]#,##0", "[$KWD-809] #,##0.000;-[$KWD-809] #,##0.000"},
		{De, "dd.mm.yyyy", "[$-407]mmm yyyy", "0.0 %", "#,##0.00 [$€-407]", "#,##0.00 [$SEK-407]", "#,##0 [$¥-407]", "#,##0.000 [$KWD-407]"},
		{Hu, "yyyy. mm. dd.", "[$-40E]yyyy. mmm", "0.0%", "#,##0.00 [$€-40E]", "#,##0.00 [$SEK-40E]", "#,##0 [$¥-40E]", "#,##0.000 [$KWD-40E]"},
		{Sv, "yyyy-mm-dd", "[$-41D]mmm yyyy", "0.0 %", "#,##0.00 [$€-41D]", "#,##0.00 [$kr-41D]", "#,##0 [$JPY-41D]", "#,##0.000 [$KWD-41D]"},
		{Pl, "dd.mm.yyyy", "[$-415]mmm yyyy", "0.0%", "#,##0.00 [$€-415]", "#,##0.00 [$SEK-415]", "#,##0 [$JPY-415]", "#,##0.000 [$KWD-415]"},
	} {
		got := []string{c.lang.SheetDay(), c.lang.SheetMonth(), c.lang.SheetPercent(1), c.lang.SheetMoney("EUR"), c.lang.SheetMoney("SEK"), c.lang.SheetMoney("JPY"), c.lang.SheetMoney("KWD")}
		want := []string{c.day, c.month, c.percent, c.euros, c.kronor, c.yen, c.dinar}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: got %q, want %q", c.lang, got[i], want[i])
			}
		}
	}
	if got := SheetNumber(0) + " " + SheetNumber(2); got != "#,##0 #,##0.00" {
		t.Errorf("numbers are written %q", got)
	}
}

func TestUnitsAndMinorLeadToEachOther(t *testing.T) {
	for _, c := range []struct {
		currency string
		minor    int64
		units    float64
	}{{"EUR", -123456, -1234.56}, {"JPY", 1234, 1234}, {"KWD", 1234567, 1234.567}, {"???", 150, 1.5}} {
		if got := Units(c.minor, c.currency); got != c.units {
			t.Errorf("%d of %s are %v, want %v", c.minor, c.currency, got, c.units)
		}
		if got := Minor(c.units, c.currency); got != c.minor {
			t.Errorf("%v of %s are %d, want %d", c.units, c.currency, got, c.minor)
		}
	}
}
