package records

import (
	"math"
	"net/mail"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/lib/locale"

	"golang.org/x/text/language"
)

// validate checks every field of the new state by its kind and every new link,
// and returns all problems at once.
func (d *Def) validate(u *Tx, before, after any) error {
	var bad []*fail.Error
	v := reflect.ValueOf(after).Elem()
	var bv reflect.Value
	if before != nil {
		bv = reflect.ValueOf(before).Elem()
	}
	for _, f := range d.Fields {
		val := f.value(v)
		if before != nil && f.value(bv) == val {
			continue // what stands was checked when it was written
		}
		if e := f.problem(val); e != nil {
			bad = append(bad, e)
			continue
		}
		if e, err := d.unlinked(u, f, val); err != nil {
			return err
		} else if e != nil {
			bad = append(bad, e)
		}
	}
	return fail.Join(bad)
}

// unlinked checks that a link leads to a record that the actor may see.
func (d *Def) unlinked(u *Tx, f *Field, val any) (*fail.Error, error) {
	s, _ := val.(string)
	if s == "" || f.Kind != Link && f.Kind != RefKind {
		return nil, nil
	}
	target, id := RegistryOf(u).Pointed(f, val)
	if target == nil || f.Kind == RefKind && !slices.Contains(f.Targets, target.Name) {
		return fail.Named(f.Name, "kernel.records.bad-ref", "This is not a record that can stand here."), nil
	}
	rec, err := target.load(u, id)
	if err != nil {
		return nil, err
	}
	if rec != nil {
		ok, err := target.May(u, access.View, rec)
		if err != nil {
			return nil, err
		}
		if ok {
			return nil, nil
		}
	}
	return fail.Named(f.Name, "kernel.records.no-such-link", "The record chosen here does not exist."), nil
}

// Problem says what is wrong with a value that is to be written; nil if nothing,
// as far as the field alone can tell.
func (f *Field) Problem(val any) *fail.Error {
	if val == nil && !f.Optional && f.Kind != Secret {
		return fail.Named(f.Name, "kernel.records.required", "This must be filled in.")
	}
	return f.problem(val)
}

// problem says what is wrong with a value, or nil.
func (f *Field) problem(val any) *fail.Error {
	if val == nil {
		return nil // only an optional field reads as nil
	}
	switch x := val.(type) {
	case string:
		return f.textProblem(x)
	case int64:
		return f.numberProblem(x)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fail.Named(f.Name, "kernel.records.not-a-number", "This is not a number.")
		}
		if f.Low != nil && x < float64(*f.Low) || f.High != nil && x > float64(*f.High) {
			return f.outOfRange()
		}
	case Money:
		if _, ok := locale.Digits(x.Currency); !ok {
			return fail.Named(f.Name, "kernel.records.currency", "{currency} is not a currency; use a code such as EUR.").With("currency", x.Currency)
		}
		return f.numberProblem(x.Minor)
	}
	return nil
}

func (f *Field) numberProblem(n int64) *fail.Error {
	if f.Kind == Instant {
		if y := Moment(n).Time().Year(); y < 1 || y > 9999 {
			return f.outOfRange()
		}
	}
	low, high := f.Low, f.High
	if low != nil && n < *low || high != nil && n > *high {
		return f.outOfRange()
	}
	return nil
}

func (f *Field) outOfRange() *fail.Error {
	switch {
	case f.Low != nil && f.High != nil:
		return fail.Named(f.Name, "kernel.records.range", "The value must lie between {low} and {high}.").With("low", f.bound(*f.Low)).With("high", f.bound(*f.High))
	case f.Low != nil:
		return fail.Named(f.Name, "kernel.records.at-least", "The value must be at least {low}.").With("low", f.bound(*f.Low))
	}
	return fail.Named(f.Name, "kernel.records.too-far", "The value lies outside what can be stored.")
}

// bound spells a limit of a field; for money and decimals it is in stored units.
func (f *Field) bound(n int64) any {
	if f.Kind == Decimal && f.Scale > 0 {
		return float64(n) / math.Pow10(f.Scale)
	}
	return n
}

func (f *Field) textProblem(s string) *fail.Error {
	switch {
	case s == "":
		return fail.Named(f.Name, "kernel.records.required", "This must be filled in.")
	case !isText(s):
		return fail.Named(f.Name, "kernel.records.not-text", "This contains bytes that are not text.")
	case f.Kind == Text && strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) }):
		return fail.Named(f.Name, "kernel.records.one-line", "This must be one line, without control characters.")
	case f.MaxLen > 0 && utf8.RuneCountInString(s) > f.MaxLen:
		return fail.Named(f.Name, "kernel.records.too-long", "This is longer than {max} characters.").With("max", f.MaxLen)
	case f.Kind == DateKind && !Date(s).Valid():
		return fail.Named(f.Name, "kernel.records.date", "This is not a day that exists; write it as 2026-12-31.")
	case f.Kind == Choice && !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == s }):
		return fail.Named(f.Name, "kernel.records.choice", "{value} is not one of the choices: {choices}.").With("value", s).With("choices", f.choices())
	case f.Kind == Text && strings.TrimSpace(s) != s:
		return fail.Named(f.Name, "kernel.records.trim", "This starts or ends with a space.")
	}
	return f.formatProblem(s)
}

func (f *Field) choices() string {
	var vs []string
	for _, o := range f.Options {
		vs = append(vs, o.Value)
	}
	return strings.Join(vs, ", ")
}

var (
	macForm      = regexp.MustCompile(`^([0-9a-f]{2}:){5}[0-9a-f]{2}$`)
	phoneForm    = regexp.MustCompile(`^\+?[0-9 ()/.-]{3,40}$`)
	languageForm = regexp.MustCompile(`^(en|de|sv|pl|hu)$`)
)

// formatProblem checks a text against the format its field names.
func (f *Field) formatProblem(s string) *fail.Error {
	ok, want := true, ""
	switch f.Format {
	case "":
	case "email":
		a, err := mail.ParseAddress(s)
		ok, want = err == nil && a.Address == s, "name@example.org"
	case "url":
		p, err := url.Parse(s)
		ok, want = err == nil && (p.Scheme == "http" || p.Scheme == "https") && p.Host != "", "https://example.org"
	case "ip":
		_, err := netip.ParseAddr(s)
		ok, want = err == nil, "192.0.2.1"
	case "cidr":
		_, err := netip.ParsePrefix(s)
		ok, want = err == nil, "192.0.2.0/24"
	case "mac":
		ok, want = macForm.MatchString(s), "00:53:00:aa:bb:cc"
	case "country":
		region, err := language.ParseRegion(s)
		ok, want = err == nil && region.IsCountry() && region.Canonicalize().String() == s, "DE"
	case "currency":
		_, ok = locale.Digits(s)
		want = "EUR"
	case "language":
		ok, want = languageForm.MatchString(s), "en, de, sv, pl, hu"
	case "timezone":
		_, err := time.LoadLocation(s)
		ok, want = err == nil && s != "Local", "Europe/Berlin"
	case "phone":
		ok, want = phoneForm.MatchString(s), "+49 30 1234567"
	default:
		panic("records: unknown format " + f.Format)
	}
	if ok {
		return nil
	}
	return fail.Named(f.Name, "kernel.records.format", "{value} does not look right here; write it like {example}.").With("value", s).With("example", want)
}
