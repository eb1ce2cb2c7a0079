package receive

import (
	"slices"
	"strings"
	"time"
)

// fold counts syslog messages that say the same within a time instead of
// telling each. The first is told at once, the others as one with their count.
type fold struct {
	window time.Duration
	held   map[foldKey]*repeated
	order  uint64
}

type foldKey struct{ format, transport, from, facility, severity, host, app, process, id, text string }

type repeated struct {
	message     Message
	until       time.Time
	first, last time.Time
	count       int
	order       uint64
}

// maxFoldText is how long a message may be to be folded: longer ones seldom
// repeat, and would fill the memory.
const maxFoldText = 2048

func newFold(window time.Duration) *fold {
	return &fold{window: window, held: map[foldKey]*repeated{}}
}

// add tells whether the message is to be told now, and what has to be told
// before it to make room.
func (f *fold) add(m Message, now time.Time) (tell bool, before []Message) {
	size := len(m.Text)
	for _, e := range m.Data {
		size += len(e.ID)
		for _, p := range e.Params {
			size += len(p.Name) + len(p.Value)
		}
	}
	if size > maxFoldText {
		return true, nil
	}
	text := m.Text
	if m.Data != nil {
		var b strings.Builder
		b.WriteString(text)
		for _, e := range m.Data {
			b.WriteString("\x00" + e.ID)
			for _, p := range e.Params {
				b.WriteString("\x00" + p.Name + "\x00" + p.Value)
			}
		}
		text = b.String()
	}
	key := foldKey{m.Format, m.Transport, m.From, m.Facility, m.Severity, m.Host, m.App, m.Process, m.MessageID, text}
	if r := f.held[key]; r != nil {
		if now.Before(r.until) {
			if r.count++; r.count == 1 {
				r.first = now
			}
			r.last = now
			r.message.Time = m.Time
			return false, nil
		}
		before = f.tell(key)
	}
	if len(f.held) >= maxSenders {
		before = append(before, f.oldest()...)
	}
	f.order++
	f.held[key] = &repeated{message: m, until: now.Add(f.window), order: f.order}
	return true, before
}

// tell forgets a message and returns its repetitions, if there were any.
func (f *fold) tell(key foldKey) []Message {
	r := f.held[key]
	delete(f.held, key)
	if r.count == 0 {
		return nil
	}
	m := r.message
	m.Count, m.First, m.Last = r.count, r.first, r.last
	return []Message{m}
}

func (f *fold) oldest() []Message {
	var key foldKey
	least := ^uint64(0)
	for k, r := range f.held {
		if r.order < least {
			key, least = k, r.order
		}
	}
	return f.tell(key)
}

// due returns the repetitions whose time is over; all of them at the end.
func (f *fold) due(now time.Time, all bool) []Message {
	var keys []foldKey
	for k, r := range f.held {
		if all || !now.Before(r.until) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b foldKey) int { return int(f.held[a].order) - int(f.held[b].order) })
	var out []Message
	for _, k := range keys {
		out = append(out, f.tell(k)...)
	}
	return out
}
