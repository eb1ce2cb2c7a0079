package infrastructure

import (
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"steward/collect/fact"
	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/figures"
	"steward/kernel/jobs"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit"
)

// manager is a person who may decide.
func manager(t *testing.T, s *testkit.Store) *access.Actor {
	t.Helper()
	p := &org.Person{Name: "Maria Lind"}
	write(t, s.Database, func(u *records.Tx) error { return org.Persons.Create(u, p) })
	role, _ := access.RoleNamed(access.MISManager)
	return &access.Actor{Kind: access.PersonKind, Person: string(p.ID), Name: p.Name, Roles: []string{role.Name}, Grants: role.Grants}
}

// waiting finds what there is to decide and returns the open decisions of a kind.
func waiting(t *testing.T, s *testkit.Store, kind string) (ids, keys []string) {
	t.Helper()
	if err := decisions.Refresh(t.Context(), s.Database, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	read(t, s.Database, func(v *records.View) error {
		rows, err := v.Query("SELECT id, natural_key FROM decision WHERE kind = $1 AND state = 'open' ORDER BY id", kind)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, key string
			if err := rows.Scan(&id, &key); err != nil {
				return err
			}
			ids, keys = append(ids, id), append(keys, key)
		}
		return rows.Err()
	})
	return ids, keys
}

func decide(t *testing.T, s *testkit.Store, who *access.Actor, id, option string) {
	t.Helper()
	err := s.Update(t.Context(), who, func(u *records.Tx) error {
		u.Origin = "test"
		return decisions.Decide(u, id, decisions.Choice{Option: option, Reason: "checked"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUpdatesThatAreOldWhenFirstAskedAboutLeaveAWeekToAnswer(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		decisions.NewSet(ownDecisions()).Attach(s.Database)
		manager(t, s)
		ingest(t, s.Database, server("erp01", 1), "agent:1")
		by := func() (day records.Date) {
			t.Helper()
			ids, _ := waiting(t, s, "infrastructure.updates")
			if len(ids) != 1 {
				t.Fatalf("%d decisions wait, want 1", len(ids))
			}
			err := s.View(t.Context(), access.System(), func(v *records.View) error {
				d, err := decisions.Get(v, ids[0])
				day = d.DecideBy
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return day
		}
		s.Clock.Advance(150 * 24 * time.Hour)
		today := records.DateOf(s.Clock.Now())
		if got := by(); got != today.AddDays(7) {
			t.Errorf("asked on %s about updates of five months ago: decide by %s, want a week", today, got)
		}
		s.Clock.Advance(3 * 24 * time.Hour)
		if got := by(); got != today.AddDays(7) {
			t.Errorf("three days later: decide by %s, want it to stay %s", got, today.AddDays(7))
		}
	})
}

func TestAnApprovalOfUpdatesHoldsForTheVersionsOffered(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		decisions.NewSet(ownDecisions()).Attach(s.Database)
		who := manager(t, s)
		inv := server("erp01", 1)
		ingest(t, s.Database, inv, "agent:1")
		ids, _ := waiting(t, s, "infrastructure.updates")
		if len(ids) != 1 {
			t.Fatalf("%d decisions wait, want 1", len(ids))
		}
		decide(t, s, who, ids[0], "approve")
		if got := count(t, s.Database, "infrastructure_approved_update WHERE name = 'openssl' AND offered = '3.0.16'"); got != 1 {
			t.Errorf("the approval was not kept")
		}
		if ids, _ := waiting(t, s, "infrastructure.updates"); len(ids) != 0 {
			t.Error("asked again about what was approved")
		}
		inv.Updates.Value.Pending[0].To = "3.0.17"
		ingest(t, s.Database, inv, "agent:1")
		ids, _ = waiting(t, s, "infrastructure.updates")
		if len(ids) != 1 {
			t.Fatal("a newer version is not asked about")
		}
		decide(t, s, who, ids[0], "later")
		if ids, _ := waiting(t, s, "infrastructure.updates"); len(ids) != 0 {
			t.Error("asked again at once")
		}
		s.Clock.Advance(8 * 24 * time.Hour)
		if ids, _ := waiting(t, s, "infrastructure.updates"); len(ids) != 1 {
			t.Error("not asked again after a week")
		}
		inv.Updates.Value.Pending = nil
		ingest(t, s.Database, inv, "agent:1")
		if ids, _ := waiting(t, s, "infrastructure.updates"); len(ids) != 0 {
			t.Error("the updates are installed, and it still waits")
		}
	})
}

func TestADuplicateIsMergedByADecision(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		decisions.NewSet(ownDecisions()).Attach(s.Database)
		who := manager(t, s)
		a := server("erp01", 1)
		a.Identity.Value.UUID, a.Identity.Value.Serial, a.Identity.Value.MACs, a.Identity.Value.MachineID = "", "", nil, ""
		kept, _ := ingest(t, s.Database, a, "scan")
		s.Clock.Advance(time.Minute) // the older host stands first
		gone, _ := ingest(t, s.Database, server("erp01", 1), "agent:1")
		if n := count(t, s.Database, "job WHERE kind = $1", decisions.FindJob); n != 1 {
			t.Errorf("%d searches for decisions wait, want one at once", n)
		}
		ids, _ := waiting(t, s, "infrastructure.duplicate")
		if len(ids) != 1 {
			t.Fatalf("%d decisions wait, want 1", len(ids))
		}
		decide(t, s, who, ids[0], "first")
		if h := get(t, s.Database, gone); h.MergedInto != records.Some(kept) {
			t.Error("not merged")
		}
		if got := count(t, s.Database, "infrastructure_merge WHERE by_person = $1 AND reason = 'checked'", who.Person); got != 1 {
			t.Error("who merged them and why was not kept")
		}
	})
}

func TestSoftwareOfASourceIsAllowedFromThenOn(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		decisions.NewSet(ownDecisions()).Attach(s.Database)
		who := manager(t, s)
		inv := server("erp01", 30)
		ingest(t, s.Database, inv, "agent:1")
		ingest(t, s.Database, server("erp02", 20), "agent:2")
		run := &jobs.Run{DB: s.Database, Kind: catalogueJob}
		refresh := func() {
			t.Helper()
			if err := refreshCatalogue(t.Context(), run, false); err != nil {
				t.Fatal(err)
			}
		}
		refresh()
		if got := count(t, s.Database, "infrastructure_software WHERE hosts = 2"); got != 20 {
			t.Errorf("%d programs on two hosts, want 20", got)
		}
		ids, keys := waiting(t, s, "infrastructure.software")
		if len(ids) != 1 || keys[0] != "Debian stable/0" {
			t.Fatalf("waiting: %v", keys)
		}
		decide(t, s, who, ids[0], "always")
		if got := count(t, s.Database, "infrastructure_software WHERE status = 'allowed'"); got != 30 {
			t.Errorf("%d programs allowed, want 30", got)
		}
		s.Clock.Advance(time.Hour)
		inv.Packages.Value = append(inv.Packages.Value[1:], fact.Package{Name: "new", Manager: "deb", Origin: "Debian stable"}, fact.Package{Name: "miner", Manager: "deb", Origin: "elsewhere"},
			fact.Package{Name: "one", Manager: "deb", Vendor: "Somebody"}, fact.Package{Name: "two", Manager: "deb", Vendor: "Somebody else"}, fact.Package{Name: "Editor", Manager: "msi", Vendor: "Editors Ltd"})
		ingest(t, s.Database, inv, "agent:1")
		refresh()
		if got := count(t, s.Database, "infrastructure_software WHERE name = 'new' AND status = 'allowed'"); got != 1 {
			t.Error("what comes from the source later is not allowed")
		}
		if got := count(t, s.Database, "infrastructure_software WHERE name = 'package-0000' AND hosts = 1"); got != 1 {
			t.Error("a removed package still counts")
		}
		if _, keys := waiting(t, s, "infrastructure.software"); strings.Join(slices.Sorted(slices.Values(keys)), ",") != "/0,Editors Ltd/0,elsewhere/0" {
			t.Errorf("waiting: %v", keys)
		}
		ids, keys = waiting(t, s, "infrastructure.software")
		decide(t, s, who, ids[slices.Index(keys, "/0")], "block")
		if got := count(t, s.Database, "infrastructure_software WHERE status = 'blocked' AND name IN ('one', 'two')"); got != 2 {
			t.Errorf("%d of 2 programs of an unknown source are blocked", got)
		}
	})
}

func TestFiguresCountHostsAndSayWhatIsMissing(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		ingest(t, s.Database, server("old", 1), "agent:1")
		s.Clock.Advance(30 * time.Hour)
		ingest(t, s.Database, server("fresh", 1), "agent:2")
		bare := fact.Inventory{Version: 1, At: testkit.Now, Identity: fact.Saw(fact.Identity{Hostname: "bare", MachineID: hex32("bare")}), Firewalls: fact.Saw([]fact.Firewall{}), System: fact.Saw(fact.System{Name: "CentOS 7", Support: fact.SupportOf("centos", "7")})}
		ingest(t, s.Database, bare, "agent:3")
		write(t, s.Database, func(u *records.Tx) error {
			return Hosts.Create(u, &Host{Name: "Printer", Kind: Printer, State: Unheard})
		})
		write(t, s.Database, func(u *records.Tx) error {
			return Hosts.Create(u, &Host{Name: "Gone", Kind: Server, State: Retired, Reboot: records.Some(true)})
		})
		want := map[string]struct {
			value  float64
			inputs int64
			gaps   int
		}{
			"infrastructure.seen": {200.0 / 3, 1, 1}, "infrastructure.freshness": {30, 3, 0}, "infrastructure.security-pending": {2, 2, 1}, "infrastructure.security-age": {1.25, 2, 0},
			"infrastructure.reboot": {0, 0, 1}, "infrastructure.antivirus": {100, 0, 1}, "infrastructure.firewall": {200.0 / 3, 1, 1}, "infrastructure.unsupported": {1, 1, 1}, "infrastructure.encrypted": {100, 0, 1},
		}
		figures.NewSet(ownFigures())
		for _, f := range ownFigures() {
			read(t, s.Database, func(v *records.View) error {
				res, err := f.Compute(v, figures.Organisation, v.Now)
				w, ok := want[f.Key]
				if !ok {
					t.Errorf("%s is not tested", f.Key)
				}
				if err == nil && (math.Abs(res.Value.Number-w.value) > 0.01 || res.Value.State != figures.Known || res.Total != w.inputs || int64(len(res.Inputs)) != w.inputs || len(res.Gaps) != w.gaps) {
					t.Errorf("%s: %+v with %d of %d inputs, gaps %v; want %+v", f.Key, res.Value, len(res.Inputs), res.Total, res.Gaps, w)
				}
				return err
			})
		}
	})
}

func TestFiguresOfNothingAreNotZero(t *testing.T) {
	s := sqlite(t)
	for _, f := range ownFigures() {
		read(t, s.Database, func(v *records.View) error {
			res, err := f.Compute(v, figures.Organisation, v.Now)
			if err == nil && res.Value.Known() {
				t.Errorf("%s of no host is %v", f.Key, res.Value)
			}
			return err
		})
	}
}

func TestASilentHostIsUnknownUntilItReportsAgain(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		inv := server("erp01", 1)
		id, _ := ingest(t, s.Database, inv, "agent:1")
		s.Clock.Advance(silence + time.Hour)
		for want := range []int{1, 0} {
			write(t, s.Database, func(u *records.Tx) error {
				n, err := markUnheard(u, 10)
				if n != 1-want {
					t.Errorf("%d hosts marked, want %d", n, 1-want)
				}
				return err
			})
		}
		if h := get(t, s.Database, id); h.State != Unheard {
			t.Errorf("the host is %s", h.State)
		}
		ingest(t, s.Database, inv, "agent:1")
		if h := get(t, s.Database, id); h.State != Live {
			t.Errorf("the host reports and is %s", h.State)
		}
	})
}
