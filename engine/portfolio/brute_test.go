package portfolio

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"sort"
	"testing"
)

// randomInput draws a small input with everything an input may have.
func randomInput(r *rand.Rand) Input {
	var in Input
	periods := 1 + r.IntN(3)
	for k := range periods {
		in.Periods = append(in.Periods, fmt.Sprintf("P%d", k))
	}
	number := func(most int64) Number { return exactly(r.Int64N(most), r.IntN(3)) }
	for k := range r.IntN(3) {
		b := Budget{Name: fmt.Sprintf("B%d", k), Limit: One(number(60))}
		if r.IntN(2) == 0 {
			var each []Number
			for range periods {
				each = append(each, number(40))
			}
			b.Limit = Each(each...)
		}
		in.Budgets = append(in.Budgets, b)
	}
	n := 1 + r.IntN(6)
	id := func(k int) string { return fmt.Sprintf("I%d", k) }
	for k := range n {
		it := Item{ID: id(k), Value: number(30), Uses: map[string]Numbers{}, Category: []string{"", "x", "y"}[r.IntN(3)]}
		for _, b := range in.Budgets {
			if r.IntN(4) == 0 {
				continue
			}
			it.Uses[b.Name] = One(number(30))
			if b.Limit.many && r.IntN(2) == 0 {
				it.Uses[b.Name] = Each(number(20), number(20))
			}
		}
		if r.IntN(2) == 0 {
			for s := range periods {
				if r.IntN(3) > 0 {
					st := Start{Period: in.Periods[s]}
					if r.IntN(2) == 0 {
						st.Value = number(30)
					}
					it.Starts = append(it.Starts, st)
				}
			}
		}
		if o := r.IntN(n); o != k && r.IntN(3) == 0 {
			it.Requires = []string{id(o)}
		}
		if o := r.IntN(n); o != k && r.IntN(4) == 0 {
			it.Excludes = []string{id(o)}
		}
		it.Mandatory = r.IntN(12) == 0
		in.Items = append(in.Items, it)
	}
	if r.IntN(2) == 0 {
		c := Category{}
		count := func() *int { n := r.IntN(3); return &n }
		switch r.IntN(5) {
		case 0:
			c.MinValue = number(30)
		case 1:
			c.MaxShare = exactly(r.Int64N(101), 2)
		case 2:
			c.MinItems = count()
		case 3:
			c.MaxItems = count()
		case 4:
			c.MaxShareOf = map[string]Number{}
			for _, b := range in.Budgets {
				c.MaxShareOf[b.Name] = exactly(r.Int64N(101), 2)
			}
		}
		in.Categories = map[string]Category{"x": c}
	}
	if r.IntN(3) == 0 {
		g := Group{Name: "G", Min: r.IntN(2)}
		for k := range n {
			if r.IntN(2) == 0 {
				g.Items = append(g.Items, id(k))
			}
		}
		if r.IntN(2) == 0 {
			most := g.Min + r.IntN(3)
			g.Max = &most
		} else {
			g.Min = min(g.Min, 1)
		}
		in.Groups = []Group{g}
	}
	return in
}

// everySet lists the values of all sets that keep the rules, best first, by
// trying each with the checker.
func everySet(in Input) []*big.Rat {
	var values []*big.Rat
	var try func(k int, ids []string, starts map[string]string)
	try = func(k int, ids []string, starts map[string]string) {
		if k == len(in.Items) {
			if v, err := checkSet(in, ids, starts); err == nil {
				values = append(values, v)
			}
			return
		}
		it := in.Items[k]
		try(k+1, ids, starts)
		with := append(append([]string(nil), ids...), it.ID)
		if len(it.Starts) == 0 {
			try(k+1, with, starts)
			return
		}
		for _, s := range it.Starts {
			starts[it.ID] = s.Period
			try(k+1, with, starts)
			delete(starts, it.ID)
		}
	}
	try(0, nil, map[string]string{})
	sort.Slice(values, func(a, b int) bool { return values[a].Cmp(values[b]) > 0 })
	return values
}

func TestSolveFindsTheBestAndTheNextBestOfAllSets(t *testing.T) {
	cases := 4000
	if testing.Short() {
		cases = 500
	}
	r := rand.New(rand.NewPCG(7, 7))
	infeasible, refused := 0, 0
	for k := range cases {
		in := randomInput(r)
		out, _, err := Solve(context.Background(), in)
		if err != nil {
			refused++ // a start that would use something after the last period
			continue
		}
		want := everySet(in)
		if len(want) == 0 {
			infeasible++
			if out.Status != "infeasible" || len(out.Conflict) == 0 || out.Minimal == nil || !*out.Minimal {
				t.Fatalf("case %d: nothing keeps the rules, got %+v", k, out)
			}
			continue
		}
		if out.Status != "optimal" || out.Value.Rat().Cmp(want[0]) != 0 {
			t.Fatalf("case %d: got %s %s, want %s\n%+v", k, out.Status, out.Value, want[0].FloatString(3), in)
		}
		for i, alt := range out.NextBest {
			if !alt.Proven || alt.Value.Rat().Cmp(want[i+1]) != 0 {
				t.Fatalf("case %d: next best %d is worth %s, want %s", k, i, alt.Value, want[i+1].FloatString(3))
			}
		}
		if len(out.NextBest) != min(3, len(want)-1) {
			t.Fatalf("case %d: %d next-best sets of %d", k, len(out.NextBest), len(want)-1)
		}
		checkForced(t, k, in, out)
	}
	if infeasible < cases/50 || refused > cases/2 {
		t.Errorf("of %d cases %d are infeasible, %d refused: the cases are lopsided", cases, infeasible, refused)
	}
}

// checkForced holds what having a rejected item would cost against a problem in
// which it is mandatory.
func checkForced(t *testing.T, k int, in Input, out Output) {
	t.Helper()
	none := 0
	for _, r := range out.Rejected[:min(1, len(out.Rejected))] {
		forced := in
		forced.Items = append([]Item(nil), in.Items...)
		for i := range forced.Items {
			if forced.Items[i].ID == r.ID {
				forced.Items[i].Mandatory = true
			}
		}
		forced.NextBest, forced.Swing = &none, Int(0)
		with, _, err := Solve(context.Background(), forced)
		if err != nil {
			t.Fatal(err)
		}
		if with.Status == "infeasible" {
			if r.Forced != nil && r.Forced.AtMost.Given() {
				t.Fatalf("case %d: %q cannot be had, yet a price is given", k, r.ID)
			}
			continue
		}
		loss := difference(out.Value, with.Value)
		if r.Forced == nil || r.Forced.AtLeast.Rat().Cmp(loss.Rat()) > 0 || r.Forced.AtMost.Given() && r.Forced.AtMost.Rat().Cmp(loss.Rat()) < 0 {
			t.Fatalf("case %d: having %q costs %s, got %+v", k, r.ID, loss, r.Forced)
		}
	}
}

func TestMoreBudgetNeverLowersTheOptimum(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	none, compared := 0, 0
	for range 600 {
		in := randomInput(r)
		in.NextBest, in.Swing = &none, Int(0)
		for name, c := range in.Categories {
			c.MaxShareOf = nil
			in.Categories[name] = c
		}
		before, _, err := Solve(context.Background(), in)
		if err != nil || before.Status != "optimal" || len(in.Budgets) == 0 {
			continue
		}
		more := in
		more.Budgets = append([]Budget(nil), in.Budgets...)
		b := &more.Budgets[r.IntN(len(more.Budgets))]
		list := append([]Number(nil), b.Limit.list...)
		k := r.IntN(len(list))
		d, _ := list[k].decimal()
		units, _ := d.scaled(d.places)
		list[k] = exactly(units+1+r.Int64N(20), d.places)
		b.Limit.list = list
		after, _, err := Solve(context.Background(), more)
		if err != nil {
			t.Fatal(err)
		}
		compared++
		if after.Value.Rat().Cmp(before.Value.Rat()) < 0 {
			t.Fatalf("with more of %q the optimum falls from %s to %s", b.Name, before.Value, after.Value)
		}
	}
	if compared < 100 {
		t.Errorf("only %d comparisons", compared)
	}
}

func TestOneMoreUnitAddsWhatTheProblemWithOneMoreUnitIsWorth(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	none, compared := 0, 0
	for range 300 {
		in := randomInput(r)
		in.NextBest, in.Swing = &none, Int(0)
		for name, c := range in.Categories {
			c.MaxShareOf = nil
			in.Categories[name] = c
		}
		before, _, err := Solve(context.Background(), in)
		if err != nil || before.Status != "optimal" {
			continue
		}
		for k, b := range in.Budgets {
			if b.Limit.many {
				continue
			}
			more := in
			more.Budgets = append([]Budget(nil), in.Budgets...)
			one := new(big.Rat).Add(b.Limit.list[0].Rat(), big.NewRat(1, 1))
			more.Budgets[k].Limit = One(Number{one.FloatString(3)})
			after, _, err := Solve(context.Background(), more)
			if err != nil {
				t.Fatal(err)
			}
			compared++
			adds := difference(after.Value, before.Value).Rat()
			if got := before.OneMore[b.Name]; got.AtLeast.Rat().Cmp(adds) != 0 || got.AtMost.Rat().Cmp(adds) != 0 {
				t.Fatalf("one more of %q adds %s, got %+v", b.Name, adds.FloatString(3), got)
			}
		}
	}
	if compared < 50 {
		t.Errorf("only %d comparisons", compared)
	}
}
