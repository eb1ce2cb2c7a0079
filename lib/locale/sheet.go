package locale

import "strings"

// Number formats for cells of workbooks (ECMA-376 part 1, 18.8.30). A format
// says what stands where; the separators are those of whoever opens the file.
// The names of months and the place of a sign are the language's: [$-407] and
// [$€-407] name it by its Windows code (MS-LCID).

// SheetDay is the format of a day: dd.mm.yyyy.
func (l Lang) SheetDay() string {
	return strings.NewReplacer("{y}", "yyyy", "{0m}", "mm", "{0d}", "dd").Replace(l.table().dateShort)
}

// SheetMoment is the format of a day with the time of day.
func (l Lang) SheetMoment() string { return l.SheetDay() + " hh:mm" }

// SheetMonth is the format of a month, with its name in the language.
func (l Lang) SheetMonth() string {
	return "[$-" + l.table().lcid + "]" + strings.NewReplacer("{y}", "yyyy", "{mmm}", "mmm").Replace(l.table().monthYearShort)
}

// SheetNumber is the format of a number with some digits after the point.
func SheetNumber(digits int) string {
	if digits <= 0 {
		return "#,##0"
	}
	return "#,##0." + strings.Repeat("0", digits)
}

// SheetPercent is the format of a share, of which the cell holds 0.125 for
// 12.5 percent.
func (l Lang) SheetPercent(digits int) string {
	return strings.TrimPrefix(SheetNumber(digits), "#,##") + strings.ReplaceAll(l.table().percent, nbsp, " ") + "%"
}

// SheetMoney is the format of an amount in whole units of a currency, with its
// sign where the language puts it.
func (l Lang) SheetMoney(currency string) string {
	t, number := l.table(), SheetNumber(digitsOf(currency))
	if !t.currencyFirst {
		return number + " [$" + l.Sign(currency) + "-" + t.lcid + "]"
	}
	sign := "[$" + l.Sign(currency) + "-" + t.lcid + "]"
	if l.Sign(currency) == currency {
		sign += " " // a code stands apart
	}
	return sign + number + ";-" + sign + number
}
