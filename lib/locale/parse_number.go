package locale

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"steward/kernel/fail"
)

// ParseDecimal reads a number typed by a person as an integer scaled by
// 10^scale: with scale 2, "312.000,5" in German is 31200050.
//
// The reader's language decides between point and comma only where both
// readings are possible; "312.000,50" and "312,000.50" are understood by all.
// Spaces and apostrophes group. A number that reads two ways in this language,
// groups that are not of three digits, and more digits after the point than
// scale are refused rather than guessed, since a factor of thousand is at
// stake. Errors are fail.Invalid and say what would be right.
func (l Lang) ParseDecimal(s string, scale int) (int64, error) {
	whole, frac, neg, err := l.split(s)
	if err != nil {
		return 0, err
	}
	if t := strings.TrimRight(frac, "0"); len(frac) > scale {
		if len(t) > scale || len(frac) == 3 { // 312,000: most likely thousands in another country's hand
			if scale == 0 {
				return 0, fail.New(fail.Invalid, "locale.read.whole", "“{text}” must be a whole number.").With("text", quoted(s))
			}
			return 0, fail.New(fail.Invalid, "locale.read.digits", "“{text}” has more than {count} {count|digit|digits} after the decimal sign; write {example}.").With("text", quoted(s)).
				With("count", scale).With("example", l.Decimal(31200050, 2, 2))
		}
		frac = t
	}
	digits := strings.TrimLeft(whole+frac+strings.Repeat("0", scale-len(frac)), "0")
	if digits == "" {
		return 0, nil
	}
	if len(digits) > 18 {
		return 0, fail.New(fail.Invalid, "locale.read.large", "“{text}” is larger than can be kept.").With("text", quoted(s))
	}
	n, _ := strconv.ParseInt(digits, 10, 64)
	if neg {
		n = -n
	}
	return n, nil
}

// ParseInt reads a whole number typed by a person.
func (l Lang) ParseInt(s string) (int64, error) { return l.ParseDecimal(s, 0) }

// ParseFloat reads a measurement typed by a person, by the rules of
// ParseDecimal; a percent sign at the end is ignored.
func (l Lang) ParseFloat(s string) (float64, error) {
	t := strings.TrimSpace(s)
	whole, frac, neg, err := l.split(strings.TrimSuffix(t, "%"))
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(whole+"."+frac+"0", 64)
	if err != nil || math.IsInf(v, 0) {
		return 0, fail.New(fail.Invalid, "locale.read.large", "“{text}” is larger than can be kept.").With("text", quoted(s))
	}
	if neg {
		v = -v
	}
	return v, nil
}

// ParseMoney reads an amount typed by a person, in the smallest unit of its
// currency. A sign or code beside the number ("1.200 €", "EUR 1,200") must be
// of the currency given, and names it when none is given.
func (l Lang) ParseMoney(s, currency string) (minor int64, code string, err error) {
	number, sign := splitSign(s)
	code = currency
	if sign != "" {
		named, ok := l.currencyOf(sign)
		switch {
		case !ok:
			return 0, "", fail.New(fail.Invalid, "locale.read.sign", "“{sign}” is not a currency Steward knows; write a code such as EUR.").With("text", quoted(s)).With("sign", sign)
		case currency != "" && named != currency:
			return 0, "", fail.New(fail.Invalid, "locale.read.currency", "The amount is in {named}, but {currency} is chosen.").With("text", quoted(s)).With("named", named).With("currency", currency)
		}
		code = named
	}
	if code == "" {
		return 0, "", fail.New(fail.Invalid, "locale.read.currency-missing", "Say which currency “{text}” is in, such as EUR.").With("text", quoted(s))
	}
	d, ok := Digits(code)
	if !ok {
		return 0, "", fail.New(fail.Invalid, "locale.read.sign", "“{sign}” is not a currency Steward knows; write a code such as EUR.").With("text", quoted(s)).With("sign", code)
	}
	minor, err = l.ParseDecimal(number, d)
	return minor, code, err
}

// splitSign takes a currency's sign or code from before or behind the number.
func splitSign(s string) (number, sign string) {
	isSign := func(r rune) bool { return unicode.IsLetter(r) || unicode.Is(unicode.Sc, r) }
	s = strings.TrimSpace(s)
	rest := strings.TrimLeft(s, "-+"+minus) // −€5
	neg := s[:len(s)-len(rest)]
	if head := strings.TrimLeftFunc(rest, isSign); head != rest {
		return neg + strings.TrimSpace(head), rest[:len(rest)-len(head)]
	}
	number = strings.TrimRightFunc(s, isSign)
	return strings.TrimSpace(number), s[len(number):]
}

func (l Lang) currencyOf(sign string) (string, bool) {
	up := strings.ToUpper(sign)
	if _, ok := Digits(up); ok {
		return up, true
	}
	for _, t := range []*facts{l.table(), tables[En], tables[De], tables[Sv], tables[Pl], tables[Hu]} {
		for code, s := range t.symbols { // a sign stands once in a language
			if strings.EqualFold(s, sign) {
				return code, true
			}
		}
	}
	return "", false
}

// split reads a number into plain digits before and after the point.
func (l Lang) split(text string) (whole, frac string, neg bool, err error) {
	s := strings.TrimSpace(text)
	for _, sign := range []string{"-", minus, "–"} {
		if t, ok := strings.CutPrefix(s, sign); ok {
			s, neg = strings.TrimSpace(t), true
			break
		}
	}
	if t, ok := strings.CutPrefix(s, "+"); ok && !neg {
		s = strings.TrimSpace(t)
	}
	bad := func() (string, string, bool, error) {
		return "", "", false, fail.New(fail.Invalid, "locale.read.wrong", "“{text}” is not a number; write {example}.").With("text", quoted(text)).With("example", l.Decimal(31200050, 2, 2))
	}
	if s == "" || len(s) > 60 {
		return bad()
	}
	// digits in runs, and the sign before each run but the first
	var runs []string
	var seps []rune
	run := ""
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			run += string(r)
			continue
		case strings.ContainsRune(".,'’_ \u00a0\u202f\u2009", r):
		default:
			return bad()
		}
		if strings.ContainsRune("'’_ \u00a0\u202f\u2009", r) {
			r = ' '
		}
		runs, seps, run = append(runs, run), append(seps, r), ""
	}
	runs = append(runs, run)
	point := rune(l.table().point[0])
	decimal := -1 // index into seps of the decimal sign
	if n := len(seps); n > 0 {
		last := seps[n-1]
		count := strings.Count(string(seps), string(last))
		switch {
		case last == ' ' || count > 1:
		case n > 1: // the last of several signs that stands once
			decimal = n - 1
		case last == point:
			decimal = 0
		case len(runs[1]) != 3 || len(runs[0]) > 3 || strings.TrimLeft(runs[0], "0") == "":
			decimal = 0 // cannot group
		case string(last) == l.table().group:
		default: // neither this language's point nor its group sign: 312.000 in Swedish
			return "", "", false, fail.New(fail.Invalid, "locale.read.two-ways", "“{text}” can be read as {small} or as {large}; write the one you mean.").With("text", quoted(text)).
				With("small", l.Decimal(atoi(runs[0]+runs[1]), 3, 0)).With("large", l.Int(atoi(runs[0]+runs[1])))
		}
	}
	groups := runs
	if decimal >= 0 {
		frac, groups = runs[len(runs)-1], runs[:len(runs)-1]
		if frac == "" && len(groups) == 1 { // "12."
			return bad()
		}
	}
	for i, g := range groups {
		switch {
		case i == 0 && g == "" && len(groups) == 1 && decimal >= 0: // ",5"
		case g == "", i > 0 && len(g) != 3, i == 0 && len(groups) > 1 && len(g) > 3:
			return bad()
		}
		if i > 1 && seps[i-1] != seps[0] || decimal >= 0 && i > 0 && seps[i-1] == seps[decimal] {
			return bad() // one group sign, and not the decimal one
		}
		whole += g
	}
	return whole, frac, neg, nil
}

func atoi(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// quoted shortens what was typed to what a sentence can hold.
func quoted(text string) string {
	if r := []rune(text); len(r) > 40 {
		text = string(r[:40]) + "…"
	}
	return strings.ToValidUTF8(text, "?")
}
