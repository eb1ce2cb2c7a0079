package schedule

import (
	"fmt"
	"strings"

	"steward/engine/calc"
)

// refuseLoops refuses a loop of finish-to-start links without negative lags:
// no dates can satisfy it, whatever the durations. Loops with negative lags or
// other kinds of links may be maximal distances; the forward pass judges them.
func (p *project) refuseLoops(acyclic []bool) error {
	const unseen, open, closed = 0, 1, 2
	state := make([]uint8, len(p.tasks))
	via := make([]*link, len(p.tasks)) // the link a task was reached by
	type frame struct {
		t    *task
		next int
	}
	for _, root := range p.leaves {
		if acyclic[root.i] || state[root.i] != unseen {
			continue
		}
		stack := []frame{{root, 0}}
		state[root.i] = open
		for len(stack) > 0 {
			f := &stack[len(stack)-1]
			if f.next == len(f.t.out) {
				state[f.t.i] = closed
				stack = stack[:len(stack)-1]
				continue
			}
			l := f.t.out[f.next]
			f.next++
			if l.kind != finishStart || l.lag < 0 || l.share < 0 || acyclic[l.succ.i] {
				continue
			}
			switch state[l.succ.i] {
			case unseen:
				state[l.succ.i], via[l.succ.i] = open, l
				stack = append(stack, frame{l.succ, 0})
			case open:
				loop := []*link{l}
				for t := l.pred; t != l.succ; t = via[t.i].pred {
					loop = append(loop, via[t.i])
				}
				reverse(loop)
				return loopError(loop)
			}
		}
	}
	return nil
}

// loopError names a loop that no dates can satisfy.
func loopError(loop []*link) error {
	var b strings.Builder
	for k, l := range loop {
		if k == 12 && len(loop) > 14 {
			fmt.Fprintf(&b, " → … %d more", len(loop)-k)
			break
		}
		if k == 0 {
			b.WriteString(l.pred.id)
		}
		fmt.Fprintf(&b, " → %s", l.succ.id)
		if l.kind != finishStart || !l.src.Lag.IsZero() && l.src.Lag.value != 0 {
			fmt.Fprintf(&b, " (%s%s)", l.kind, signed(l.src.Lag))
		}
	}
	return calc.Wrong(loop[0].where, "infeasible: the links form a loop that no dates satisfy: %s", b.String())
}

func signed(a Amount) string {
	if a.IsZero() || a.value == 0 {
		return ""
	}
	if a.value > 0 {
		return " +" + a.String()
	}
	return " " + a.String()
}

// tracedLoop follows what drives a task back until a task repeats.
func tracedLoop(d *dates, t *task) []*link {
	step := map[int]int{}
	var chain []*link
	for t != nil {
		if k, again := step[t.i]; again {
			loop := append([]*link(nil), chain[k:]...)
			reverse(loop)
			return loop
		}
		step[t.i] = len(chain)
		l := d.why[t.i].link
		if l == nil {
			return nil
		}
		chain, t = append(chain, l), l.pred
	}
	return nil
}

func reverse[T any](s []T) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}
