package index

import (
	"encoding/binary"
	"time"

	"steward/collect/advisory"
)

// reader takes values from the front of b; after the first that does not fit
// it is bad and gives only zero values.
type reader struct {
	x      *Index
	b      []byte
	bad    bool
	ranges []advisory.Range // what the lists of ranges and events are cut from
	events []advisory.Event
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count is the length of a list of which each element takes at least min bytes.
func (r *reader) count(min int) int {
	n := r.uint()
	if n*uint64(min) > uint64(len(r.b)) || n > 1<<31 {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

// string reads a string. More than half of all are empty, and that one stands
// first.
func (r *reader) string() string {
	if len(r.b) > 0 && r.b[0] == 0 && r.x.text != "" && r.x.text[0] == 0 {
		r.b = r.b[1:]
		return ""
	}
	return r.stringAt(r.uint())
}

func (r *reader) stringAt(at uint64) string {
	s := r.x.text
	if r.bad || at >= uint64(len(s)) {
		r.bad = true
		return ""
	}
	// The length before it, as binary.Uvarint reads it.
	var n uint64
	rest := s[at:]
	for i := 0; i < len(rest) && i < 5; i++ {
		n |= uint64(rest[i]&0x7f) << (7 * i)
		if rest[i] < 0x80 {
			if rest = rest[i+1:]; n <= uint64(len(rest)) {
				return rest[:n]
			}
			break
		}
	}
	r.bad = true
	return ""
}

func (r *reader) strings() []string {
	n := r.count(1)
	if n == 0 {
		return nil
	}
	all := make([]string, n)
	for i := range all {
		all[i] = r.string()
	}
	return all
}

func (r *reader) time() time.Time {
	if n := r.uint(); n > 0 {
		return time.Unix(int64(n)-1, 0).UTC()
	}
	return time.Time{}
}

func (r *reader) scores() []advisory.Score {
	n := r.count(2)
	if n == 0 {
		return nil
	}
	all := make([]advisory.Score, n)
	for i := range all {
		all[i] = advisory.Score{Type: r.string(), Vector: r.string()}
	}
	return all
}

func (r *reader) hit() Hit {
	h := Hit{Advisory: int(r.uint() & (1<<32 - 1)), Channel: r.string()}
	a := &h.Affect
	a.Ecosystem, a.Name, a.Status, a.Rating, a.Why, a.NoFix = r.string(), r.string(), advisory.Status(r.string()), r.string(), r.string(), r.string()
	if n := r.count(3); n > 0 {
		from := len(r.ranges)
		for range n {
			one := advisory.Range{Type: advisory.RangeType(r.string()), Repo: r.string()}
			first := len(r.events)
			for range r.count(2) {
				r.events = append(r.events, advisory.Event{Kind: advisory.EventKind(r.byte()), Version: r.string()})
			}
			one.Events = r.events[first:len(r.events):len(r.events)]
			r.ranges = append(r.ranges, one)
		}
		a.Ranges = r.ranges[from:len(r.ranges):len(r.ranges)]
	}
	a.Versions, a.Arches, a.Streams, a.Scores = r.strings(), r.strings(), r.strings(), r.scores()
	if n := r.count(2); n > 0 {
		a.Binaries = make([]advisory.Binary, n)
		for i := range a.Binaries {
			a.Binaries[i] = advisory.Binary{Name: r.string(), Fixed: r.string()}
		}
	}
	return h
}

func (r *reader) record() Record {
	var rec Record
	rec.Feed = int(r.uint() & (1<<31 - 1))
	rec.ID, rec.Kind, rec.Title, rec.URL, rec.Rating = r.string(), advisory.Kind(r.string()), r.string(), r.string(), r.string()
	rec.Aliases, rec.Upstream, rec.Related = r.strings(), r.strings(), r.strings()
	rec.Published, rec.Modified = r.time(), r.time()
	rec.Scores = r.scores()
	return rec
}
