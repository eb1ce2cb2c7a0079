package org

import (
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/lib/locale"
)

// Rate is how many units of one currency one unit of another was worth from a day on.
type Rate struct {
	records.Base[Rate]
	Currency   string // ISO 4217
	InCurrency string
	Starts     records.Date
	Rate       records.Scaled // 6 digits
	Source     string
}

// RateDigits is how many digits after the point a rate keeps.
const RateDigits = 6

// Rates are the dated exchange rates that figures convert by.
var Rates = records.Define("org.rate", "Exchange rate", "Exchange rates", "FX", func(x *Rate, f *records.Fields) {
	records.Str(f, &x.Currency, "Currency").As("currency").Filter().List()
	records.Str(f, &x.InCurrency, "In").As("currency").Filter().List()
	records.Day(f, &x.Starts, "From day").Filter().List()
	records.Dec(f, &x.Rate, "Rate", RateDigits).From(1).List()
	records.Str(f, &x.Source, "Source").List()
}).InArea(access.Money).Icon("coin").SortedBy("-starts").Versioned().Check(func(u *records.Tx, _, x *Rate) error {
	if x.Currency == x.InCurrency {
		return fail.Field(&x.InCurrency, "same", "A rate needs two different currencies.")
	}
	return nil
})

// Conversion is an amount in another currency, with the rate that made it.
type Conversion struct {
	Amount records.Money
	Rate   *Rate // nil when none was needed
}

// Convert turns an amount into a currency at the rate in force on a day, the
// direct rate or the inverse of the other direction, rounded half up. Known is
// false when there is no rate.
func Convert(r records.Reader, m records.Money, to string, on records.Date) (c Conversion, known bool, err error) {
	if m.Currency == to {
		return Conversion{Amount: m}, true, nil
	}
	f, err := rateOn(r, m.Currency, to, on)
	if err != nil || f.rate == nil {
		return Conversion{}, false, err
	}
	c, known = f.convert(m, to)
	return c, known, nil
}

// rateFound is the rate between two currencies on a day; nil when there is none.
type rateFound struct {
	rate    *Rate
	inverse bool // of the other direction
}

func rateOn(r records.Reader, from, to string, on records.Date) (f rateFound, err error) {
	at := func(from, to string) (*Rate, error) {
		return Rates.First(r, records.Query{Where: []records.Cond{records.Is(&Rates.P.Currency, from), records.Is(&Rates.P.InCurrency, to), records.AtMost(&Rates.P.Starts, on)}, Sort: "-starts"})
	}
	if f.rate, err = at(from, to); err == nil && f.rate == nil {
		f.rate, err = at(to, from)
		f.inverse = true
	}
	return f, err
}

func (f rateFound) convert(m records.Money, to string) (Conversion, bool) {
	n, ok := convert(m, to, int64(f.rate.Rate), f.inverse)
	return Conversion{Amount: records.Money{Minor: n, Currency: to}, Rate: f.rate}, ok
}

// Converter converts many amounts into one currency and looks each rate up once.
type Converter struct {
	r     records.Reader
	to    string
	rates map[string]rateFound
}

// ConvertTo returns a converter into a currency.
func ConvertTo(r records.Reader, to string) *Converter {
	return &Converter{r, to, map[string]rateFound{}}
}

// Convert is Convert for the converter's currency.
func (c *Converter) Convert(m records.Money, on records.Date) (out Conversion, known bool, err error) {
	if m.Currency == c.to {
		return Conversion{Amount: m}, true, nil
	}
	key := m.Currency + string(on)
	f, seen := c.rates[key]
	if !seen {
		if f, err = rateOn(c.r, m.Currency, c.to, on); err != nil {
			return out, false, err
		}
		c.rates[key] = f
	}
	if f.rate == nil {
		return out, false, nil
	}
	out, known = f.convert(m, c.to)
	return out, known, nil
}

// convert scales minor units of one currency to minor units of the other.
func convert(m records.Money, to string, rate int64, inverse bool) (int64, bool) {
	fromDigits, ok1 := locale.Digits(m.Currency)
	toDigits, ok2 := locale.Digits(to)
	if !ok1 || !ok2 || rate <= 0 {
		return 0, false
	}
	return scaleRate(m.Minor, fromDigits, toDigits, rate, inverse)
}
