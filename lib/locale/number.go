package locale

import (
	"math"
	"strconv"
	"strings"
)

const minus = "\u2212"

// Unknown is how a value that is not known is written. Zero is written "0".
const Unknown = "–"

// Int writes a whole number: 1,234,567 · 1.234.567 · 1 234 567.
func (l Lang) Int(n int64) string { return l.Decimal(n, 0, 0) }

// Number writes v with exactly digits digits after the point, rounded half
// away from zero on its decimal form. Not a number and the infinities are
// Unknown.
func (l Lang) Number(v float64, digits int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Unknown
	}
	return l.text(roundText(v, digits), digits)
}

// Short writes v with at most digits digits after the point, without trailing
// zeros: 12.5, 12.
func (l Lang) Short(v float64, digits int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Unknown
	}
	return l.text(roundText(v, digits), 0)
}

// Decimal writes the number n·10^-scale with all its digits, but no trailing
// zeros beyond the least digits after the point: Decimal(123450, 4, 2) is
// 12.345.
func (l Lang) Decimal(n int64, scale, least int) string {
	s := strconv.FormatInt(n, 10)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	if scale > 0 {
		if pad := scale + 1 - len(s); pad > 0 {
			s = strings.Repeat("0", pad) + s
		}
		s = s[:len(s)-scale] + "." + s[len(s)-scale:]
	}
	if neg {
		s = "-" + s
	}
	return l.text(s, least)
}

// Signed writes v as Number does, with a plus before what is above zero: a
// change, a variance.
func (l Lang) Signed(v float64, digits int) string { return signed(l.Number(v, digits)) }

func signed(s string) string {
	if strings.HasPrefix(s, minus) || s == Unknown || strings.Trim(s, "0.,") == "" {
		return s
	}
	return "+" + s
}

// Percent writes a ratio as a percentage: Percent(0.125, 1) is 12.5% or 12,5 %.
func (l Lang) Percent(ratio float64, digits int) string {
	return l.PercentOf(ratio*100, digits)
}

// PercentOf writes a number that is a percentage already.
func (l Lang) PercentOf(v float64, digits int) string {
	s := l.Number(v, digits)
	if s == Unknown {
		return s
	}
	return s + l.table().percent + "%"
}

// Compact writes a large number short, for axes and tiles: 1.5 k, 6,84 Mio.
// It keeps three significant digits and leaves numbers below 1,000 as Short.
func (l Lang) Compact(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Unknown
	}
	a := math.Abs(v)
	if a < 999.5 {
		return l.Short(v, digitsFor(a))
	}
	unit, i := 1e3, 0
	for i < 3 && a/unit >= 999.5 {
		unit *= 1000
		i++
	}
	return l.Short(v/unit, digitsFor(a/unit)) + nbsp + l.table().thousand[i]
}

// digitsFor gives the digits after the point that leave three significant ones.
func digitsFor(a float64) int {
	switch {
	case a >= 99.95:
		return 0
	case a >= 9.995:
		return 1
	}
	return 2
}

// roundText is v with the given digits, rounded half away from zero as a
// person reads the shortest decimal form of v (1.005 → 1.01).
func roundText(v float64, digits int) string {
	digits = max(digits, 0)
	s := strconv.FormatFloat(v, 'f', -1, 64)
	whole, frac, _ := strings.Cut(s, ".")
	if len(frac) <= digits {
		if digits == 0 {
			return whole
		}
		return whole + "." + frac + strings.Repeat("0", digits-len(frac))
	}
	up := frac[digits] >= '5'
	d := []byte(whole + frac[:digits])
	for i := len(d) - 1; up && i >= 0 && d[i] != '-'; i-- {
		if d[i]++; d[i] <= '9' {
			up = false
		} else {
			d[i] = '0'
		}
	}
	s = string(d)
	if up {
		if t, ok := strings.CutPrefix(s, "-"); ok {
			s = "-1" + t
		} else {
			s = "1" + s
		}
	}
	if digits > 0 {
		s = s[:len(s)-digits] + "." + s[len(s)-digits:]
	}
	return s
}

// text dresses a plain decimal ("-1234.50") in the language's signs, dropping
// trailing zeros beyond the least digits after the point. There is no minus
// before zero.
func (l Lang) text(s string, least int) string {
	t := l.table()
	neg := strings.HasPrefix(s, "-")
	whole, frac, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	for len(frac) > least && strings.HasSuffix(frac, "0") {
		frac = frac[:len(frac)-1]
	}
	var b strings.Builder
	if neg && strings.Trim(whole+frac, "0") != "" {
		b.WriteString(minus)
	}
	grouped := len(whole) >= 3+t.minGroup
	for i := range len(whole) {
		if grouped && i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(t.group)
		}
		b.WriteByte(whole[i])
	}
	if frac != "" {
		b.WriteString(t.point + frac)
	}
	return b.String()
}
