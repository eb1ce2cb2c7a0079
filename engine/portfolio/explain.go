package portfolio

import (
	"fmt"
	"strings"
)

// explain says in sentences how the output came about.
func (a *answer) explain(out *Output) []string {
	var say []string
	add := func(format string, args ...any) { say = append(say, fmt.Sprintf(format, args...)) }
	n := len(a.in.Items)
	switch out.Status {
	case "infeasible":
		add("No set of the %d items keeps all rules; that is proven.", n)
		add("These rules cannot be kept together: %s.", strings.Join(out.Conflict, "; "))
		if out.Minimal != nil && *out.Minimal {
			add("Leaving out any one of them would resolve this conflict.")
		}
		return say
	case "unknown":
		add("The time ran out before any set that keeps all rules was found; no set is worth more than %s.", out.Bound)
		return say
	}
	add("%d of %d items are selected, worth %s together.", len(out.Selected), n, out.Value)
	if out.Proven {
		add("No set that keeps the rules is worth more: all others were ruled out by bounds in exact whole-number arithmetic, over %s.", many(out.Nodes, "node of the search tree", "nodes of the search tree"))
	} else {
		add("It is not proven to be the best: no set is worth more than %s, so it is at most %.3g %% short.", out.Bound, *out.Gap*100)
	}
	if out.Timeout {
		add("The time limit was reached; another run may get further or less far.")
	}
	for _, b := range out.Budgets {
		line := fmt.Sprintf("Of %q %s of %s is used, %s is left", b.Name, b.Used, b.Limit, b.Left)
		if p := out.Prices[b.Name]; p > 0 {
			line += fmt.Sprintf("; at the margin one more unit is worth %.6g", p)
		}
		if m, ok := out.OneMore[b.Name]; ok && m.AtLeast == m.AtMost {
			line += fmt.Sprintf("; exactly one more unit would add %s", m.AtLeast)
		}
		add("%s.", line)
	}
	for _, r := range out.Rejected {
		line := fmt.Sprintf("%q is not selected: %s", r.ID, r.Reason)
		if f := r.Forced; f != nil {
			switch {
			case f.AtLeast == f.AtMost:
				line += fmt.Sprintf("; having it would cost %s", f.AtLeast)
			case f.AtMost.Given():
				line += fmt.Sprintf("; having it would cost between %s and %s", f.AtLeast, f.AtMost)
			default:
				line += fmt.Sprintf("; having it would cost at least %s", f.AtLeast)
			}
		}
		add("%s.", line)
	}
	for k, alt := range out.NextBest {
		line := fmt.Sprintf("Set %d is worth %s (%s less)", k+2, alt.Value, alt.Behind)
		if len(alt.Adds) > 0 {
			line += ", with " + quoted(alt.Adds)
		}
		if len(alt.Drops) > 0 {
			line += ", without " + quoted(alt.Drops)
		}
		add("%s.", line)
	}
	if st := out.Stability; st != nil && st.Scenarios > 0 {
		add("With every estimate of value and use off by up to ±%s of itself, the same set is best in %.0f %% of %d scenarios and keeps all rules in %.0f %%.", st.Swing, st.SetKept*100, st.Scenarios, st.Fits*100)
		var loose []string
		for _, it := range st.Items {
			if it.Verdict == "loose" {
				loose = append(loose, it.ID)
			}
		}
		if len(loose) > 0 {
			add("The least certain: %s.", quoted(loose))
		}
	}
	return say
}

func quoted(ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, fmt.Sprintf("%q", id))
	}
	return strings.Join(out, ", ")
}

func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
