package table

import (
	"math"
	"strconv"
	"strings"
)

func (c Column) show(x lastValue) string {
	switch c.Kind {
	case Text:
		return x.text
	case Float:
		return strconv.FormatFloat(x.float, 'g', -1, 64)
	}
	return c.Show(x.num)
}

// number6 writes a measured number with up to six digits after the point.
func number6(x float64) string {
	return strconv.FormatFloat(math.Round(x*1e6)/1e6, 'f', -1, 64)
}

// Show writes a value of an integer, decimal, bool, date or moment column.
func (c Column) Show(n int64) string {
	switch c.Kind {
	case Decimal:
		return FormatScaled(n, c.Scale)
	case Date:
		return FormatDate(n)
	case Moment:
		return FormatMoment(n)
	case Bool:
		return strconv.FormatBool(n != 0)
	}
	return strconv.FormatInt(n, 10)
}

// FormatScaled writes n·10^-scale.
func FormatScaled(n int64, scale int) string {
	if scale == 0 {
		return strconv.FormatInt(n, 10)
	}
	neg := n < 0
	u := uint64(n)
	if neg {
		u = -u
	}
	s := strconv.FormatUint(u, 10)
	if len(s) <= scale {
		s = strings.Repeat("0", scale+1-len(s)) + s
	}
	s = s[:len(s)-scale] + "." + s[len(s)-scale:]
	if neg {
		s = "-" + s
	}
	return s
}
