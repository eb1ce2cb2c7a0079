package fact

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func sample() Inventory {
	return Inventory{
		Version: InventoryVersion, Collector: "test", At: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC), Platform: "linux",
		Identity: Saw(Identity{Hostname: "erp01", MACs: []string{"b", "a"}}),
		System:   Saw(System{Name: "Debian GNU/Linux 12 (bookworm)", Support: SupportOf("debian", "12.9")}),
		Packages: Saw([]Package{{Name: "zlib1g", Version: "1", Manager: "deb"}, {Name: "apt", Version: "2", Manager: "deb"}}, Gap{What: "snap", Why: "no socket"}),
		Servers:  Saw([]Server{{Kind: "web", Product: "nginx", Ports: []int{443, 80, 8080}}}),
		Volatile: Volatile{Uptime: new(int64(5))},
	}
}

func TestOrderAndVolatileValuesDoNotChangeAHash(t *testing.T) {
	a := sample()
	b := sample()
	slices.Reverse(b.Packages.Value)
	b.Packages.Value = append(b.Packages.Value, b.Packages.Value[0])
	slices.Reverse(b.Identity.Value.MACs)
	slices.Reverse(b.Servers.Value[0].Ports)
	b.Volatile.Uptime = new(int64(99))
	b.At = b.At.Add(time.Hour)
	before, _ := json.Marshal(b)
	ha, err := a.Hashes()
	if err != nil {
		t.Fatal(err)
	}
	hb, err := b.Hashes()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(ha, hb) {
		t.Errorf("hashes differ:\n%v\n%v", ha, hb)
	}
	if after, _ := json.Marshal(b); string(before) != string(after) {
		t.Error("hashing changed the inventory it was given")
	}
}

func TestAnyChangeOfContentChangesOnlyItsSectionsHash(t *testing.T) {
	old, _ := sample().Hashes()
	for section, change := range map[string]func(*Inventory){
		"packages": func(i *Inventory) { i.Packages.Value[0].Version = "1.1" },
		"identity": func(i *Inventory) { i.Identity.Gaps = []Gap{{What: "serial", Why: "permission denied"}} },
		"servers":  func(i *Inventory) { i.Servers.Value[0].Ports[0] = 444 },
		"system":   func(i *Inventory) { i.System.Value.Support = nil },
	} {
		inv := sample()
		change(&inv)
		hashes, _ := inv.Hashes()
		for name := range old {
			if (hashes[name] != old[name]) != (name == section) {
				t.Errorf("changing %s: section %s changed=%v", section, name, hashes[name] != old[name])
			}
		}
	}
}

func TestUnknownIsAbsentAndAnEmptyListIsSeen(t *testing.T) {
	inv := sample()
	inv.Ports = Saw([]Port{})
	inv.Interfaces = Saw([]Interface{{Name: "eth\xff0"}})
	inv.Disks = Unseen[[]Disk]("disks", "no /sys", "")
	b, err := json.Marshal(inv)
	if err != nil {
		t.Fatal(err)
	}
	s := string(b)
	for _, want := range []string{`"ports":{"seen":true,"value":[]}`, `"disks":{"seen":false,"gaps":[{"what":"disks","why":"no /sys"}]}`} {
		if !strings.Contains(s, want) {
			t.Errorf("no %s in %s", want, s)
		}
	}
	for _, not := range []string{`"memory_bytes"`, `"services"`, `:null`, `:""`} {
		if strings.Contains(s, not) {
			t.Errorf("%s in %s", not, s)
		}
	}
	var back Inventory
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	h1, _ := inv.Hashes()
	h2, _ := back.Hashes()
	if !reflect.DeepEqual(h1, h2) {
		t.Error("hashes differ after a round trip through JSON")
	}
	if got := inv.Without("packages").Present(); slices.Contains(got, "packages") || !slices.Contains(got, "ports") {
		t.Errorf("present: %v", got)
	}
	if g := inv.AllGaps(); len(g) != 2 || g[0].What != "packages: snap" {
		t.Errorf("gaps: %v", g)
	}
}

func TestSupportFindsTheRelease(t *testing.T) {
	for _, c := range []struct{ product, version, cycle, security string }{
		{"debian", "12.9", "12", "2026-07-11"},
		{"ubuntu", "22.04.3", "22.04", "2027-04-01"},
		{"rhel", "9.4", "9", "2032-05-31"},
		{"alpine", "3.20.1", "3.20", "2026-04-01"},
		{"sles", "15.5", "15.5", "2024-12-31"},
		{"macos", "10.15.7", "10.15", "2026-02-02"},
		{"macos", "14.5", "14", ""},
	} {
		s := SupportOf(c.product, c.version)
		if s == nil {
			t.Errorf("%s %s is not known", c.product, c.version)
			continue
		}
		if s.Cycle != c.cycle || (c.security != "" && s.Security[:4] != c.security[:4]) {
			t.Errorf("%s %s: got cycle %s until %s, want %s until %s", c.product, c.version, s.Cycle, s.Security, c.cycle, c.security)
		}
	}
	if SupportOf("debian", "99") != nil || SupportOf("alpine", "3.2000") != nil || SupportOf("", "") != nil {
		t.Error("an unknown release has a support period")
	}
	for _, c := range []struct {
		server             bool
		build, edition, to string
	}{
		{false, "10.0.22631.4460", "Professional", "11-23h2-w"},
		{false, "10.0.22631.4460", "Enterprise", "11-23h2-e"},
		{false, "10.0.19044.1", "EnterpriseS", "10-21h2-e-lts"},
		{false, "10.0.19045.3803", "Professional", "10-22h2"},
		{true, "10.0.20348.2762", "ServerStandard", "2022"},
		{true, "10.0.17763.1", "ServerDatacenter", "2019"},
	} {
		s := WindowsSupport(c.server, c.build, c.edition)
		if s == nil || s.Cycle != c.to {
			t.Errorf("%s %s: got %v, want %s", c.build, c.edition, s, c.to)
		}
	}
}

func BenchmarkHashesOf3000Packages(b *testing.B) {
	inv := sample()
	for i := range 3000 {
		inv.Packages.Value = append(inv.Packages.Value, Package{Name: "package-" + strings.Repeat("x", i%20), Version: time.Duration(i).String(), Arch: "amd64", Manager: "deb"})
	}
	for b.Loop() {
		if _, err := inv.Hashes(); err != nil {
			b.Fatal(err)
		}
	}
}
