package forecast

import "math"

// origin is a forecast made from an earlier end of the same series.
type origin struct {
	known int     // values it saw
	scale float64 // of its problem
	*run
}

const (
	mostOrigins  = 6
	leastToLearn = 5 // values below which a forecast from the past says nothing
)

// rolling forecasts the series again from up to mostOrigins earlier ends, every
// method estimated anew on what was known then. The earliest leaves the whole
// horizon to compare with, if at least six tenths of the series remain before it.
func rolling(values []float64, m, h int, members []member, chosen etsModel) []origin {
	n := len(values)
	most := min(h, n-max(leastToLearn, (6*n+9)/10))
	var out []origin
	last := 0
	for j := 1; j <= mostOrigins; j++ {
		held := int(math.Round(float64(most*j) / mostOrigins))
		if held <= last {
			continue
		}
		last = held
		p := pose(values[:n-held], m, held)
		p.ets = chosen
		out = append(out, origin{n - held, p.scale, combine(p, members)})
	}
	return out
}
