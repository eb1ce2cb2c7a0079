package portfolio

import (
	"fmt"
	"slices"

	"steward/engine/calc"
	"steward/engine/portfolio/knapsack"
)

// option is one way to select an item: in one of its start periods.
type option struct {
	item  int
	start int // index in Periods, -1 when the item has no choice
}

// rule is one rule of the input with the rows that express it.
type rule struct {
	kind  ruleKind
	text  string // as it is named in a conflict
	rows  []int
	items []int // the items it is about, in the order the kind needs
	pool  int   // of kindBudget: index in plan.pools
	money money // of kindCategory: what its coefficients are
}

// money says which estimates the coefficients of a category's rule stand for.
type money int8

const (
	moneyNone money = iota
	moneyValue
	moneyUse
)

type ruleKind int8

const (
	kindBudget ruleKind = iota
	kindOnce            // an item starts once
	kindMandatory
	kindRequires
	kindExcludes
	kindGroup
	kindCategory
)

// pool is one limited amount: a budget, or a budget in one period.
type pool struct {
	name   string
	budget int
	period int // -1 for a budget without periods
	limit  decimal
	places int // decimals its whole numbers stand for
}

// plan is the input as whole numbers, ready to be solved.
type plan struct {
	in      *Input
	index   map[string]int // item by id
	periods map[string]int
	options []option
	of      [][]int // options of each item
	pools   []pool
	use     []map[int]decimal // of each option: pool → amount
	values  []decimal         // of each option
	places  int               // decimals of the values
	problem knapsack.Problem
	rules   []rule
}

// compile checks the input and turns it into whole numbers.
func compile(in *Input) (*plan, error) {
	p := &plan{in: in, index: map[string]int{}, periods: map[string]int{}}
	for _, step := range []func() error{p.readPeriods, p.readBudgets, p.readItems, p.scaleValues, p.addBudgets, p.addLinks, p.addGroups, p.addCategories} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *plan) readPeriods() error {
	for i, name := range p.in.Periods {
		if name == "" {
			return calc.Wrong(fmt.Sprintf("periods[%d]", i), "is empty; give the period a name")
		}
		if _, twice := p.periods[name]; twice {
			return calc.Wrong(fmt.Sprintf("periods[%d]", i), "%q stands there twice", name)
		}
		p.periods[name] = i
	}
	return nil
}

// amount reads a number that must be given and not negative.
func amount(n Number, where string) (decimal, error) {
	if !n.Given() {
		return decimal{}, calc.Wrong(where, "is missing; give a number, 0 or more")
	}
	d, err := n.decimal()
	if err != nil {
		return d, calc.Wrong(where, "%s", err)
	}
	if d.units < 0 {
		return d, calc.Wrong(where, "is %s; it must be 0 or more", n)
	}
	return d, nil
}

// share reads a number from 0 to 1.
func share(n Number, where string) (decimal, error) {
	d, err := amount(n, where)
	if err != nil {
		return d, err
	}
	if one, ok := (decimal{1, 0}).scaled(d.places); !ok || d.units > one {
		return d, calc.Wrong(where, "is %s; a share is from 0 to 1", n)
	}
	if d.places > 6 {
		return d, calc.Wrong(where, "is %s; give a share with at most 6 digits behind the point", n)
	}
	return d, nil
}

func (p *plan) readBudgets() error {
	names := map[string]bool{}
	for i, b := range p.in.Budgets {
		where := fmt.Sprintf("budgets[%d]", i)
		if b.Name == "" {
			return calc.Wrong(where+".name", "is empty; give the budget a name")
		}
		if names[b.Name] {
			return calc.Wrong(where+".name", "there are two budgets %q", b.Name)
		}
		names[b.Name] = true
		if len(b.Limit.list) == 0 && !b.Limit.many {
			return calc.Wrong(where+".limit", "is missing; give a number, 0 or more")
		}
		if b.Limit.many && (len(b.Limit.list) != len(p.in.Periods) || len(p.in.Periods) == 0) {
			return calc.Wrong(where+".limit", "has %d limits for %d periods; give one for each of \"periods\"", len(b.Limit.list), len(p.in.Periods))
		}
		for k, n := range b.Limit.list {
			at, name, period := where+".limit", b.Name, -1
			if b.Limit.many {
				at, name, period = fmt.Sprintf("%s[%d]", at, k), b.Name+" "+p.in.Periods[k], k
				if names[name] {
					return calc.Wrong(where+".name", "%q in the period %s would be called as another budget is", b.Name, p.in.Periods[k])
				}
				names[name] = true
			}
			limit, err := amount(n, at)
			if err != nil {
				return err
			}
			p.pools = append(p.pools, pool{name: name, budget: i, period: period, limit: limit})
		}
	}
	return nil
}

func (p *plan) readItems() error {
	if len(p.in.Items) == 0 {
		return calc.Wrong("items", "is empty; give at least one item")
	}
	const most = 20000
	if len(p.in.Items) > most {
		return calc.Wrong("items", "has %d items; %d at most", len(p.in.Items), most)
	}
	p.of = make([][]int, len(p.in.Items))
	for i := range p.in.Items {
		it := &p.in.Items[i]
		where := fmt.Sprintf("items[%d]", i)
		if it.ID == "" {
			return calc.Wrong(where+".id", "is empty; give the item an id")
		}
		if k, twice := p.index[it.ID]; twice {
			return calc.Wrong(where+".id", "%q is the id of items[%d] already", it.ID, k)
		}
		p.index[it.ID] = i
		if err := p.readOptions(i, where); err != nil {
			return err
		}
	}
	return nil
}

// readOptions reads an item's value and uses for each period it may start in.
func (p *plan) readOptions(i int, where string) error {
	it := &p.in.Items[i]
	for name := range it.Uses {
		if !slices.ContainsFunc(p.in.Budgets, func(b Budget) bool { return b.Name == name }) {
			return calc.Wrong(fmt.Sprintf("%s.uses", where), "%q is not in \"budgets\"", name)
		}
	}
	add := func(value Number, at string, start, choice int) error {
		v, err := amount(value, at)
		if err != nil {
			return err
		}
		uses, err := p.readUses(it, where, start)
		if err != nil {
			return err
		}
		p.of[i] = append(p.of[i], len(p.options))
		p.options = append(p.options, option{i, choice})
		p.values = append(p.values, v)
		p.use = append(p.use, uses)
		return nil
	}
	if len(it.Starts) == 0 {
		return add(it.Value, where+".value", 0, -1)
	}
	seen := map[int]bool{}
	for k, s := range it.Starts {
		at := fmt.Sprintf("%s.starts[%d]", where, k)
		start, known := p.periods[s.Period]
		if !known {
			return calc.Wrong(at+".period", "%q is not in \"periods\"", s.Period)
		}
		if seen[start] {
			return calc.Wrong(at+".period", "%q stands there twice", s.Period)
		}
		seen[start] = true
		value, from := it.Value, where+".value"
		if s.Value.Given() {
			value, from = s.Value, at+".value"
		}
		if err := add(value, from, start, start); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) readUses(it *Item, where string, start int) (map[int]decimal, error) {
	uses := map[int]decimal{}
	for q, pl := range p.pools {
		name := p.in.Budgets[pl.budget].Name
		n, used := it.Uses[name]
		if !used || pl.period > 0 {
			continue // periods are read together at the first
		}
		at := fmt.Sprintf("%s.uses[%q]", where, name)
		if len(n.list) == 0 {
			return nil, calc.Wrong(at, "is empty; give a number, 0 or more")
		}
		if pl.period < 0 && n.many {
			return nil, calc.Wrong(at, "is a list, but the budget has one limit; give one number")
		}
		for k, x := range n.list {
			d, err := amount(x, at)
			if err != nil {
				return nil, err
			}
			if d.units == 0 {
				continue
			}
			if pl.period < 0 {
				uses[q] = d
				continue
			}
			if start+k >= len(p.in.Periods) {
				return nil, calc.Wrong(at, "starting in %s it would use %s after the last period; add a period or leave that start out", p.in.Periods[start], x)
			}
			uses[q+start+k] = d
		}
	}
	return uses, nil
}

// scaleValues brings all values to whole numbers of one unit.
func (p *plan) scaleValues() error {
	for _, v := range p.values {
		p.places = max(p.places, v.places)
	}
	for name, c := range p.in.Categories {
		d, err := c.MinValue.decimal()
		if err != nil {
			return calc.Wrong(fmt.Sprintf("categories[%q].min_value", name), "%s", err)
		}
		p.places = max(p.places, d.places)
	}
	var sum int64
	for o, v := range p.values {
		x, ok := v.scaled(p.places)
		if ok {
			sum += x
		}
		if !ok || sum > knapsack.Largest>>2 {
			return calc.Wrong(fmt.Sprintf("items[%d].value", p.options[o].item), "the values together need more than 15 digits; round them or use a larger unit")
		}
		p.problem.Value = append(p.problem.Value, x)
	}
	return nil
}

// row adds a row and returns its index.
func (p *plan) row(r knapsack.Row) int {
	p.problem.Rows = append(p.problem.Rows, r)
	return len(p.problem.Rows) - 1
}

// addBudgets adds a row for each pool.
func (p *plan) addBudgets() error {
	for q := range p.pools {
		pl := &p.pools[q]
		pl.places = pl.limit.places
		for _, u := range p.use {
			pl.places = max(pl.places, u[q].places)
		}
		limit, ok := pl.limit.scaled(pl.places)
		if !ok {
			limit = knapsack.Largest // more than the uses may add up to
		}
		r := knapsack.Row{Lo: knapsack.NoLo, Hi: limit}
		var sum int64
		for o, u := range p.use {
			d, used := u[q]
			if !used {
				continue
			}
			a, ok := d.scaled(pl.places)
			if ok {
				sum += a
			}
			if !ok || sum > knapsack.Largest>>1 {
				return calc.Wrong(fmt.Sprintf("items[%d].uses[%q]", p.options[o].item, p.in.Budgets[pl.budget].Name), "the uses of this budget together need more than 15 digits; round them or use a larger unit")
			}
			r.Terms = append(r.Terms, knapsack.Term{Item: o, Coef: a})
		}
		p.rules = append(p.rules, rule{kind: kindBudget, text: fmt.Sprintf("budget %q is at most %s", pl.name, exactly(pl.limit.units, pl.limit.places)), rows: []int{p.row(r)}, pool: q})
	}
	return nil
}
