package sweep

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func targets(t testing.TB, list ...string) *Targets {
	t.Helper()
	got, err := ParseTargets(t.Context(), list, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// mayEcho skips where this account may not send echoes.
func mayEcho(t testing.TB) {
	t.Helper()
	e, err := listenEcho(false)
	if err != nil {
		t.Skipf("SKIPPED: no ICMP for this account (%v)", err)
	}
	e.Close()
}

func TestTargetsAreEachAddressOnceWithoutWhatIsExcluded(t *testing.T) {
	resolve := func(_ context.Context, name string) ([]netip.Addr, error) {
		if name != "printer.example" {
			return nil, errors.New("no such host")
		}
		return []netip.Addr{netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("fd00::9")}, nil
	}
	for _, c := range []struct{ list, exclude, want string }{
		{"10.0.0.0/30", "", "10.0.0.1-10.0.0.2"},
		{"10.0.0.0/31", "", "10.0.0.0-10.0.0.1"},
		{"10.0.0.4-10.0.0.6 10.0.0.5-9", "", "10.0.0.4-10.0.0.6 10.0.0.7-10.0.0.9"},
		{"10.0.0.1-10.0.0.9", "10.0.0.4/31", "10.0.0.1-10.0.0.3 10.0.0.6-10.0.0.9"},
		{"10.0.0.0/29 printer.example", "10.0.0.1", "10.0.0.2-10.0.0.6 10.0.0.9 fd00::9"},
		{"fd00::/126 ::1", "fd00::2", "::1 fd00::-fd00::1 fd00::3"},
	} {
		got, err := ParseTargets(t.Context(), strings.Fields(c.list), strings.Fields(c.exclude), nil, resolve)
		if err != nil {
			t.Errorf("%s: %v", c.list, err)
			continue
		}
		n, seen := 0, map[netip.Addr]bool{}
		for i := range got.Len() {
			a := got.At(i)
			if seen[a] || got.Index(a) != i {
				t.Errorf("%s: number %d is %s, whose number is %d", c.list, i, a, got.Index(a))
			}
			seen[a] = true
			n++
		}
		want, err := ParseTargets(t.Context(), strings.Fields(c.want), nil, nil, resolve)
		if err != nil || want.Len() != n {
			t.Errorf("%s without %s: %d addresses, want %d (%v)", c.list, c.exclude, n, want.Len(), err)
			continue
		}
		for i := range want.Len() {
			if !seen[want.At(i)] {
				t.Errorf("%s without %s: %s is missing", c.list, c.exclude, want.At(i))
			}
		}
	}
}

func TestWhatMayNotBeSweptIsRefusedWithItsName(t *testing.T) {
	for list, want := range map[string]string{
		"8.8.8.8": "8.8.8.8", "9.255.255.255-10.0.0.1": "9.255.255.255", "10.0.0.0/8": "1048576", "2000::/16": "2000::", "10.0.0.9-10.0.0.1": "ends before", "1.2.3": "no address", "10.0.0.0/33": "no network", "0.0.0.0/0": "0.0.0.1",
	} {
		_, err := ParseTargets(t.Context(), []string{list}, nil, nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want it to name %s", list, err, want)
		}
	}
	if _, err := ParseTargets(t.Context(), []string{"8.8.8.0/30"}, nil, []string{"8.8.8.0/24"}, nil); err != nil {
		t.Errorf("allowed: %v", err)
	}
}

func sweepAll(t testing.TB, ctx context.Context, on *Targets, o Options) ([]Host, Summary, error) {
	t.Helper()
	var hosts []Host
	s, err := Run(ctx, on, o, func(h Host) error { hosts = append(hosts, h); return nil })
	return hosts, s, err
}

func TestASweepOfLoopbackFindsEveryAddressByICMP(t *testing.T) {
	mayEcho(t)
	on := targets(t, "127.3.0.0/23", "::1")
	hosts, s, err := sweepAll(t, t.Context(), on, Options{Methods: []string{"icmp"}, Rate: 50_000, Timeout: 300 * time.Millisecond, Retries: 3})
	if err != nil {
		t.Fatal(err)
	}
	want := 510
	if e, err := listenEcho(true); err == nil {
		e.Close()
		if c, err := net.ListenPacket("udp6", "[::1]:0"); err == nil {
			c.Close()
			want++
		}
	}
	if len(hosts) != want || s.Up != want || hosts[len(hosts)-1].RTT == nil {
		t.Errorf("%d hosts of %d, %+v", len(hosts), want, s)
	}
	if !slices.Equal(hosts[0].Via, []string{"icmp"}) {
		t.Errorf("%+v", hosts[0])
	}
}

func TestTCPFindsOpenAndClosedPorts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	open := l.Addr().(*net.TCPAddr).Port
	hosts, _, err := sweepAll(t, t.Context(), targets(t, "127.0.0.1-127.0.0.2"), Options{Methods: []string{"tcp"}, Ports: []int{open}, Rate: 1000, Timeout: time.Second})
	if err != nil || len(hosts) != 2 || !slices.Equal(hosts[0].Open, []int{open}) || !slices.Equal(hosts[1].Closed, []int{open}) {
		t.Errorf("%+v %v", hosts, err)
	}
}

func TestAStoppedSweepGoesOnWhereItWas(t *testing.T) {
	mayEcho(t)
	file := filepath.Join(t.TempDir(), "state.json")
	o := Options{Methods: []string{"icmp"}, Rate: 2000, Timeout: 200 * time.Millisecond, State: file}
	on := targets(t, "127.4.0.0/22")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	first, s1, err := sweepAll(t, ctx, on, o)
	if !errors.Is(err, context.DeadlineExceeded) || len(first) == 0 || len(first) == on.Len() {
		t.Fatalf("stopped: %d hosts, %v", len(first), err)
	}
	if _, _, err := sweepAll(t, t.Context(), targets(t, "127.5.0.0/22"), o); err == nil || !strings.Contains(err.Error(), "another sweep") {
		t.Errorf("the state of another sweep: %v", err)
	}
	o.Rate = 50_000
	rest, s2, err := sweepAll(t, t.Context(), on, o)
	if err != nil || len(rest) != on.Len() {
		t.Errorf("gone on: %d of %d, %v", len(rest), on.Len(), err)
	}
	if s1.Probes+s2.Probes > on.Len()+on.Len()/2 {
		t.Errorf("%d and %d probes for %d addresses: it began anew", s1.Probes, s2.Probes, on.Len())
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state is still there: %v", err)
	}
}

func FuzzTargets(f *testing.F) {
	for _, s := range []string{"10.0.0.0/24", "10.0.0.1-9", "fd00::/120", "::1-::9", "host-1", "10.0.0.0/0", "fe80::1%eth0", "-", "1-", "10.0.0.1-"} {
		f.Add(s, "10.0.0.4")
	}
	none := func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no such host") }
	f.Fuzz(func(t *testing.T, s, exclude string) {
		got, err := ParseTargets(t.Context(), []string{s}, []string{exclude}, nil, none)
		if err != nil || got.Len() == 0 {
			return
		}
		for _, i := range []int{0, got.Len() / 2, got.Len() - 1} {
			if got.Index(got.At(i)) != i {
				t.Fatalf("%q: number %d is %s, whose number is %d", s, i, got.At(i), got.Index(got.At(i)))
			}
		}
	})
}
