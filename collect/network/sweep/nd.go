package sweep

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"steward/collect/fact"
)

// allNodes is the group every IPv6 node of a segment is in: RFC 4291.
var allNodes = netip.MustParseAddr("ff02::1")

// nd asks all nodes of the own segments by one echo each: networks of IPv6 are
// too large to ask every address. It is done only when a target lies on the
// segment (or is its link-local network), and answers count as far as they are
// targets or share a segment with one.
func (r *run) nd(ctx context.Context) error {
	var wanted []segment
	for _, s := range segments() {
		if r.touches(s.Interface) {
			wanted = append(wanted, s)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	e, err := listenEcho(true)
	if err != nil {
		g := fact.Gap{What: "IPv6 neighbours", Why: err.Error()}
		if errors.Is(err, os.ErrPermission) {
			g.Needs = "the range of net.ipv4.ping_group_range, or CAP_NET_RAW"
		}
		r.gap(g)
		return nil
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.hear(func(_ int, from netip.Addr, rtt time.Duration) {
			if i := r.t.Index(from); i >= 0 {
				r.heard(i, byND, rtt)
				return
			}
			r.mu.Lock()
			if len(r.extra) < 65536 {
				r.extra[from] = ""
			}
			r.mu.Unlock()
		})
	}()
	defer func() { e.Close(); <-done }()
	for try := range r.o.Retries + 1 {
		for _, s := range wanted {
			if err := r.limit.Wait(ctx, 1); err != nil {
				return err
			}
			e.fill(0, allNodes.WithZone(s.Name))
			if err := e.flush(ctx); err != nil {
				return err
			}
			r.probes++
		}
		if err := wait(ctx, r.o.Timeout<<min(try, 6), func() bool { return false }); err != nil {
			return err
		}
	}
	return nil
}

// touches reports whether an interface's IPv6 networks hold a target.
func (r *run) touches(on net.Interface) bool {
	addresses, _ := on.Addrs()
	for _, a := range addresses {
		p, err := netip.ParsePrefix(a.String())
		if err != nil || !p.Addr().Is6() {
			continue
		}
		for _, s := range r.t.spans {
			if s.first.Is6() && p.Contains(s.first.WithZone("")) {
				return true
			}
		}
	}
	return false
}
