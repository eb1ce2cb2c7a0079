// Package graph answers what depends on what: what a set of failures brings
// down and why, what only loses its redundancy, which single parts and which
// small sets of parts stop a system, how available it is, and where to draw
// its nodes.
//
// # Meaning
//
// A node works when it has not failed itself and every one of its needs is
// met. A need names a group of n nodes and is met while at least k of them
// work: a plain need is 1 of 1, 'all of them' is n of n, a pair in which
// either will do is 1 of 2. Failure is monotone: more failures never bring
// anything back.
//
// Cycles are allowed. A state is the smallest set of failed nodes that the
// given failures force, so a ring of nodes that need each other works as long
// as nothing outside or inside it fails, and goes down as a whole where the
// needs are plain. That answers 'what stops if this fails while everything
// runs'. It does not say that the ring could be started from black: such nodes
// are reported apart, see Graph.ColdStart.
package graph

import (
	"strconv"
	"sync"

	"steward/engine/calc"
)

// Limits that keep one input from exhausting memory.
const (
	MaxNodes   = 1_000_000
	MaxMembers = 8_000_000 // members of all needs together
)

// Node is one part: a machine, a service, a site, a person on call.
type Node struct {
	ID string `json:"id" doc:"names the node in needs, failed and systems"`
	// Logical marks a node that cannot fail by itself, such as a business
	// service that is only the sum of what it needs. It is in no cut set.
	Logical bool `json:"logical,omitempty" doc:"true: cannot fail by itself, only through what it needs"`
	// Availability is the share of time the node itself works, 0 to 1, its
	// needs aside. Alternatively MTBF and MTTR are given. Without either the
	// node is taken to never fail and is named in what is assumed.
	Availability *float64 `json:"availability,omitempty" doc:"share of time the node itself works (0 to 1), what it needs aside"`
	MTBF         *float64 `json:"mtbf_hours,omitempty" doc:"mean operating time between failures in hours; with mttr_hours gives mtbf/(mtbf+mttr)"`
	MTTR         *float64 `json:"mttr_hours,omitempty" doc:"mean time to repair in hours"`
}

// Need says that Node works only while at least AtLeast of Of work.
type Need struct {
	Node    string   `json:"node" doc:"the node that needs something"`
	Of      []string `json:"of" doc:"the nodes it needs, each once"`
	AtLeast int      `json:"at_least,omitempty" doc:"how many of them must work; left out: all of them"`
}

// Graph is nodes and needs, checked and indexed. It does not change after New
// and may be used by several goroutines at once.
type Graph struct {
	nodes []Node
	index map[string]int32

	// Group g belongs to node owner[g], needs k[g] of members[start[g]:start[g+1]].
	owner   []int32
	k       []int32
	start   []int32
	members []int32

	// Groups of node v: groups[groupsAt[v]:groupsAt[v+1]].
	groupsAt, groups []int32
	// Groups that v is a member of: uses[usesAt[v]:usesAt[v+1]].
	usesAt, uses []int32

	order []int32 // components of the graph, what is needed before what needs it
	comp  []int32 // start of each component in order
	alone []bool  // by component: one node that does not need itself
	// together[v] is the first of the nodes that can only fall together with v,
	// because they need each other without an alternative; v itself without any.
	together []int32

	idle *sync.Pool // of *state
}

// New checks nodes and needs and indexes them. With no nodes at all they are
// taken from the needs, in the order they appear there.
func New(nodes []Node, needs []Need) (*Graph, error) {
	g := &Graph{idle: &sync.Pool{}}
	if err := g.addNodes(nodes, needs); err != nil {
		return nil, err
	}
	if err := g.addNeeds(needs); err != nil {
		return nil, err
	}
	g.groupsAt, g.groups = bucket(len(g.nodes), len(g.owner), func(i int) int32 { return g.owner[i] }, func(i int) int32 { return int32(i) })
	groupOf := make([]int32, len(g.members))
	for i := range g.owner {
		for j := g.start[i]; j < g.start[i+1]; j++ {
			groupOf[j] = int32(i)
		}
	}
	g.usesAt, g.uses = bucket(len(g.nodes), len(g.members), func(i int) int32 { return g.members[i] }, func(i int) int32 { return groupOf[i] })
	g.findComponents()
	return g, nil
}

// bucket lists value(i) under key(i) for i < n, in compressed rows.
func bucket(keys, n int, key, value func(int) int32) (at, list []int32) {
	at = make([]int32, keys+1)
	for i := range n {
		at[key(i)+1]++
	}
	for v := range keys {
		at[v+1] += at[v]
	}
	next := append([]int32(nil), at[:keys]...)
	list = make([]int32, n)
	for i := range n {
		list[next[key(i)]] = value(i)
		next[key(i)]++
	}
	return at, list
}

func (g *Graph) addNodes(nodes []Node, needs []Need) error {
	if len(nodes) == 0 {
		seen := map[string]bool{}
		add := func(id string) {
			if !seen[id] {
				seen[id] = true
				nodes = append(nodes, Node{ID: id})
			}
		}
		for _, n := range needs {
			add(n.Node)
			for _, m := range n.Of {
				add(m)
			}
		}
	}
	if len(nodes) == 0 {
		return calc.Wrong("nodes", "is empty; give at least one node or one need")
	}
	if len(nodes) > MaxNodes {
		return calc.Wrong("nodes", "has %d nodes; %d are the most", len(nodes), MaxNodes)
	}
	g.nodes = nodes
	g.index = make(map[string]int32, len(nodes))
	for i, n := range nodes {
		where := at("nodes", i)
		if n.ID == "" {
			return calc.Wrong(where+".id", "is empty; every node needs a name")
		}
		if j, twice := g.index[n.ID]; twice {
			return calc.Wrong(where+".id", "%q is already the name of nodes[%d]", n.ID, j)
		}
		g.index[n.ID] = int32(i)
		if err := n.check(where); err != nil {
			return err
		}
	}
	return nil
}

func (g *Graph) addNeeds(needs []Need) error {
	last := make([]int32, len(g.nodes)) // 1 + the need that last named the node
	g.start = append(make([]int32, 0, len(needs)+1), 0)
	for i, n := range needs {
		where := at("needs", i)
		v, err := g.find(where+".node", n.Node)
		if err != nil {
			return err
		}
		if len(n.Of) == 0 {
			return calc.Wrong(where+".of", "is empty; name what %q needs", n.Node)
		}
		if n.AtLeast < 0 || n.AtLeast > len(n.Of) {
			return calc.Wrong(where+".at_least", "is %d; it must be 1 to %d, the number of nodes in of", n.AtLeast, len(n.Of))
		}
		if len(g.members)+len(n.Of) > MaxMembers {
			return calc.Wrong(where, "the needs name more than %d nodes together", MaxMembers)
		}
		for j, id := range n.Of {
			m, err := g.find(where+at(".of", j), id)
			if err != nil {
				return err
			}
			if last[m] == int32(i)+1 {
				return calc.Wrong(where+at(".of", j), "%q is named twice in one need", id)
			}
			last[m] = int32(i) + 1
			g.members = append(g.members, m)
		}
		k := n.AtLeast
		if k == 0 {
			k = len(n.Of)
		}
		g.owner, g.k, g.start = append(g.owner, v), append(g.k, int32(k)), append(g.start, int32(len(g.members)))
	}
	return nil
}

// Len is the number of nodes.
func (g *Graph) Len() int { return len(g.nodes) }

// Has says whether there is a node of this name.
func (g *Graph) Has(id string) bool { _, ok := g.index[id]; return ok }

// Tops are the nodes that no other node needs: usually the systems themselves.
func (g *Graph) Tops() []string {
	var tops []string
	for v := range g.nodes {
		needed := false
		for _, u := range g.uses[g.usesAt[v]:g.usesAt[v+1]] {
			needed = needed || g.owner[u] != int32(v)
		}
		if !needed {
			tops = append(tops, g.nodes[v].ID)
		}
	}
	return tops
}

// Below are the nodes that id needs, directly or through others, itself
// included, in the order of the input. It is empty for an unknown id.
func (g *Graph) Below(id string) []string {
	v, ok := g.index[id]
	if !ok {
		return nil
	}
	var ids []string
	for v, in := range g.below(v) {
		if in {
			ids = append(ids, g.nodes[v].ID)
		}
	}
	return ids
}

func (g *Graph) below(top int32) []bool {
	in := make([]bool, len(g.nodes))
	in[top] = true
	for work := []int32{top}; len(work) > 0; {
		v := work[len(work)-1]
		work = work[:len(work)-1]
		for _, gr := range g.groupsOf(v) {
			for _, m := range g.membersOf(gr) {
				if !in[m] {
					in[m] = true
					work = append(work, m)
				}
			}
		}
	}
	return in
}

func (g *Graph) groupsOf(v int32) []int32    { return g.groups[g.groupsAt[v]:g.groupsAt[v+1]] }
func (g *Graph) membersOf(gr int32) []int32  { return g.members[g.start[gr]:g.start[gr+1]] }
func (g *Graph) names(list []int32) []string { return named(g, list) }

func named(g *Graph, list []int32) []string {
	ids := make([]string, len(list))
	for i, v := range list {
		ids[i] = g.nodes[v].ID
	}
	return ids
}

func (g *Graph) find(where, id string) (int32, error) {
	v, ok := g.index[id]
	if !ok {
		return 0, calc.Wrong(where, "there is no node %q", id)
	}
	return v, nil
}

func (g *Graph) findAll(where string, ids []string) ([]int32, error) {
	list := make([]int32, len(ids))
	for i, id := range ids {
		v, err := g.find(where+at("", i), id)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

func at(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
