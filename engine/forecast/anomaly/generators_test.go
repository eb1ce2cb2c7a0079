package anomaly

import (
	"math"
	"math/rand/v2"
)

// labelled is a series with the moments at which something went wrong.
type labelled struct {
	kind   string
	values []float64
	at     []int
}

// corpus makes series like those of monitored machines and of business counts,
// each with none to four anomalies after the first fifth.
func corpus(seeds int) []labelled {
	var out []labelled
	for seed := range seeds {
		for i, make := range []func(*rand.Rand) labelled{daily, flatDay, load, bursts, travel, counts, temperature, ramp, quiet, tweets, sawtooth, weekly, drifting, flatRuns} {
			out = append(out, make(rand.New(rand.NewPCG(uint64(seed), uint64(i)))))
		}
	}
	return out
}

// moments picks k places apart from each other in the last four fifths.
func moments(r *rand.Rand, n, k int) []int {
	var at []int
	for i := range k {
		part := 7 * n / 10 / k
		at = append(at, n/4+i*part+part/4+r.IntN(part/2))
	}
	return at
}

func heavy(r *rand.Rand) float64 {
	v := r.NormFloat64()
	return v * math.Exp(0.5*r.NormFloat64())
}

// daily has a working-day shape; one day it jumps.
func daily(r *rand.Rand) labelled {
	n, day := 4032, 288
	l := labelled{"daily", make([]float64, n), moments(r, n, 1)}
	for t := range n {
		hour := t % day
		v := 20.0
		if hour > 9*12 && hour < 18*12 {
			v = 80
		}
		if t >= l.at[0] && t < l.at[0]+day/2 {
			v += 60
		}
		l.values[t] = v + 3*heavy(r)
	}
	return l
}

// flatDay lacks its peak on one day.
func flatDay(r *rand.Rand) labelled {
	n, day := 4032, 288
	missed := 7 + r.IntN(5)
	l := labelled{"flat", make([]float64, n), []int{missed*day + 9*12 + 1}}
	for t := range n {
		hour := t % day
		v := 20.0
		if hour > 9*12 && hour < 18*12 && t/day != missed {
			v = 80
		}
		l.values[t] = v + 3*r.NormFloat64()
	}
	return l
}

// load is a processor's: a level with bursts that changes for good.
func load(r *rand.Rand) labelled {
	n := 4032
	l := labelled{"load", make([]float64, n), moments(r, n, 2)}
	level := 30.0
	for t := range n {
		if t == l.at[0] {
			level += 18
		}
		if t == l.at[1] {
			level -= 25
		}
		v := level + 2*heavy(r)
		if r.Float64() < 0.01 {
			v += 12 * r.Float64()
		}
		l.values[t] = v
	}
	return l
}

// bursts is mostly idle with spikes; for a while they come much closer.
func bursts(r *rand.Rand) labelled {
	n := 4032
	l := labelled{"bursts", make([]float64, n), moments(r, n, 2)}
	for t := range n {
		chance, size := 0.01, 1e6
		for _, at := range l.at {
			if t >= at && t < at+40 {
				chance, size = 0.3, 3e6
			}
		}
		l.values[t] = 5e4 * math.Exp(0.3*r.NormFloat64())
		if r.Float64() < chance {
			l.values[t] += size * math.Exp(0.5*r.NormFloat64())
		}
	}
	return l
}

// travel is heavy-tailed; jams last a while.
func travel(r *rand.Rand) labelled {
	n := 2500
	l := labelled{"travel", make([]float64, n), moments(r, n, 3)}
	slow := 0.0
	for t := range n {
		slow = 0.6*slow + 40*math.Abs(heavy(r))
		v := 120 + slow
		for _, at := range l.at {
			if t >= at && t < at+25 {
				v *= 2.5
			}
		}
		l.values[t] = v
	}
	return l
}

// counts are mentions of a company: daily wave, bursts, three storms.
func counts(r *rand.Rand) labelled {
	n, day := 8000, 288
	l := labelled{"counts", make([]float64, n), moments(r, n, 3)}
	echo := 0.0
	for t := range n {
		rate := 12 * (1.2 + math.Sin(2*math.Pi*float64(t)/float64(day)))
		echo *= 0.7
		if r.Float64() < 0.004 {
			echo += 15 * math.Exp(0.6*r.NormFloat64())
		}
		for _, at := range l.at {
			if t == at {
				echo += 250
			}
		}
		rate += echo
		l.values[t] = math.Max(0, math.Round(rate+math.Sqrt(rate)*r.NormFloat64()))
	}
	return l
}

// temperature wanders slowly and falls suddenly.
func temperature(r *rand.Rand) labelled {
	n := 7000
	l := labelled{"temperature", make([]float64, n), moments(r, n, 2)}
	v, drop := 0.0, 0.0
	for t := range n {
		v = 0.995*v + 0.4*r.NormFloat64()
		drop *= 0.99
		for _, at := range l.at {
			if t >= at && t < at+10 {
				drop -= 3
			}
		}
		l.values[t] = 85 + v + drop + 0.3*r.NormFloat64() + 3*math.Sin(2*math.Pi*float64(t)/288)
	}
	return l
}

// ramp is memory that fills and is freed again; once it fills much faster.
func ramp(r *rand.Rand) labelled {
	n := 4032
	l := labelled{"ramp", make([]float64, n), moments(r, n, 1)}
	v := 0.0
	for t := range n {
		v += 0.1 + 0.05*r.NormFloat64()
		if t >= l.at[0] && t < l.at[0]+60 {
			v += 1
		}
		if v > 60 {
			v = 0
		}
		l.values[t] = 20 + v + 0.2*r.NormFloat64()
	}
	return l
}

// quiet has noise and a daily wave and nothing wrong.
func quiet(r *rand.Rand) labelled {
	n := 4032
	l := labelled{"quiet", make([]float64, n), nil}
	for t := range n {
		l.values[t] = 50 + 10*math.Sin(2*math.Pi*float64(t)/288) + 2*heavy(r)
	}
	return l
}

// tweets are counts of very heavy tails with a daily wave and silent nights; storms
// die down over hours.
func tweets(r *rand.Rand) labelled {
	n, day := 15900, 288
	l := labelled{"tweets", make([]float64, n), moments(r, n, 4)}
	storm, echo := 0.0, 0.0
	for t := range n {
		rate := 20 * math.Exp(1.2*math.Sin(2*math.Pi*float64(t)/float64(day))-0.5)
		storm *= 0.985
		for _, at := range l.at {
			if t == at {
				storm = 150 + 400*r.Float64()
			}
		}
		echo *= 0.8
		if r.Float64() < 0.01 {
			echo += 20 * math.Exp(r.NormFloat64())
		}
		rate = (rate + storm + echo) * math.Exp(0.3*r.NormFloat64())
		l.values[t] = math.Max(0, math.Round(rate+math.Sqrt(rate)*r.NormFloat64()))
	}
	return l
}

// sawtooth is a processor with a job of every hour; once the job hangs, once it is
// missing.
func sawtooth(r *rand.Rand) labelled {
	n := 4032
	l := labelled{"sawtooth", make([]float64, n), moments(r, n, 2)}
	for t := range n {
		v := 2.0 + 40*float64(t%12)/12
		if t >= l.at[0] && t < l.at[0]+30 {
			v = 95
		}
		if t >= l.at[1] && t < l.at[1]+48 {
			v = 2
		}
		l.values[t] = math.Max(0, v+1.5*heavy(r))
	}
	return l
}

// weekly is hourly demand with days and weekends; a holiday and an outage.
func weekly(r *rand.Rand) labelled {
	n := 24 * 7 * 30
	l := labelled{"weekly", make([]float64, n), nil}
	holiday := 10 + r.IntN(5)
	outage := (22+r.IntN(5))*168 + 36
	l.at = []int{holiday*168 + 24*2 + 8, outage}
	for t := range n {
		day, hour := t/24%7, t%24
		v := 10000 + 6000*math.Sin(2*math.Pi*float64(hour-9)/24)
		if day >= 5 || t/24 == holiday*7+2 {
			v *= 0.55
		}
		if t >= outage && t < outage+8 {
			v *= 0.2
		}
		l.values[t] = math.Round(v * math.Exp(0.05*heavy(r)))
	}
	return l
}

// drifting climbs slowly without harm, and then much faster.
func drifting(r *rand.Rand) labelled {
	n := 4700
	l := labelled{"drifting", make([]float64, n), moments(r, n, 1)}
	level := 30.0
	for t := range n {
		level += 0.002
		if t >= l.at[0] && t < l.at[0]+100 {
			level += 0.25
		}
		v := level + 0.8*r.NormFloat64()
		if r.Float64() < 0.005 {
			v += 10 * r.Float64()
		}
		l.values[t] = v
	}
	return l
}

// flatRuns is a disk that is silent for long and written in bursts of like size; two
// bursts are several times as large.
func flatRuns(r *rand.Rand) labelled {
	n := 4032
	l := labelled{"flat runs", make([]float64, n), moments(r, n, 2)}
	left, size := 0, 0.0
	for t := range n {
		if left == 0 && r.Float64() < 0.01 {
			left, size = 3+r.IntN(6), 1e6*(1+0.2*r.NormFloat64())
		}
		for _, at := range l.at {
			if t == at {
				left, size = 12, 6e6
			}
		}
		if left > 0 {
			left--
			l.values[t] = math.Round(size * (1 + 0.1*r.NormFloat64()))
		}
	}
	return l
}
