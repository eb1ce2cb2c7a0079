package rcpsp

import "math/rand/v2"

// generated makes a random problem after Kolisch, Sprecher, Drexl 1995: n
// tasks of 1 to 10 days, 4 resources, network complexity nc, resource factor
// rf and strength rs.
func generated(n int, nc, rf, rs float64, seed uint64) *Problem {
	rng := rand.New(rand.NewPCG(seed, 17))
	p := &Problem{Durations: make([]int, n), Needs: make([][]int, n), Capacity: make([]int, 4)}
	for i := range n {
		p.Durations[i] = 1 + rng.IntN(10)
		p.Needs[i] = make([]int, 4)
		for r := range 4 {
			if rng.Float64() < rf {
				p.Needs[i][r] = 1 + rng.IntN(10)
			}
		}
	}
	has := map[[2]int]bool{}
	add := func(i, j int) {
		if i != j && !has[[2]int{i, j}] {
			has[[2]int{i, j}] = true
			p.Arcs = append(p.Arcs, Arc{i, j, p.Durations[i]})
		}
	}
	for j := 3; j < n; j++ {
		add(max(0, j-1-rng.IntN(min(j, 30))), j)
	}
	for len(p.Arcs) < int(nc*float64(n)) {
		i := rng.IntN(n - 1)
		add(i, i+1+rng.IntN(min(n-1-i, 30)))
	}
	early := make([]int, n)
	for _, i := range topo(p) {
		for _, a := range p.Arcs {
			if a.From == i {
				early[a.To] = max(early[a.To], early[i]+a.Weight)
			}
		}
	}
	for r := range 4 {
		least, peak := 1, 0
		for i := range n {
			least = max(least, p.Needs[i][r])
		}
		for t := 0; t < 10*n; t++ {
			sum := 0
			for i := range n {
				if early[i] <= t && t < early[i]+p.Durations[i] {
					sum += p.Needs[i][r]
				}
			}
			peak = max(peak, sum)
		}
		p.Capacity[r] = least + int(rs*float64(max(peak-least, 0))+0.5)
	}
	return p
}

func topo(p *Problem) []int {
	order := make([]int, len(p.Durations))
	for i := range order {
		order[i] = i // arcs of generated problems lead to higher numbers
	}
	return order
}
