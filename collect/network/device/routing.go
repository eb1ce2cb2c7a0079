package device

import (
	"net/netip"

	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// arp reads the neighbours' addresses: ipNetToPhysicalTable, the older
// ipNetToMediaTable and atTable, and the older table of IPv6.
func (r *reader) arp() int {
	type key struct {
		index int64
		ip    netip.Addr
	}
	have := map[key]bool{}
	add := func(index int64, a netip.Addr, v snmp.Value, kind string) {
		mac, ok := v.MAC()
		k := key{index, a}
		if !ok || !a.IsValid() || have[k] || mac == "00:00:00:00:00:00" || kind == "invalid" {
			return
		}
		have[k] = true
		r.d.ARP = append(r.d.ARP, seen.ARPEntry{IfIndex: index, IP: a.String(), MAC: mac, Kind: kind})
	}
	for _, w := range r.table("1.3.6.1.2.1.4.22.1", 2, 3, 4).list {
		if len(w.index) != 5 {
			continue
		}
		b, ok := octets(w.index[1:])
		if !ok {
			continue
		}
		a, _ := netip.AddrFromSlice(b)
		add(w.first(), a, w.get(2), word(w.int(4), "other", "invalid", "dynamic", "static"))
	}
	for _, w := range r.table("1.3.6.1.2.1.4.35.1", 4, 6).list {
		if len(w.index) < 3 {
			continue
		}
		if a, _, ok := inetAddress(w.index[1:]); ok {
			add(w.first(), a.Unmap(), w.get(4), word(w.int(6), "other", "invalid", "dynamic", "static", "local"))
		}
	}
	for _, w := range r.table("1.3.6.1.2.1.55.1.12.1", 2).list {
		if b, ok := octets(w.index[min(len(w.index), 1):]); ok && len(b) == 16 {
			a, _ := netip.AddrFromSlice(b)
			add(w.first(), a, w.get(2), "")
		}
	}
	if len(r.d.ARP) == 0 {
		for _, w := range r.table("1.3.6.1.2.1.3.1.1", 2).list {
			if len(w.index) != 6 {
				continue
			}
			if b, ok := octets(w.index[2:]); ok {
				a, _ := netip.AddrFromSlice(b)
				add(w.first(), a, w.get(2), "")
			}
		}
	}
	return len(r.d.ARP)
}

var routeProtocols = []string{"other", "local", "static", "icmp", "egp", "ggp", "hello", "rip", "is-is", "es-is", "igrp", "bbn-spf-igp", "ospf", "bgp", "idpr", "eigrp", "dvmrp"}

// maxRoutes is how many routes of a device are kept: a full Internet table is
// no fact about the organisation's network.
const maxRoutes = 20_000

// routes reads inetCidrRouteTable, or ipCidrRouteTable, or ipRouteTable: the
// newest the agent has.
func (r *reader) routes() int {
	limit := r.o.MaxRows
	r.o.MaxRows = min(limit, 6*maxRoutes)
	defer func() { r.o.MaxRows = limit }()
	add := func(p netip.Prefix, hop netip.Addr, index int64, kind, protocol string, metric int64) {
		t := seen.Route{Prefix: p.Masked().String(), IfIndex: index, Kind: kind, Protocol: protocol, Metric: max(metric, 0)}
		if hop.IsValid() && !hop.IsUnspecified() {
			t.NextHop = hop.String()
		}
		r.d.Routes = append(r.d.Routes, t)
	}
	for _, w := range r.table("1.3.6.1.2.1.4.24.7.1", 7, 8, 9, 12).list {
		a, rest, ok := inetAddress(w.index)
		if !ok || len(rest) < 2 {
			continue
		}
		length, policy := int(rest[0]), int(rest[1])
		if length > a.BitLen() || len(rest) < 2+policy {
			continue
		}
		hop, _, _ := inetAddress(rest[2+policy:])
		add(netip.PrefixFrom(a, length), hop, w.int(7), word(w.int(8), "", "reject", "local", "remote", "blackhole"), word(w.int(9), routeProtocols...), w.int(12))
	}
	if len(r.d.Routes) > 0 {
		return len(r.d.Routes)
	}
	for _, w := range r.table("1.3.6.1.2.1.4.24.4.1", 5, 6, 7, 11).list {
		b, ok := octets(w.index)
		if !ok || len(b) != 13 {
			continue
		}
		a, _ := netip.AddrFromSlice(b[:4])
		m, _ := netip.AddrFromSlice(b[4:8])
		hop, _ := netip.AddrFromSlice(b[9:])
		if length, ok := maskBits(m); ok {
			add(netip.PrefixFrom(a, length), hop, w.int(5), word(w.int(6), "", "reject", "local", "remote"), word(w.int(7), routeProtocols...), w.int(11))
		}
	}
	if len(r.d.Routes) > 0 {
		return len(r.d.Routes)
	}
	for _, w := range r.table("1.3.6.1.2.1.4.21.1", 1, 2, 3, 7, 8, 9, 11).list {
		a, ok := w.get(1).IP()
		m, good := w.get(11).IP()
		if !ok || !good {
			continue
		}
		hop, _ := w.get(7).IP()
		if length, ok := maskBits(m); ok && a.Is4() {
			add(netip.PrefixFrom(a, length), hop, w.int(2), word(w.int(8), "", "reject", "local", "remote"), word(w.int(9), routeProtocols...), w.int(3))
		}
	}
	return len(r.d.Routes)
}
