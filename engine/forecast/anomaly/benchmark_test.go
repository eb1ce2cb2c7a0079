package anomaly

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// The scoring of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015,
// arXiv:1510.03336), standard profile: each labelled moment is the middle of a
// window, the windows of a file are a tenth of it; the first alarm in a window
// earns the more the earlier it is; a missed window costs 1, a false alarm 0.11,
// less shortly after a window. One threshold serves all files, the best one. 0 is
// a detector without alarms, 100 one that raises each at once.
func numentaScore(files []labelled, scores [][]float64) float64 {
	var thresholds []float64
	for _, s := range scores {
		thresholds = append(thresholds, s...)
	}
	slices.Sort(thresholds)
	thresholds = slices.Compact(thresholds)
	if len(thresholds) > 400 {
		thresholds = thresholds[len(thresholds)-400:]
	}
	windows := 0.0
	for _, f := range files {
		windows += float64(len(f.at))
	}
	best := math.Inf(-1)
	for _, limit := range thresholds {
		raw := 0.0
		for i, f := range files {
			raw += numentaFile(f, scores[i], limit)
		}
		best = max(best, 100*(raw+windows)/(2*windows))
	}
	return best
}

func numentaFile(f labelled, scores []float64, limit float64) float64 {
	n := len(f.values)
	half := 0
	if len(f.at) > 0 {
		half = n / 10 / len(f.at) / 2
	}
	sigmoid := func(y float64) float64 { return 2/(1+math.Exp(5*y)) - 1 }
	found := make([]bool, len(f.at))
	raw := 0.0
	for t := Probation(n); t < n; t++ {
		if scores[t] < limit {
			continue
		}
		inside, last := -1, -1
		for w, at := range f.at {
			if t >= at-half && t <= at+half {
				inside = w
			} else if t > at+half {
				last = w
			}
		}
		switch {
		case inside >= 0 && !found[inside]:
			found[inside] = true
			y := -float64(f.at[inside]+half-t+1) / float64(2*half+1)
			raw += sigmoid(y) / sigmoid(-1)
		case inside >= 0:
		case last >= 0:
			y := float64(t-f.at[last]-half) / float64(2*half)
			if y > 3 {
				raw -= 0.11
			} else {
				raw += 0.11 * sigmoid(y)
			}
		default:
			raw -= 0.11
		}
	}
	for _, ok := range found {
		if !ok {
			raw--
		}
	}
	return raw
}

func scoreAll(files []labelled) [][]float64 {
	out := make([][]float64, len(files))
	for i, f := range files {
		out[i] = Scores(f.values, Probation(len(f.values)))
	}
	return out
}

// regular raises an alarm twenty times a file, whatever its values: what is worth
// anything must do better.
func regular(files []labelled) [][]float64 {
	out := make([][]float64, len(files))
	for i, f := range files {
		out[i] = make([]float64, len(f.values))
		for t := 0; t < len(f.values); t += len(f.values) / 20 {
			out[i][t] = 1
		}
	}
	return out
}

// byKind sorts the files by how they were made; those without anomalies have no
// score of their own.
func byKind(files []labelled) map[string][]labelled {
	out := map[string][]labelled{}
	for _, f := range files {
		if len(f.at) > 0 {
			out[f.kind] = append(out[f.kind], f)
		}
	}
	return out
}

// BenchmarkNumentaScore prints the benchmark's score on generated series, and that
// of regular alarms.
func BenchmarkNumentaScore(b *testing.B) {
	files := corpus(6)
	points := 0
	for _, f := range files {
		points += len(f.values)
	}
	got := 0.0
	for b.Loop() {
		got = numentaScore(files, scoreAll(files))
	}
	b.ReportMetric(got, "score")
	for kind, part := range byKind(files) {
		b.ReportMetric(numentaScore(part, scoreAll(part)), strings.ReplaceAll(kind, " ", "-"))
	}
	b.ReportMetric(numentaScore(files, regular(files)), "regular-alarms")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(points*b.N), "µs/value")
}
