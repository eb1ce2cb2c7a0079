package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func shop(t *testing.T) *Graph {
	t.Helper()
	return must(t, []Node{{ID: "shop", Logical: true}, {ID: "web1"}, {ID: "web2"}, {ID: "db"}, {ID: "power"}, {ID: "pc"}}, []Need{
		{Node: "shop", Of: []string{"web1", "web2"}, AtLeast: 1},
		{Node: "shop", Of: []string{"db"}},
		{Node: "web1", Of: []string{"power"}}, {Node: "web2", Of: []string{"power"}},
		{Node: "pc", Of: []string{"shop"}},
	})
}

func must(t testing.TB, nodes []Node, needs []Need) *Graph {
	t.Helper()
	g, err := New(nodes, needs)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestImpactNamesWhatFailsWhatIsBareAndWhy(t *testing.T) {
	g := shop(t)
	one, err := g.Impact("web1")
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Failed) != 1 || one.Working != 5 {
		t.Errorf("one of two: failed %v, working %d", one.Failed, one.Working)
	}
	if len(one.Degraded) != 1 || one.Degraded[0].ID != "shop" || one.Degraded[0].Spare != 0 {
		t.Errorf("one of two: degraded %+v, want shop with no spare", one.Degraded)
	}
	all, err := g.Impact("power")
	if err != nil {
		t.Fatal(err)
	}
	waves := map[string]int{}
	for _, f := range all.Failed {
		waves[f.ID] = f.Wave
	}
	if fmt.Sprint(waves) != "map[pc:3 power:0 shop:2 web1:1 web2:1]" {
		t.Errorf("waves %v", waves)
	}
	pc := all.Failed[len(all.Failed)-1]
	if got := strings.Join(all.Chain(pc), " "); got != "pc shop web1 power" {
		t.Errorf("chain %q", got)
	}
	if got := all.Failed[3].Sentence(); got != "shop is down because it needs 1 of 2 and only 0 are left: web1, web2 are down." {
		t.Errorf("sentence %q", got)
	}
}

func TestARingStaysUpAndFallsTogether(t *testing.T) {
	g := must(t, nil, []Need{
		{Node: "a", Of: []string{"b"}}, {Node: "b", Of: []string{"c"}}, {Node: "c", Of: []string{"a"}},
		{Node: "d", Of: []string{"a", "x"}, AtLeast: 1},
	})
	none, _ := g.Impact()
	if len(none.Failed) != 0 {
		t.Errorf("nothing failed, yet %v is down", none.Failed)
	}
	b, _ := g.Impact("b")
	if len(b.Failed) != 3 || len(b.Degraded) != 1 {
		t.Errorf("got %+v", b)
	}
	if got := fmt.Sprint(g.Cycles(), g.ColdStart()); got != "[[a b c]] [a b c]" {
		t.Errorf("cycles and cold start: %s", got)
	}
}

func TestWrongInputNamesThePlace(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"needs":[]}`, "nodes: is empty"},
		{`{"nodes":[{"id":"a"},{"id":"a"}]}`, `nodes[1].id: "a" is already the name of nodes[0]`},
		{`{"nodes":[{"id":"a","availability":99.9}]}`, "nodes[0].availability: is 99.9; it is a share of time"},
		{`{"nodes":[{"id":"a"}],"needs":[{"node":"a","of":["b"]}]}`, `needs[0].of[0]: there is no node "b"`},
		{`{"needs":[{"node":"a","of":["b","c"],"at_least":3}]}`, "needs[0].at_least: is 3; it must be 1 to 2"},
		{`{"needs":[{"node":"a","of":["b","b"]}]}`, "needs[0].of[1]: \"b\" is named twice"},
		{`{"nodes":[{"id":"a"}],"failed":["z"]}`, `failed[0]: there is no node "z"`},
		{`{"nodes":[{"id":"a"}],"cut_size":4}`, "cut_size: is 4"},
	} {
		_, err := Command.Prepare(nil)(context.Background(), []byte(c.in))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.in, err, c.want)
		}
	}
}

// random makes a small graph of any shape, cycles and shared parts included.
func random(r *rand.Rand, n int) ([]Node, []Need) {
	nodes := make([]Node, n)
	for i := range nodes {
		nodes[i] = Node{ID: fmt.Sprint("n", i), Logical: r.IntN(5) == 0}
		if !nodes[i].Logical {
			a := r.Float64()
			nodes[i].Availability = &a
		}
	}
	var needs []Need
	for range r.IntN(2 * n) {
		of := r.Perm(n)[:1+r.IntN(min(4, n))]
		need := Need{Node: nodes[r.IntN(n)].ID, AtLeast: 1 + r.IntN(len(of))}
		for _, m := range of {
			need.Of = append(need.Of, nodes[m].ID)
		}
		needs = append(needs, need)
	}
	return nodes, needs
}

// naive computes the state by definition: repeat until nothing more fails.
func naive(nodes []Node, needs []Need, failed uint) uint {
	index := map[string]int{}
	for i, n := range nodes {
		index[n.ID] = i
	}
	for {
		before := failed
		for _, n := range needs {
			left := 0
			for _, m := range n.Of {
				if failed>>index[m]&1 == 0 {
					left++
				}
			}
			if left < n.AtLeast {
				failed |= 1 << index[n.Node]
			}
		}
		if failed == before {
			return failed
		}
	}
}

func TestAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 400 {
		n := 1 + r.IntN(9)
		nodes, needs := random(r, n)
		g := must(t, nodes, needs)
		down := make([]uint, 1<<n)
		for set := range down {
			down[set] = naive(nodes, needs, uint(set))
		}
		set := r.IntN(1 << n)
		var failed []string
		for i := range n {
			if set>>i&1 == 1 {
				failed = append(failed, nodes[i].ID)
			}
		}
		impact, err := g.Impact(failed...)
		if err != nil {
			t.Fatal(err)
		}
		got := uint(0)
		for _, f := range impact.Failed {
			got |= 1 << g.index[f.ID]
			if f.Wave > 0 && f.Cause.Left >= f.Cause.AtLeast {
				t.Fatalf("round %d: %+v gives as cause a need that is met", round, f)
			}
		}
		if got != down[set] {
			t.Fatalf("round %d: impact of %v is %b, want %b", round, failed, got, down[set])
		}
		system := r.IntN(n)
		checkCuts(t, g, nodes, down, system)
		checkAvailability(t, g, nodes, down, system)
		checkDrawing(t, g)
	}
}

func checkCuts(t *testing.T, g *Graph, nodes []Node, down []uint, system int) {
	t.Helper()
	want := []string{}
	isCut := func(set uint) bool { return down[set]>>system&1 == 1 }
	for size := 1; size <= 3; size++ {
		var sets [][]int
		for set := uint(1); set < uint(len(down)); set++ {
			if bits.OnesCount(set) != size || set>>system&1 == 1 || !isCut(set) {
				continue
			}
			minimal, members := true, []int{}
			for i := range nodes {
				if set>>i&1 == 1 {
					minimal = minimal && !nodes[i].Logical
					members = append(members, i)
				}
			}
			for sub := (set - 1) & set; sub > 0; sub = (sub - 1) & set {
				minimal = minimal && !isCut(sub)
			}
			if minimal {
				sets = append(sets, members)
			}
		}
		slices.SortFunc(sets, slices.Compare)
		for _, s := range sets {
			var ids []string
			for _, i := range s {
				ids = append(ids, nodes[i].ID)
			}
			want = append(want, strings.Join(ids, "+"))
		}
	}
	c, err := g.CutSets(context.Background(), nodes[system].ID, 3)
	if err != nil || !c.Complete {
		t.Fatalf("cut sets: %+v, %v", c, err)
	}
	for limit := 1; limit <= 3; limit++ { // bounding, and searching single nodes, change nothing
		f, err := g.cutsUpTo(&budget{ctx: context.Background(), left: maxCutWork}, int32(system), g.below(int32(system)), limit)
		if err != nil {
			t.Fatal(err)
		}
		bounded := []string{}
		for _, list := range f.by {
			for _, c := range list {
				bounded = append(bounded, strings.Join(g.names(c.nodes()), "+"))
			}
		}
		if !slices.Equal(bounded, slices.DeleteFunc(slices.Clone(want), func(s string) bool { return strings.Count(s, "+") >= limit })) {
			t.Fatalf("bounded cut sets of %s up to %d: got %v of %v", nodes[system].ID, limit, bounded, want)
		}
	}
	got, singles := []string{}, []string{}
	for _, s := range c.Sets {
		got = append(got, strings.Join(s, "+"))
		if len(s) == 1 {
			singles = append(singles, s[0])
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("cut sets of %s: got %v, want %v", nodes[system].ID, got, want)
	}
	points, err := g.SinglePoints(context.Background(), nodes[system].ID)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, p := range points {
		ids = append(ids, p.ID)
	}
	if !slices.Equal(ids, singles) {
		t.Fatalf("single points %v, cut sets of one %v", ids, singles)
	}
}

func checkAvailability(t *testing.T, g *Graph, nodes []Node, down []uint, system int) {
	t.Helper()
	want := 0.0
	for set := range down {
		p := 1.0
		for i, n := range nodes {
			q, _ := n.down()
			if set>>i&1 == 0 {
				q = 1 - q
			}
			p *= q
		}
		if down[set]>>system&1 == 0 {
			want += p
		}
	}
	a, err := g.Availability(context.Background(), nodes[system].ID, Simulation{})
	if err != nil || !a.Exact || math.Abs(a.Availability-want) > 1e-12 {
		t.Fatalf("availability %v (%v), want %v", a.Availability, err, want)
	}
	for _, part := range a.Parts { // the gain is what making the part perfect brings
		better := slices.Clone(nodes)
		one := 1.0
		better[g.index[part.ID]].Availability = &one
		g2 := *g
		g2.nodes = better
		b, _ := g2.Availability(context.Background(), nodes[system].ID, Simulation{})
		if math.Abs((b.Availability-a.Availability)*hoursPerYear-part.Gain) > 1e-6 {
			t.Fatalf("gain of %s is %v, making it perfect brings %v", part.ID, part.Gain, (b.Availability-a.Availability)*hoursPerYear)
		}
	}
	var sim Availability
	q := make([]float64, len(nodes))
	for i, n := range nodes {
		q[i], _ = n.down()
	}
	if err := g.simulate(context.Background(), &sim, int32(system), g.below(int32(system)), q, Simulation{Seed: 7, Samples: 6400}); err != nil {
		t.Fatal(err)
	}
	if math.Abs(sim.Availability-want) > 0.04 { // more than six standard deviations
		t.Fatalf("simulated %v, want %v", sim.Availability, want)
	}
}

func checkDrawing(t *testing.T, g *Graph) {
	t.Helper()
	d, err := g.Layout()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]Place{}
	for i, p := range d.Nodes {
		at[p.ID] = p
		for _, o := range d.Nodes[:i] {
			if o.Layer == p.Layer && math.Abs(o.X-p.X) < 0.999 {
				t.Fatalf("%s and %s lie on each other", o.ID, p.ID)
			}
		}
	}
	for _, e := range d.Edges {
		if from, to := at[e.From].Layer, at[e.To].Layer; (to < from) != e.Up || to == from || len(e.Bends) != max(to-from, from-to)-1 {
			t.Fatalf("edge %+v runs from layer %d to %d", e, from, to)
		}
	}
}

func TestSharedPartsAreCountedOnce(t *testing.T) {
	a := func(x float64) *float64 { return &x }
	g := must(t, []Node{{ID: "s", Logical: true}, {ID: "w1", Availability: a(0.99)}, {ID: "w2", Availability: a(0.99)}, {ID: "p", Availability: a(0.9)}}, []Need{
		{Node: "s", Of: []string{"w1", "w2"}, AtLeast: 1}, {Node: "w1", Of: []string{"p"}}, {Node: "w2", Of: []string{"p"}},
	})
	got, err := g.Availability(context.Background(), "s", Simulation{})
	if err != nil {
		t.Fatal(err)
	}
	if want := 0.9 * (1 - 0.01*0.01); math.Abs(got.Availability-want) > 1e-15 {
		t.Errorf("got %v, want %v and not %v", got.Availability, want, 1-math.Pow(1-0.9*0.99, 2))
	}
	if got.Parts[0].ID != "p" {
		t.Errorf("the shared part costs most, got %+v", got.Parts)
	}
}

func TestTooManyCutSetsAreSaidToBeIncomplete(t *testing.T) {
	needs := []Need{{Node: "top", Of: []string{"a", "b", "c"}, AtLeast: 1}}
	for _, side := range []string{"a", "b", "c"} {
		last := side
		for i := range 200 {
			next := fmt.Sprint(side, i)
			needs = append(needs, Need{Node: last, Of: []string{next}})
			last = next
		}
	}
	g := must(t, nil, needs)
	c, err := g.CutSets(context.Background(), "top", 3)
	if err != nil {
		t.Fatal(err)
	}
	if c.Complete || c.CompleteTo != 2 || len(c.Sets) != 0 || c.Note == "" {
		t.Errorf("201³ sets of three cannot be listed; got complete %v to %d, %d sets, note %q", c.Complete, c.CompleteTo, len(c.Sets), c.Note)
	}
}

func TestDrawingsOfTreesHaveNoCrossings(t *testing.T) {
	var needs []Need
	for i := 1; i < 63; i++ {
		needs = append(needs, Need{Node: fmt.Sprint((i - 1) / 2), Of: []string{fmt.Sprint(i)}})
	}
	d, err := must(t, nil, needs).Layout()
	if err != nil || d.Crossings != 0 || d.Layers != 6 {
		t.Errorf("crossings %d, layers %d, %v", d.Crossings, d.Layers, err)
	}
}

func TestTheExampleRuns(t *testing.T) {
	a, err := Command.Prepare(nil)(context.Background(), []byte(Command.Example))
	if err != nil {
		t.Fatal(err)
	}
	out := a.Output.(Output)
	if got := fmt.Sprint(out.Systems[0].SinglePoints); got != "[database power]" {
		t.Errorf("single points %s", got)
	}
	if _, err := json.Marshal(out); err != nil {
		t.Error(err)
	}
}

// estate is a layered graph of n nodes as an organisation has them: chains of
// plain needs and redundant groups, every node needing up to four below it.
func estate(n int) ([]Node, []Need) {
	r := rand.New(rand.NewPCG(3, 4))
	nodes := make([]Node, n)
	var needs []Need
	a := 0.999
	for i := range nodes {
		nodes[i] = Node{ID: fmt.Sprint("n", i), Availability: &a}
		if i < n/10 {
			continue
		}
		for range 1 + r.IntN(2) {
			need := Need{Node: nodes[i].ID, AtLeast: 1}
			low := max(0, i-n/5)
			seen := map[int]bool{}
			for range 1 + r.IntN(2) {
				if m := low + r.IntN(i-low); !seen[m] {
					seen[m] = true
					need.Of = append(need.Of, nodes[m].ID)
				}
			}
			needs = append(needs, need)
		}
	}
	return nodes, needs
}

func BenchmarkImpact100kNodes(b *testing.B) {
	nodes, needs := estate(100_000)
	g := must(b, nodes, needs)
	for b.Loop() {
		if _, err := g.Impact("n0", "n1", "n2"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndex100kNodes(b *testing.B) {
	nodes, needs := estate(100_000)
	for b.Loop() {
		must(b, nodes, needs)
	}
}

func BenchmarkSinglePoints100kNodes(b *testing.B) {
	nodes, needs := estate(100_000)
	g := must(b, nodes, needs)
	for b.Loop() {
		if _, err := g.SinglePoints(context.Background(), g.Tops()...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCutSets5kNodes(b *testing.B) {
	nodes, needs := estate(5_000)
	g := must(b, nodes, needs)
	for b.Loop() {
		c, err := g.CutSets(context.Background(), "n4999", 3)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(c.Sets)), "sets")
		b.ReportMetric(float64(c.CompleteTo), "complete-to")
	}
}

func BenchmarkLayout1kNodes(b *testing.B) {
	nodes, needs := estate(1_000)
	g := must(b, nodes, needs)
	for b.Loop() {
		if _, err := g.Layout(); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzCommand(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte(`{"needs":[{"node":"a","of":["a"]}]}`))
	f.Add([]byte(`{"nodes":[{"id":"a"},{"id":"b"}],"needs":[{"node":"a","of":["b","a"],"at_least":1}],"draw":["a"]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := Command.Prepare(nil)(context.Background(), raw)
		if err != nil {
			return
		}
		if _, err := json.Marshal(a.Output); err != nil {
			t.Error(err)
		}
	})
}

func TestALongRingIsAnsweredAtOnce(t *testing.T) {
	const n = 20_000
	var needs []Need
	for i := range n {
		needs = append(needs, Need{Node: fmt.Sprint(i), Of: []string{fmt.Sprint((i + 1) % n)}})
	}
	needs = append(needs, Need{Node: "top", Of: []string{"0", "spare"}, AtLeast: 1})
	g := must(t, nil, needs)
	c, err := g.CutSets(context.Background(), "7", 1)
	if err != nil || !c.Complete || len(c.Sets) != n-1 {
		t.Errorf("any other node stops the ring: got %d single cuts, complete %v, %v", len(c.Sets), c.Complete, err)
	}
	top, err := g.CutSets(context.Background(), "top", 3)
	if err != nil || top.Complete || top.CompleteTo != 1 || top.Note == "" {
		t.Errorf("more than 5,000 nodes: got complete %v to %d, note %q, %v", top.Complete, top.CompleteTo, top.Note, err)
	}
	half := must(t, nil, append(needs[:2000:2000], Need{Node: "top", Of: []string{"0", "spare"}, AtLeast: 1}))
	if top, _ = half.CutSets(context.Background(), "top", 2); !top.Complete || len(top.Sets) != 2001 {
		t.Errorf("each node of the chain with the spare: got %d, complete %v", len(top.Sets), top.Complete)
	}
}

func TestALargeGroupIsSearchedCompletely(t *testing.T) {
	// 400 hosts in 20 racks on one power line; 360 must run, so three racks, or
	// two racks and a host of another, are too many.
	var needs []Need
	all := Need{Node: "cluster", AtLeast: 360}
	for h := range 400 {
		host := fmt.Sprint("host", h)
		needs = append(needs, Need{Node: host, Of: []string{fmt.Sprint("rack", h/20)}})
		all.Of = append(all.Of, host)
	}
	for r := range 20 {
		needs = append(needs, Need{Node: fmt.Sprint("rack", r), Of: []string{"power"}})
	}
	c, err := must(t, nil, append(needs, all)).CutSets(context.Background(), "cluster", 3)
	triples := 20*19*18/6 + 20*19/2*360
	if err != nil || !c.Complete || !slices.Equal(c.BySize, []int{1, 0, triples}) {
		t.Errorf("got %v, complete %v, %v; want 1, 0, %d", c.BySize, c.Complete, err, triples)
	}
	two := all
	two.AtLeast = 2
	c, err = must(t, nil, append(needs, two)).CutSets(context.Background(), "cluster", 3)
	if err != nil || !c.Complete || !slices.Equal(c.BySize, []int{1, 0, 0}) {
		t.Errorf("2 of 400: got %v, complete %v, %v", c.BySize, c.Complete, err)
	}
}

func TestAvailabilityOfLongSeriesAndLargeGroupsIsExact(t *testing.T) {
	const n, q = 3000, 0.001
	up := 1 - q
	var nodes []Node
	series, spare, one := Need{Node: "series"}, Need{Node: "group", AtLeast: n - 2}, Need{Node: "any", AtLeast: 1}
	for i := range n {
		id := fmt.Sprint(i)
		nodes = append(nodes, Node{ID: id, Availability: &up})
		series.Of, spare.Of, one.Of = append(series.Of, id), append(spare.Of, id), append(one.Of, id)
	}
	nodes = append(nodes, Node{ID: "series", Logical: true}, Node{ID: "group", Logical: true}, Node{ID: "any", Logical: true}, Node{ID: "ring"}, Node{ID: "back"})
	g := must(t, nodes, []Need{series, spare, one, {Node: "ring", Of: []string{"back", "series"}}, {Node: "back", Of: []string{"ring"}}})
	none := math.Pow(up, n)
	for system, want := range map[string]float64{
		"series": none, "ring": none, "any": 1,
		"group": none * (1 + n*q/up + n*(n-1)/2*math.Pow(q/up, 2)),
	} {
		a, err := g.Availability(context.Background(), system, Simulation{})
		if err != nil || !a.Exact || math.Abs(a.Availability-want) > 1e-9 {
			t.Errorf("%s: got %v (exact %v, %v), want %v", system, a.Availability, a.Exact, err, want)
		}
	}
}
