package host

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"steward/collect/advisory/version"
	"steward/collect/fact"
	"steward/collect/host/machine/machinetest"
)

var testNow = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// recorded collects from a recording in testdata.
func recorded(t *testing.T, name, platform string) fact.Inventory {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := Collect(t.Context(), Options{Machine: machinetest.Recorded(platform, text), Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// same compares what was got with the JSON wanted, leaving out what the wanted
// text does not name.
func same(t *testing.T, what string, got any, want string) {
	t.Helper()
	var g, w any
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("%s: the wanted text: %v", what, err)
	}
	if !covers(g, w) {
		t.Errorf("%s:\n got %s\nwant %s", what, b, want)
	}
}

func covers(got, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return false
		}
		for k, v := range w {
			if v == nil {
				if _, there := g[k]; there {
					return false // null in the wanted text says that it must be absent
				}
				continue
			}
			if !covers(g[k], v) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !covers(g[i], w[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(got, want)
}

func TestRedHatIsReadWhole(t *testing.T) {
	inv := recorded(t, "rhel.rec", "linux")
	same(t, "system", inv.System.Value, `{"family":"rhel","product":"rhel","release":"9.4","kernel":"5.14.0-427.13.1.el9_4.x86_64","support":{"cycle":"9","security_ends":"2032-05-31"}}`)
	same(t, "identity", inv.Identity.Value, `{"hostname":"erp01","fqdn":"erp01.example.net","domain":"example.net","smbios_uuid":"564d1e3c-1a2b-3c4d-5e6f-708192a3b4c5","macs":["00:50:56:9a:12:34"]}`)
	same(t, "hardware", inv.Hardware.Value, `{"vendor":"VMware, Inc.","firmware":{"date":"2020-11-12","mode":"bios"},"cpu":{"sockets":2,"cores":2,"threads":2},"memory_bytes":16384000000}`)
	same(t, "virtual", inv.Virtual.Value, `{"role":"vm","technology":"vmware"}`)
	same(t, "packages", inv.Packages.Value, `[
		{"name":"bash","version":"5.1.8-9.el9","source":null,"source_version":null,"module":null,"installed":"2024-03-09"},
		{"name":"glibc"},{"name":"mariadb-server","version":"3:10.5.22-1.el9","source":"mariadb"},
		{"name":"nodejs","module":"nodejs:18"},{"name":"openssl-libs","source":"openssl","source_version":null}]`)
	same(t, "updates", inv.Updates.Value, `{"manager":"dnf","automatic":true,"pending":[
		{"name":"a-package-with-a-very-long-name-that-wraps","to":"2.0-1.el9","security":false},
		{"name":"bash","from":"5.1.8-9.el9","to":"5.1.8-10.el9","security":false,"ids":["RHBA-2024:2000"]},
		{"name":"openssl-libs","from":"1:3.0.7-27.el9","security":true,"severity":"important","ids":["RHSA-2024:3718"]}]}`)
	same(t, "restart", inv.Restart.Value, `{"reboot":true,"reasons":["glibc was updated on 2024-05-18, after the start","kernel 5.14.0-427.40.1.el9_4.x86_64 is installed, 5.14.0-427.13.1.el9_4.x86_64 runs"],
		"processes":["/usr/sbin/chronyd","/usr/sbin/sshd"],"services":["chronyd","sshd"]}`)
	same(t, "services", inv.Services.Value, `[{"name":"getty@tty1","state":"running"},{"name":"mariadb","state":"failed","start":"disabled","account":"mysql","command":"/usr/libexec/mariadbd"},{"name":"sshd","state":"running","start":"enabled"}]`)
	same(t, "ports", inv.Ports.Value, `[
		{"protocol":"tcp","address":"0.0.0.0","port":22,"process":"sshd","account":"root"},{"protocol":"tcp","address":"127.0.0.1","port":3306,"process":null,"account":"27"},
		{"protocol":"tcp","address":"::","port":22,"process":"sshd"},{"protocol":"udp","address":"127.0.0.1","port":323}]`)
	same(t, "volatile", inv.Volatile, `{"ephemeral_ports":1,"uptime_seconds":864000,"booted_at":"2024-05-06T12:53:20Z","memory_available_bytes":8192000000}`)
	same(t, "accounts", inv.Accounts.Value, `[
		{"name":"anna","kind":"person","admin":true,"password":"set","ssh_keys":1,"title":"Anna Berg","groups":["anna","wheel"],"password_changed":"2024-03-18"},
		{"name":"backup2","admin":true,"password":"expired"},{"name":"bin","kind":"system","login":false,"admin":null},
		{"name":"olga","admin":true,"password":"empty"},{"name":"root","admin":true,"password":"locked"}]`)
	same(t, "filesystems", inv.Filesystems.Value, `[
		{"mount":"/","type":"xfs","encrypted":true,"cipher":"luks2"},{"mount":"/mnt/with space","options":"nosuid,nodev","encrypted":false},{"mount":"/srv/nas","remote":true,"encrypted":null}]`)
	same(t, "disks", inv.Disks.Value, `[{"name":"sda","bytes":107374182400,"kind":"virtual"}]`)
	same(t, "interfaces", inv.Interfaces.Value, `[{"name":"ens192","kind":"ethernet","addresses":["10.0.0.10/24","2001:db8::10/64"],"gateway":"10.0.0.1","dns":["10.0.0.53"],"mbits":10000,"bus":"pci"},{"name":"lo","kind":"loopback","mac":null}]`)
	same(t, "clock", inv.TimeSync, `{"value":{"product":"chrony","running":true,"servers":["2.rhel.pool.ntp.org"]},"gaps":[{"what":"whether the clock is synchronised"}]}`)
	same(t, "servers", inv.Servers.Value, `[{"kind":"database","product":"mariadb","version":"10.5.22","running":false,"evidence":["package mariadb-server"]}]`)
}

func TestAlpineIsReadWhole(t *testing.T) {
	inv := recorded(t, "alpine.rec", "linux")
	same(t, "system", inv.System.Value, `{"family":"alpine","release":"3.20.3","architecture":"amd64","support":{"cycle":"3.20"}}`)
	same(t, "packages", inv.Packages.Value, `[{"name":"libcrypto3","source":"openssl","auto":true},{"name":"musl","vendor":"Timo Teräs","bytes":667648},{"name":"nginx","auto":null}]`)
	same(t, "updates", inv.Updates.Value, `{"manager":"apk","pending":[{"name":"libcrypto3","from":"3.3.2-r0","to":"3.3.2-r1","security":null},{"name":"nginx","origin":"edge"}]}`)
	same(t, "services", inv.Services.Value, `[{"name":"nginx","manager":"openrc","start":"enabled","state":"running"},{"name":"sshd","start":"disabled","state":"stopped","command":"/usr/sbin/sshd"}]`)
	same(t, "restart", inv.Restart.Value, `{"reboot":true,"reasons":["kernel 6.6.60-0-lts is installed, 6.6.58-0-lts runs"]}`)
}

func TestSUSEIsReadWithItsSecurityUpdates(t *testing.T) {
	inv := recorded(t, "suse.rec", "linux")
	same(t, "system", inv.System.Value, `{"family":"suse","product":"sles","support":{"cycle":"15.5","security_ends":"2024-12-31"}}`)
	// An advisory older than what is installed does not count.
	same(t, "updates", inv.Updates.Value, `{"manager":"zypper","automatic":false,"pending":[
		{"name":"libopenssl1_1","security":true,"severity":"important","ids":["SUSE-SU-2024:2020-1"],"origin":"SLE-15-SP5-Updates"},{"name":"vim","security":false,"ids":["SUSE-RU-2024:3-1"]}]}`)
	if why := fact.GarbageMachineID(inv.Identity.Value.MachineID); why == "" {
		t.Error("a machine id of one letter is believed")
	}
}

func TestArchIsRead(t *testing.T) {
	inv := recorded(t, "arch.rec", "linux")
	same(t, "packages", inv.Packages.Value, `[{"name":"linux","version":"6.11.6.arch1-1","vendor":"Jan Example","installed":"2024-11-03","auto":true}]`)
	same(t, "updates", inv.Updates.Value.Pending, `[{"name":"curl","from":"8.10.1-1","to":"8.11.0-1"},{"name":"linux","held":true}]`)
	same(t, "restart", inv.Restart.Value, `{"reboot":true}`)
	if len(inv.System.Gaps) == 0 {
		t.Error("Arch has no end of support, and no gap says so")
	}
}

func TestUbuntuUpdatesFollowPinsAndPriorities(t *testing.T) {
	inv := recorded(t, "ubuntu.rec", "linux")
	same(t, "system", inv.System.Value, `{"product":"ubuntu","full_version":"22.04.5","support":{"cycle":"22.04"}}`)
	// Backports offer a newer openssl but only at priority 100; the foreign
	// repository is pinned away; another architecture's version is not ours.
	same(t, "updates", inv.Updates.Value, `{"manager":"apt","automatic":true,"pending":[
		{"name":"libssl3","to":"3.0.2-0ubuntu1.18","held":true,"security":false},
		{"name":"openssl","from":"3.0.2-0ubuntu1.15","to":"3.0.2-0ubuntu1.18","origin":"Ubuntu jammy-updates","security":true}]}`)
	if len(inv.Packages.Value) != 5 {
		t.Errorf("%d packages; one that only left its settings counts", len(inv.Packages.Value))
	}
	same(t, "restart", inv.Restart.Value, `{"reboot":true,"reasons":["/run/reboot-required is there","asked for by linux-base, linux-image-5.15.0-125-generic","kernel 5.15.0-125-generic is installed, 5.15.0-119-generic runs"]}`)
	same(t, "antivirus", inv.Antivirus.Value, `[{"product":"ClamAV","running":false,"signatures":"27024","signatures_at":"2023-09-07T08:03:35Z"}]`)
}

func TestNothingToSeeIsGapsNotInventions(t *testing.T) {
	inv, err := Collect(t.Context(), Options{Machine: machinetest.Recorded("linux", []byte("-- /etc/hostname --\nx\n")), Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"packages", "updates", "ports", "disks", "filesystems", "accounts", "services", "interfaces", "virtual"} {
		found := false
		for _, g := range inv.AllGaps() {
			found = found || strings.HasPrefix(g.What, name+": ")
		}
		if !found {
			t.Errorf("%s: nothing was seen and no gap says so", name)
		}
	}
	b, _ := json.Marshal(inv.Hardware)
	if strings.Contains(string(b), `"cpu"`) || strings.Contains(string(b), `"memory_bytes"`) {
		t.Errorf("hardware out of nothing: %s", b)
	}
}

func TestOnlyKnownSectionsAreAskedFor(t *testing.T) {
	m := machinetest.Recorded("linux", []byte("-- /etc/hostname --\nx\n"))
	if _, err := Collect(t.Context(), Options{Machine: m, Sections: []string{"pakages"}}); err == nil {
		t.Error("an unknown section is taken")
	}
	inv, err := Collect(t.Context(), Options{Machine: m, Sections: []string{"system"}, Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	if got := inv.Present(); !slices.Equal(got, []string{"system"}) {
		t.Errorf("got %v", got)
	}
}

func TestDebianVersionsAreOrderedAsDpkgDoes(t *testing.T) {
	for _, c := range []string{"1.0~rc1 < 1.0", "1.0 < 1.0-1", "1.0-1 < 1.0-1+b1", "1:0.1 > 2.0", "2.0 > 1.9.9", "1.10 > 1.9", "1.0+dfsg > 1.0", "1.0a > 1.0", "1.0 = 1.0-0", "0:1 = 1", "1.2.3~deb12u1 < 1.2.3", "7.88.1-10+deb12u9 < 7.88.1-10+deb12u14", "1.0-1~ < 1.0-1"} {
		checkOrder(t, c, version.CompareDeb)
	}
}

func TestRPMVersionsAreOrderedAsRPMDoes(t *testing.T) {
	for _, c := range []string{"1.0~rc1-1 < 1.0-1", "1.0^git1-1 > 1.0-1", "1.0^git1-1 < 1.0.1-1", "1:1.0-1 > 2.0-1", "1.10-1 > 1.9-1", "1.0a-1 > 1.0-1", "1.a-1 < 1.1-1", "1.0-1.el9 < 1.0-1.el9_4", "1.001-1 = 1.1-1", "1.0-1 < 1.0-10", "5.14.0-427.13.1.el9_4 < 5.14.0-427.40.1.el9_4"} {
		checkOrder(t, c, compareRPM)
	}
}

func checkOrder(t *testing.T, c string, compare func(a, b string) int) {
	t.Helper()
	f := strings.Fields(c)
	sign := func(n int) string {
		switch {
		case n < 0:
			return "<"
		case n > 0:
			return ">"
		}
		return "="
	}
	back := map[string]string{"<": ">", ">": "<", "=": "="}[f[1]]
	if got := sign(compare(f[0], f[2])); got != f[1] {
		t.Errorf("%s: got %s", c, got)
	}
	if got := sign(compare(f[2], f[0])); got != back {
		t.Errorf("%s turned round: got %s", c, got)
	}
}

func TestMemoryModulesAreReadFromTheRawTable(t *testing.T) {
	device := make([]byte, 0x28)
	device[0], device[1] = 17, 0x28
	device[0x0C], device[0x0D] = 0x00, 0x40 // 16384 MB
	device[0x10], device[0x12], device[0x17], device[0x18], device[0x1A] = 1, 0x1A, 2, 3, 4
	device[0x20], device[0x21] = 0x80, 0x0C // 3200
	table := append(device, []byte("DIMM_A1\x00Samsung\x0012AB34CD\x00M393A2K43DB3\x00\x00")...)
	table = append(table, 127, 4, 0, 0, 0, 0)
	same(t, "modules", parseSMBIOSMemory(table), `[{"slot":"DIMM_A1","bytes":17179869184,"type":"DDR4","vendor":"Samsung","serial":"12AB34CD","model":"M393A2K43DB3","mts":3200}]`)
}
