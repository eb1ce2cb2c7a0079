package records

import (
	"strings"
	"time"

	"steward/kernel/fail"
	"steward/lib/locale"
)

// Typist is who typed: the language and zone that dates and numbers are read in,
// and the day it is there.
type Typist struct {
	Lang  locale.Lang
	Zone  *time.Location
	Today Date
	// Currency is what an amount without one is in.
	Currency string
}

// FromTyped reads what a person typed into a form or a spreadsheet, in the
// spelling of the language; "" is unknown. Problems name the field.
func FromTyped(by Typist, f *Field, text string) (any, error) {
	if f.Kind != LongText {
		text = strings.TrimSpace(text)
	} else {
		text = strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), " \n\t")
	}
	if text == "" {
		return nil, nil
	}
	v, err := fromTyped(by, f, text)
	if e := fail.As(err); e != nil && e.Field == "" {
		e.Field = f.Name
	}
	return v, err
}

func fromTyped(by Typist, f *Field, text string) (any, error) {
	switch f.Kind {
	case Int:
		return by.Lang.ParseInt(text)
	case Decimal:
		return by.Lang.ParseDecimal(text, f.Scale)
	case Measure:
		return by.Lang.ParseFloat(text)
	case Bool:
		return by.Lang.ParseBool(text)
	case DateKind:
		return by.Lang.ParseDate(text, string(by.Today))
	case Instant:
		if t, err := time.ParseInLocation("2006-01-02T15:04", text, by.Zone); err == nil {
			return t.UnixMicro(), nil
		}
		return FromText(f, text)
	case Amount:
		n, currency, err := by.Lang.ParseMoney(text, "")
		if err != nil || currency == "" {
			n, currency, err = by.Lang.ParseMoney(text, by.Currency)
		}
		if err != nil {
			return nil, err
		}
		return Money{n, currency}, nil
	case Choice:
		for _, o := range f.Options {
			if strings.EqualFold(o.Value, text) || strings.EqualFold(o.Label, text) {
				return o.Value, nil
			}
		}
	}
	if f.Format == "country" || f.Format == "currency" {
		return strings.ToUpper(text), nil
	}
	return text, nil
}
