package schedule

import "sort"

// timeline is how much of a resource is held at each moment: steps in order of
// time, in blocks, so that a step in the middle moves few others.
type timeline struct{ blocks []block }

// block is a run of steps with the least and the most any of them holds.
type block struct {
	steps     []step
	low, high int64
}

// step says what is held from an instant until the next step.
type step struct{ at, used int64 }

// largest block before it is split.
const blockSize = 512

func newTimeline() *timeline { return &timeline{blocks: []block{{steps: []step{{none, 0}}}}} }

func (b *block) sum() {
	b.low, b.high = b.steps[0].used, b.steps[0].used
	for _, s := range b.steps {
		b.low, b.high = min(b.low, s.used), max(b.high, s.used)
	}
}

// find is the place of the step that holds at an instant.
func (l *timeline) find(at int64) (b, k int) {
	b = sort.Search(len(l.blocks), func(b int) bool { return l.blocks[b].steps[0].at > at }) - 1
	steps := l.blocks[b].steps
	return b, sort.Search(len(steps), func(k int) bool { return steps[k].at > at }) - 1
}

// cut makes a step begin at an instant.
func (l *timeline) cut(at int64) {
	b, k := l.find(at)
	steps := l.blocks[b].steps
	if steps[k].at == at {
		return
	}
	steps = append(steps, step{})
	copy(steps[k+2:], steps[k+1:])
	steps[k+1] = step{at, steps[k].used}
	if l.blocks[b].steps = steps; len(steps) <= blockSize {
		return
	}
	half := len(steps) / 2
	l.blocks = append(l.blocks, block{})
	copy(l.blocks[b+2:], l.blocks[b+1:])
	l.blocks[b], l.blocks[b+1] = block{steps: steps[:half:half]}, block{steps: append([]step(nil), steps[half:]...)}
	l.blocks[b].sum()
	l.blocks[b+1].sum()
}

// add holds an amount from one instant to another.
func (l *timeline) add(from, to, amount int64) {
	if from >= to {
		return
	}
	l.cut(from)
	l.cut(to)
	b, k := l.find(from)
	for ; b < len(l.blocks) && l.blocks[b].steps[k].at < to; b, k = b+1, 0 {
		x := &l.blocks[b]
		for ; k < len(x.steps) && x.steps[k].at < to; k++ {
			x.steps[k].used += amount
		}
		x.sum()
	}
}

// crowded finds whether more than a limit is held somewhere in a stretch, and
// if so from when on it is no more; none when it never is.
func (l *timeline) crowded(from, to, limit int64) int64 {
	over := false
	b, k := l.find(from)
	for ; b < len(l.blocks); b, k = b+1, 0 {
		x := &l.blocks[b]
		if !over && x.steps[k].at >= to {
			return none
		}
		if over && x.low > limit || !over && x.high <= limit {
			continue // nothing changes in it
		}
		for _, s := range x.steps[k:] {
			switch fits := s.used <= limit; {
			case over && fits:
				return s.at
			case !over && s.at >= to:
				return none
			case !over:
				over = !fits
			}
		}
	}
	return none
}
