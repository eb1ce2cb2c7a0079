package graph

import (
	"math"
	"slices"
)

// reduceCrossings orders each layer by the mean position of its points'
// neighbours, sweeping down and up, and keeps the order with fewest crossings.
func (d *draft) reduceCrossings() {
	pos := make([]int, len(d.layer))
	number := func() {
		for _, row := range d.rows {
			for i, p := range row {
				pos[p] = i
			}
		}
	}
	number()
	best, bestRows := d.crossings(pos), clone(d.rows)
	for sweep := 0; sweep < orderings && best > 0; sweep++ {
		if sweep%2 == 0 {
			for l := 1; l < len(d.rows); l++ {
				sortRow(d.rows[l], d.above, pos)
			}
		} else {
			for l := len(d.rows) - 2; l >= 0; l-- {
				sortRow(d.rows[l], d.down, pos)
			}
		}
		if c := d.crossings(pos); c < best {
			best, bestRows = c, clone(d.rows)
		}
	}
	d.rows, d.cross = bestRows, best
}

func sortRow(row []int, near [][]int, pos []int) {
	centre := make(map[int]float64, len(row))
	for i, p := range row {
		if len(near[p]) == 0 {
			centre[p] = float64(i) // nothing pulls it: it stays
			continue
		}
		sum := 0
		for _, q := range near[p] {
			sum += pos[q]
		}
		centre[p] = float64(sum) / float64(len(near[p]))
	}
	slices.SortStableFunc(row, func(a, b int) int {
		switch {
		case centre[a] < centre[b]:
			return -1
		case centre[a] > centre[b]:
			return 1
		}
		return 0
	})
	for i, p := range row {
		pos[p] = i
	}
}

// crossings counts crossing lines between neighbouring layers with a Fenwick
// tree (Barth, Jünger, Mutzel, JGAA 8, 2004).
func (d *draft) crossings(pos []int) int {
	total := 0
	for l := range d.rows[:max(0, len(d.rows)-1)] {
		tree := make([]int, len(d.rows[l+1])+1)
		seen := 0
		for _, p := range d.rows[l] {
			for _, q := range d.down[p] { // before p's own lines are entered: they meet at p
				left := 0
				for i := pos[q] + 1; i > 0; i -= i & -i {
					left += tree[i]
				}
				total += seen - left
			}
			for _, q := range d.down[p] {
				for i := pos[q] + 1; i < len(tree); i += i & -i {
					tree[i]++
				}
				seen++
			}
		}
	}
	return total
}

func clone(rows [][]int) [][]int {
	out := make([][]int, len(rows))
	for i := range rows {
		out[i] = slices.Clone(rows[i])
	}
	return out
}

// place gives each point an x: as near as the order and a distance of 1 allow
// to the mean of its neighbours, in sweeps down and up.
func (d *draft) place() {
	d.x = make([]float64, len(d.layer))
	for _, row := range d.rows {
		for i, p := range row {
			d.x[p] = float64(i)
		}
	}
	for sweep := range 12 {
		for i := range d.rows {
			l := i
			if sweep%2 == 1 {
				l = len(d.rows) - 1 - i
			}
			d.pull(d.rows[l], len(d.list))
		}
	}
	left := math.Inf(1)
	for _, x := range d.x {
		left = min(left, x)
	}
	for p := range d.x {
		d.x[p] = math.Round((d.x[p]-left)*1000) / 1000
	}
}

// pull moves a row's points towards their neighbours: the least-squares
// solution under x[i+1] ≥ x[i]+1, found by pooling adjacent violators. Bends
// weigh more, so that long lines run straight.
func (d *draft) pull(row []int, nodes int) {
	type pool struct {
		sum, weight float64
		count       int
	}
	var pools []pool
	for i, p := range row {
		want, n := 0.0, 0
		for _, near := range [2][]int{d.above[p], d.down[p]} {
			for _, q := range near {
				want, n = want+d.x[q], n+1
			}
		}
		weight := float64(n)
		if n == 0 {
			want, n, weight = d.x[p], 1, 0.01
		}
		if p >= nodes {
			weight *= 4
		}
		pools = append(pools, pool{(want/float64(n) - float64(i)) * weight, weight, 1})
		for len(pools) > 1 {
			a, b := pools[len(pools)-2], pools[len(pools)-1]
			if a.sum/a.weight <= b.sum/b.weight {
				break
			}
			pools = append(pools[:len(pools)-2], pool{a.sum + b.sum, a.weight + b.weight, a.count + b.count})
		}
	}
	i := 0
	for _, p := range pools {
		for range p.count {
			d.x[row[i]] = p.sum/p.weight + float64(i)
			i++
		}
	}
}
