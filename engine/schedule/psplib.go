package schedule

import (
	"strconv"

	"steward/engine/schedule/rcpsp"
)

// fromProblem writes a bare problem as a project: tasks and resources are
// numbered from 1, as PSPLIB numbers them.
func fromProblem(pr *rcpsp.Problem) Input {
	in := Input{}
	for r, c := range pr.Capacity {
		in.Resources = append(in.Resources, Resource{ID: "R" + strconv.Itoa(r+1), Capacity: float64(c)})
	}
	for i, d := range pr.Durations {
		t := Task{ID: strconv.Itoa(i + 1), Duration: Units(float64(d))}
		for r, a := range pr.Needs[i] {
			if a > 0 {
				if t.Needs == nil {
					t.Needs = map[string]float64{}
				}
				t.Needs["R"+strconv.Itoa(r+1)] = float64(a)
			}
		}
		in.Tasks = append(in.Tasks, t)
	}
	for _, a := range pr.Arcs {
		t := &in.Tasks[a.To]
		if a.Weight == pr.Durations[a.From] {
			t.After = append(t.After, Link{Task: strconv.Itoa(a.From + 1)})
		} else {
			t.After = append(t.After, Link{Task: strconv.Itoa(a.From + 1), Type: "SS", Lag: Units(float64(a.Weight))})
		}
	}
	return in
}
