package match

import (
	"runtime"
	"sync"

	"steward/collect/advisory/index"
	"steward/collect/advisory/software"
)

// least is the number of packages from which a share is worth a goroutine.
const least = 250

// Run matches a target. Its packages are shared out among the processors; the
// result does not depend on how many there are.
func Run(x *index.Index, t software.Target, o Options) (Result, error) {
	shares := max(1, min(runtime.GOMAXPROCS(0), 8, len(t.Packages)/least))
	runs, failed := make([]*run, shares), make([]error, shares)
	whole := newRun(x, &t, o)
	whole.streams = installedStreams(t.Packages)
	var all sync.WaitGroup
	for i := range runs {
		r := newRun(x, &t, whole.o)
		r.streams = whole.streams
		runs[i] = r
		part := t.Packages[i*len(t.Packages)/shares : (i+1)*len(t.Packages)/shares]
		all.Go(func() {
			for j := range part {
				if failed[i] = r.one(&part[j]); failed[i] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	for i, r := range runs {
		if failed[i] != nil {
			return Result{}, failed[i]
		}
		whole.take(r)
	}
	return whole.finish(), nil
}

// take adds what a share of the packages brought.
func (r *run) take(s *run) {
	r.matches = append(r.matches, s.matches...)
	c, d := &r.c, &s.c
	c.Packages += d.Packages
	c.Covered += d.Covered
	c.Unknown += d.Unknown
	c.Undecided += d.Undecided
	c.Silenced += d.Silenced
	for k, n := range d.Advisory {
		c.Advisory[k] += n
	}
	a, b := c.Steps.counters(), d.Steps.counters()
	for i := range a {
		*a[i] += *b[i]
	}
	for e, feeds := range s.covers {
		r.covers[e] = feeds
	}
	for why, u := range s.uncovered {
		mine := r.uncovered[why]
		if mine == nil {
			mine = &Uncovered{Why: why}
			r.uncovered[why] = mine
		}
		mine.Packages += u.Packages
		mine.First = append(mine.First, u.First[:min(len(u.First), 5-len(mine.First))]...)
	}
}

func (s *Steps) counters() []*int {
	return []*int{&s.Compared, &s.Candidates, &s.Older, &s.NotModular, &s.Modular, &s.Stream, &s.Epoch, &s.Arch, &s.Channel, &s.Binary, &s.Vendor, &s.Kind, &s.Foreign}
}
