package words

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"steward/lib/locale"
)

// Said is a sentence with its arguments that can be kept now and read later, in
// the language of whoever reads it. Arguments are text, numbers, Day, Month, Money,
// time.Time, and further sentences; all of them survive JSON.
type Said struct {
	Key     string `json:"key,omitempty"`
	English string `json:"en,omitempty"`
	Args    Args   `json:"args,omitempty"`
}

// Day is a calendar day as an argument: "2026-12-31".
type Day string

// Month is a calendar month as an argument: "2026-12".
type Month string

// Money is an amount as an argument, in the currency's smallest unit. Whole writes it
// rounded to the currency's unit: an estimate is not known to the cent.
type Money struct {
	Minor    int64
	Currency string
	Whole    bool
}

// With says the word with arguments: pairs of a name and a value.
func (w Word) With(pairs ...any) Said {
	s := Said{Key: w.Key, English: w.English}
	for i := 0; i+1 < len(pairs); i += 2 {
		if s.Args == nil {
			s.Args = Args{}
		}
		s.Args[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return s
}

// Plain is text that is no word of the program, such as a record's title: it is
// the same in every language.
func Plain(text string) Said { return Said{English: "{text}", Args: Args{"text": text}} }

// Zero reports whether nothing is said.
func (s Said) Zero() bool { return s.Key == "" && s.English == "" }

// Speaker finds the words of a language for a key.
type Speaker interface {
	Text(lang locale.Lang, key, english string, args map[string]any) string
}

// In says the sentence in a language.
func (s Said) In(speak Speaker, l locale.Lang) string {
	if s.Zero() {
		return ""
	}
	args := make(Args, len(s.Args))
	for name, v := range s.Args {
		switch v := v.(type) {
		case Said:
			args[name] = v.In(speak, l)
		case Day:
			args[name] = l.Day(string(v), locale.Short)
		case Month:
			args[name] = string(v)
			if t, err := time.Parse("2006-01", string(v)); err == nil {
				args[name] = l.Month(t)
			}
		case Money:
			if args[name] = l.Money(v.Minor, v.Currency); v.Whole {
				args[name] = l.MoneyRound(v.Minor, v.Currency)
			}
		default:
			args[name] = v
		}
	}
	if s.Key == "" {
		return parse(s.English).fill(l, args)
	}
	return speak.Text(l, s.Key, s.English, args)
}

// At returns the sentence with its moments in a zone.
func (s Said) At(zone *time.Location) Said {
	args := make(Args, len(s.Args))
	for name, v := range s.Args {
		switch x := v.(type) {
		case time.Time:
			v = x.In(zone)
		case Said:
			v = x.At(zone)
		}
		args[name] = v
	}
	s.Args = args
	return s
}

type keptSaid struct {
	Key     string                     `json:"key,omitempty"`
	English string                     `json:"en,omitempty"`
	Args    map[string]json.RawMessage `json:"args,omitempty"`
}

// keptArg is an argument that plain JSON would not tell from text or a number.
type keptArg struct {
	Day      *string    `json:"day,omitempty"`
	Month    *string    `json:"month,omitempty"`
	At       *time.Time `json:"at,omitempty"`
	Minor    *int64     `json:"minor,omitempty"`
	Currency string     `json:"currency,omitempty"`
	Whole    bool       `json:"whole,omitempty"`
	Said     *Said      `json:"said,omitempty"`
}

// MarshalJSON keeps the sentence; arguments come in the order of their names.
func (s Said) MarshalJSON() ([]byte, error) {
	k := keptSaid{Key: s.Key, English: s.English}
	for name, v := range s.Args {
		if k.Args == nil {
			k.Args = make(map[string]json.RawMessage, len(s.Args))
		}
		switch x := v.(type) {
		case Day:
			text := string(x)
			v = keptArg{Day: &text}
		case Month:
			text := string(x)
			v = keptArg{Month: &text}
		case Money:
			v = keptArg{Minor: &x.Minor, Currency: x.Currency, Whole: x.Whole}
		case time.Time:
			v = keptArg{At: &x}
		case Said:
			v = keptArg{Said: &x}
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("keep the words %s: argument %s: %w", s.Key, name, err)
		}
		k.Args[name] = raw
	}
	return json.Marshal(k)
}

// UnmarshalJSON reads what MarshalJSON kept.
func (s *Said) UnmarshalJSON(b []byte) error {
	var k keptSaid
	if err := json.Unmarshal(b, &k); err != nil {
		return err
	}
	*s = Said{Key: k.Key, English: k.English}
	for name, raw := range k.Args {
		if s.Args == nil {
			s.Args = make(Args, len(k.Args))
		}
		v, err := restored(raw)
		if err != nil {
			return fmt.Errorf("argument %s of the words %s: %w", name, k.Key, err)
		}
		s.Args[name] = v
	}
	return nil
}

func restored(raw json.RawMessage) (any, error) {
	if bytes.HasPrefix(raw, []byte("{")) {
		var a keptArg
		if err := json.Unmarshal(raw, &a); err != nil {
			return nil, err
		}
		switch {
		case a.Day != nil:
			return Day(*a.Day), nil
		case a.Month != nil:
			return Month(*a.Month), nil
		case a.At != nil:
			return *a.At, nil
		case a.Said != nil:
			return *a.Said, nil
		case a.Minor != nil:
			return Money{*a.Minor, a.Currency, a.Whole}, nil
		}
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if n, ok := v.(json.Number); ok {
		if i, err := n.Int64(); err == nil {
			return i, nil
		}
		return n.Float64()
	}
	return v, nil
}
