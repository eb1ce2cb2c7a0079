package frame

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// inside is set for the part of the test that runs in a network of its own.
const inside = "STEWARD_TEST_NETWORK"

func TestNeighboursAreHeardAtAnInterfaceFromDebiansLLDPD(t *testing.T) {
	if os.Getenv(inside) == "" {
		for _, need := range []struct{ command, pkg string }{{"unshare", "util-linux"}, {"ip", "iproute2"}, {"lldpd", "lldpd"}} {
			if _, err := exec.LookPath(need.command); err != nil {
				t.Skipf("SKIPPED: %s is missing (Debian package %s)", need.command, need.pkg)
			}
		}
		if err := exec.Command("unshare", "--net", "true").Run(); err != nil {
			t.Skip("SKIPPED: no right to make a network namespace; run as root")
		}
		cmd := exec.Command("unshare", "--net", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), inside+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	for _, args := range []string{"link add near type veth peer name far", "link set near up", "link set far up"} {
		if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v %s", args, err, out)
		}
	}
	folder := t.TempDir()
	for _, f := range []string{filepath.Dir(folder), folder} { // lldpd gives up root and must still reach it
		if err := os.Chmod(f, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(folder, "lldpd.conf")
	if err := os.WriteFile(config, []byte("configure lldp tx-interval 1\nconfigure system hostname neighbour.example.org\nconfigure lldp portidsubtype ifname\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	// -l and -cc: LLDP and CDP even where nobody else speaks it.
	daemon := exec.Command("lldpd", "-d", "-l", "-cc", "-I", "far", "-u", filepath.Join(folder, "s"), "-O", config, "-S", "a description", "-P", "a platform")
	daemon.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	var said bytes.Buffer
	daemon.Stderr = &said
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = daemon.Process.Kill(); _ = daemon.Wait() }()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	found := map[string]*Neighbour{}
	err := Listen(ctx, "near", func(p Packet, n *Neighbour, problems []Problem) error {
		if len(problems) > 0 {
			t.Errorf("%+v", problems)
		}
		if found[n.Protocol] = n; len(found) == 2 {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lldp, cdp := found["lldp"], found["cdp"]
	if lldp == nil || cdp == nil {
		t.Fatalf("heard %v; lldpd said\n%s", found, &said)
	}
	if lldp.SystemName != "neighbour.example.org" || lldp.Port != (ID{"interface-name", "far"}) || lldp.Chassis.Kind != "mac" || !slices.Contains(lldp.Capabilities, "bridge") {
		t.Errorf("LLDP %+v", lldp)
	}
	if cdp.Chassis.Value != "neighbour.example.org" || cdp.Port.Value != "far" || cdp.SystemDescription == "" {
		t.Errorf("CDP %+v", cdp)
	}
}

func TestAnInterfaceThatIsNotThereIsNamed(t *testing.T) {
	err := Listen(t.Context(), "none-such", nil)
	if err == nil || errors.As(err, new(Right)) || !strings.Contains(err.Error(), "none-such") {
		t.Error(err)
	}
}
