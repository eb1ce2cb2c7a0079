package receive

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// flowKey is what flows are summed by.
type flowKey struct {
	exporter, src, dst netip.Addr
	proto              uint8
	port               uint16
	ports              bool
}

type flowSum struct {
	bytes, packets, flows uint64
	sampling              uint32
	in, out               [8]uint32
	nIn, nOut             int
	first, last           time.Time
}

// flows sums the records of one minute. When there are more keys than it may
// hold, the smaller half goes into the rest: a flow that comes again is then
// split between a line of its own and the rest, but no byte is lost or counted
// twice.
type flows struct {
	minute time.Time
	sums   map[flowKey]*flowSum
	rest   flowSum
	folded int
	bound  int
}

const maxFlows = 65536 // keys held in one minute

func newFlows(bound int) *flows { return &flows{sums: map[flowKey]*flowSum{}, bound: bound} }

func (f *flows) add(exporter netip.Addr, r record) {
	key := flowKey{exporter, r.src, r.dst, r.proto, r.dport, r.ports}
	if !r.ports {
		key.port = 0
	}
	s := f.sums[key]
	if s == nil {
		if len(f.sums) >= f.bound {
			f.shrink()
		}
		s = &flowSum{}
		f.sums[key] = s
	}
	rate := uint64(max(r.sampling, 1))
	s.bytes += r.bytes * rate
	s.packets += r.packets * rate
	s.flows++
	if rate > 1 {
		s.sampling = max(s.sampling, r.sampling)
	}
	if r.hasIn {
		remember(&s.in, &s.nIn, r.in)
	}
	if r.hasOut {
		remember(&s.out, &s.nOut, r.out)
	}
	s.times(r.first, r.last)
}

func (s *flowSum) times(first, last time.Time) {
	if !first.IsZero() && (s.first.IsZero() || first.Before(s.first)) {
		s.first = first
	}
	if last.After(s.last) {
		s.last = last
	}
}

func remember(list *[8]uint32, n *int, v uint32) {
	if *n < len(list) && !slices.Contains(list[:*n], v) {
		list[*n] = v
		*n++
	}
}

// sorted are the keys, the largest first; equal ones in the order of their
// addresses.
func (f *flows) sorted() []flowKey {
	keys := make([]flowKey, 0, len(f.sums))
	for k := range f.sums {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b flowKey) int {
		x, y := f.sums[a], f.sums[b]
		return cmp.Or(cmp.Compare(y.bytes, x.bytes), cmp.Compare(y.packets, x.packets), a.exporter.Compare(b.exporter), a.src.Compare(b.src), a.dst.Compare(b.dst),
			cmp.Compare(a.proto, b.proto), cmp.Compare(a.port, b.port))
	})
	return keys
}

func (f *flows) shrink() {
	keys := f.sorted()
	for _, k := range keys[len(keys)/2:] {
		f.toRest(k)
	}
}

func (f *flows) toRest(k flowKey) {
	s := f.sums[k]
	f.rest.bytes += s.bytes
	f.rest.packets += s.packets
	f.rest.flows += s.flows
	f.rest.sampling = max(f.rest.sampling, s.sampling)
	f.rest.times(s.first, s.last)
	f.folded++
	delete(f.sums, k)
}

// take empties the minute: the top flows, the largest first, then the sum of
// all others.
func (f *flows) take(top int) []Flow {
	keys := f.sorted()
	if len(keys) > top {
		for _, k := range keys[top:] {
			f.toRest(k)
		}
		keys = keys[:top]
	}
	out := make([]Flow, 0, len(keys)+1)
	for _, k := range keys {
		s := f.sums[k]
		one := s.fact(f.minute)
		one.Exporter, one.Source, one.Destination = k.exporter.String(), k.src.String(), k.dst.String()
		if one.Protocol = protocolNames[k.proto]; one.Protocol == "" {
			one.Protocol = strconv.Itoa(int(k.proto))
		}
		if k.ports {
			port := int(k.port)
			one.Port = &port
		}
		out = append(out, one)
	}
	if f.folded > 0 {
		one := f.rest.fact(f.minute)
		one.Rest = f.folded
		out = append(out, one)
	}
	f.sums, f.rest, f.folded = map[flowKey]*flowSum{}, flowSum{}, 0
	return out
}

func (s *flowSum) fact(minute time.Time) Flow {
	one := Flow{Minute: minute, Bytes: s.bytes, Packets: s.packets, Flows: s.flows, Sampled: s.sampling, First: s.first, Last: s.last}
	one.In, one.Out = slices.Clone(s.in[:s.nIn]), slices.Clone(s.out[:s.nOut])
	slices.Sort(one.In)
	slices.Sort(one.Out)
	if s.nIn == 0 {
		one.In = nil
	}
	if s.nOut == 0 {
		one.Out = nil
	}
	return one
}
