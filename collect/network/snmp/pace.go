package snmp

import "time"

// pace is how long an agent takes, after RFC 6298: waiting as long as it was
// seen to take is quick with quick agents and patient with slow ones.
type pace struct {
	first, most time.Duration
	mean, vary  time.Duration
	known       bool
}

func newPace(o Options) pace { return pace{first: o.Timeout, most: o.MaxTimeout} }

// wait is how long to wait for the answer to try number n, from 0; each try
// waits twice as long as the one before.
func (p *pace) wait(n int) time.Duration {
	w := p.first
	if p.known {
		// never less than a second, nor than half of what was asked for: an
		// agent that answers at once may need a while for its next table
		w = max(p.mean+4*p.vary, min(time.Second, p.first), p.first/2)
	}
	return min(w<<min(n, 6), p.most)
}

// saw learns from an answer that took d since the question was first sent. One
// to a question sent more than once may belong to any of the tries; it counts
// as the longest it can have taken, so that a slow agent is waited for.
func (p *pace) saw(d time.Duration, sure bool) {
	switch {
	case !p.known:
		p.known, p.mean, p.vary = true, d, d/2
	case !sure && d <= p.mean:
	default:
		off := p.mean - d
		if off < 0 {
			off = -off
		}
		p.vary = (3*p.vary + off) / 4
		p.mean = (7*p.mean + d) / 8
	}
}
