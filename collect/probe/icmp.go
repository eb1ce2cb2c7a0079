package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

func addr16(a [16]byte) string { return netip.AddrFrom16(a).String() }

// askICMP sends one echo request (RFC 792, RFC 4443): by a socket that needs no
// right where the system allows it, else by a raw one.
func askICMP(ctx context.Context, r *run) error {
	addresses, err := r.resolve(ctx)
	if err != nil {
		return err
	}
	a := addresses[0].Unmap()
	r.Address = a.String()
	free, raw, listen, number := "udp4", "ip4:icmp", "0.0.0.0", 1
	var kind, answer icmp.Type = ipv4.ICMPTypeEcho, ipv4.ICMPTypeEchoReply
	if a.Is6() {
		free, raw, listen, number = "udp6", "ip6:ipv6-icmp", "::", 58
		kind, answer = ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply
	}
	var to net.Addr = &net.UDPAddr{IP: a.AsSlice(), Zone: a.Zone()}
	c, err := icmp.ListenPacket(free, listen)
	if err != nil {
		to = &net.IPAddr{IP: a.AsSlice(), Zone: a.Zone()}
		if c, err = icmp.ListenPacket(raw, listen); err != nil {
			if errors.Is(err, os.ErrPermission) {
				r.Gap = "the range of net.ipv4.ping_group_range, or CAP_NET_RAW"
			}
			return fmt.Errorf("ICMP %w on this machine: %w", errUnasked, err)
		}
	}
	defer c.Close()
	_ = c.SetDeadline(r.until)
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	data := fmt.Appendf(nil, "steward-probe-%016x", rand.Uint64()) // known again whatever the system does to the id
	message := icmp.Message{Type: kind, Body: &icmp.Echo{ID: os.Getpid() & 0xffff, Seq: 1, Data: data}}
	packed, err := message.Marshal(nil)
	if err != nil {
		return err
	}
	return r.phase("reply", func() error {
		if _, err := c.WriteTo(packed, to); err != nil {
			return err
		}
		buf := make([]byte, 1500)
		for {
			n, _, err := c.ReadFrom(buf)
			if err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return err
			}
			m, err := icmp.ParseMessage(number, buf[:n])
			if err != nil || m.Type != answer {
				continue
			}
			if echo, ok := m.Body.(*icmp.Echo); ok && bytes.Equal(echo.Data, data) {
				return nil
			}
		}
	})
}
