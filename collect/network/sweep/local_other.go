//go:build !linux

package sweep

import (
	"context"
	"net"

	"steward/collect/fact"
)

func enlarge(net.PacketConn) {}

func onlyReplies(net.PacketConn) {}

type segment struct {
	net.Interface
}

func segments() []segment { return nil }

// arp is not done on this system; what answers on the own segment answers ICMP
// or TCP, or is not seen.
func (r *run) arp(context.Context) error {
	r.gap(fact.Gap{What: "ARP", Why: "it is asked on Linux only", Needs: "sweeping from a Linux machine on that segment"})
	return nil
}

func (r *run) neighbours() {}
