package locale

import (
	"math"
	"strings"
)

// Digits returns how many digits a currency has after the point (ISO 4217),
// and false for a code that is no active currency.
func Digits(code string) (int, bool) {
	if d, ok := oddDigits[code]; ok {
		return d, true
	}
	if len(code) != 3 || strings.ToUpper(code) != code {
		return 0, false
	}
	for i := 0; i+3 <= len(twoDigits); i += 4 {
		if twoDigits[i:i+3] == code {
			return 2, true
		}
	}
	return 0, false
}

// Currencies lists the codes with two digits and those with another number.
func Currencies() []string {
	return append(strings.Fields(twoDigits), strings.Fields(oddCodes)...)
}

// ISO 4217 list one, as of 2026 (Bulgaria's lev left on 1 January).
const twoDigits = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"

const oddCodes = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF BHD IQD JOD KWD LYD OMR TND CLF UYW"

var oddDigits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4,
}

// Sign is the currency's sign as the language writes it, or its code.
func (l Lang) Sign(currency string) string {
	if s, ok := l.table().symbols[currency]; ok {
		return s
	}
	return currency
}

// Money writes an amount given in the currency's smallest unit, with its sign
// where the language puts it: €1,234.50 · 1.234,50 € · SEK 1,234.50. Forints
// without fillér are written without them. A code that is no currency counts
// as having two digits.
func (l Lang) Money(minor int64, currency string) string {
	d := digitsOf(currency)
	least := d
	if currency == "HUF" && minor%100 == 0 {
		least = 0
	}
	return l.priced(l.Decimal(minor, d, least), currency)
}

// MoneyRound writes an amount without its fraction, rounded half away from
// zero: €1,235.
func (l Lang) MoneyRound(minor int64, currency string) string {
	return l.priced(l.Decimal(roundUnits(minor, digitsOf(currency)), 0, 0), currency)
}

// MoneyCompact writes an amount short: €6.84 m, 418 Tsd. €.
func (l Lang) MoneyCompact(minor int64, currency string) string {
	v := float64(minor)
	for range digitsOf(currency) {
		v /= 10
	}
	return l.priced(l.Compact(v), currency)
}

// MoneySigned is Money with a plus before what is above zero: a variance.
func (l Lang) MoneySigned(minor int64, currency string) string {
	s := l.Money(minor, currency)
	if minor > 0 {
		return "+" + s
	}
	return s
}

// Amount writes an amount without its currency, for columns whose head names it.
func (l Lang) Amount(minor int64, currency string) string {
	d := digitsOf(currency)
	return l.Decimal(minor, d, d)
}

// Units is an amount given in the currency's smallest unit in whole ones, for
// charts and workbooks; Minor is the way back, rounded half away from zero.
func Units(minor int64, currency string) float64 {
	return float64(minor) / math.Pow10(digitsOf(currency))
}

// Minor is the inverse of Units.
func Minor(units float64, currency string) int64 {
	return int64(math.Round(units * math.Pow10(digitsOf(currency))))
}

func digitsOf(currency string) int {
	if d, ok := Digits(currency); ok {
		return d
	}
	return 2
}

func roundUnits(minor int64, digits int) int64 {
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	q, r := minor/unit, minor%unit
	switch {
	case r >= unit-r && r > 0:
		q++
	case -r >= unit+r && r < 0:
		q--
	}
	return q
}

// priced puts sign and number together.
func (l Lang) priced(number, currency string) string {
	t, sign := l.table(), l.Sign(currency)
	if !t.currencyFirst {
		return number + nbsp + sign
	}
	neg := ""
	if n, ok := strings.CutPrefix(number, minus); ok {
		neg, number = minus, n
	}
	if c := sign[len(sign)-1]; c >= 'A' && c <= 'Z' {
		sign += nbsp // a code stands apart
	}
	return neg + sign + number
}
