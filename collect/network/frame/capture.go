package frame

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"
)

// Sighting is a neighbour with where in a capture it was seen. Announcements
// that say the same are one sighting.
type Sighting struct {
	Neighbour
	Frame     int       `json:"frame" doc:"number of the first frame with it, from 1"`
	Last      int       `json:"last_frame" doc:"number of the last one"`
	Frames    int       `json:"frames" doc:"how many frames said the same"`
	First     time.Time `json:"first_seen,omitzero"`
	LastAt    time.Time `json:"last_seen,omitzero"`
	Interface string    `json:"interface,omitempty" doc:"where it was heard, if the capture tells"`
	Changed   bool      `json:"changed,omitempty" doc:"the same device and port said something else before"`
}

// Summary is what a capture held.
type Summary struct {
	Frames        int            `json:"frames"`
	Announcements int            `json:"announcements" doc:"frames of LLDP and CDP that were read"`
	Neighbours    int            `json:"neighbours" doc:"different ones"`
	Malformed     int            `json:"malformed" doc:"faults that were named"`
	Folded        int            `json:"folded,omitempty" doc:"neighbours above the bound, not told"`
	Unread        map[string]int `json:"unread,omitempty" doc:"frames of link types that are not read, by link type"`
}

// maxSightings bounds how many different announcements one capture may hold.
const maxSightings = 100_000

// maxHeld bounds the bytes of their frames together; what is told of a frame
// takes about twice as many.
const maxHeld = 48 << 20

// Read reads a whole capture: neighbours in the order of their first frame,
// each fault as it is met. An error is one of reading, or of a callback; a
// broken file is a fault that ends the capture, and no error.
func Read(ctx context.Context, in io.Reader, problem func(Problem) error) ([]Sighting, Summary, error) {
	var sum Summary
	f := newFolder()
	say := func(p Problem) error {
		sum.Malformed++
		return problem(p)
	}
	r, err := NewReader(in)
	var broken *Problem
	if errors.As(err, &broken) {
		return nil, sum, say(*broken)
	}
	if err != nil {
		return nil, sum, err
	}
	for {
		if sum.Frames&0xFFF == 0 && ctx.Err() != nil {
			return nil, sum, ctx.Err()
		}
		p, err := r.Next()
		sum.Frames = r.Frames()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.As(err, &broken) {
			if err := say(*broken); err != nil {
				return nil, sum, err
			}
			continue
		}
		if err != nil {
			return nil, sum, err
		}
		if !p.Link.Known() {
			if sum.Unread == nil {
				sum.Unread = map[string]int{}
			}
			sum.Unread[p.Link.String()]++
			continue
		}
		n, faults := Decode(p.Link, p.Data, p.Cut())
		for _, fault := range faults {
			fault.Frame, fault.At = p.Number, p.At
			if err := say(fault); err != nil {
				return nil, sum, err
			}
		}
		if n != nil {
			sum.Announcements++
			f.add(*n, p)
		}
	}
	sum.Neighbours, sum.Folded = len(f.seen), f.above
	return f.seen, sum, nil
}

// folder makes one sighting of announcements that say the same.
type folder struct {
	seen  []Sighting
	by    map[[32]byte]int // content to index
	ports map[[32]byte]bool
	above int
	held  int
}

func newFolder() *folder { return &folder{by: map[[32]byte]int{}, ports: map[[32]byte]bool{}} }

// add tells the sighting's index and whether it is a new one; -1 above the bound.
func (f *folder) add(n Neighbour, p Packet) (int, bool) {
	same := n
	if slices.ContainsFunc(n.Power, func(p Power) bool { return p.request != 0 }) {
		same.Power = slices.Clone(n.Power)
		for i := range same.Power {
			same.Power[i].request = 0
		}
	}
	key, port := hash(same, p.Interface), hash(struct {
		P, S string
		C, I ID
	}{n.Protocol, p.Interface, n.Chassis, n.Port}, "")
	if i, ok := f.by[key]; ok {
		s := &f.seen[i]
		s.Frames++
		s.Last, s.LastAt = p.Number, p.At
		return i, false
	}
	if f.held += len(p.Data); len(f.seen) == maxSightings || f.held > maxHeld {
		f.held -= len(p.Data)
		f.above++
		return -1, false
	}
	f.by[key] = len(f.seen)
	f.seen = append(f.seen, Sighting{Neighbour: n, Frame: p.Number, Last: p.Number, Frames: 1, First: p.At, LastAt: p.At, Interface: p.Interface, Changed: f.ports[port]})
	f.ports[port] = true
	return len(f.seen) - 1, true
}

func hash(v any, more string) [32]byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // fixed types of this package
	}
	return sha256.Sum256(append(b, more...))
}
