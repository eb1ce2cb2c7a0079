package sweep

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"steward/collect/fact"
	"steward/collect/network/pace"
)

// Options say how to sweep.
type Options struct {
	Methods  []string       // of Methods(); none means icmp, arp and nd
	Ports    []int          // for tcp
	Rate     float64        // probes a second at most; 0 is 1,000
	Timeout  time.Duration  // for an answer to the first try; 0 is 1 s; each later try has twice as long
	Retries  int            // after the first try; 0 is 1, below 0 none
	State    string         // file to go on from and to write to; "" is none
	Parallel int            // TCP connections at once; 0 is 512
	Progress func(Progress) // called about once a second; nil is none
}

// Methods are the ways of finding out.
func Methods() []string { return []string{"icmp", "tcp", "arp", "nd"} }

// Progress says how far a sweep is.
type Progress struct {
	Method           string
	Try              int // from 1
	Done, Of, Answer int // addresses
}

// Host is an address that answered.
type Host struct {
	Address string   `json:"address"`
	Name    string   `json:"name,omitempty" doc:"host name it was given by"`
	Via     []string `json:"via" doc:"what it answered: icmp, tcp, arp, nd; table where only the system's neighbour table knows it"`
	RTT     *float64 `json:"rtt_ms,omitempty" doc:"time of the first answer, milliseconds"`
	MAC     string   `json:"mac,omitempty" doc:"told on the same segment only"`
	Open    []int    `json:"open_ports,omitempty"`
	Closed  []int    `json:"closed_ports,omitempty" doc:"ports that refused, which also shows that it is there"`
}

// Summary is what a sweep did.
type Summary struct {
	Targets   string     `json:"targets"`
	Addresses int        `json:"addresses"`
	Probes    int        `json:"probes" doc:"sent, tries again included"`
	Up        int        `json:"up" doc:"addresses that answered"`
	Seconds   float64    `json:"seconds"`
	Rate      float64    `json:"probes_per_second" doc:"over the time of sending"`
	Gaps      []fact.Gap `json:"gaps,omitempty"`
}

// how an address answered, a bit each.
const (
	byICMP = 1 << iota
	byTCP
	byARP
	byND
	byTable
)

var ways = []string{"icmp", "tcp", "arp", "nd", "table"}

// run is one sweep.
type run struct {
	o       Options
	t       *Targets
	limit   *pace.Limiter
	mu      sync.Mutex
	how     []uint8 // by number of address
	rtt     []int32 // microseconds
	mac     map[int]string
	open    map[int][]int
	closed  map[int][]int
	extra   map[netip.Addr]string // IPv6 neighbours that were no target → hardware address
	probes  int
	sending time.Duration
	gaps    []fact.Gap
	at      place
	shown   time.Time
}

// Run sweeps and emits each host that answered, in the order of addresses. When
// ctx ends it emits what was found until then, writes the state and returns
// ctx's error.
func Run(ctx context.Context, t *Targets, o Options, emit func(Host) error) (Summary, error) {
	if len(o.Methods) == 0 {
		o.Methods = []string{"icmp", "arp", "nd"}
		if len(o.Ports) > 0 {
			o.Methods = append(o.Methods, "tcp")
		}
	}
	for _, m := range o.Methods {
		if !slices.Contains(Methods(), m) {
			return Summary{}, fmt.Errorf("method %q is not known; icmp, tcp, arp and nd are", m)
		}
	}
	if o.Rate == 0 {
		o.Rate = 1000
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Second
	}
	if o.Retries == 0 {
		o.Retries = 1
	}
	o.Retries = max(o.Retries, 0)
	if o.Parallel <= 0 {
		o.Parallel = 512
	}
	r := &run{o: o, t: t, limit: pace.New(o.Rate, batch(o.Rate)), how: make([]uint8, t.Len()), rtt: make([]int32, t.Len()),
		mac: map[int]string{}, open: map[int][]int{}, closed: map[int][]int{}, extra: map[netip.Addr]string{}}
	if err := r.load(); err != nil {
		return Summary{}, err
	}
	begun := time.Now()
	r.shown = begun
	err := r.all(ctx)
	if err == nil {
		r.neighbours()
		err = r.forget()
	} else if e := r.save(); e != nil && ctx.Err() == nil {
		err = e
	}
	s := Summary{Targets: t.String(), Addresses: t.Len(), Probes: r.probes, Seconds: time.Since(begun).Seconds(), Gaps: r.gaps}
	if r.sending > 0 {
		s.Rate = float64(r.probes) / r.sending.Seconds()
	}
	up, e := r.emit(emit)
	s.Up = up
	if err == nil {
		err = e
	}
	return s, err
}

// batch is how many probes go at once: enough to hold a high rate, few enough
// that a low one comes evenly.
func batch(rate float64) int { return min(max(int(rate/500), 1), 64) }

func (r *run) all(ctx context.Context) error {
	for k, m := range r.o.Methods {
		if k < r.at.Method {
			continue
		}
		if k > r.at.Method {
			r.at = place{Method: k}
		}
		var err error
		switch m {
		case "icmp":
			err = r.icmp(ctx)
		case "tcp":
			err = r.tcp(ctx)
		case "arp":
			err = r.arp(ctx)
		case "nd":
			err = r.nd(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// heard notes an answer; it reports whether it is the address' first by this
// method.
func (r *run) heard(i int, way uint8, rtt time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := r.how[i]&way == 0
	r.how[i] |= way
	if r.rtt[i] == 0 && rtt > 0 {
		r.rtt[i] = int32(max(min(rtt.Microseconds(), 1<<31-1), 1))
	}
	return first
}

func (r *run) answered(i int, way uint8) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.how[i]&way != 0
}

// up is how many addresses answered in any way.
func (r *run) up() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, h := range r.how {
		if h != 0 {
			n++
		}
	}
	return n
}

func (r *run) gap(g fact.Gap) {
	if len(r.gaps) < 20 && !slices.Contains(r.gaps, g) {
		r.gaps = append(r.gaps, g)
	}
}

// show tells how far it is, about once a second, and writes the state.
func (r *run) show(method string, try, done, of int) error {
	now := time.Now()
	if now.Sub(r.shown) < time.Second {
		return nil
	}
	r.shown = now
	if r.o.Progress != nil {
		r.o.Progress(Progress{Method: method, Try: try + 1, Done: done, Of: of, Answer: r.up()})
	}
	return r.save()
}

func (r *run) emit(emit func(Host) error) (int, error) {
	n := 0
	for i, h := range r.how {
		if h == 0 {
			continue
		}
		a := r.t.At(i)
		host := Host{Address: a.String(), Name: r.t.Names[a.String()], MAC: r.mac[i], Open: r.open[i], Closed: r.closed[i]}
		for bit, name := range ways {
			if h&(1<<bit) != 0 {
				host.Via = append(host.Via, name)
			}
		}
		if r.rtt[i] > 0 {
			host.RTT = new(float64(r.rtt[i]) / 1000)
		}
		slices.Sort(host.Open)
		slices.Sort(host.Closed)
		n++
		if err := emit(host); err != nil {
			return n, err
		}
	}
	var more []netip.Addr
	for a := range r.extra {
		more = append(more, a)
	}
	slices.SortFunc(more, netip.Addr.Compare)
	for _, a := range more {
		n++
		if err := emit(Host{Address: a.String(), Via: []string{"nd"}, MAC: r.extra[a]}); err != nil {
			return n, err
		}
	}
	return n, nil
}
