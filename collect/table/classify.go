package table

import (
	"bytes"
)

// tally counts what the cells of a column look like.
type tally struct {
	rows, null    int64 // null: no cell, or an empty one
	nothing       int64 // words for nothing: NULL, n/a
	point, comma  int64 // readable as numbers with decimal point, with decimal comma
	whole, led    int64 // digits only; of these with a leading zero
	floats        int64
	orders        [4]int64 // readable as dates in each order
	compact       int64    // whole numbers that read as 20240531
	serial        int64    // whole numbers that may be days as spreadsheets count them
	timed, zoned  int64
	bools         int64
	other, mixed  int64 // neither; of these with digits in them
	onlyPoint     int64 // numbers that read one way alone
	onlyComma     int64
	fracPoint     uint8
	fracComma     uint8
	digits        uint8
	firstOther    string
	firstOtherRow int64
}

// add looks at one cell; nil is null.
func (t *tally) add(b []byte, row int64) {
	t.rows++
	b = trim(b)
	if len(b) == 0 {
		t.null++
		return
	}
	c := b[0]
	if startsNumber(b) {
		datelike := len(b) > 5 && c-'0' <= 9 && (b[1] == '-' || b[2] == '-' || b[4] == '-' || b[1] == '/' || b[2] == '/' || b[4] == '/')
		if datelike { // cheaper to ask first, and no number looks so
			if d, ok := lookDate(b); ok {
				t.date(d)
				return
			}
		}
		if n, ok := lookNumber(b); ok {
			t.number(n)
			if n.whole && c-'0' <= 9 && (len(b) == 8 || len(b) == 5) {
				t.countedDay(b)
			}
			return
		}
		if d, ok := lookDate(b); ok && !datelike {
			t.date(d)
			return
		}
	}
	if end := b[len(b)-1]; len(b) >= 6 && len(b) <= 40 && c > '9' && c < 0x80 && (end-'0' <= 9 || end == '.' || end|32 == 'm') {
		if d, ok := wordDate(b); ok {
			t.date(d)
			return
		}
	}
	if len(b) <= 5 {
		if _, ok := lookBool(b); ok {
			t.bools++
			return
		}
		if isNothing(b) {
			t.nothing++
			return
		}
	}
	t.other++
	if bytes.ContainsAny(b, "0123456789") {
		t.mixed++
	}
	if t.firstOther == "" {
		t.firstOther, t.firstOtherRow = string(b[:min(len(b), 60)]), row
	}
}

// startsNumber says whether a cell may be a number or a date by its first bytes.
func startsNumber(b []byte) bool {
	switch c := b[0]; {
	case c-'0' <= 9, c == '-', c == '+', c == '.', c == ',', c == '(', c == '$', c >= 0x80:
		return true
	case len(b) > 3 && b[len(b)-1]-'0' <= 9:
		for _, name := range currencies {
			if name[0] == c && len(b) > len(name) && string(b[:len(name)]) == name {
				return true
			}
		}
	}
	return false
}

func (t *tally) number(n number) {
	if n.whole {
		t.whole++
		if n.zeroLed {
			t.led++
		}
	}
	if n.float {
		t.floats++
	}
	if n.point {
		t.point++
		t.fracPoint = max(t.fracPoint, n.fracPoint)
		if !n.comma {
			t.onlyPoint++
		}
	}
	if n.comma {
		t.comma++
		t.fracComma = max(t.fracComma, n.fracComma)
		if !n.point {
			t.onlyComma++
		}
	}
	t.digits = max(t.digits, n.digits)
}

func (t *tally) countedDay(b []byte) {
	if _, ok := compactDate(b); ok {
		t.compact++
	} else if _, ok := serialDate(b); ok {
		t.serial++
	}
}

func (t *tally) date(d day) {
	for i := range t.orders {
		if d.orders&(1<<i) != 0 {
			t.orders[i]++
		}
	}
	if d.timed {
		t.timed++
	}
	if d.zoned {
		t.zoned++
	}
}

func trim(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// isNothing knows the words that stand for no value in a column of numbers or
// dates. In a column of text they are text: NA is a country.
func isNothing(b []byte) bool {
	switch string(b) {
	case "NULL", "null", "Null", "N/A", "n/a", "NA", "na", "NaN", "nan", "\\N", "-", "–", "—", "--", "None", "none", "nil", "#N/A", "?", "k.A.", "n.a.":
		return true
	}
	return false
}

func lookBool(b []byte) (value, ok bool) {
	var low [8]byte
	if len(b) > len(low) {
		return false, false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c |= 32
		}
		low[i] = c
	}
	switch string(low[:len(b)]) {
	case "true", "t", "yes", "y", "ja", "wahr", "tak", "igen", "on":
		return true, true
	case "false", "f", "no", "n", "nein", "nej", "nie", "nem", "off":
		return false, true
	}
	return false, false
}
