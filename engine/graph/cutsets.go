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
	maxCutWork     = 100_000_000
	maxCutsKept    = 500_000
	maxCutsListed  = 100_000
)

// budget bounds the work of one search and lets it be stopped.
type budget struct {
	ctx      context.Context
	left     int
	bounding int // number of cuts from which on to bound what they can reach
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
// Single nodes are found by trying each, for a system of any size.
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
	out := CutSets{MaxSize: maxSize, BySize: []int{}, Sets: [][]string{}}
	found, err := g.singleCuts(ctx, system)
	if err != nil {
		return CutSets{}, err
	}
	out.CompleteTo = 1
	for limit := 2; limit <= maxSize; limit++ {
		if size > MaxCutSetNodes {
			out.Note = fmt.Sprintf("%q stands on %d nodes; cut sets of more than one node are searched on up to %d", system, size, MaxCutSetNodes)
			break
		}
		f, err := g.cutsUpTo(&budget{ctx: ctx, left: maxCutWork, bounding: 64}, top, in, limit)
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

// singleCuts are the cut sets of one node, found by trying each.
func (g *Graph) singleCuts(ctx context.Context, system string) (family, error) {
	points, err := g.SinglePoints(ctx, system)
	var f family
	for _, p := range points {
		f.by[0] = append(f.by[0], single(g.index[p.ID]))
	}
	return f, err
}

// cutsUpTo computes the families of all nodes below top, each dropped when the
// last node that uses it has been done. Nodes that can only fall together have
// one family, kept under the first of them.
func (g *Graph) cutsUpTo(b *budget, top int32, in []bool, limit int) (family, error) {
	have := make([]family, len(g.nodes))
	users := make([]int, len(g.nodes))
	for v, below := range in {
		if below {
			for _, gr := range g.groupsOf(int32(v)) {
				for _, m := range g.membersOf(gr) {
					users[g.together[m]]++
				}
			}
		}
	}
	users[g.together[top]]++
	for c, alone := range g.alone {
		part := slices.DeleteFunc(slices.Clone(g.order[g.comp[c]:g.comp[c+1]]), func(v int32) bool { return !in[v] })
		if err := g.cutsOfPart(b, part, alone, top, have, limit); err != nil {
			return family{}, err
		}
		for _, v := range part {
			for _, gr := range g.groupsOf(v) {
				for _, m := range g.membersOf(gr) {
					first := g.together[m]
					if users[first]--; users[first] == 0 {
						have[first] = family{}
					}
				}
			}
		}
	}
	return have[g.together[top]], nil
}

// cutsOfPart computes the families of one component; in a cycle those are
// computed again of which a member has changed, until none does.
func (g *Graph) cutsOfPart(b *budget, part []int32, alone bool, top int32, have []family, limit int) error {
	same := map[int32][]int32{}
	for _, v := range part {
		same[g.together[v]] = append(same[g.together[v]], v)
	}
	waits := map[int32]bool{}
	var queue []int32
	for _, v := range part {
		if g.together[v] == v {
			queue, waits[v] = append(queue, v), true
		}
	}
	for i := 0; i < len(queue); i++ {
		first := queue[i]
		waits[first] = false
		f, err := g.cutsOf(b, same[first], top, have, limit)
		if err != nil {
			return err
		}
		if alone || f.equal(have[first]) {
			have[first] = f
			continue
		}
		have[first] = f
		for _, v := range same[first] {
			for _, gr := range g.uses[g.usesAt[v]:g.usesAt[v+1]] {
				o := g.together[g.owner[gr]]
				if _, here := same[o]; here && !waits[o] {
					queue, waits[o] = append(queue, o), true
				}
			}
		}
	}
	return nil
}

// cutsOf is one step: an own failure of the nodes, which fall together, or one
// of their needs no longer met.
func (g *Graph) cutsOf(b *budget, nodes []int32, top int32, have []family, limit int) (family, error) {
	var f family
	for _, v := range nodes {
		if !g.nodes[v].Logical && v != top {
			f.by[0] = append(f.by[0], single(v))
		}
	}
	for _, v := range nodes {
		for _, gr := range g.groupsOf(v) {
			members := g.membersOf(gr)
			list := make([]family, 0, len(members))
			must := len(members) - int(g.k[gr]) + 1
			for _, m := range members {
				if must > 1 || g.together[m] != g.together[v] {
					list = append(list, have[g.together[m]])
				}
			}
			if len(list) == 0 {
				continue
			}
			broken, err := b.atLeast(list, must, limit)
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
	}
	return f, nil
}

// atLeast is the family of sets that are a cut in at least j of the list.
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
	list, alone, bound, err := b.useful(list, j, limit)
	if err != nil {
		return family{}, err
	}
	all, err := b.combine(list, j, limit, bound)
	if err != nil || len(alone) == 0 {
		return all, err
	}
	return b.or(family{by: [3][]cut{alone}}, all)
}

// combine forms the sets that are a cut in at least j of the list.
// done[c] holds the sets that are a cut in at least c of those looked at.
func (b *budget) combine(list []family, j, limit int, bound *reach) (family, error) {
	if j == len(list) { // all must fail
		rest := make([]lookup, len(list))
		for i, f := range list[2:] {
			rest[i+2] = f.lookup()
		}
		all := list[0]
		for i, f := range list[1:] {
			var err error
			if all, err = b.and(all, f, limit, rest[i+2:], bound); err != nil {
				return family{}, err
			}
		}
		return all, nil
	}
	done := make([]family, j+1)
	for i, f := range list {
		if f.len() == 0 {
			continue
		}
		// So few members are left that lower counts cannot get to j any more.
		for c := min(j, i+1); c >= max(1, j-(len(list)-1-i)); c-- {
			with := f
			if c > 1 {
				var err error
				if with, err = b.and(done[c-1], f, limit, nil, bound); err != nil {
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
