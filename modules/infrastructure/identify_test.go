package infrastructure

import (
	"errors"
	"testing"
	"time"

	"steward/collect/fact"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/testkit"
)

func TestWhichReportsAreOfTheSameMachine(t *testing.T) {
	id := func(change func(*fact.Identity)) fact.Inventory {
		inv := server("erp01", 1)
		change(&inv.Identity.Value)
		return inv
	}
	garbage := fact.Inventory{Version: 1, At: testkit.Now, Identity: fact.Saw(fact.Identity{Hostname: "localhost", UUID: "00000000-0000-0000-0000-000000000000", Serial: "To be filled by O.E.M.", MACs: []string{"00:00:00:00:00:00"}})}
	for _, c := range []struct {
		name          string
		first, second fact.Inventory
		same          bool
		reason        string // of the possible duplicate; "" for none
	}{
		{"renamed", id(func(*fact.Identity) {}), id(func(i *fact.Identity) { i.Hostname, i.FQDN = "erp02", "erp02.example.org" }), true, ""},
		{"installed anew", id(func(*fact.Identity) {}), id(func(i *fact.Identity) { i.MachineID = hex32("new") }), true, ""},
		{"a new network card", id(func(*fact.Identity) {}), id(func(i *fact.Identity) { i.MACs = []string{mac("new")} }), true, ""},
		{"seen without rights, later with", id(func(i *fact.Identity) { i.UUID, i.Serial = "", "" }), id(func(*fact.Identity) {}), true, ""},
		{"cloned disk", id(func(*fact.Identity) {}), id(func(i *fact.Identity) {
			i.UUID, i.Serial, i.MACs = uuid("clone"), "SNCLONE4711", []string{mac("clone")}
		}), false, "cloned"},
		{"same UUID, other serial", id(func(*fact.Identity) {}), id(func(i *fact.Identity) {
			i.Serial, i.MachineID, i.MACs, i.Hostname, i.FQDN = "SNOTHER4711", hex32("x"), []string{mac("x")}, "other", ""
		}), false, "contradicts"},
		{"same name alone", id(func(i *fact.Identity) { i.UUID, i.Serial, i.MachineID, i.MACs = "", "", "", nil }), id(func(i *fact.Identity) { i.UUID, i.Serial, i.MachineID, i.MACs = "", "", hex32("y"), nil }), false, "name"},
		{"an adapter moved", id(func(i *fact.Identity) { i.UUID, i.Serial = "", "" }), id(func(i *fact.Identity) {
			i.UUID, i.Serial, i.MachineID, i.Hostname, i.FQDN = "", "", hex32("z"), "other", ""
		}), false, "weak"},
		{"the same placeholders", garbage, func() fact.Inventory {
			g := garbage
			g.Platform = "linux"
			g.System = fact.Saw(fact.System{Name: "x"})
			return g
		}(), false, ""},
		{"strangers", server("a", 1), server("b", 1), false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sqlite(t)
			a, _ := ingest(t, s.Database, c.first, "tool one")
			b, _ := ingest(t, s.Database, c.second, "tool two")
			if (a == b) != c.same {
				t.Errorf("one machine: %v, want %v", a == b, c.same)
			}
			var found []Duplicate
			read(t, s.Database, func(v *records.View) (err error) {
				found, err = Duplicates(v, "open", 10)
				return err
			})
			switch {
			case c.reason == "" && len(found) > 0:
				t.Errorf("asked about %+v", found)
			case c.reason != "" && (len(found) != 1 || found[0].Reason != c.reason):
				t.Errorf("asked about %+v, want one pair because %s", found, c.reason)
			}
		})
	}
}

func TestAClonedAgentIsAnotherMachineFromThenOn(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		original := server("erp01", 2)
		clone := server("erp01", 2)
		clone.Identity.Value.UUID, clone.Identity.Value.Serial, clone.Identity.Value.MACs = uuid("clone"), "SNCLONE4711", []string{mac("clone")}
		a, _ := ingest(t, s.Database, original, "agent:7")
		b, _ := ingest(t, s.Database, clone, "agent:7") // the key was copied with the disk
		if a == b {
			t.Fatal("the clone was taken for the original")
		}
		for i := range 3 {
			s.Clock.Advance(time.Hour)
			original.At, clone.At = s.Clock.Now(), s.Clock.Now()
			original.Ports.Value[0].Port, clone.Ports.Value[0].Port = 100+i, 200+i
			if x, _ := ingest(t, s.Database, original, "agent:7"); x != a {
				t.Error("the original became another machine")
			}
			if x, _ := ingest(t, s.Database, clone, "agent:7"); x != b {
				t.Error("the clone became another machine")
			}
		}
		if got := len(hosts(t, s.Database)); got != 2 {
			t.Errorf("%d hosts, want 2", got)
		}
	})
}

func TestMergeAndUnmerge(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		first := server("erp01", 3)
		first.Identity.Value.UUID, first.Identity.Value.Serial, first.Identity.Value.MACs, first.Identity.Value.MachineID = "", "", nil, ""
		second := server("erp01", 5)
		kept, _ := ingest(t, s.Database, first, "scan")
		s.Clock.Advance(time.Minute)
		gone, _ := ingest(t, s.Database, second, "agent:2")
		if kept == gone {
			t.Fatal("merged without a person")
		}
		write(t, s.Database, func(u *records.Tx) error { return Merge(u, kept, gone, "the same machine") })
		if h := get(t, s.Database, gone); !h.ArchivedAt.Set || h.MergedInto != records.Some(kept) {
			t.Errorf("the other host is not put away: %+v", h)
		}
		if got := count(t, s.Database, "infrastructure_host_package WHERE parent = $1 AND gone_at IS NULL", string(kept)); got != 5 {
			t.Errorf("the kept host has %d packages, want the newer report's 5", got)
		}
		// What reports as the other is the kept one from now on.
		s.Clock.Advance(time.Hour)
		second.At = s.Clock.Now()
		second.Ports.Value[0].Port = 2222
		if x, _ := ingest(t, s.Database, second, "agent:2"); x != kept {
			t.Error("the merged host's agent reports to another one")
		}
		if h := get(t, s.Database, kept); h.Serial.V == "" {
			t.Error("the kept host did not learn the serial number")
		}
		err := s.Update(t.Context(), system(), func(u *records.Tx) error { return Merge(u, kept, gone, "again") })
		if !fail.Is(err, fail.Conflict) {
			t.Errorf("merged twice: %v", err)
		}
		write(t, s.Database, func(u *records.Tx) error { return Unmerge(u, gone) })
		if h := get(t, s.Database, gone); h.ArchivedAt.Set || h.MergedInto.Set {
			t.Errorf("the host is not back: %+v", h)
		}
		second.At = second.At.Add(time.Hour)
		if x, _ := ingest(t, s.Database, second, "agent:2"); x != gone {
			t.Error("after the merge was undone the agent still reports to the other")
		}
		first.At = first.At.Add(2 * time.Hour)
		ingest(t, s.Database, first, "scan")
		if got := count(t, s.Database, "infrastructure_host_package WHERE parent = $1 AND gone_at IS NULL", string(kept)); got != 3 {
			t.Errorf("the kept host has %d packages, want its own 3", got)
		}
		read(t, s.Database, func(v *records.View) error {
			open, err := Duplicates(v, "open", 10)
			if len(open) != 0 {
				t.Errorf("asked again about %+v", open)
			}
			return err
		})
	})
}

func TestAMergeOfMergedHostsIsTakenApartInAnyOrder(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		bare := func(name string, packages int) fact.Inventory {
			inv := server("erp01", packages)
			inv.Identity.Value = fact.Identity{Hostname: "erp01", MachineID: hex32(name)}
			return inv
		}
		p, q, r := bare("p", 1), bare("q", 2), bare("r", 3)
		report := func(inv *fact.Inventory, source string) (id records.ID[Host]) {
			s.Clock.Advance(time.Hour)
			inv.At = s.Clock.Now()
			id, _ = ingest(t, s.Database, *inv, source)
			return id
		}
		for _, order := range [][2]int{{0, 1}, {1, 0}} {
			ids := []records.ID[Host]{report(&p, "agent:p"), report(&q, "agent:q"), report(&r, "agent:r")}
			write(t, s.Database, func(u *records.Tx) error { return Merge(u, ids[1], ids[2], "") })
			write(t, s.Database, func(u *records.Tx) error { return Merge(u, ids[0], ids[1], "") })
			if report(&r, "agent:r") != ids[0] || report(&q, "agent:q") != ids[0] {
				t.Fatal("what was merged twice does not report to the last one")
			}
			first := ids[1+order[0]] // the middle one, or the last
			write(t, s.Database, func(u *records.Tx) error { return Unmerge(u, first) })
			want := ids[1] // who was merged into the middle one goes back with it
			if first == ids[2] {
				want = ids[2]
			}
			if got := report(&r, "agent:r"); got != want {
				t.Errorf("after %s was taken out, r reports to %s, want %s", first, got, want)
			}
			write(t, s.Database, func(u *records.Tx) error { return Unmerge(u, ids[1+order[1]]) })
			if report(&p, "agent:p") != ids[0] || report(&q, "agent:q") != ids[1] || report(&r, "agent:r") != ids[2] {
				t.Error("not everybody reports to the host of their own")
			}
			for i, id := range ids {
				if got := count(t, s.Database, "infrastructure_host_package WHERE parent = $1 AND gone_at IS NULL", string(id)); got != i+1 {
					t.Errorf("host %d has %d packages, want %d", i, got, i+1)
				}
			}
		}
	})
}

func TestADoubtPassesOnAndIsAnsweredOnce(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		var ids []records.ID[Host]
		for i := range 3 {
			inv := server("erp01", i+1)
			inv.Identity.Value = fact.Identity{Hostname: "erp01", MachineID: hex32(inv.Packages.Value[i].Name)}
			s.Clock.Advance(time.Minute) // ids sort by time
			id, _ := ingest(t, s.Database, inv, "agent:"+inv.Packages.Value[i].Name)
			ids = append(ids, id)
		}
		open := func() (all []Duplicate) {
			read(t, s.Database, func(v *records.View) (err error) {
				all, err = Duplicates(v, "open", 10)
				return err
			})
			return all
		}
		if got := len(open()); got != 3 {
			t.Fatalf("%d pairs of three hosts of a name, want 3", got)
		}
		write(t, s.Database, func(u *records.Tx) error { return Merge(u, ids[0], ids[2], "") })
		left := open()
		if len(left) != 1 || left[0].A != ids[0] || left[0].B != ids[1] {
			t.Fatalf("asked is %+v, want only about the two that are left", left)
		}
		write(t, s.Database, func(u *records.Tx) error { return Distinct(u, left[0].ID) })
		err := s.Update(t.Context(), system(), func(u *records.Tx) error { return Distinct(u, left[0].ID) })
		if !fail.Is(err, fail.Conflict) || len(open()) != 0 {
			t.Errorf("answered twice: %v", err)
		}
	})
}

func TestANameThatAPersonGaveStays(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		inv := server("erp01", 1)
		id, _ := ingest(t, s.Database, inv, "agent:1")
		write(t, s.Database, func(u *records.Tx) error {
			return Hosts.Update(u, id, func(h *Host) error { h.Name, h.Kind = "Payroll's machine", VM; return nil })
		})
		inv.Identity.Value.Hostname = "erp99"
		ingest(t, s.Database, inv, "agent:1")
		if h := get(t, s.Database, id); h.Name != "Payroll's machine" || h.Kind != VM || h.Hostname.V != "erp99" {
			t.Errorf("got %q, %s, host name %q", h.Name, h.Kind, h.Hostname.V)
		}
	})
}

func TestASecurityUpdateKeepsTheMomentItWasFirstPending(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		inv := server("erp01", 1)
		id, _ := ingest(t, s.Database, inv, "agent:1")
		since := records.MomentOf(s.Clock.Now())
		s.Clock.Advance(72 * time.Hour)
		inv.Updates.Value.Pending = append(inv.Updates.Value.Pending, fact.Update{Name: "curl", Arch: "amd64", Security: new(true)})
		ingest(t, s.Database, inv, "agent:1")
		if h := get(t, s.Database, id); h.SecuritySince != records.Some(since) || h.SecurityPending.V != 2 {
			t.Errorf("since %v, %d pending", h.SecuritySince.V.Time(), h.SecurityPending.V)
		}
		inv.Updates.Value.Pending = nil
		ingest(t, s.Database, inv, "agent:1")
		if h := get(t, s.Database, id); h.SecuritySince.Set || h.SecurityPending != records.Some(int64(0)) {
			t.Errorf("nothing pends, since %v", h.SecuritySince)
		}
		s.Clock.Advance(time.Hour)
		inv.Updates.Value.Pending = []fact.Update{{Name: "openssl", Arch: "amd64", Security: new(true)}}
		ingest(t, s.Database, inv, "agent:1")
		if h := get(t, s.Database, id); h.SecuritySince != records.Some(records.MomentOf(s.Clock.Now())) {
			t.Errorf("an update that pends again counts from the first time: %v", h.SecuritySince.V.Time())
		}
	})
}

func FuzzIngest(f *testing.F) {
	f.Add("erp01", "package", "1.0", "deb", "2026-01-02", "192.0.2.1/24")
	f.Add("a\x00b", "\xff", " x ", "", "2026-02-30", "::1")
	s := sqlite(f)
	undo := errors.New("undo")
	f.Fuzz(func(t *testing.T, host, name, version, manager, day, address string) {
		inv := fact.Inventory{Version: 1, At: testkit.Now, Collector: version, Platform: manager, Identity: fact.Saw(fact.Identity{Hostname: host, MachineID: version, MACs: []string{name}, HostKeys: []string{name, name}}),
			Hardware: fact.Saw(fact.Hardware{Vendor: name, Model: version, Chassis: manager}), System: fact.Saw(fact.System{Name: name, Full: version, Kernel: host}),
			Packages:   fact.Saw([]fact.Package{{Name: name, Version: version, Manager: manager, Day: day}, {Name: name, Version: host, Manager: manager}}),
			Interfaces: fact.Saw([]fact.Interface{{Name: name, Addresses: []string{address, address}}}), Antivirus: fact.Saw([]fact.Antivirus{{Product: name}})}
		err := s.Update(t.Context(), system(), func(u *records.Tx) error {
			id, _, err := Ingest(u, inv, "fuzz")
			if err != nil {
				return err
			}
			_, d, err := Ingest(u, inv, "fuzz")
			if d.Any() {
				t.Errorf("the second time changed %+v of %s", d, id)
			}
			return errors.Join(err, undo)
		})
		if e, ok := err.(interface{ Unwrap() []error }); !ok || len(e.Unwrap()) != 1 {
			t.Error(err)
		}
	})
}
