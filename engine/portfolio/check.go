package portfolio

import (
	"fmt"
	"math/big"
	"slices"
)

// Check holds an output against the input it answers: every set in it keeps every
// rule, every sum is right, and what it says of bound, gap and proof agrees with
// itself. It works on the input's own numbers as fractions and shares nothing with
// the search. It cannot tell whether the bound is true; the search proves that.
func Check(in Input, out Output) error {
	switch out.Status {
	case "infeasible":
		if !out.Proven || out.Value.Given() || len(out.Selected) > 0 {
			return fmt.Errorf("an infeasible answer has a choice, or is not proven")
		}
		return nil
	case "unknown":
		if out.Proven || out.Value.Given() || len(out.Selected) > 0 {
			return fmt.Errorf("an answer without a choice has a value or claims proof")
		}
		return nil
	case "optimal", "feasible":
	default:
		return fmt.Errorf("the status %q is unknown", out.Status)
	}
	value, err := checkSet(in, out.Selected, out.Starts)
	if err != nil {
		return fmt.Errorf("selected: %w", err)
	}
	if value.Cmp(out.Value.Rat()) != 0 {
		return fmt.Errorf("the value is %s, the selected items add up to %s", out.Value, value.FloatString(12))
	}
	if out.Bound.Rat().Cmp(value) < 0 {
		return fmt.Errorf("the bound %s is below the value %s", out.Bound, out.Value)
	}
	tight := out.Bound.Rat().Cmp(value) == 0
	if out.Proven != tight || out.Proven != (out.Status == "optimal") || out.Gap == nil || (*out.Gap == 0) != tight {
		return fmt.Errorf("status %q, proven %v, value %s and bound %s do not agree", out.Status, out.Proven, out.Value, out.Bound)
	}
	if err := checkPartition(in, out); err != nil {
		return err
	}
	return checkAlternatives(in, out)
}

// checkPartition: each item is selected or rejected, never both.
func checkPartition(in Input, out Output) error {
	seen := map[string]bool{}
	for _, id := range out.Selected {
		seen[id] = true
	}
	for _, r := range out.Rejected {
		if seen[r.ID] || r.Reason == "" {
			return fmt.Errorf("rejected: %q is selected too, or has no reason", r.ID)
		}
		seen[r.ID] = true
	}
	if len(seen) != len(in.Items) {
		return fmt.Errorf("%d of %d items are selected or rejected", len(seen), len(in.Items))
	}
	return nil
}

func checkAlternatives(in Input, out Output) error {
	sets := []string{key(out.Selected, out.Starts)}
	for k, alt := range out.NextBest {
		value, err := checkSet(in, alt.Selected, alt.Starts)
		if err != nil {
			return fmt.Errorf("next_best[%d]: %w", k, err)
		}
		if value.Cmp(alt.Value.Rat()) != 0 {
			return fmt.Errorf("next_best[%d]: the value is %s, the items add up to %s", k, alt.Value, value.FloatString(12))
		}
		if out.Proven && value.Cmp(out.Value.Rat()) > 0 {
			return fmt.Errorf("next_best[%d]: is worth more than the proven best", k)
		}
		behind := new(big.Rat).Sub(out.Value.Rat(), value)
		if behind.Cmp(alt.Behind.Rat()) != 0 {
			return fmt.Errorf("next_best[%d]: is %s behind, not %s", k, behind.FloatString(12), alt.Behind)
		}
		set := key(alt.Selected, alt.Starts)
		if slices.Contains(sets, set) {
			return fmt.Errorf("next_best[%d]: is a set listed before", k)
		}
		sets = append(sets, set)
	}
	return nil
}

func key(ids []string, starts map[string]string) string {
	s := ""
	for _, id := range ids {
		s += fmt.Sprintf("%q@%q,", id, starts[id])
	}
	return s
}

// checkSet adds up a set and holds every rule of the input against it.
func checkSet(in Input, ids []string, starts map[string]string) (*big.Rat, error) {
	c := &checker{in: in, selected: map[string]bool{}, start: map[string]int{}, value: new(big.Rat), used: map[string]*big.Rat{}}
	known := map[string]bool{}
	for _, it := range in.Items {
		known[it.ID] = true
	}
	for _, id := range ids {
		if !known[id] || c.selected[id] {
			return nil, fmt.Errorf("%q is no item, or stands there twice", id)
		}
		c.selected[id] = true
	}
	for _, rule := range []func(map[string]string) error{c.addUp, c.budgets, c.links, c.groups, c.categories} {
		if err := rule(starts); err != nil {
			return nil, err
		}
	}
	return c.value, nil
}

type checker struct {
	in       Input
	selected map[string]bool
	start    map[string]int // period of items with a choice
	value    *big.Rat
	used     map[string]*big.Rat // by budget and period
	worth    map[string]*big.Rat // by item
}

func cell(budget string, period int) string { return fmt.Sprintf("%d %s", period, budget) }

func (c *checker) addUp(starts map[string]string) error {
	c.worth = map[string]*big.Rat{}
	for _, it := range c.in.Items {
		if !c.selected[it.ID] {
			continue
		}
		worth, begin := it.Value, 0
		if len(it.Starts) > 0 {
			k := slices.IndexFunc(it.Starts, func(s Start) bool { return s.Period == starts[it.ID] })
			if k < 0 {
				return fmt.Errorf("item %q starts in %q, which it may not", it.ID, starts[it.ID])
			}
			begin = slices.Index(c.in.Periods, starts[it.ID])
			c.start[it.ID] = begin
			if it.Starts[k].Value.Given() {
				worth = it.Starts[k].Value
			}
		}
		c.worth[it.ID] = worth.Rat()
		c.value.Add(c.value, worth.Rat())
		for budget, amounts := range it.Uses {
			for k, n := range amounts.list {
				at := cell(budget, -1)
				if c.perPeriod(budget) {
					at = cell(budget, begin+k)
				}
				if c.used[at] == nil {
					c.used[at] = new(big.Rat)
				}
				c.used[at].Add(c.used[at], n.Rat())
			}
		}
	}
	return nil
}

func (c *checker) perPeriod(budget string) bool {
	for _, b := range c.in.Budgets {
		if b.Name == budget {
			return b.Limit.many
		}
	}
	return false
}

func (c *checker) budgets(map[string]string) error {
	for _, b := range c.in.Budgets {
		for k, limit := range b.Limit.list {
			at := cell(b.Name, -1)
			if b.Limit.many {
				at = cell(b.Name, k)
			}
			if u := c.used[at]; u != nil && u.Cmp(limit.Rat()) > 0 {
				return fmt.Errorf("budget %q: %s is used of %s", b.Name, u.FloatString(12), limit)
			}
		}
	}
	return nil
}

func (c *checker) links(map[string]string) error {
	for _, it := range c.in.Items {
		if !c.selected[it.ID] {
			if it.Mandatory {
				return fmt.Errorf("item %q is mandatory and not selected", it.ID)
			}
			continue
		}
		for _, id := range it.Excludes {
			if c.selected[id] {
				return fmt.Errorf("items %q and %q exclude each other", it.ID, id)
			}
		}
		for _, id := range it.Requires {
			if !c.selected[id] {
				return fmt.Errorf("item %q requires %q", it.ID, id)
			}
			mine, timed := c.start[it.ID]
			theirs, both := c.start[id]
			if timed && both && theirs > mine {
				return fmt.Errorf("item %q requires %q, which starts later", it.ID, id)
			}
		}
	}
	return nil
}

func (c *checker) groups(map[string]string) error {
	for _, g := range c.in.Groups {
		n, most := 0, 1
		if g.Max != nil {
			most = *g.Max
		}
		for _, id := range g.Items {
			if c.selected[id] {
				n++
			}
		}
		if n < g.Min || n > most {
			return fmt.Errorf("group %q has %d selected", g.Name, n)
		}
	}
	return nil
}

func (c *checker) categories(map[string]string) error {
	for name, rule := range c.in.Categories {
		sum, n := new(big.Rat), 0
		used := map[string]*big.Rat{}
		for _, it := range c.in.Items {
			if it.Category != name || !c.selected[it.ID] {
				continue
			}
			n++
			sum.Add(sum, c.worth[it.ID])
			for budget, amounts := range it.Uses {
				for k, x := range amounts.list {
					at := cell(budget, -1)
					if c.perPeriod(budget) {
						at = cell(budget, c.start[it.ID]+k)
					}
					if used[at] == nil {
						used[at] = new(big.Rat)
					}
					used[at].Add(used[at], x.Rat())
				}
			}
		}
		if sum.Cmp(rule.MinValue.Rat()) < 0 {
			return fmt.Errorf("category %q is worth %s, less than %s", name, sum.FloatString(12), rule.MinValue)
		}
		if rule.MaxShare.Given() && sum.Cmp(new(big.Rat).Mul(c.value, rule.MaxShare.Rat())) > 0 {
			return fmt.Errorf("category %q is worth %s of %s, more than the share %s", name, sum.FloatString(12), c.value.FloatString(12), rule.MaxShare)
		}
		if rule.MinItems != nil && n < *rule.MinItems || rule.MaxItems != nil && n > *rule.MaxItems {
			return fmt.Errorf("category %q has %d selected", name, n)
		}
		for _, b := range c.in.Budgets {
			part, limited := rule.MaxShareOf[b.Name]
			for k, limit := range b.Limit.list {
				at := cell(b.Name, -1)
				if b.Limit.many {
					at = cell(b.Name, k)
				}
				if u := used[at]; limited && u != nil && u.Cmp(new(big.Rat).Mul(limit.Rat(), part.Rat())) > 0 {
					return fmt.Errorf("category %q uses %s of budget %q", name, u.FloatString(12), b.Name)
				}
			}
		}
	}
	return nil
}
