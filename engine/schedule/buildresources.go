package schedule

import (
	"fmt"
	"math"
	"sort"

	"steward/engine/calc"
)

func (p *project) buildResources() error {
	for i := range p.in.Resources {
		in := &p.in.Resources[i]
		where := fmt.Sprintf("resources[%d]", i)
		if in.ID == "" {
			return calc.Wrong(where+".id", "is empty; give the resource a name")
		}
		if _, twice := p.rindex[in.ID]; twice {
			return calc.Wrong(where+".id", "%q names two resources; ids must differ", in.ID)
		}
		if !(in.Capacity >= 0) || in.Capacity > 1e9 {
			return calc.Wrong(where+".capacity", "%s is out of range; give 0 to 1e9", number(in.Capacity))
		}
		r := &resource{id: in.ID, scale: p.needScale(in)}
		r.capacity = round(in.Capacity * r.scale)
		if in.Calendar != "" {
			c, err := p.calendar(where+".calendar", in.Calendar)
			if err != nil {
				return err
			}
			r.cal = c
		}
		for j, a := range in.Availability {
			at := fmt.Sprintf("%s.availability[%d]", where, j)
			from, err := p.moment(at+".from", a.From, false)
			if err != nil {
				return err
			}
			to, err := p.moment(at+".to", a.To, true)
			if err != nil {
				return err
			}
			if to <= from {
				return calc.Wrong(at+".to", "%s is not after %s", a.To, a.From)
			}
			if !(a.Capacity >= 0) || a.Capacity > in.Capacity {
				return calc.Wrong(at+".capacity", "%s must lie between 0 and the resource's capacity %s", number(a.Capacity), number(in.Capacity))
			}
			r.limits = append(r.limits, limit{from, to, round(a.Capacity * r.scale)})
		}
		sort.SliceStable(r.limits, func(a, b int) bool { return r.limits[a].from < r.limits[b].from })
		for j := 1; j < len(r.limits); j++ {
			if r.limits[j].from < r.limits[j-1].to {
				return calc.Wrong(where+".availability", "two stretches overlap; say once how much there is at any time")
			}
		}
		p.rindex[in.ID] = len(p.res)
		p.res = append(p.res, r)
	}
	return nil
}

// needScale makes every amount of a resource a whole number: 1 if all are,
// else thousandths.
func (p *project) needScale(r *Resource) float64 {
	whole := r.Capacity == math.Trunc(r.Capacity)
	for _, a := range r.Availability {
		whole = whole && a.Capacity == math.Trunc(a.Capacity)
	}
	for i := range p.in.Tasks {
		n := p.in.Tasks[i].Needs[r.ID]
		whole = whole && n == math.Trunc(n)
	}
	if whole {
		return 1
	}
	return 1000
}
