package figures

import (
	"math"

	"steward/lib/locale"
)

// Float is the value for charts and comparison with targets: an amount in whole
// units of its currency, NaN when it is not known.
func (v Value) Float() float64 {
	switch {
	case !v.Known():
		return math.NaN()
	case v.Currency != "":
		return locale.Units(v.Minor, v.Currency)
	}
	return v.Number
}

// Text writes a value for a reader, with its unit where that is a sign; n/a and
// – are what they are. Days and hours are words and stand apart, see UnitWord.
func (v Value) Text(l locale.Lang, u Unit) string {
	switch {
	case v.State == NA:
		return "n/a"
	case !v.Known():
		return locale.Unknown
	case v.Currency != "":
		return l.MoneyRound(v.Minor, v.Currency)
	}
	return level(l, u, "", v.Number)
}

// Level writes a target or limit in the unit of a value.
func Level(l locale.Lang, u Unit, currency string, x *float64) string {
	if x == nil {
		return locale.Unknown
	}
	return level(l, u, currency, *x)
}

func level(l locale.Lang, u Unit, currency string, x float64) string {
	switch {
	case currency != "":
		return l.MoneyRound(locale.Minor(x, currency), currency)
	case u == Percent:
		if x == math.Trunc(x) {
			return l.PercentOf(x, 0)
		}
		return l.PercentOf(x, 1)
	case u == Hours, u == Days, u == Minutes:
		return l.Short(x, 1)
	}
	return l.Short(x, 2)
}
