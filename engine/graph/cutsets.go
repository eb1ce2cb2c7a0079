package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"steward/engine/calc"
)

// CutSets are the smallest sets of parts that stop a system: all of its nodes
// failing stops it, and no part of the set alone does.
type CutSets struct {
	MaxSize    int        `json:"max_size" doc:"the size asked for, 1 to 3"`
	Complete   bool       `json:"complete" doc:"true: these are all minimal cut sets up to max_size"`
	CompleteTo int        `json:"complete_to" doc:"every minimal cut set of up to this size is listed; smaller than max_size when there were too many"`
	BySize     []int      `json:"by_size" doc:"how many there are of one, two, three nodes, as far as complete"`
	Sets       [][]string `json:"sets" doc:"the sets, smallest first, nodes in the order of the input"`
	Note       string     `json:"note,omitempty"`
}

// Bounds of one search for cut sets.
const (
	MaxCutSetNodes = 5_000 // nodes that the system stands on
	maxCutWork     = 200_000_000
	maxCutsKept    = 2_000_000
	maxCutsListed  = 100_000
)

// budget bounds the work of one search and lets it be stopped.
type budget struct {
	ctx  context.Context
	left int
}

func (b *budget) spend(work int) error {
	if b.left -= work; b.left < 0 {
		return errTooMany
	}
	return b.ctx.Err()
}

func (b *budget) keep(f family) error {
	if f.len() > maxCutsKept {
		return errTooMany
	}
	return nil
}

// CutSets finds the minimal cut sets of a system up to maxSize (1 to 3) nodes.
// The system's own failure is left out: that it stops itself says nothing.
//
// Method: cut sets are built from what is needed up to the system (bottom-up
// substitution, Vesely et al., Fault Tree Handbook, NUREG-0492, 1981, ch. VII),
// keeping at each node only the minimal sets within the size. Cutting off by size
// loses nothing: a set that stops the system within the size contains, for each
// thing that must fail for it, a set within the size. In cycles the step is
// repeated until nothing changes. Sizes are searched one after the other; when
// one has too many sets to list, the sizes below are complete and said to be.
func (g *Graph) CutSets(ctx context.Context, system string, maxSize int) (CutSets, error) {
	top, err := g.find("system", system)
	if err != nil {
		return CutSets{}, err
	}
	if maxSize < 1 || maxSize > 3 {
		return CutSets{}, calc.Wrong("cut_size", "is %d; it must be 1, 2 or 3", maxSize)
	}
	in := g.below(top)
	size := 0
	for _, below := range in {
		if below {
			size++
		}
	}
	if size > MaxCutSetNodes {
		return CutSets{}, calc.Wrong("systems", "%q stands on %d nodes; cut sets are searched on up to %d (its single points of failure have no such limit)", system, size, MaxCutSetNodes)
	}
	out := CutSets{MaxSize: maxSize, BySize: []int{}, Sets: [][]string{}}
	var found family
	for limit := 1; limit <= maxSize; limit++ {
		f, err := g.cutsUpTo(&budget{ctx: ctx, left: maxCutWork}, top, in, limit)
		if err == nil && f.len() > maxCutsListed {
			err = errTooMany
		}
		if errors.Is(err, errTooMany) {
			out.Note = fmt.Sprintf("there are too many minimal cut sets of %d nodes to list (more than %d, or more steps than allowed); those of fewer nodes are complete", limit, maxCutsListed)
			break
		}
		if err != nil {
			return CutSets{}, err
		}
		found, out.CompleteTo = f, limit
	}
	out.Complete = out.CompleteTo == maxSize
	for s := range out.CompleteTo {
		out.BySize = append(out.BySize, len(found.by[s]))
		for _, c := range found.by[s] {
			out.Sets = append(out.Sets, g.names(c.nodes()))
		}
	}
	return out, nil
}

// cutsUpTo computes the families of all nodes below top, each dropped when the
// last node that uses it has been done.
func (g *Graph) cutsUpTo(b *budget, top int32, in []bool, limit int) (family, error) {
	have := make([]family, len(g.nodes))
	users := make([]int, len(g.nodes))
	for v, below := range in {
		if below {
			for _, gr := range g.groupsOf(int32(v)) {
				for _, m := range g.membersOf(gr) {
					users[m]++
				}
			}
		}
	}
	users[top]++
	for c, alone := range g.alone {
		part := slices.DeleteFunc(slices.Clone(g.order[g.comp[c]:g.comp[c+1]]), func(v int32) bool { return !in[v] })
		for changed := len(part) > 0; changed; {
			changed = false
			for _, v := range part {
				f, err := g.cutsOf(b, v, v == top, have, limit)
				if err != nil {
					return family{}, err
				}
				if !alone && !f.equal(have[v]) {
					changed = true
				}
				have[v] = f
			}
		}
		for _, v := range part {
			for _, gr := range g.groupsOf(v) {
				for _, m := range g.membersOf(gr) {
					if users[m]--; users[m] == 0 {
						have[m] = family{}
					}
				}
			}
		}
	}
	return have[top], nil
}

// cutsOf is one step: the node's own failure, or a need no longer met.
func (g *Graph) cutsOf(b *budget, v int32, top bool, have []family, limit int) (family, error) {
	var f family
	if !g.nodes[v].Logical && !top {
		f.by[0] = []cut{single(v)}
	}
	for _, gr := range g.groupsOf(v) {
		members := g.membersOf(gr)
		list := make([]family, len(members))
		for i, m := range members {
			list[i] = have[m]
		}
		broken, err := b.atLeast(list, len(members)-int(g.k[gr])+1, limit)
		if err != nil {
			return family{}, err
		}
		if f, err = b.or(f, broken); err != nil {
			return family{}, err
		}
		if err := b.keep(f); err != nil {
			return family{}, err
		}
	}
	return f, nil
}

// atLeast is the family of sets that are a cut in at least j of the list.
// done[c] holds the sets that are a cut in at least c of those looked at.
func (b *budget) atLeast(list []family, j, limit int) (family, error) {
	if j == 1 {
		var by [3][]cut
		for _, f := range list {
			if err := b.spend(f.len()); err != nil {
				return family{}, err
			}
			for s := range by {
				by[s] = append(by[s], f.by[s]...)
			}
		}
		return minimal(by), nil
	}
	if j == len(list) { // all must fail
		rest := make([]lookup, len(list))
		for i, f := range list[2:] {
			rest[i+2] = f.lookup()
		}
		all := list[0]
		for i, f := range list[1:] {
			var err error
			if all, err = b.and(all, f, limit, rest[i+2:]); err != nil {
				return family{}, err
			}
		}
		return all, nil
	}
	done := make([]family, j+1)
	for i, f := range list {
		for c := min(j, i+1); c >= 1; c-- {
			with := f
			if c > 1 {
				var err error
				if with, err = b.and(done[c-1], f, limit, nil); err != nil {
					return family{}, err
				}
			}
			var err error
			if done[c], err = b.or(done[c], with); err != nil {
				return family{}, err
			}
			if err := b.keep(done[c]); err != nil {
				return family{}, err
			}
		}
	}
	return done[j], nil
}
