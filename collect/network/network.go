package network

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"steward/collect/fact"
	"steward/collect/network/banner"
	"steward/collect/network/device"
	"steward/collect/network/identify"
	"steward/collect/network/pace"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
	"steward/collect/network/sweep"
	"steward/collect/network/topology"
)

// Kinds of observations.
const (
	KindHost   = "network-host"   // sweep.Host: an address that answers
	KindSweep  = "network-sweep"  // sweep.Summary: what the sweep did
	KindDevice = "network-device" // seen.Device: what a device tells and what it is
	KindUnseen = "network-unseen" // Unseen: a host whose SNMP agent told nothing
	KindNode   = "network-node"   // topology.Node
	KindLink   = "network-link"   // topology.Link
)

// Unseen is a host of which SNMP showed nothing, and why.
type Unseen struct {
	Address string     `json:"address"`
	Gaps    []fact.Gap `json:"gaps" doc:"for each credential that was tried, why it did not help"`
}

// Config says what is collected and how.
type Config struct {
	Targets     *sweep.Targets
	Sweep       *sweep.Options // nil asks every address by SNMP without sweeping first
	Credentials []Credential   // in the order they are tried; none asks nobody by SNMP
	Rules       *identify.Rules
	Banners     []int         // ports whose services are asked what they say of themselves; none asks nobody
	Sections    []string      // of device.Sections; none is all
	Port        uint16        // of the agents; 0 is 161
	Timeout     time.Duration // for the first answer of an agent; 0 is 2 s
	Retries     int           // as snmp.Options
	Rate        float64       // SNMP datagrams a second over all agents; 0 is 2,000, below 0 no limit
	Parallel    int           // devices at once; 0 is 64
	Device      time.Duration // for the whole of one device; 0 is 10 minutes
	Topology    bool          // find the links between the devices
	// Map takes the whole map, to be drawn; nil is none.
	Map      func(topology.Map) error
	MaxRows  int          // values of one table at most, as device.Options
	Progress func(string) // about once a second; nil is none
}

// Run collects and emits: the hosts, then the devices in the order of
// addresses, then nodes and links.
func Run(ctx context.Context, c Config, emit fact.Emit) error {
	if c.Rate == 0 {
		c.Rate = 2000
	}
	if c.Parallel <= 0 {
		c.Parallel = 64
	}
	if c.Device <= 0 {
		c.Device = 10 * time.Minute
	}
	if c.Port == 0 {
		c.Port = 161
	}
	if c.Rules == nil {
		c.Rules = identify.Builtin()
	}
	var hosts []netip.Addr
	open := map[netip.Addr][]int{}
	if c.Sweep != nil {
		o := *c.Sweep
		if o.Progress == nil && c.Progress != nil {
			o.Progress = func(p sweep.Progress) {
				c.Progress(fmt.Sprintf("%s, try %d: %d of %d sent, %d answered", p.Method, p.Try, p.Done, p.Of, p.Answer))
			}
		}
		summary, err := sweep.Run(ctx, c.Targets, o, func(h sweep.Host) error {
			if a, err := netip.ParseAddr(h.Address); err == nil {
				hosts = append(hosts, a)
				open[a] = h.Open
			}
			return emit(fact.Observation{Kind: KindHost, Target: h.Address, At: time.Now().UTC(), Source: strings.Join(h.Via, ", "), Method: "sweep", Data: h})
		})
		if err != nil {
			return err
		}
		if err := emit(fact.Observation{Kind: KindSweep, Target: summary.Targets, At: time.Now().UTC(), Source: "sweep", Method: "sweep", Data: summary}); err != nil {
			return err
		}
	} else {
		for i := range c.Targets.Len() {
			hosts = append(hosts, c.Targets.At(i))
			open[c.Targets.At(i)] = c.Banners
		}
	}
	if len(c.Credentials) == 0 && len(c.Banners) == 0 {
		return nil
	}
	return c.poll(ctx, hosts, open, emit)
}

// answer is what asking one host gave.
type answer struct {
	device *seen.Device
	unseen *Unseen
	at     time.Time
	err    error
}

// poll asks the hosts, several at once, and emits in their order. No more than
// four times as many as are asked at once wait for one that is slow.
func (c *Config) poll(ctx context.Context, hosts []netip.Addr, open map[netip.Addr][]int, emit fact.Emit) error {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	limit := pace.New(c.Rate, max(int(c.Rate/100), 1))
	connects := limit
	if c.Sweep != nil && c.Sweep.Rate > 0 {
		connects = pace.New(c.Sweep.Rate, 1)
	}
	ahead := make(chan struct{}, 4*c.Parallel)
	next := make(chan int)
	answers := make([]chan answer, len(hosts))
	for i := range answers {
		answers[i] = make(chan answer, 1)
	}
	var workers sync.WaitGroup
	defer workers.Wait()
	for range min(c.Parallel, len(hosts)) {
		workers.Go(func() {
			for i := range next {
				said := c.banners(inner, hosts[i], open[hosts[i]], connects)
				answers[i] <- c.ask(inner, hosts[i], said, limit)
			}
		})
	}
	workers.Go(func() {
		defer close(next)
		for i := range hosts {
			select {
			case ahead <- struct{}{}:
			case <-inner.Done():
				return
			}
			select {
			case next <- i:
			case <-inner.Done():
				return
			}
		}
	})
	var devices []seen.Device
	shown := time.Now()
	for i, host := range hosts {
		var a answer
		select {
		case a = <-answers[i]:
		case <-inner.Done():
			return inner.Err()
		}
		<-ahead
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case a.err != nil:
			return a.err
		}
		o := fact.Observation{Target: host.String(), At: a.at, Source: "SNMP", Method: "snmp"}
		if a.unseen != nil {
			o.Kind, o.Data = KindUnseen, *a.unseen
			if err := emit(o); err != nil {
				return err
			}
			o.Source, o.Method = "banners", "banner"
		}
		if a.device != nil {
			if c.Topology || c.Map != nil {
				devices = append(devices, *a.device)
			}
			o.Kind, o.Data = KindDevice, *a.device
			if err := emit(o); err != nil {
				return err
			}
		}
		if c.Progress != nil && time.Since(shown) > time.Second {
			shown = time.Now()
			c.Progress(fmt.Sprintf("SNMP: %d of %d hosts asked", i+1, len(hosts)))
		}
	}
	if !c.Topology && c.Map == nil {
		return nil
	}
	m := topology.Build(devices)
	if c.Topology {
		if err := Links(m, emit); err != nil {
			return err
		}
	}
	if c.Map == nil {
		return nil
	}
	return c.Map(m)
}

// Links emits what connects devices.
func Links(m topology.Map, emit fact.Emit) error {
	at := time.Now().UTC()
	for _, n := range m.Nodes {
		if err := emit(fact.Observation{Kind: KindNode, Target: n.ID, At: at, Source: "topology", Method: "topology", Data: n}); err != nil {
			return err
		}
	}
	for _, l := range m.Links {
		if err := emit(fact.Observation{Kind: KindLink, Target: l.A.Node + " – " + l.B.Node, At: at, Source: strings.Join(l.Methods, ", "), Method: "topology", Data: l}); err != nil {
			return err
		}
	}
	return nil
}

// ask asks one host: the first credential that is let in reads it whole.
func (c *Config) ask(ctx context.Context, host netip.Addr, said []seen.Banner, limit *pace.Limiter) answer {
	whole, cancel := context.WithTimeout(ctx, c.Device)
	defer cancel()
	unseen := &Unseen{Address: host.String()}
	for _, cred := range c.Credentials {
		if !cred.fits(host) {
			continue
		}
		client, err := snmp.Dial(snmp.Options{Address: netip.AddrPortFrom(host, c.Port), Credential: cred.Credential, Timeout: c.Timeout, Retries: c.Retries,
			Wait: func(ctx context.Context) error { return limit.Wait(ctx, 1) }})
		if err != nil {
			unseen.Gaps = append(unseen.Gaps, fact.Gap{What: "SNMP as " + cred.Name, Why: err.Error()})
			continue
		}
		d := &seen.Device{Key: host.String(), Address: host.String(), Banners: said}
		err = c.read(whole, client, d, cred, limit)
		client.Close()
		switch {
		case ctx.Err() != nil:
			return answer{err: ctx.Err()}
		case errors.Is(err, context.DeadlineExceeded):
			d.Gaps = append(d.Gaps, fact.Gap{What: "all that was not read within " + c.Device.String(), Why: "the agent is too slow", Needs: "a longer --device-timeout"})
			return answer{device: d, at: time.Now().UTC()}
		case err == nil:
			d.Gaps = append(d.Gaps, unseen.Gaps...)
			return answer{device: d, at: time.Now().UTC()}
		}
		unseen.Gaps = append(unseen.Gaps, refusal(cred, err))
		if errors.Is(err, snmp.ErrClosed) {
			break // no agent at all: other credentials would not help
		}
	}
	if len(unseen.Gaps) == 0 && len(c.Credentials) > 0 {
		unseen.Gaps = []fact.Gap{{What: "SNMP", Why: "no credential is for this network", Needs: "a credential whose networks hold " + host.String()}}
	}
	a := answer{unseen: unseen, at: time.Now().UTC()}
	if len(c.Credentials) == 0 {
		a.unseen = nil
	}
	if len(said) > 0 {
		a.device = &seen.Device{Key: host.String(), Address: host.String(), Banners: said}
		a.err = c.Rules.Identify(ctx, snmp.NewRecording(nil), a.device)
	}
	return a
}

// banners reads what the open ports of a host that are asked for say.
func (c *Config) banners(ctx context.Context, host netip.Addr, open []int, limit *pace.Limiter) []seen.Banner {
	var said []seen.Banner
	for _, port := range c.Banners {
		if !slices.Contains(open, port) {
			continue
		}
		if limit.Wait(ctx, 1) != nil {
			return said
		}
		if b, err := banner.Read(ctx, host, port); err == nil {
			said = append(said, b)
		}
	}
	return said
}

// read reads a device; an error says that the agent did not let this credential
// in. What it could not show besides is in d's gaps.
func (c *Config) read(ctx context.Context, client *snmp.Client, d *seen.Device, cred Credential, limit *pace.Limiter) error {
	if err := device.System(ctx, client, d); err != nil {
		return err
	}
	o := device.Options{Sections: c.Sections, MaxRows: c.MaxRows, Tables: c.Rules.Tables(), Context: func(name string) (snmp.Source, func(), error) {
		if cred.Version == 3 {
			name = "vlan-" + name
		}
		other, err := client.InContext(name)
		if err != nil {
			return nil, nil, err
		}
		return other, func() { other.Close() }, nil
	}}
	err := device.Read(ctx, client, d, o)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e := c.Rules.Identify(ctx, client, d); e != nil && err == nil {
		err = e
	}
	if err != nil && ctx.Err() == nil {
		return nil // the gaps tell it
	}
	return err
}

// refusal says what a credential lacked.
func refusal(cred Credential, err error) fact.Gap {
	g := fact.Gap{What: "SNMP as " + cred.Name, Why: err.Error()}
	switch {
	case errors.Is(err, snmp.ErrClosed):
		g.What, g.Needs = "SNMP", "an SNMP agent that is switched on and listens to this machine"
	case errors.Is(err, snmp.ErrUser):
		g.Needs = "the user " + cred.User.Name + " on the agent"
	case errors.Is(err, snmp.ErrPassword):
		g.Needs = "the auth password and algorithm the agent has for this user"
	case errors.Is(err, snmp.ErrPrivacy):
		g.Needs = "the priv password and algorithm the agent has for this user"
	case errors.Is(err, snmp.ErrLevel):
		g.Needs = "the security level (none, auth, priv) the agent has for this user"
	case errors.Is(err, snmp.ErrAccess):
		g.Needs = "read access to the system group for this community or user"
	case errors.Is(err, snmp.ErrNoAnswer):
		g.Needs = "an agent that is switched on, that knows this community or engine, and a packet filter that lets UDP 161 through"
	}
	return g
}
