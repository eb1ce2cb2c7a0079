package portfolio

import (
	"fmt"
	"slices"

	"steward/engine/calc"
	"steward/engine/portfolio/knapsack"
)

// terms lists the options of the items with one coefficient.
func (p *plan) terms(coef int64, items ...int) []knapsack.Term {
	var out []knapsack.Term
	for _, i := range items {
		for _, o := range p.of[i] {
			out = append(out, knapsack.Term{Item: o, Coef: coef})
		}
	}
	return out
}

// addLinks adds what items say about themselves and each other.
func (p *plan) addLinks() error {
	excluded := map[[2]int]bool{}
	for i := range p.in.Items {
		it := &p.in.Items[i]
		if len(p.of[i]) > 1 && !it.Mandatory {
			r := knapsack.Row{Terms: p.terms(1, i), Lo: knapsack.NoLo, Hi: 1}
			p.rules = append(p.rules, rule{kind: kindOnce, text: fmt.Sprintf("item %q starts once", it.ID), rows: []int{p.row(r)}, items: []int{i}})
		}
		if it.Mandatory {
			r := knapsack.Row{Terms: p.terms(1, i), Lo: 1, Hi: 1}
			p.rules = append(p.rules, rule{kind: kindMandatory, text: fmt.Sprintf("item %q is mandatory", it.ID), rows: []int{p.row(r)}, items: []int{i}})
		}
		seen := map[int]bool{}
		for k, id := range it.Requires {
			other, err := p.other(i, id, fmt.Sprintf("items[%d].requires[%d]", i, k))
			if err != nil {
				return err
			}
			if seen[other] {
				continue
			}
			seen[other] = true
			p.require(i, other)
		}
		for k, id := range it.Excludes {
			other, err := p.other(i, id, fmt.Sprintf("items[%d].excludes[%d]", i, k))
			if err != nil {
				return err
			}
			pair := [2]int{min(i, other), max(i, other)}
			if excluded[pair] {
				continue
			}
			excluded[pair] = true
			r := knapsack.Row{Terms: p.terms(1, pair[0], pair[1]), Lo: knapsack.NoLo, Hi: 1, Lazy: true}
			p.rules = append(p.rules, rule{kind: kindExcludes, text: fmt.Sprintf("items %q and %q exclude each other", p.in.Items[pair[0]].ID, p.in.Items[pair[1]].ID), rows: []int{p.row(r)}, items: pair[:]})
		}
	}
	return nil
}

func (p *plan) other(i int, id, where string) (int, error) {
	other, known := p.index[id]
	if !known {
		return 0, calc.Wrong(where, "there is no item %q", id)
	}
	if other == i {
		return 0, calc.Wrong(where, "%q names itself", id)
	}
	return other, nil
}

// require lets i be selected only with other and, where both may choose, not
// before it.
func (p *plan) require(i, other int) {
	ru := rule{kind: kindRequires, text: fmt.Sprintf("item %q requires %q", p.in.Items[i].ID, p.in.Items[other].ID), items: []int{i, other}}
	timed := p.options[p.of[i][0]].start >= 0 && p.options[p.of[other][0]].start >= 0
	if !timed {
		ru.rows = append(ru.rows, p.row(knapsack.Row{Terms: append(p.terms(1, i), p.terms(-1, other)...), Lo: knapsack.NoLo, Hi: 0, Lazy: true}))
		p.rules = append(p.rules, ru)
		return
	}
	// For each period: whoever has started by then, its need has started too.
	for t := range p.in.Periods {
		r := knapsack.Row{Lo: knapsack.NoLo, Hi: 0, Lazy: true}
		for _, o := range p.of[i] {
			if p.options[o].start <= t {
				r.Terms = append(r.Terms, knapsack.Term{Item: o, Coef: 1})
			}
		}
		if len(r.Terms) == 0 {
			continue
		}
		for _, o := range p.of[other] {
			if p.options[o].start <= t {
				r.Terms = append(r.Terms, knapsack.Term{Item: o, Coef: -1})
			}
		}
		ru.rows = append(ru.rows, p.row(r))
	}
	p.rules = append(p.rules, ru)
}

func (p *plan) addGroups() error {
	names := map[string]bool{}
	for k, g := range p.in.Groups {
		where := fmt.Sprintf("groups[%d]", k)
		if g.Name == "" {
			return calc.Wrong(where+".name", "is empty; give the group a name")
		}
		if names[g.Name] {
			return calc.Wrong(where+".name", "there are two groups %q", g.Name)
		}
		names[g.Name] = true
		most := 1
		if g.Max != nil {
			most = *g.Max
		}
		if g.Min < 0 || most < 0 || g.Min > most {
			return calc.Wrong(where, "min is %d and max is %d; give 0 ≤ min ≤ max", g.Min, most)
		}
		var items []int
		for j, id := range g.Items {
			i, known := p.index[id]
			at := fmt.Sprintf("%s.items[%d]", where, j)
			if !known {
				return calc.Wrong(at, "there is no item %q", id)
			}
			if slices.Contains(items, i) {
				return calc.Wrong(at, "%q stands there twice", id)
			}
			items = append(items, i)
		}
		r := knapsack.Row{Terms: p.terms(1, items...), Lo: int64(g.Min), Hi: int64(most)}
		p.rules = append(p.rules, rule{kind: kindGroup, text: fmt.Sprintf("of the group %q at least %d and at most %d are selected", g.Name, g.Min, most), rows: []int{p.row(r)}, items: items})
	}
	return nil
}

func (p *plan) addCategories() error {
	for _, name := range sortedKeys(p.in.Categories) {
		c := p.in.Categories[name]
		where := fmt.Sprintf("categories[%q]", name)
		var members []int
		for i, it := range p.in.Items {
			if it.Category == name {
				members = append(members, i)
			}
		}
		add := func(of money, text string, r knapsack.Row) {
			p.rules = append(p.rules, rule{kind: kindCategory, money: of, text: fmt.Sprintf("category %q %s", name, text), rows: []int{p.row(r)}, items: members})
		}
		if c.MinValue.Given() {
			d, err := amount(c.MinValue, where+".min_value")
			if err != nil {
				return err
			}
			least, ok := d.scaled(p.places)
			if !ok {
				least = knapsack.Largest // more than all values together
			}
			if least > 0 {
				add(moneyValue, fmt.Sprintf("is worth at least %s", c.MinValue), knapsack.Row{Terms: p.valued(members, 1, 0), Lo: least, Hi: knapsack.NoHi})
			}
		}
		if c.MaxShare.Given() {
			d, err := share(c.MaxShare, where+".max_share")
			if err != nil {
				return err
			}
			one, _ := (decimal{1, 0}).scaled(d.places)
			// Σ category ≤ share · Σ all, in whole numbers.
			r := knapsack.Row{Terms: p.valued(members, one, d.units), Lo: knapsack.NoLo, Hi: 0}
			if !fits(r) {
				return calc.Wrong(where+".max_share", "is too fine for values of so many digits; round the share or the values")
			}
			if d.units < one {
				add(moneyValue, fmt.Sprintf("is at most %s of the value", c.MaxShare), r)
			}
		}
		if err := p.addCategoryCounts(c, where, members, add); err != nil {
			return err
		}
		if err := p.addCategoryUses(c, where, members, add); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) addCategoryCounts(c Category, where string, members []int, add func(money, string, knapsack.Row)) error {
	if n := c.MinItems; n != nil {
		if *n < 0 {
			return calc.Wrong(where+".min_items", "is %d; it must be 0 or more", *n)
		}
		add(moneyNone, fmt.Sprintf("has at least %d selected", *n), knapsack.Row{Terms: p.terms(1, members...), Lo: int64(*n), Hi: knapsack.NoHi})
	}
	if n := c.MaxItems; n != nil {
		if *n < 0 {
			return calc.Wrong(where+".max_items", "is %d; it must be 0 or more", *n)
		}
		add(moneyNone, fmt.Sprintf("has at most %d selected", *n), knapsack.Row{Terms: p.terms(1, members...), Lo: knapsack.NoLo, Hi: int64(*n)})
	}
	return nil
}

// addCategoryUses limits what a category uses of a budget, in each of its periods.
func (p *plan) addCategoryUses(c Category, where string, members []int, add func(money, string, knapsack.Row)) error {
	for _, budget := range sortedKeys(c.MaxShareOf) {
		at := fmt.Sprintf("%s.max_share_of[%q]", where, budget)
		d, err := share(c.MaxShareOf[budget], at)
		if err != nil {
			return err
		}
		found := false
		for q, pl := range p.pools {
			if p.in.Budgets[pl.budget].Name != budget {
				continue
			}
			found = true
			one, _ := (decimal{1, 0}).scaled(d.places)
			limit, ok := pl.limit.scaled(pl.places)
			if !ok || limit > knapsack.Largest/max(d.units, 1) {
				return calc.Wrong(at, "is too fine for a limit of so many digits; round the share or the limit")
			}
			r := knapsack.Row{Lo: knapsack.NoLo, Hi: d.units * limit}
			for _, i := range members {
				for _, o := range p.of[i] {
					if u, used := p.use[o][q]; used {
						a, _ := u.scaled(pl.places)
						if a > knapsack.Largest/one {
							return calc.Wrong(at, "is too fine for uses of so many digits; round the share or the uses")
						}
						r.Terms = append(r.Terms, knapsack.Term{Item: o, Coef: one * a})
					}
				}
			}
			if !fits(r) {
				return calc.Wrong(at, "is too fine for uses of so many digits; round the share or the uses")
			}
			add(moneyUse, fmt.Sprintf("uses at most %s of %q", c.MaxShareOf[budget], pl.name), r)
		}
		if !found {
			return calc.Wrong(at, "%q is not in \"budgets\"", budget)
		}
	}
	return nil
}

// valued is Σ of: own·value for the members minus all·value for every option.
func (p *plan) valued(members []int, own, all int64) []knapsack.Term {
	in := make([]bool, len(p.in.Items))
	for _, i := range members {
		in[i] = true
	}
	var out []knapsack.Term
	for o, v := range p.problem.Value {
		f := -all
		if in[p.options[o].item] {
			f += own
		}
		if f != 0 && v != 0 {
			if v > knapsack.Largest/max(f, -f) {
				return []knapsack.Term{{Item: o, Coef: knapsack.Largest + 1}} // refused by fits
			}
			out = append(out, knapsack.Term{Item: o, Coef: f * v})
		}
	}
	return out
}

// fits reports whether a row's numbers are small enough for the solver.
func fits(r knapsack.Row) bool {
	var sum int64
	for _, t := range r.Terms {
		a := max(t.Coef, -t.Coef)
		if a > knapsack.Largest || sum+a > knapsack.Largest {
			return false
		}
		sum += a
	}
	return true
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
