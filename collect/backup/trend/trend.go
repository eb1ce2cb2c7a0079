// Package trend says what size the next backup of a source should have, from the
// sizes of those before: a line through their middle that single outliers do not
// move (Theil 1950, Sen 1968) and a band around it.
package trend

import (
	"math"
	"slices"
	"time"
)

// Point is one backup's moment and size in bytes.
type Point struct {
	At   time.Time
	Size int64
}

// Band is what is expected of a size.
type Band struct {
	Expected int64   `json:"expected"`
	Low      int64   `json:"low"`
	High     int64   `json:"high"`
	PerDay   float64 `json:"per_day" doc:"growth in bytes a day"`
	From     int     `json:"from" doc:"how many earlier backups it stands on"`
}

// window is how many backups before are looked at.
const window = 20

// Expect returns the band for a backup at a moment, from those before it. It is
// false when there are none. The band is four times the middle deviation from
// the line, and at least a quarter of the expected size either way; with fewer
// than three to stand on it is a half to twice the newest.
func Expect(before []Point, at time.Time) (Band, bool) {
	var p []Point
	for _, b := range before {
		if b.At.Before(at) {
			p = append(p, b)
		}
	}
	slices.SortFunc(p, func(a, b Point) int { return a.At.Compare(b.At) })
	p = p[max(0, len(p)-window):]
	if len(p) == 0 {
		return Band{}, false
	}
	if len(p) < 3 {
		newest := p[len(p)-1].Size
		return Band{Expected: newest, Low: newest / 2, High: 2 * newest, From: len(p)}, true
	}
	slope := Slope(p)
	rest := make([]float64, len(p))
	days := func(t time.Time) float64 { return t.Sub(p[0].At).Hours() / 24 }
	for i, b := range p {
		rest[i] = float64(b.Size) - slope*days(b.At)
	}
	base := middle(slices.Clone(rest))
	for i := range rest {
		rest[i] = math.Abs(rest[i] - base)
	}
	// The line is not followed further than the history is long: growth of an
	// hour does not foretell a year.
	ahead := min(days(at), 2*days(p[len(p)-1].At))
	expected := max(base+slope*ahead, 0)
	// 1.4826 makes the middle deviation that of a normal distribution.
	half := max(4*1.4826*middle(rest), expected/4)
	return Band{Expected: int64(expected), Low: int64(max(expected-half, 0)), High: int64(expected + half), PerDay: slope, From: len(p)}, true
}

// Slope is the middle of the slopes between all pairs, in bytes a day; 0 when
// there are no two moments.
func Slope(p []Point) float64 {
	var slopes []float64
	for i := range p {
		for j := i + 1; j < len(p); j++ {
			if d := p[j].At.Sub(p[i].At).Hours() / 24; d != 0 {
				slopes = append(slopes, float64(p[j].Size-p[i].Size)/d)
			}
		}
	}
	if len(slopes) == 0 {
		return 0
	}
	return middle(slopes)
}

func middle(v []float64) float64 {
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}
