package table

import (
	"fmt"
	"strings"
)

// settle chooses each column's kind from its tally. file says how decimal signs
// are written in doubt.
//
// A type is taken when every value fits it. When nearly every value does, the
// type is taken and the rows that do not fit are kept aside, but only where that
// is surely a mistake and not a code: among dates and decimals up to one in ten,
// among whole numbers only values without any digit in them ('unknown', and not
// 'C536379').
func settle(cols []Column, tallies []tally, delimiter string) {
	var points, commas int64
	var dm, md int64
	for i, t := range tallies {
		if cols[i].native {
			tallies[i].asStored(cols[i].Declared)
			continue
		}
		points, commas = points+t.onlyPoint, commas+t.onlyComma
		if t.orders[1] > t.orders[2] {
			dm++
		} else if t.orders[2] > t.orders[1] {
			md++
		}
	}
	comma := commas > points || commas == points && delimiter == ";"
	dayFirst := dm > md || dm == md && (comma || md == 0)
	for i := range cols {
		if cols[i].Kind == "" {
			tallies[i].settle(&cols[i], comma, dayFirst)
		} else {
			tallies[i].writing(&cols[i], comma, dayFirst)
		}
	}
}

// asStored narrows the tally of a database column: its numbers are written
// with a point by the driver, and what is declared as text stays text even if
// it is all digits.
func (t *tally) asStored(declared string) {
	t.comma, t.onlyComma, t.led = 0, 0, 0
	t.compact, t.serial = 0, 0
	d := strings.ToUpper(declared)
	if strings.Contains(d, "CHAR") || strings.Contains(d, "TEXT") || strings.Contains(d, "CLOB") {
		t.other += t.point
		t.mixed += t.point
		t.point, t.whole = 0, 0
	}
}

func (t *tally) settle(c *Column, comma, dayFirst bool) {
	values := t.rows - t.null - t.nothing
	if values == 0 {
		c.Kind = Text
		if t.rows > 0 {
			c.Note = "no value in any row"
		}
		return
	}
	numbers := max(t.point, t.comma)
	dates := max(t.orders[0], t.orders[1], t.orders[2])
	if t.orders[3] == values { // a month may be a code: only where all are
		dates = values
	}
	if c.exact {
		if t.point == values && t.floats == 0 && int(t.digits)+int(t.fracPoint) <= maxDigits {
			t.numeric(c, false)
			return
		}
		c.Kind, c.Note = Text, fmt.Sprintf("some values have more than %d digits: kept as text, so that none is rounded", maxDigits)
		return
	}
	switch {
	case t.compact == values, t.serial == values && namesDate(c.Name):
		c.Kind = Date
		t.writing(c, false, false)
	case t.led > 0 && t.led*100 >= t.whole && numbers == t.whole: // 0049, 01067: codes
		c.Kind = Text
		c.Note = "numbers with leading zeros: kept as text"
	case t.bools == values, c.native && strings.HasPrefix(strings.ToUpper(c.Declared), "BOOL") && t.whole == values && t.digits <= 1:
		c.Kind = Bool
	case numbers >= dates && t.tolerable(numbers, values, numbers == t.whole):
		t.numeric(c, comma)
	case dates > numbers && t.tolerable(dates, values, false):
		t.dated(c, dayFirst)
	default:
		c.Kind = Text
		if numbers*2 > values && t.other > 0 {
			c.Note = fmt.Sprintf("%d of %d values are numbers, others are not: kept as text; first other: %q in row %d", numbers, values, t.firstOther, t.firstOtherRow)
		}
	}
	if c.Kind != Text && t.other > 0 {
		c.Note = strings.TrimPrefix(c.Note+"; ", "; ") + fmt.Sprintf("%d rows do not fit and are kept aside", values-max(numbers, dates))
	}
}

// namesDate says whether a column's name has the word for a date in it.
func namesDate(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"date", "datum", "dátum", "data ", "fecha"} {
		if strings.Contains(name+" ", word) {
			return true
		}
	}
	return false
}

// tolerable says whether the values that do not fit are few and surely faults.
func (t *tally) tolerable(fit, values int64, whole bool) bool {
	if fit == values {
		return true
	}
	return (values-fit)*10 <= values && (!whole || t.mixed == 0 && values-fit == t.other)
}

func (t *tally) numeric(c *Column, comma bool) {
	c.format.comma = t.comma > t.point || t.comma == t.point && comma
	frac, numbers := t.fracPoint, t.point
	if c.format.comma {
		frac, numbers = t.fracComma, t.comma
	}
	switch {
	case t.floats > 0 || int(t.digits)+int(frac) > maxDigits:
		c.Kind = Float
	case frac == 0:
		c.Kind = Integer
	default:
		c.Kind, c.Scale = Decimal, int(frac)
	}
	if t.comma == t.point && t.whole < numbers {
		c.Note = "the decimal sign is uncertain: every value reads both ways"
	}
	t.writing(c, comma, false)
}

func (t *tally) dated(c *Column, dayFirst bool) {
	c.Kind = Date
	if t.timed > 0 {
		c.Kind = Moment
		if t.zoned == 0 {
			c.Note = "no zone is given: times are taken as they stand"
		} else if t.zoned < t.timed {
			c.Note = "some times have a zone and some have none: the latter are taken as UTC"
		}
	}
	t.writing(c, false, dayFirst)
	if c.format.order == ym {
		c.Note = "months: the first day stands for each"
	}
	if t.orders[1] == t.orders[2] && t.orders[1] > t.orders[0] {
		c.Note = strings.TrimPrefix(c.Note+"; ", "; ") + "day and month are uncertain: every value reads both ways"
	}
}

// writing settles how the cells of a column of known kind are to be read.
func (t *tally) writing(c *Column, comma, dayFirst bool) {
	c.format.comma = t.comma > t.point || t.comma == t.point && comma
	switch c.Kind {
	case Date, Moment:
		o := t.orders
		switch {
		case t.compact > 0 && t.compact == t.whole:
			c.format.order, c.format.days, c.Format = ymd, compact, "yearmonthday"
			return
		case t.serial > 0 && t.serial == t.whole:
			c.format.order, c.format.days, c.Format = ymd, serial, "days as spreadsheets count them"
			return
		case o[3] > max(o[0], o[1], o[2]):
			c.format.order = ym
		case o[0] >= o[1] && o[0] >= o[2]:
			c.format.order = ymd
		case o[1] > o[2] || o[1] == o[2] && dayFirst:
			c.format.order = dmy
		default:
			c.format.order = mdy
		}
		c.Format = c.format.order.String()
	case Decimal, Float, Integer:
		if c.format.comma && t.comma > t.whole {
			c.Format = "decimal comma"
		}
	}
	if c.Kind == Decimal && c.Scale == 0 {
		c.Scale = int(t.fracPoint)
		if c.format.comma {
			c.Scale = int(t.fracComma)
		}
	}
}
