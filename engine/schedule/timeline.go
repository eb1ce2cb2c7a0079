package schedule

import "sort"

// timeline is how much of a resource is held at each moment: steps in order of
// time, in blocks, so that a step in the middle moves few others.
type timeline struct{ blocks [][]step }

// step says what is held from an instant until the next step.
type step struct{ at, used int64 }

// largest block before it is split.
const blockSize = 512

func newTimeline() *timeline { return &timeline{blocks: [][]step{{{none, 0}}}} }

// find is the place of the step that holds at an instant.
func (l *timeline) find(at int64) (b, k int) {
	b = sort.Search(len(l.blocks), func(b int) bool { return l.blocks[b][0].at > at }) - 1
	block := l.blocks[b]
	return b, sort.Search(len(block), func(k int) bool { return block[k].at > at }) - 1
}

// cut makes a step begin at an instant.
func (l *timeline) cut(at int64) {
	b, k := l.find(at)
	block := l.blocks[b]
	if block[k].at == at {
		return
	}
	block = append(block, step{})
	copy(block[k+2:], block[k+1:])
	block[k+1] = step{at, block[k].used}
	if l.blocks[b] = block; len(block) <= blockSize {
		return
	}
	half := len(block) / 2
	l.blocks = append(l.blocks, nil)
	copy(l.blocks[b+2:], l.blocks[b+1:])
	l.blocks[b], l.blocks[b+1] = block[:half:half], append([]step(nil), block[half:]...)
}

// add holds an amount from one instant to another.
func (l *timeline) add(from, to, amount int64) {
	if from >= to {
		return
	}
	l.cut(from)
	l.cut(to)
	l.each(from, func(s *step) bool {
		if s.at >= to {
			return false
		}
		s.used += amount
		return true
	})
}

// each calls f for the step that holds at an instant and those after it, until
// f says stop.
func (l *timeline) each(at int64, f func(*step) bool) {
	b, k := l.find(at)
	for ; b < len(l.blocks); b, k = b+1, 0 {
		for ; k < len(l.blocks[b]); k++ {
			if !f(&l.blocks[b][k]) {
				return
			}
		}
	}
}

// crowded finds whether more than a limit is held somewhere in a stretch, and
// if so from when on it is no more; none when it never is.
func (l *timeline) crowded(from, to, limit int64) int64 {
	over, clear := false, none
	l.each(from, func(s *step) bool {
		fits := s.used <= limit
		switch {
		case !over && s.at >= to:
			return false
		case !over:
			over = !fits
		case fits:
			clear = s.at
			return false
		}
		return true
	})
	return clear
}
