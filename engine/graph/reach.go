package graph

import "slices"

// A reach bounds from above how many of a group's members a set of nodes can
// stop: a member that the set stops has a cut inside it, so some node of the set
// is in one of that member's cuts. What cannot get to the number that must
// fail is left out before it is combined with anything; without that a large
// group would form all pairs and threes of its parts only to find that they do
// not suffice.
type reach struct {
	wanted, limit int
	of            map[int32]int // members with a cut in which the node is
	most          [4]int        // sum of the greatest of those, by how many nodes
}

// useful leaves of each family the cuts that can be part of a set of at most
// limit nodes that stops wanted of the members. Nodes that stop so many alone
// are returned apart: no other minimal set has them.
func (b *budget) useful(list []family, wanted, limit int) (kept []family, alone []cut, r *reach, err error) {
	total := 0
	for _, f := range list {
		total += f.len()
	}
	if total < b.bounding {
		return list, nil, nil, nil
	}
	kept = slices.Clone(list)
	enough := map[cut]bool{}
	for again := true; again; {
		if err := b.spend(3 * total); err != nil {
			return nil, nil, nil, err
		}
		r = newReach(kept, wanted, limit)
		singles := map[cut]int{}
		for _, f := range kept {
			for _, c := range f.by[0] {
				if singles[c]++; singles[c] == wanted {
					alone, enough[c] = append(alone, c), true
				}
			}
		}
		again = false
		for i, f := range kept {
			var by [3][]cut
			for size, cuts := range f.by {
				for _, c := range cuts {
					if r.enough(c) && !c.hasAny(enough) {
						by[size] = append(by[size], c)
					}
				}
			}
			now := family{by}
			again = again || now.len() < f.len()
			kept[i] = now
		}
		if left := total; again {
			total = 0
			for _, f := range kept {
				total += f.len()
			}
			again = total > 0 && total < left
		}
	}
	slices.Sort(alone)
	return kept, alone, r, nil
}

func newReach(list []family, wanted, limit int) *reach {
	r := &reach{wanted: wanted, limit: limit, of: map[int32]int{}}
	last := map[int32]int{}
	for i, f := range list {
		for _, cuts := range f.by {
			for _, c := range cuts {
				for _, v := range c.nodes() {
					if last[v] != i+1 {
						last[v] = i + 1
						r.of[v]++
					}
				}
			}
		}
	}
	var greatest [3]int
	for _, n := range r.of {
		for i := range greatest {
			if n > greatest[i] {
				n, greatest[i] = greatest[i], n
			}
		}
	}
	for i, n := range greatest {
		r.most[i+1] = r.most[i] + n
	}
	return r
}

// enough says whether a set with c in it may stop as many as wanted.
func (r *reach) enough(c cut) bool {
	if r == nil {
		return true
	}
	sum := 0
	size := 0
	for ; c != 0; c >>= nodeBits {
		sum += r.of[int32(c&(1<<nodeBits-1))-1]
		size++
	}
	return sum+r.most[max(r.limit-size, 0)] >= r.wanted
}

// hasAny says whether one of the single cuts is in c.
func (c cut) hasAny(singles map[cut]bool) bool {
	for ; c != 0 && len(singles) > 0; c >>= nodeBits {
		if singles[c&(1<<nodeBits-1)] {
			return true
		}
	}
	return false
}
