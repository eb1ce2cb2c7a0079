package rcpsp

// profile is what is free of every resource at each moment, guards set.
type profile struct {
	in   *instance
	free []uint64 // words a moment
	base []uint64 // free before any task is placed
	high int      // moments from here on are untouched
}

func newProfile(in *instance, horizon int) *profile {
	w := in.pack.words
	p := &profile{in: in, free: make([]uint64, (horizon+1)*w), base: make([]uint64, (horizon+1)*w)}
	for t := 0; t <= horizon; t++ {
		for k := 0; k < w; k++ {
			p.base[t*w+k] = in.capWords[k] | in.pack.guard
		}
	}
	for _, b := range in.Blocks {
		for t := b.From; t < b.To && t <= horizon; t++ {
			k, shift := t*w+b.Resource/in.pack.per, uint(b.Resource%in.pack.per)*in.pack.lane
			have := p.base[k] >> shift & (1<<(in.pack.lane-1) - 1)
			p.base[k] -= min(uint64(b.Amount), have) << shift
		}
	}
	copy(p.free, p.base)
	return p
}

func (p *profile) clear() {
	w := p.in.pack.words
	copy(p.free[:p.high*w], p.base[:p.high*w])
	p.high = 0
}

// earliest is the first start at or after s at which task i fits, -1 for none.
func (p *profile) earliest(i, s int) int {
	need, d, guard := p.in.need[i], p.in.Durations[i], p.in.pack.guard
	if need == nil {
		return s
	}
	if len(need) == 1 {
		w, u := need[0], s+d-1
		for u >= s {
			if u >= len(p.free) {
				return -1
			}
			if (p.free[u]-w)&guard != guard {
				s = u + 1
				u = s + d - 1
				continue
			}
			u--
		}
		return s
	}
	for u := s + d - 1; u >= s; u-- {
		if (u+1)*len(need) > len(p.free) {
			return -1
		}
		if !p.fits(need, u) {
			s = u + 1
			u = s + d
		}
	}
	return s
}

// last is the latest start at or before s at which task i fits, -1 for none.
func (p *profile) last(i, s int) int {
	need, d, guard := p.in.need[i], p.in.Durations[i], p.in.pack.guard
	if need == nil || s < 0 {
		return s
	}
	if len(need) == 1 {
		w := need[0]
		for u := s; u < s+d; {
			if (p.free[u]-w)&guard != guard {
				if s = u - d; s < 0 {
					return -1
				}
				u = s
				continue
			}
			u++
		}
		return s
	}
	for u := s; u < s+d; u++ {
		if !p.fits(need, u) {
			if s = u - d; s < 0 {
				return -1
			}
			u = s - 1
		}
	}
	return s
}

func (p *profile) fits(need []uint64, t int) bool {
	guard := p.in.pack.guard
	for k, w := range need {
		if (p.free[t*len(need)+k]-w)&guard != guard {
			return false
		}
	}
	return true
}

func (p *profile) take(i, s int) {
	need, d := p.in.need[i], p.in.Durations[i]
	if need == nil {
		return
	}
	p.high = max(p.high, s+d)
	if len(need) == 1 {
		w := need[0]
		for t := s; t < s+d; t++ {
			p.free[t] -= w
		}
		return
	}
	for t := s; t < s+d; t++ {
		for k, w := range need {
			p.free[t*len(need)+k] -= w
		}
	}
}

// forwardSerial places tasks in the order of list, each as early as links and
// resources allow. It returns the finish, or -1 when a latest start is missed.
func (p *profile) forwardSerial(list []int32, start []int32) int {
	p.clear()
	in := p.in
	finish := 0
	for _, i32 := range list {
		i := int(i32)
		s := in.head[i]
		for _, a := range in.in[i] {
			s = max(s, int(start[a.to])+a.weight)
		}
		s = p.earliest(i, s)
		if s < 0 || s > in.latest[i] {
			return -1
		}
		start[i] = int32(s)
		p.take(i, s)
		finish = max(finish, s+in.Durations[i])
	}
	return finish
}

// backwardSerial places tasks in the order of list, each as late as links and
// resources allow for all to end by finish; false when one falls before its
// release or time 0.
func (p *profile) backwardSerial(list []int32, start []int32, finish int) bool {
	p.clear()
	in := p.in
	for _, i32 := range list {
		i := int(i32)
		s := min(finish-in.Durations[i], in.latest[i])
		for _, a := range in.out[i] {
			s = min(s, int(start[a.to])-a.weight)
		}
		s = p.last(i, s)
		if s < in.head[i] {
			return false
		}
		start[i] = int32(s)
		p.take(i, s)
	}
	return true
}
