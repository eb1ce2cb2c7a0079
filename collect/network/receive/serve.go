package receive

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

// udp listens for datagrams, each handled in turn by one goroutine.
func (r *receiver) udp(ctx context.Context, protocol, address string, handle func(*listener, netip.AddrPort, []byte, *net.UDPConn)) error {
	at, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return fmt.Errorf("%s: %w", protocol, err)
	}
	c, err := net.ListenUDP("udp", at)
	if err != nil {
		return fmt.Errorf("%s: %w", protocol, err)
	}
	_ = c.SetReadBuffer(4 << 20) // the system may allow less; what it then drops is counted
	l := newListener(protocol, c.LocalAddr().String())
	l.kernel = func() uint64 { return missed(c.LocalAddr().(*net.UDPAddr).AddrPort()) }
	r.listeners = append(r.listeners, l)
	r.closers = append(r.closers, c.Close)
	r.Started(protocol, l.address)
	r.wait.Add(1)
	go func() {
		defer r.wait.Done()
		b := make([]byte, maxDatagram)
		for {
			n, from, err := c.ReadFromUDPAddrPort(b)
			if err != nil {
				if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
					return
				}
				continue // an ICMP error of an answer that did not arrive
			}
			from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
			l.received(n)
			handle(l, from, b[:n], c)
		}
	}()
	return nil
}

// missed is how many datagrams for a socket Linux dropped; 0 where it does not
// tell.
func missed(at netip.AddrPort) uint64 {
	var sum uint64
	for _, name := range []string{"/proc/self/net/udp", "/proc/self/net/udp6"} {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) < 13 {
				continue
			}
			local := fields[1]
			port, err := strconv.ParseUint(local[strings.LastIndexByte(local, ':')+1:], 16, 16)
			if err != nil || uint16(port) != at.Port() || !sameAddress(local, at.Addr()) {
				continue
			}
			n, _ := strconv.ParseUint(fields[12], 10, 64)
			sum += n
		}
		f.Close()
	}
	return sum
}

// sameAddress compares an address as /proc writes it: words of 32 bits in the
// machine's order, which is little-endian wherever this runs on Linux but s390x
// and old Power; there nothing matches and nothing is told.
func sameAddress(hex string, a netip.Addr) bool {
	var text strings.Builder
	b := a.AsSlice()
	for i := 0; i+4 <= len(b); i += 4 {
		fmt.Fprintf(&text, "%02X%02X%02X%02X", b[i+3], b[i+2], b[i+1], b[i])
	}
	return strings.HasPrefix(hex, text.String()+":")
}

// tcp listens for syslog over connections, each read by a goroutine of its own.
func (r *receiver) tcp(ctx context.Context, protocol, transport, address string) error {
	in, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("%s: %w", protocol, err)
	}
	l := newListener(protocol, in.Addr().String())
	r.listeners = append(r.listeners, l)
	r.closers = append(r.closers, in.Close)
	r.Started(protocol, l.address)
	r.wait.Add(1)
	go func() {
		defer r.wait.Done()
		for {
			c, err := in.Accept()
			if err != nil {
				if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
					return
				}
				select { // no file descriptors, for a while
				case <-ctx.Done():
				case <-time.After(100 * time.Millisecond):
				}
				continue
			}
			select {
			case r.conns <- struct{}{}:
			default:
				l.count(func(s *Status) { s.Refused++ })
				c.Close()
				continue
			}
			r.wait.Add(1)
			go func() {
				defer r.wait.Done()
				defer func() { <-r.conns }()
				r.connection(ctx, l, transport, c)
			}()
		}
	}()
	return nil
}

func (r *receiver) connection(ctx context.Context, l *listener, transport string, c net.Conn) {
	defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Now()) })()
	defer c.Close()
	peer := netip.Addr{}
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		peer = a.AddrPort().Addr().Unmap()
	}
	if transport == "tls" {
		secured := tls.Server(c, r.TLS)
		shake, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := secured.HandshakeContext(shake)
		cancel()
		if err != nil {
			l.count(func(s *Status) { s.Refused++ })
			if ctx.Err() == nil {
				r.malformed(l, peer, &fault{"no TLS handshake", "the connection was closed before it was secured"})
			}
			return
		}
		c = secured
	}
	messages := newFrames(c, maxLine)
	for {
		if ctx.Err() != nil {
			return
		}
		_ = c.SetReadDeadline(time.Now().Add(idle))
		if ctx.Err() != nil {
			_ = c.SetReadDeadline(time.Now())
		}
		b, cut, err := messages.next()
		if err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) && ctx.Err() == nil {
				r.malformed(l, peer, &fault{"message ends early", "the connection ended within a message"})
			}
			return
		}
		l.received(len(b))
		if !r.syslog(ctx, l, transport, peer, b, cut, true) {
			return
		}
	}
}
