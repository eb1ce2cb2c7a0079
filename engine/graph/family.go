package graph

import (
	"errors"
	"slices"
)

// A cut is a set of up to three nodes, packed in ascending order into 21 bits
// each (node + 1, so that 0 is 'none'), the smallest in the highest place that
// is used. The number of nodes in it orders cuts first when sorted by size.
type cut uint64

const nodeBits = 21

func single(v int32) cut { return cut(v) + 1 }

func (c cut) size() int {
	switch {
	case c>>nodeBits == 0:
		return 1
	case c>>(2*nodeBits) == 0:
		return 2
	}
	return 3
}

func (c cut) nodes() []int32 {
	var list []int32
	for s := 2 * nodeBits; s >= 0; s -= nodeBits {
		if v := c >> s & (1<<nodeBits - 1); v != 0 {
			list = append(list, int32(v)-1)
		}
	}
	return list
}

// join is the union of two cuts, and whether it has at most limit nodes.
func join(a, b cut, limit int) (cut, bool) {
	var out cut
	n := 0
	for a != 0 || b != 0 {
		// The lowest field holds the largest node of a cut.
		x, y := a&(1<<nodeBits-1), b&(1<<nodeBits-1)
		v := max(x, y)
		if x == v {
			a >>= nodeBits
		}
		if y == v {
			b >>= nodeBits
		}
		if n == limit {
			return 0, false
		}
		out |= v << (n * nodeBits)
		n++
	}
	return out, true
}

// parts calls yield with every non-empty proper subset of c.
func (c cut) parts(yield func(cut) bool) {
	const m = 1<<nodeBits - 1
	x, y, z := c&m, c>>nodeBits&m, c>>(2*nodeBits)
	switch c.size() {
	case 2:
		_ = yield(x) && yield(y)
	case 3:
		_ = yield(x) && yield(y) && yield(z) && yield(y<<nodeBits|x) && yield(z<<nodeBits|x) && yield(z<<nodeBits|y)
	}
}

// family is a set of minimal cuts, by size. Families are not changed once made.
type family struct{ by [3][]cut }

func (f family) len() int { return len(f.by[0]) + len(f.by[1]) + len(f.by[2]) }

func (f family) equal(o family) bool {
	return slices.Equal(f.by[0], o.by[0]) && slices.Equal(f.by[1], o.by[1]) && slices.Equal(f.by[2], o.by[2])
}

// errTooMany says that the budget of work or of cuts kept is used up.
var errTooMany = errors.New("too many cut sets")

// minimal sorts, removes doubles and removes every cut that contains another.
func minimal(by [3][]cut) family {
	var out family
	has := map[cut]struct{}{}
	for size := range by {
		list := by[size]
		slices.Sort(list)
		list = slices.Compact(list)
		if size > 0 && len(has) > 0 {
			list = slices.DeleteFunc(list, func(c cut) bool {
				for p := range c.parts {
					if _, yes := has[p]; yes {
						return true
					}
				}
				return false
			})
		}
		if size < 2 && len(by[1])+len(by[2]) > 0 { // nothing larger, nothing to look up
			for _, c := range list {
				has[c] = struct{}{}
			}
		}
		out.by[size] = list
	}
	return out
}

// lookup tells which sets are a cut in a family.
type lookup map[cut]struct{}

func (f family) lookup() lookup {
	has := make(lookup, f.len())
	for _, list := range f.by {
		for _, c := range list {
			has[c] = struct{}{}
		}
	}
	return has
}

func (l lookup) cuts(c cut) bool {
	if _, yes := l[c]; yes {
		return true
	}
	for p := range c.parts {
		if _, yes := l[p]; yes {
			return true
		}
	}
	return false
}

// or is the family of sets that are a cut in a or in b.
func (b *budget) or(x, y family) (family, error) {
	if x.len() == 0 {
		return y, nil
	}
	if y.len() == 0 {
		return x, nil
	}
	if err := b.spend(x.len() + y.len()); err != nil {
		return family{}, err
	}
	var by [3][]cut
	for s := range by {
		by[s] = append(append(make([]cut, 0, len(x.by[s])+len(y.by[s])), x.by[s]...), y.by[s]...)
	}
	return minimal(by), nil
}

// and is the family of sets of at most limit nodes that are a cut in both. The
// cases are told apart so that only combinations that can stay within the limit
// are formed: one node with any, two sharing a node, and those already cut by
// both.
//
// A union of limit nodes has no room to grow, so it is formed only if it is a
// cut in everything else that must fail too (rest). Unions that fall short of
// the bound are not formed.
func (b *budget) and(x, y family, limit int, rest []lookup, bound *reach) (family, error) {
	if x.len() == 0 || y.len() == 0 {
		return family{}, nil
	}
	var by [3][]cut
	add := func(p, q cut) {
		if c, ok := join(p, q, limit); ok && bound.enough(c) {
			if c.size() == limit {
				for _, r := range rest {
					if !r.cuts(c) {
						return
					}
				}
			}
			by[c.size()-1] = append(by[c.size()-1], c)
		}
	}
	work := len(x.by[0])*(len(y.by[0])+len(y.by[1])) + len(x.by[1])*len(y.by[0]) + x.len() + y.len()
	if err := b.spend(work); err != nil {
		return family{}, err
	}
	for _, p := range x.by[0] {
		for _, q := range y.by[0] {
			add(p, q)
		}
		for _, q := range y.by[1] {
			add(p, q)
		}
	}
	for _, p := range x.by[1] {
		for _, q := range y.by[0] {
			add(p, q)
		}
	}
	if err := b.pairs(x.by[1], y.by[1], add); err != nil {
		return family{}, err
	}
	cutBoth(x, y, &by)
	cutBoth(y, x, &by)
	f := minimal(by)
	return f, b.keep(f)
}

// pairs joins cuts of two nodes that share one.
func (b *budget) pairs(x, y []cut, add func(p, q cut)) error {
	with := map[cut][]cut{}
	for _, q := range y {
		for p := range q.parts {
			with[p] = append(with[p], q)
		}
	}
	for _, p := range x {
		for v := range p.parts {
			if err := b.spend(len(with[v])); err != nil {
				return err
			}
			for _, q := range with[v] {
				add(p, q)
			}
		}
	}
	return nil
}

// cutBoth adds the cuts of x that are a cut in y too, because a part is.
func cutBoth(x, y family, by *[3][]cut) {
	has := y.lookup()
	for size, list := range x.by {
		for _, c := range list {
			if has.cuts(c) {
				by[size] = append(by[size], c)
			}
		}
	}
}
