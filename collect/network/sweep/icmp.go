package sweep

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"steward/collect/fact"
)

const (
	echoSize  = 8 + 24 // header and what is sent back: key, number, moment
	readBatch = 64
)

// wire is a socket for echoes of one family. ipv4.PacketConn and
// ipv6.PacketConn have the same methods and the same messages.
type wire interface {
	WriteBatch(ms []ipv4.Message, flags int) (int, error)
	ReadBatch(ms []ipv4.Message, flags int) (int, error)
	SetReadDeadline(time.Time) error
	Close() error
}

// echoer sends and hears echoes of one family.
type echoer struct {
	wire
	raw    bool
	v6     bool
	key    uint64 // of this run, so that no one else's answers count
	begun  time.Time
	out    []ipv4.Message
	sent   int
	failed error
}

// listenEcho opens the socket that needs no right where the system allows it,
// else a raw one.
func listenEcho(v6 bool) (*echoer, error) {
	e := &echoer{v6: v6, key: rand.Uint64(), begun: time.Now()}
	free, raw, any := "udp4", "ip4:icmp", "0.0.0.0"
	if v6 {
		free, raw, any = "udp6", "ip6:ipv6-icmp", "::"
	}
	if c, err := icmp.ListenPacket(free, any); err == nil {
		if v6 {
			e.wire = c.IPv6PacketConn()
		} else {
			e.wire = c.IPv4PacketConn()
		}
		return e, nil
	}
	c, err := net.ListenPacket(raw, any)
	if err != nil {
		return nil, err
	}
	enlarge(c)
	e.raw = true
	if v6 {
		p := ipv6.NewPacketConn(c)
		var f ipv6.ICMPFilter
		f.SetAll(true)
		f.Accept(ipv6.ICMPTypeEchoReply)
		_ = p.SetICMPFilter(&f)
		e.wire = p
		return e, nil
	}
	e.wire = ipv4.NewPacketConn(c)
	onlyReplies(c)
	return e, nil
}

// fill makes the next echo for number i.
func (e *echoer) fill(i int, a netip.Addr) {
	n := len(e.out)
	if n == cap(e.out) {
		e.out = append(e.out, ipv4.Message{Buffers: [][]byte{make([]byte, echoSize)}})
	} else {
		e.out = e.out[:n+1]
		if e.out[n].Buffers == nil {
			e.out[n].Buffers = [][]byte{make([]byte, echoSize)}
		}
	}
	m := &e.out[n]
	if e.raw {
		m.Addr = &net.IPAddr{IP: a.AsSlice(), Zone: a.Zone()}
	} else {
		m.Addr = &net.UDPAddr{IP: a.AsSlice(), Zone: a.Zone()}
	}
	b := m.Buffers[0]
	clear(b[:8])
	if b[0] = 8; e.v6 {
		b[0] = 128
	}
	binary.BigEndian.PutUint16(b[4:], uint16(os.Getpid()))
	binary.BigEndian.PutUint16(b[6:], uint16(i))
	binary.BigEndian.PutUint64(b[8:], e.key)
	binary.BigEndian.PutUint64(b[16:], uint64(i))
	binary.BigEndian.PutUint64(b[24:], uint64(time.Since(e.begun)))
	if !e.v6 { // the system makes it for IPv6
		binary.BigEndian.PutUint16(b[2:], checksum(b))
	}
}

func checksum(b []byte) uint16 {
	var s uint32
	for i := 0; i+1 < len(b); i += 2 {
		s += uint32(b[i])<<8 | uint32(b[i+1])
	}
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return ^uint16(s)
}

// flush sends what was filled. One address that cannot be sent to does not stop
// the others.
func (e *echoer) flush(ctx context.Context) error {
	left := e.out
	for tries := 0; len(left) > 0; {
		n, err := e.WriteBatch(left, 0)
		e.sent += max(n, 0)
		left = left[max(n, 0):]
		switch {
		case err == nil:
		case errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.EAGAIN):
			if tries++; tries > 100 {
				return fmt.Errorf("send: %w", err)
			}
			time.Sleep(time.Millisecond)
		case errors.Is(err, net.ErrClosed) || ctx.Err() != nil:
			return err
		case len(left) > 0:
			if e.failed == nil {
				e.failed = err
			}
			left = left[1:]
		}
	}
	e.out = e.out[:0]
	return nil
}

// hear reads answers until the socket is closed.
func (e *echoer) hear(answer func(i int, from netip.Addr, rtt time.Duration)) {
	in := make([]ipv4.Message, readBatch)
	for i := range in {
		in[i].Buffers = [][]byte{make([]byte, 256)}
	}
	for {
		n, err := e.ReadBatch(in, 0)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
				return
			}
			var sys syscall.Errno
			if errors.As(err, &sys) { // an error of an earlier echo, told here
				continue
			}
			return
		}
		now := time.Since(e.begun)
		for _, m := range in[:n] {
			i, sent, ok := e.reply(m.Buffers[0][:m.N])
			if !ok {
				continue
			}
			var from netip.Addr
			switch a := m.Addr.(type) {
			case *net.IPAddr:
				from, _ = netip.AddrFromSlice(a.IP)
			case *net.UDPAddr:
				from, _ = netip.AddrFromSlice(a.IP)
			}
			answer(i, from.Unmap(), max(now-sent, time.Microsecond))
		}
	}
}

// reply reads an echo reply to one of ours.
func (e *echoer) reply(b []byte) (i int, sent time.Duration, ok bool) {
	if len(b) > 20 && b[0]>>4 == 4 { // a raw socket gives the IPv4 header as well
		head := int(b[0]&0x0f) * 4
		if head < 20 || len(b) < head {
			return 0, 0, false
		}
		b = b[head:]
	}
	kind := byte(0)
	if e.v6 {
		kind = 129
	}
	if len(b) < echoSize || b[0] != kind || binary.BigEndian.Uint64(b[8:]) != e.key {
		return 0, 0, false
	}
	n := binary.BigEndian.Uint64(b[16:])
	if n > maxAddresses {
		return 0, 0, false
	}
	return int(n), time.Duration(binary.BigEndian.Uint64(b[24:])), true
}

// icmp asks every address by echo, those that did not answer again.
func (r *run) icmp(ctx context.Context) error {
	family := [2]*echoer{}
	needs := [2]bool{}
	for _, s := range r.t.spans {
		needs[of(s.first)] = true
	}
	var hearing sync.WaitGroup
	defer hearing.Wait()
	for k := range family {
		if !needs[k] {
			continue
		}
		e, err := listenEcho(k == 1)
		if err != nil {
			g := fact.Gap{What: "ICMP of IPv" + string("46"[k]), Why: err.Error()}
			if errors.Is(err, os.ErrPermission) {
				g.Needs = "the range of net.ipv4.ping_group_range, or CAP_NET_RAW"
			}
			r.gap(g)
			continue
		}
		family[k] = e
		defer e.Close()
		hearing.Go(func() {
			e.hear(func(i int, from netip.Addr, rtt time.Duration) {
				if i < len(r.how) && r.t.At(i).WithZone("") == from.WithZone("") {
					r.heard(i, byICMP, rtt)
				}
			})
		})
	}
	if family[0] == nil && family[1] == nil {
		return nil
	}
	for ; r.at.Try <= r.o.Retries; r.at.Try, r.at.Next = r.at.Try+1, 0 {
		if err := r.echoes(ctx, family[:]); err != nil {
			return err
		}
		if r.quiet(byICMP) {
			break
		}
		if err := wait(ctx, r.o.Timeout<<min(r.at.Try, 6), func() bool { return r.quiet(byICMP) }); err != nil {
			return err
		}
	}
	for _, e := range family {
		if e != nil && e.failed != nil {
			r.gap(fact.Gap{What: "some addresses by ICMP", Why: e.failed.Error(), Needs: "a route to them, and a packet filter that lets echoes out"})
		}
	}
	return nil
}

func of(a netip.Addr) int {
	if a.Is4() {
		return 0
	}
	return 1
}

// echoes is one try over all addresses that have not answered.
func (r *run) echoes(ctx context.Context, family []*echoer) error {
	size := max(r.limit.Burst(), 1)
	if r.limit == nil {
		size = 64
	}
	begun := time.Now()
	defer func() { r.sending += time.Since(begun) }()
	next := make([]int, 0, size)
	flush := func() error {
		if len(next) == 0 {
			return nil
		}
		if err := r.limit.Wait(ctx, len(next)); err != nil {
			return err
		}
		for _, i := range next {
			a := r.t.At(i)
			family[of(a)].fill(i, a)
		}
		for _, e := range family {
			if e == nil || len(e.out) == 0 {
				continue
			}
			before := e.sent
			err := e.flush(ctx)
			r.probes += e.sent - before
			if err != nil {
				return err
			}
		}
		r.at.Next = next[len(next)-1] + 1
		next = next[:0]
		return r.show("icmp", r.at.Try, r.at.Next, r.t.Len())
	}
	for i := r.at.Next; i < r.t.Len(); i++ {
		if family[of(r.t.At(i))] == nil || r.answered(i, byICMP) {
			continue
		}
		if next = append(next, i); len(next) == size {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// quiet reports whether every address answered.
func (r *run) quiet(way uint8) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.how {
		if h&way == 0 {
			return false
		}
	}
	return true
}

// wait waits d, less if enough is true before.
func wait(ctx context.Context, d time.Duration, enough func() bool) error {
	end := time.Now().Add(d)
	tick := time.NewTicker(max(min(d/20, 100*time.Millisecond), time.Millisecond))
	defer tick.Stop()
	for time.Now().Before(end) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if enough() {
				return nil
			}
		}
	}
	return nil
}
