//go:build linux

package sweep

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestOnAnOwnSegmentARPAndNeighboursAreSeen makes two network namespaces with a
// cable between them; the far end ignores echoes of IPv4, so that only ARP can
// see it.
func TestOnAnOwnSegmentARPAndNeighboursAreSeen(t *testing.T) {
	if file := os.Getenv("STEWARD_SWEEP_INSIDE"); file != "" {
		hosts, s, err := sweepAll(t, t.Context(), targets(t, "10.99.0.0/29", "fd00:99::2", "fd00:99::7"), Options{Rate: 500, Timeout: 300 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := json.Marshal(map[string]any{"hosts": hosts, "gaps": s.Gaps})
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	ip, err := exec.LookPath("ip")
	if err != nil || os.Getuid() != 0 {
		t.Skip("SKIPPED: network namespaces need root and the program ip (package iproute2)")
	}
	near, far := fmt.Sprintf("swa%d", os.Getpid()), fmt.Sprintf("swb%d", os.Getpid())
	run := func(args ...string) error {
		out, err := exec.Command(ip, args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	for _, ns := range []string{near, far} {
		if err := run("netns", "add", ns); err != nil {
			t.Skipf("SKIPPED: no network namespaces here (%v)", err)
		}
		t.Cleanup(func() { _ = run("netns", "del", ns) })
	}
	for _, args := range [][]string{
		{"-n", near, "link", "add", "veth0", "type", "veth", "peer", "name", "veth1", "netns", far},
		{"-n", far, "link", "set", "veth1", "address", "02:00:00:00:99:02"},
		{"-n", near, "addr", "add", "10.99.0.1/24", "dev", "veth0"}, {"-n", far, "addr", "add", "10.99.0.2/24", "dev", "veth1"},
		{"-n", near, "addr", "add", "fd00:99::1/64", "dev", "veth0", "nodad"}, {"-n", far, "addr", "add", "fd00:99::2/64", "dev", "veth1", "nodad"},
		{"-n", near, "link", "set", "veth0", "up"}, {"-n", far, "link", "set", "veth1", "up"},
		{"netns", "exec", far, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all; echo 0 >/proc/sys/net/ipv6/icmp/echo_ignore_multicast || true"},
	} {
		if err := run(args...); err != nil {
			t.Skipf("SKIPPED: the namespaces cannot be set up here (%v)", err)
		}
	}
	time.Sleep(1500 * time.Millisecond) // the link-local address is being checked for doubles
	file := t.TempDir() + "/hosts"
	cmd := exec.Command(ip, "netns", "exec", near, os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "STEWARD_SWEEP_INSIDE="+file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Hosts []Host }
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	byAddress := map[string]Host{}
	for _, h := range got.Hosts {
		byAddress[h.Address] = h
	}
	if h := byAddress["10.99.0.2"]; strings.Join(h.Via, " ") != "arp" || h.MAC != "02:00:00:00:99:02" {
		t.Errorf("by ARP: %+v in %s", h, raw)
	}
	if h := byAddress["fd00:99::2"]; !strings.Contains(strings.Join(h.Via, " "), "icmp") || h.MAC != "02:00:00:00:99:02" {
		t.Errorf("IPv6: %+v in %s", h, raw)
	}
	linkLocal := false
	for a, h := range byAddress {
		linkLocal = linkLocal || strings.HasPrefix(a, "fe80::") && strings.Join(h.Via, " ") == "nd"
		if a == "10.99.0.3" || a == "fd00:99::7" {
			t.Errorf("nobody is at %s", a)
		}
	}
	if !linkLocal {
		t.Errorf("no neighbour by ff02::1 in %s", raw)
	}
}
