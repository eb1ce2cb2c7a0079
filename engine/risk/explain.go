package risk

import (
	"fmt"
	"sort"
)

// explain says in sentences how the output came about.
func (m *model) explain(out *Output) []string {
	var say []string
	add := func(format string, args ...any) { say = append(say, fmt.Sprintf(format, args...)) }
	add("%d years were drawn from seed %d; the expected loss is exact, %s a year (the drawn years give %s ± %s).", out.Years, out.Seed, amount(out.Now.Expected), amount(out.Now.Simulated), amount(1.96*out.Now.Error))
	add("A year passes without any loss with a probability of %.3g %%.", 100*(1-out.Now.AnyLoss))
	for _, t := range out.Now.Tails {
		add("With %.4g %% confidence a year costs at most %s; the worst %.4g %% of years cost %s on average.", 100*t.Level, amount(t.VaR), 100*(1-t.Level), amount(t.Shortfall))
	}
	order := make([]int, len(out.Events))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return out.Events[order[a]].Expected > out.Events[order[b]].Expected })
	for _, i := range order[:min(10, len(order))] {
		e, c := out.Events[i], out.Matrix.Cells[i]
		add("%q: %.3g times a year at %s each, %s a year, %.1f %% of all; in the 5×5 matrix likelihood %d × impact %d = %d.", e.ID, e.PerYear, amount(e.MeanLoss), amount(e.Expected), 100*e.Share, c.Likelihood, c.Impact, c.Score)
	}
	for _, c := range out.Controls {
		verb := "would take"
		if c.InPlace {
			verb = "takes"
		}
		line := fmt.Sprintf("Control %q %s %s off the expected loss for %s a year: %s net", c.ID, verb, amount(c.Reduces), amount(c.Cost), amount(c.Net))
		if n := len(c.Tails); n > 0 {
			line += fmt.Sprintf("; off the mean of the worst %.4g %% of years it takes %s", 100*(1-c.Tails[n-1].Level), amount(c.Tails[n-1].Shortfall))
		}
		add("%s.", line)
	}
	for _, v := range out.Tolerance {
		word := "is kept"
		if !v.Kept {
			word = "is exceeded"
		}
		add("More than %s in a year: accepted with %.3g %%, actual %.3g %%; the tolerance %s.", amount(v.Loss), 100*v.Probability, 100*v.Actual, word)
	}
	for _, p := range out.Matrix.Misordered {
		add("The 5×5 matrix puts %q above %q, though its expected loss is lower.", p[0], p[1])
	}
	return say
}

func amount(x float64) string {
	if x >= 1e15 || x <= -1e15 {
		return fmt.Sprintf("%.4g", x)
	}
	if x > -10 && x < 10 {
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.0f", x)
}
