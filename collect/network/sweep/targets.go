// Package sweep finds which addresses of a network answer: by ICMP echo, TCP,
// ARP on the own segments and the neighbours of IPv6. It keeps to the addresses
// and the rate it is given, holds a few bytes an address, can be stopped at any
// moment and go on where it was.
package sweep

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// maxAddresses is how many addresses one sweep takes: a /12 of IPv4.
const maxAddresses = 1 << 20

// private is what may be swept without being told so: addresses that belong to
// nobody on the Internet.
var private = prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15",
	"fc00::/7", "fe80::/10", "::1/128", "2001:db8::/32")

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// span is the addresses from first to last, both included.
type span struct{ first, last netip.Addr }

// Targets are the addresses to sweep, each once, in order.
type Targets struct {
	spans []span
	start []int // number of the first address of each span
	n     int
	Names map[string]string // address → the host name it was given by
}

// Resolver finds the addresses of a host name; nil uses the system's.
type Resolver func(ctx context.Context, name string) ([]netip.Addr, error)

// ParseTargets reads addresses, networks (192.0.2.0/24), ranges
// (192.0.2.10-192.0.2.20 or 192.0.2.10-20) and host names. The network's and
// the broadcast address of a network given as one are left out, and what
// exclude names. Addresses outside private ranges are refused unless allow
// names a network that holds them.
func ParseTargets(ctx context.Context, list, exclude, allow []string, resolve Resolver) (*Targets, error) {
	if resolve == nil {
		resolve = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		}
	}
	may := slices.Clone(private)
	for _, s := range allow {
		p, err := prefix(s)
		if err != nil {
			return nil, fmt.Errorf("allow: %w", err)
		}
		may = append(may, p)
	}
	t := &Targets{Names: map[string]string{}}
	var spans []span
	for _, s := range list {
		sp, err := parseSpan(s)
		if err != nil {
			return nil, err
		}
		if sp == nil { // a name
			addresses, err := resolve(ctx, s)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s, err)
			}
			for _, a := range addresses {
				a = a.Unmap()
				t.Names[a.String()] = s
				sp = append(sp, span{a, a})
			}
		}
		for _, x := range sp {
			if err := allowed(x, may); err != nil {
				return nil, fmt.Errorf("%s: %w", s, err)
			}
		}
		spans = append(spans, sp...)
	}
	spans = merge(spans)
	for _, s := range exclude {
		sp, err := parseSpan(s)
		if err != nil {
			return nil, fmt.Errorf("exclude: %w", err)
		}
		if sp == nil {
			return nil, fmt.Errorf("exclude: %q is no address, network or range", s)
		}
		if p, err := netip.ParsePrefix(s); err == nil { // whole, with its first and last
			sp = []span{{p.Masked().Addr(), lastOf(p)}}
		}
		for _, x := range sp {
			spans = without(spans, x)
		}
	}
	for _, s := range spans {
		size, ok := count(s)
		if !ok || t.n+size > maxAddresses {
			return nil, fmt.Errorf("more than %d addresses; sweep a part at a time", maxAddresses)
		}
		t.start = append(t.start, t.n)
		t.n += size
	}
	t.spans = spans
	return t, nil
}

func prefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("%q is no network, such as 192.0.2.0/24", s)
	}
	return p.Masked(), nil
}

// parseSpan reads an address, network or range; nil without error is a name.
func parseSpan(s string) ([]span, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return []span{{a.Unmap(), a.Unmap()}}, nil
	}
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%q is no network, such as 192.0.2.0/24", s)
		}
		p = p.Masked()
		first, last := p.Addr(), lastOf(p)
		if p.Addr().Is4() && p.Bits() < 31 {
			first, last = first.Next(), last.Prev()
		}
		return []span{{first, last}}, nil
	}
	if from, to, ok := strings.Cut(s, "-"); ok {
		a, err := netip.ParseAddr(from)
		if err != nil {
			return nil, nil // a name with a hyphen
		}
		if !strings.ContainsAny(to, ".:") && a.Is4() {
			to = from[:strings.LastIndexByte(from, '.')+1] + to
		}
		b, err := netip.ParseAddr(to)
		if err != nil {
			return nil, fmt.Errorf("%q is no range, such as 192.0.2.10-192.0.2.20", s)
		}
		if a.BitLen() != b.BitLen() || b.Less(a) {
			return nil, fmt.Errorf("%q: the range ends before it begins", s)
		}
		return []span{{a, b}}, nil
	}
	if s == "" || strings.ContainsAny(s, " \t:@,") || strings.Trim(s, "0123456789.") == "" {
		return nil, fmt.Errorf("%q is no address, network, range or host name", s)
	}
	return nil, nil
}

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// allowed says whether the whole span lies within networks that may be swept.
func allowed(s span, may []netip.Prefix) error {
	for at := s.first; ; {
		var until netip.Addr
		for _, p := range may {
			if l := lastOf(p); p.Contains(at.WithZone("")) && (!until.IsValid() || until.Less(l)) {
				until = l
			}
		}
		switch {
		case !until.IsValid():
			return fmt.Errorf("%s is not a private address; name its network in --allow if it may be swept", at)
		case !until.Less(s.last.WithZone("")):
			return nil
		}
		at = until.Next()
	}
}

func merge(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return cmp.Or(a.first.Compare(b.first), a.last.Compare(b.last)) })
	var out []span
	for _, s := range list {
		if n := len(out); n > 0 && out[n-1].last.BitLen() == s.first.BitLen() && out[n-1].last.Zone() == s.first.Zone() && !out[n-1].last.Less(s.first) {
			if out[n-1].last.Less(s.last) {
				out[n-1].last = s.last
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// without cuts x out of the spans.
func without(list []span, x span) []span {
	var out []span
	for _, s := range list {
		if s.first.BitLen() != x.first.BitLen() || x.last.Less(s.first) || s.last.Less(x.first) {
			out = append(out, s)
			continue
		}
		if s.first.Less(x.first) {
			out = append(out, span{s.first, x.first.Prev()})
		}
		if x.last.Less(s.last) {
			out = append(out, span{x.last.Next(), s.last})
		}
	}
	return out
}

// count is how many addresses a span has; false if more than a sweep takes.
func count(s span) (int, bool) {
	a, b := s.first.As16(), s.last.As16()
	n := 0
	for i := range 16 {
		n = n<<8 + int(b[i]) - int(a[i])
		if n > maxAddresses {
			return 0, false
		}
	}
	return n + 1, true
}

// Len is the number of addresses.
func (t *Targets) Len() int { return t.n }

// At is the address of number i, from 0.
func (t *Targets) At(i int) netip.Addr {
	k, ok := slices.BinarySearch(t.start, i)
	if !ok {
		k--
	}
	return add(t.spans[k].first, i-t.start[k])
}

func add(a netip.Addr, n int) netip.Addr {
	if a.Is4() {
		b := a.As4()
		v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		v += uint32(n)
		return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
	}
	zone := a.Zone()
	b := a.As16()
	for i := 15; i >= 0 && n > 0; i-- {
		n += int(b[i])
		b[i] = byte(n)
		n >>= 8
	}
	return netip.AddrFrom16(b).WithZone(zone)
}

// Index is the number of an address, or -1 if it is none of the targets.
func (t *Targets) Index(a netip.Addr) int {
	k, ok := slices.BinarySearchFunc(t.spans, a, func(s span, a netip.Addr) int { return s.first.Compare(a) })
	if !ok {
		k--
	}
	if k < 0 || t.spans[k].last.Less(a) || t.spans[k].first.BitLen() != a.BitLen() {
		return -1
	}
	n, ok := count(span{t.spans[k].first, a})
	if !ok {
		return -1
	}
	return t.start[k] + n - 1
}

// String names the targets in short, the same for the same addresses.
func (t *Targets) String() string {
	var b strings.Builder
	for i, s := range t.spans {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s.first.String())
		if s.last != s.first {
			b.WriteByte('-')
			b.WriteString(s.last.String())
		}
	}
	return b.String()
}
