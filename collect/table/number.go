package table

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"
)

// number is what a cell looks like as a number. A cell may be a number in both
// ways of writing ("1.234" is 1234 with decimal comma, 1.234 with point).
type number struct {
	point, comma         bool  // reads as a number with decimal point, with decimal comma
	fracPoint, fracComma uint8 // digits after the decimal sign
	digits               uint8 // digits before it, the longer of the two readings
	whole                bool  // digits alone, with a sign at most
	zeroLed              bool  // a whole number with a leading zero: a code, not an amount
	float                bool  // written with an exponent
	dressed              bool  // with currency, percent, brackets
}

// maxDigits fit in an int64 whatever they are.
const maxDigits = 18

// lookNumber says how a trimmed, non-empty cell reads as a number.
func lookNumber(b []byte) (number, bool) {
	if len(b) > 64 {
		return number{}, false
	}
	i := 0
	if b[0] == '-' || b[0] == '+' {
		i++
	}
	first, digits := i, 0
	points, commas, last := 0, 0, -1
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c-'0' <= 9:
			digits++
		case c == '.':
			points++
			last = i
		case c == ',':
			commas++
			last = i
		default:
			return lookDressed(b)
		}
	}
	if digits == 0 || digits > maxDigits && points+commas == 0 {
		return number{}, false
	}
	n := number{digits: uint8(digits), float: digits > maxDigits}
	if points+commas == 0 {
		n.point, n.comma, n.whole = true, true, true
		n.zeroLed = digits > 1 && b[first] == '0'
		return n, true
	}
	body := b[first:]
	frac := uint8(len(b) - 1 - last)
	switch {
	case commas == 0 && points == 1:
		n.point, n.fracPoint = true, frac
		n.comma = grouped(body, '.')
	case points == 0 && commas == 1:
		n.comma, n.fracComma = true, frac
		n.point = grouped(body, ',')
	case commas == 0:
		n.comma = grouped(body, '.')
	case points == 0:
		n.point = grouped(body, ',')
	case points == 1 && b[last] == '.' && grouped(b[first:last], ','):
		n.point, n.fracPoint = true, frac
	case commas == 1 && b[last] == ',' && grouped(b[first:last], '.'):
		n.comma, n.fracComma = true, frac
	}
	n.digits = uint8(digits) - min(frac, uint8(digits))
	if n.point && n.comma {
		n.digits = uint8(digits)
	}
	return n, n.point || n.comma
}

// grouped says whether digits come in groups of three after the first.
func grouped(b []byte, sep byte) bool {
	lead := bytes.IndexByte(b, sep)
	if lead < 1 || lead > 3 || b[0] == '0' {
		return false
	}
	for b = b[lead:]; len(b) > 0; b = b[4:] {
		if len(b) < 4 || b[0] != sep || b[1]-'0' > 9 || b[2]-'0' > 9 || b[3]-'0' > 9 {
			return false
		}
	}
	return true
}

// lookDressed is for what else people write: 1 234,50 €, CHF 1'234.50, (12.00),
// 12-, 3.5 %, 1.2E-5.
func lookDressed(b []byte) (number, bool) {
	if len(b) > 40 {
		return number{}, false
	}
	var room [48]byte
	bare, dressed, ok := undress(b, room[:0])
	if !ok {
		return number{}, false
	}
	if e := bytes.IndexAny(bare, "eE"); e > 0 {
		if dressed || e+1 == len(bare) {
			return number{}, false
		}
		mantissa, ok := lookNumber(bare[:e])
		exp, err := strconv.Atoi(string(bare[e+1:]))
		if !ok || mantissa.dressed || err != nil || exp < -300 || exp > 300 {
			return number{}, false
		}
		mantissa.float, mantissa.whole, mantissa.zeroLed = true, false, false
		return mantissa, true
	}
	if bytes.IndexAny(bare, "eE") == 0 { // a word: nothing was taken off it, looking again would never end
		return number{}, false
	}
	n, ok := lookNumber(bare)
	n.dressed = dressed
	return n, ok
}

// currencies that may stand before or after an amount.
var currencies = []string{"€", "$", "£", "¥", "EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "HUF", "CZK", "zł", "kr", "Ft", "Kč", "%"}

// undress appends to room the cell without currency, percent sign, brackets,
// trailing minus and the spaces or apostrophes between thousands. ok is false
// when something else is in it.
func undress(b, room []byte) (bare []byte, dressed, ok bool) {
	negative := false
	trim := func() { b = bytes.Trim(b, " \u00a0\u202f") }
	trim()
	if n := len(b); n > 2 && b[0] == '(' && b[n-1] == ')' {
		b, negative, dressed = b[1:n-1], true, true
		trim()
	}
	sign := func() {
		if len(b) > 1 && (b[0] == '-' || b[0] == '+') {
			negative = negative != (b[0] == '-')
			b = b[1:]
			trim()
		}
	}
	sign()
	for _, c := range currencies {
		if n := len(c); len(b) > n && string(b[:n]) == c {
			b, dressed = b[n:], true
			break
		} else if len(b) > n && string(b[len(b)-n:]) == c {
			b, dressed = b[:len(b)-n], true
			break
		}
	}
	trim()
	sign()
	if n := len(b); n > 1 && b[n-1] == '-' {
		b, negative, dressed = b[:n-1], !negative, true
	}
	if len(b) == 0 {
		return nil, false, false
	}
	if negative {
		room = append(room, '-')
	}
	run := 0 // digits since the last space
	spaced := false
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		switch {
		case r >= '0' && r <= '9':
			room = append(room, byte(r))
			run++
		case r == '.' || r == ',':
			if spaced && run != 3 {
				return nil, false, false
			}
			spaced, run = false, -1000
			room = append(room, byte(r))
		case r == 'e' || r == 'E' || ((r == '-' || r == '+') && i > 0 && (b[i-1] == 'e' || b[i-1] == 'E')):
			run = -1000
			room = append(room, byte(r))
		case r == ' ' || r == '\u00a0' || r == '\u202f' || r == '\'' || r == '’':
			if run < 1 || run > 3 || spaced && run != 3 {
				return nil, false, false
			}
			spaced, run = true, 0
		default:
			return nil, false, false
		}
		i += size
	}
	if spaced && run != 3 {
		return nil, false, false
	}
	return room, dressed, true
}

// readInt reads a whole number, its thousands separated or not.
func readInt(b []byte, comma bool) (int64, bool) {
	n, ok := readScaled(b, comma, 0)
	return n, ok
}

// readScaled reads a number as a whole count of 10^-scale. It is false when
// the cell has more digits than that, or is no number in this way of writing.
func readScaled(b []byte, comma bool, scale int) (int64, bool) {
	i, neg := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg, i = b[0] == '-', 1
	}
	most := uint64(math.MaxInt64)
	if neg {
		most++
	}
	var v uint64
	frac := -1
	point, group := byte('.'), byte(',')
	if comma {
		point, group = ',', '.'
	}
	start := i
	for ; i < len(b); i++ {
		c := b[i]
		switch {
		case c-'0' <= 9:
			if v >= math.MaxInt64/10 && v > (most-uint64(c-'0'))/10 {
				return 0, false
			}
			v = v*10 + uint64(c-'0')
			if frac >= 0 {
				frac++
			}
		case c == point && frac < 0:
			frac = 0
		case c == group && frac < 0 && i > start:
			// The thousands were seen to be grouped when the column was looked at,
			// but a stream goes on: check this one too.
			end := bytes.IndexByte(b[start:], point)
			if end < 0 {
				end = len(b) - start
			}
			if !grouped(b[start:start+end], group) {
				return 0, false
			}
		default:
			var room [48]byte
			if len(b) > 40 {
				return 0, false
			}
			bare, _, ok := undress(b, room[:0])
			if !ok || len(bare) == len(b) && string(bare) == string(b) {
				return 0, false
			}
			return readScaled(bare, comma, scale)
		}
	}
	if start == len(b) || i == start+1 && frac == 0 {
		return 0, false
	}
	for f := max(frac, 0); f < scale; f++ {
		if v > most/10 {
			return 0, false
		}
		v *= 10
	}
	for f := frac; f > scale; f-- {
		if v%10 != 0 {
			return 0, false
		}
		v /= 10
	}
	if neg {
		return -int64(v), true
	}
	return int64(v), true
}

// readFloat reads any number as a float.
func readFloat(b []byte, comma bool) (float64, bool) {
	var room [48]byte
	if len(b) > 40 {
		return 0, false
	}
	bare, _, ok := undress(b, room[:0])
	if !ok {
		return 0, false
	}
	out := bare[:0]
	for _, c := range bare {
		switch {
		case comma && c == ',', !comma && c == '.':
			out = append(out, '.')
		case c == ',' || c == '.':
		default:
			out = append(out, c)
		}
	}
	f, err := strconv.ParseFloat(string(out), 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}
