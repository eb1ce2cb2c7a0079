package receive

import (
	"maps"
	"sync"
)

// listener counts what one listening address took in.
type listener struct {
	protocol, address string
	mu                sync.Mutex
	status            Status
	told              map[Malformed]bool // by sender and reason
	kernel            func() uint64      // datagrams the system dropped; nil where it does not tell
}

func newListener(protocol, address string) *listener {
	return &listener{protocol: protocol, address: address, told: map[Malformed]bool{}}
}

// count changes the status under its lock.
func (l *listener) count(change func(*Status)) {
	l.mu.Lock()
	change(&l.status)
	l.mu.Unlock()
}

func (l *listener) received(bytes int) {
	l.count(func(s *Status) { s.Received++; s.Bytes += uint64(bytes) })
}

// malformed counts a fault and tells whether it is the first of its kind from
// this sender.
func (l *listener) malformed(from, reason string) (first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status.Malformed++
	if l.status.Reasons == nil {
		l.status.Reasons = map[string]uint64{}
	}
	if _, known := l.status.Reasons[reason]; known || len(l.status.Reasons) < maxReasons {
		l.status.Reasons[reason]++
	} else {
		l.status.Reasons["other"]++
	}
	key := Malformed{From: from, Reason: reason}
	if l.told[key] || len(l.told) >= maxSenders {
		return false
	}
	l.told[key] = true
	return true
}

// snapshot is the status as of now.
func (l *listener) snapshot(final bool) Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.status
	s.Protocol, s.Address, s.Final = l.protocol, l.address, final
	s.Reasons = maps.Clone(s.Reasons)
	if l.kernel != nil {
		s.Missed = l.kernel()
	}
	return s
}
