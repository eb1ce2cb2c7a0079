package infrastructure

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"steward/collect/fact"
	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit"
)

// each runs fn on both databases with the module's tables.
func each(t *testing.T, fn func(t *testing.T, s *testkit.Store)) {
	t.Helper()
	mods := []app.Module{Module()}
	testkit.EachStore(t, func(t *testing.T, s *testkit.Store) {
		records.NewRegistry(app.Types(mods)...).Attach(s.Database)
		fn(t, s)
	}, app.Migrations(mods)...)
}

// write runs fn in a transaction of Steward's own.
func write(t testing.TB, db *storage.Database, fn func(u *records.Tx) error) {
	t.Helper()
	err := db.Update(t.Context(), access.System(), func(u *records.Tx) error {
		u.Origin = "test"
		return fn(u)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// read runs fn on a view of Steward's own.
func read(t testing.TB, db *storage.Database, fn func(v *records.View) error) {
	t.Helper()
	if err := db.View(t.Context(), access.System(), fn); err != nil {
		t.Fatal(err)
	}
}

// ingest takes in an inventory from a source.
func ingest(t testing.TB, db *storage.Database, inv fact.Inventory, source string) (id records.ID[Host], d Diff) {
	t.Helper()
	write(t, db, func(u *records.Tx) (err error) {
		id, d, err = Ingest(u, inv, source)
		return err
	})
	return id, d
}

func get(t testing.TB, db *storage.Database, id records.ID[Host]) (h *Host) {
	t.Helper()
	read(t, db, func(v *records.View) (err error) {
		h, err = Hosts.Get(v, id)
		return err
	})
	return h
}

func hosts(t testing.TB, db *storage.Database) (all []*Host) {
	t.Helper()
	read(t, db, func(v *records.View) (err error) {
		all, err = Hosts.List(v, records.Query{Both: true, Sort: "name"})
		return err
	})
	return all
}

// count counts the rows of a query.
func count(t testing.TB, db *storage.Database, query string, args ...any) (n int) {
	t.Helper()
	read(t, db, func(v *records.View) error {
		_, err := v.Row("SELECT COUNT(*) FROM "+query, args, &n)
		return err
	})
	return n
}

// a server with n packages, all believable.
func server(name string, n int) fact.Inventory {
	inv := fact.Inventory{Version: fact.InventoryVersion, Collector: "test", At: testkit.Now, Platform: "linux",
		Identity: fact.Saw(fact.Identity{Hostname: name, FQDN: name + ".example.org", MachineID: hex32(name + "machine"), UUID: uuid(name), Serial: "SN" + hex32(name)[:10], MACs: []string{mac(name)}}),
		Hardware: fact.Saw(fact.Hardware{Vendor: "Dell Inc.", Model: "PowerEdge R640", Chassis: "server", Memory: new(int64(64 << 30)), CPU: &fact.CPU{Model: "Xeon", Threads: new(32)}}),
		System: fact.Saw(fact.System{Name: "Debian GNU/Linux 12 (bookworm)", Family: "debian", Product: "debian", Release: "12", Full: "12.11", Kernel: "6.1.0-37-amd64", Architecture: "amd64",
			Support: fact.SupportOf("debian", "12.11")}),
		Services:    fact.Saw([]fact.Service{{Name: "ssh", Manager: "systemd", Start: "enabled", State: "running"}}),
		Ports:       fact.Saw([]fact.Port{{Protocol: "tcp", Address: "0.0.0.0", Port: 22, Process: "sshd"}}),
		Interfaces:  fact.Saw([]fact.Interface{{Name: "eth0", Kind: "ethernet", MAC: mac(name), Addresses: []string{"192.0.2.7/24", "2001:db8::7/64"}}}),
		Disks:       fact.Saw([]fact.Disk{{Name: "sda", Kind: "ssd", Bytes: new(int64(480 << 30))}}),
		Filesystems: fact.Saw([]fact.Filesystem{{Mount: "/", Device: "/dev/mapper/root", Type: "ext4", Encrypted: new(true)}, {Mount: "/boot", Device: "/dev/sda1", Type: "ext4", Encrypted: new(false)}}),
		Accounts:    fact.Saw([]fact.Account{{Name: "root", ID: "0", Kind: "system", Admin: true, Login: new(true)}}),
		Updates: fact.Saw(fact.Updates{Manager: "apt", Pending: []fact.Update{{Name: "openssl", Arch: "amd64", From: "3.0.15", To: "3.0.16", Security: new(true)},
			{Name: "tzdata", Arch: "all", From: "2025a", To: "2025b", Security: new(false)}}}),
		Restart:   fact.Saw(fact.Restart{Reboot: new(false)}),
		Antivirus: fact.Saw([]fact.Antivirus{{Product: "ClamAV", Running: new(true), RealTime: new(true), Made: new(testkit.Now.Add(-24 * time.Hour))}}),
		Firewalls: fact.Saw([]fact.Firewall{{Product: "nftables", On: new(true), Rules: new(12)}}),
		TimeSync:  fact.Saw(fact.TimeSync{Product: "chrony", Running: new(true), Synced: new(true)}),
		Servers:   fact.Saw([]fact.Server{{Kind: "database", Product: "postgresql", Version: "15.10", Running: new(true), Ports: []int{5432}}}),
		Virtual:   fact.Saw(fact.Virtual{Role: "physical"}),
	}
	packages := make([]fact.Package, n)
	for i := range packages {
		packages[i] = fact.Package{Name: fmt.Sprintf("package-%04d", i), Version: fmt.Sprintf("1.%d-1", i), Arch: "amd64", Manager: "deb", Origin: "Debian stable", Vendor: "Debian", Bytes: new(int64(1000 * i)), Day: "2026-01-02"}
	}
	inv.Packages = fact.Saw(packages)
	return inv
}

// hex32 is 32 hex digits that follow from a text.
func hex32(s string) string { return fact.Hash("test", []byte(s))[:32] }

func uuid(s string) string {
	h := hex32(s + "uuid")
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

func mac(s string) string {
	h := hex32(s + "mac")
	return "00:1b:21:" + h[:2] + ":" + h[2:4] + ":" + h[4:6]
}

func system() *access.Actor { return access.System() }
