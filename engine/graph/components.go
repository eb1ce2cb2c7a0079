package graph

import "slices"

// findComponents orders the nodes so that what is needed comes before what
// needs it, and groups the nodes of a cycle: Tarjan's strongly connected
// components (SIAM J. Comput. 1, 1972), with a stack of its own because a
// chain of 100,000 nodes is an ordinary input.
func (g *Graph) findComponents() {
	n := len(g.nodes)
	g.order, g.comp = make([]int32, 0, n), []int32{0}
	number, low := make([]int32, n), make([]int32, n)
	onStack := make([]bool, n)
	var stack []int32
	type frame struct{ v, group, member int32 }
	var calls []frame
	next := int32(0)
	enter := func(v int32) {
		next++
		number[v], low[v] = next, next
		stack, onStack[v] = append(stack, v), true
		calls = append(calls, frame{v: v})
	}
	for root := range int32(n) {
		if number[root] != 0 {
			continue
		}
		enter(root)
		for len(calls) > 0 {
			f := &calls[len(calls)-1]
			v := f.v
			groups := g.groupsOf(v)
			if int(f.group) < len(groups) {
				list := g.membersOf(groups[f.group])
				if int(f.member) == len(list) {
					f.group, f.member = f.group+1, 0
					continue
				}
				m := list[f.member]
				f.member++
				if number[m] == 0 {
					enter(m)
				} else if onStack[m] {
					low[v] = min(low[v], number[m])
				}
				continue
			}
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				p := calls[len(calls)-1].v
				low[p] = min(low[p], low[v])
			}
			if low[v] == number[v] {
				from := len(stack) - 1
				for stack[from] != v {
					from--
				}
				part := stack[from:]
				for _, m := range part {
					onStack[m] = false
				}
				slices.Sort(part)
				g.order = append(g.order, part...)
				g.comp = append(g.comp, int32(len(g.order)))
				g.alone = append(g.alone, len(part) == 1 && !g.needsItself(v))
				stack = stack[:from]
			}
		}
	}
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
