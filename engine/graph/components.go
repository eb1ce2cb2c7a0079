package graph

import "slices"

// findComponents orders the nodes so that what is needed comes before what
// needs it, groups the nodes of a cycle, and finds in the cycles the nodes that
// can only fall together.
func (g *Graph) findComponents() {
	n := len(g.nodes)
	groupOf := make([]int32, len(g.members))
	for i := range g.owner {
		for j := g.start[i]; j < g.start[i+1]; j++ {
			groupOf[j] = int32(i)
		}
	}
	at, to := bucket(n, len(g.members), func(j int) int32 { return g.owner[groupOf[j]] }, func(j int) int32 { return g.members[j] })
	g.order, g.comp = components(at, to)
	compOf := make([]int32, n)
	g.together = make([]int32, n)
	for c := range len(g.comp) - 1 {
		part := g.order[g.comp[c]:g.comp[c+1]]
		g.alone = append(g.alone, len(part) == 1 && !g.needsItself(part[0]))
		for _, v := range part {
			compOf[v], g.together[v] = int32(c), v
		}
	}
	// A node that is needed without an alternative takes down who needs it; so
	// nodes that need each other that way fall together.
	var plain []int32 // places in members
	for j, m := range g.members {
		if gr := groupOf[j]; int(g.k[gr]) == len(g.membersOf(gr)) && m != g.owner[gr] && compOf[m] == compOf[g.owner[gr]] {
			plain = append(plain, int32(j))
		}
	}
	if len(plain) == 0 {
		return
	}
	at, to = bucket(n, len(plain), func(i int) int32 { return g.owner[groupOf[plain[i]]] }, func(i int) int32 { return g.members[plain[i]] })
	order, comp := components(at, to)
	for c := range len(comp) - 1 {
		part := order[comp[c]:comp[c+1]]
		for _, v := range part {
			g.together[v] = part[0] // the first of the input
		}
	}
}

// components are the strongly connected components of a graph whose edges from
// v lead to to[at[v]:at[v+1]], those that edges lead to first: component c is
// order[comp[c]:comp[c+1]], ascending. Tarjan (SIAM J. Comput. 1, 1972), with a
// stack of its own because a chain of 100,000 nodes is an ordinary input.
func components(at, to []int32) (order, comp []int32) {
	n := len(at) - 1
	order, comp = make([]int32, 0, n), []int32{0}
	number, low, next := make([]int32, n), make([]int32, n), make([]int32, n)
	onStack := make([]bool, n)
	var stack, calls []int32
	count := int32(0)
	enter := func(v int32) {
		count++
		number[v], low[v], next[v] = count, count, at[v]
		stack, onStack[v] = append(stack, v), true
		calls = append(calls, v)
	}
	for root := range int32(n) {
		if number[root] != 0 {
			continue
		}
		enter(root)
		for len(calls) > 0 {
			v := calls[len(calls)-1]
			if next[v] < at[v+1] {
				m := to[next[v]]
				next[v]++
				if number[m] == 0 {
					enter(m)
				} else if onStack[m] {
					low[v] = min(low[v], number[m])
				}
				continue
			}
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				p := calls[len(calls)-1]
				low[p] = min(low[p], low[v])
			}
			if low[v] == number[v] {
				from := len(stack) - 1
				for stack[from] != v {
					from--
				}
				for _, m := range stack[from:] {
					onStack[m] = false
				}
				slices.Sort(stack[from:])
				order = append(order, stack[from:]...)
				comp = append(comp, int32(len(order)))
				stack = stack[:from]
			}
		}
	}
	return order, comp
}

func (g *Graph) needsItself(v int32) bool {
	for _, gr := range g.groupsOf(v) {
		if slices.Contains(g.membersOf(gr), v) {
			return true
		}
	}
	return false
}

// Cycles are the sets of nodes that need each other, directly or through
// others, each in the order of the input.
func (g *Graph) Cycles() [][]string {
	var cycles [][]string
	for c, alone := range g.alone {
		if !alone {
			cycles = append(cycles, g.names(g.order[g.comp[c]:g.comp[c+1]]))
		}
	}
	return cycles
}

// ColdStart lists the nodes that could not be brought up one after the other
// from black, because they wait for each other (or for such nodes): a domain
// controller on a virtual machine whose host needs the domain. It is empty
// when there are no cycles.
func (g *Graph) ColdStart() []string {
	up := make([]int32, len(g.owner)) // members running, by group
	unmet := make([]int32, len(g.nodes))
	var ready []int32
	for v := range g.nodes {
		unmet[v] = g.groupsAt[v+1] - g.groupsAt[v]
		if unmet[v] == 0 {
			ready = append(ready, int32(v))
		}
	}
	started := make([]bool, len(g.nodes))
	for len(ready) > 0 {
		v := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		started[v] = true
		for _, gr := range g.uses[g.usesAt[v]:g.usesAt[v+1]] {
			up[gr]++
			if up[gr] == g.k[gr] {
				o := g.owner[gr]
				if unmet[o]--; unmet[o] == 0 {
					ready = append(ready, o)
				}
			}
		}
	}
	var stuck []string
	for v, ok := range started {
		if !ok {
			stuck = append(stuck, g.nodes[v].ID)
		}
	}
	return stuck
}
