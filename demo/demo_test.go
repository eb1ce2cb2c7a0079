package demo

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/testkit"
	"steward/modules"
	"steward/modules/infrastructure"
	"steward/modules/systems"
	"steward/modules/upkeep"
	"steward/modules/vendors"
)

var small = Options{Scale: 0.05, Seed: 7, Today: "2026-11-22"}

type sample struct {
	*app.Program
	clock *Clock
}

func open(t *testing.T, url string) *sample {
	t.Helper()
	clock := &Clock{}
	p, err := app.Open(context.Background(), app.Config{Data: t.TempDir() + "/data", URL: url, Now: clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, modules.All())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return &sample{p, clock}
}

func (s *sample) load(t *testing.T, o Options) []*Login {
	t.Helper()
	logins, err := Load(context.Background(), s.Program, s.clock, o)
	if err != nil {
		t.Fatal(err)
	}
	return logins
}

func (s *sample) look(t *testing.T, fn func(v *storage.View) error) {
	t.Helper()
	if err := s.DB.View(context.Background(), access.System(), fn); err != nil {
		t.Fatal(err)
	}
}

func (s *sample) clean(t *testing.T) {
	t.Helper()
	proof, err := upkeep.Verify(context.Background(), s.Program)
	if err != nil {
		t.Fatal(err)
	}
	if !proof.Clean() {
		t.Errorf("verify: %v %+v", proof.Faults, proof.Audit)
	}
}

// dump is a digest of each table; what is random by design is left out: salts,
// the one-time sign-ins, and what jobs note of their runs.
func (s *sample) dump(t *testing.T) map[string]uint64 {
	t.Helper()
	out := map[string]uint64{}
	rows := map[string][]string{}
	var name string
	var columns []string
	err := upkeep.Dump(context.Background(), s.DB, func(table string, cols []string) error {
		name, columns = table, slices.Clone(cols)
		return nil
	}, func(values []any) error {
		var b strings.Builder
		for i, c := range columns {
			if c == "type" && strings.HasPrefix(fmt.Sprint(values[i]), "data.") {
				return nil // the source names its file, which lies elsewhere
			}
		}
		for i, c := range columns {
			if name == "history" && c == "salt" {
				continue
			}
			fmt.Fprintf(&b, "%s=%v|", c, values[i])
		}
		rows[name] = append(rows[name], b.String())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for table, list := range rows {
		if table == "signin_link" || table == "job" || strings.HasPrefix(table, "data_") {
			continue
		}
		slices.Sort(list)
		h := fnv.New64a()
		for _, line := range list {
			io.WriteString(h, line+"\n")
		}
		out[table] = h.Sum64()
	}
	return out
}

// each runs fn on both databases.
func each(t *testing.T, fn func(t *testing.T, s *sample)) {
	t.Run("sqlite", func(t *testing.T) { fn(t, open(t, "")) })
	t.Run("postgres", func(t *testing.T) { fn(t, open(t, testkit.Postgres(t).Config.URL)) })
}

func TestTheSampleIsLoadedVerifiedAndTakenAway(t *testing.T) {
	if testing.Short() {
		t.Skip("loads a whole sample organisation twice")
	}
	each(t, func(t *testing.T, s *sample) {
		ctx := context.Background()
		// The first administrator is there before and stays.
		err := s.DB.Update(ctx, access.System(), func(u *storage.Update) error {
			u.Origin = "setup"
			p := &org.Person{Name: "Administrator"}
			if err := org.Persons.Create(u, p); err != nil {
				return err
			}
			if err := signin.CreateAccount(u, string(p.ID), "admin", ""); err != nil {
				return err
			}
			return signin.GiveRole(u, signin.Role{Person: string(p.ID), Role: access.Administrator})
		})
		if err != nil {
			t.Fatal(err)
		}
		logins := s.load(t, small)
		if len(logins) != 7 || logins[0].Link == "" {
			t.Errorf("%d accounts, the first with the link %q; want 7 with one-time sign-ins", len(logins), logins[0].Link)
		}
		s.look(t, func(v *storage.View) error {
			for _, c := range []struct {
				d    records.Definition
				want int64
			}{{org.Sites, 4}, {org.Units, int64(len(units))}, {systems.Systems, 60}, {vendors.Vendors, 40}, {vendors.Contracts, 70}, {infrastructure.Hosts, 45}} {
				if n, err := c.d.Def().Count(v, records.Query{Both: true}, 0); err != nil || n != c.want {
					t.Errorf("%s: %d (%v), want %d", c.d.Def().Plural, n, err, c.want)
				}
			}
			var figures, old int64
			if _, err := v.Row("SELECT COUNT(DISTINCT month) FROM figure_month", nil, &figures); err != nil || figures < 12 {
				t.Errorf("%d closed months (%v), want 12 at least", figures, err)
			}
			if _, err := v.Row("SELECT COUNT(*) FROM money_cost_line WHERE month < '2024-06-01'", nil, &old); err != nil || old == 0 {
				t.Errorf("no costs of the first year (%v)", err)
			}
			return nil
		})
		s.clean(t)
		if _, err := Load(ctx, s.Program, s.clock, small); !fail.Is(err, fail.Conflict) {
			t.Errorf("loaded twice: %v", err)
		}
		kept, err := Remove(ctx, s.Program)
		if err != nil || kept != 1 {
			t.Fatalf("kept %d accounts (%v), want the administrator's", kept, err)
		}
		s.look(t, func(v *storage.View) error {
			for _, d := range s.Registry.Defs() {
				want := int64(0)
				if d == org.Persons.Def() {
					want = 1
				}
				if n, err := d.Count(v, records.Query{Both: true}, 0); err != nil || n != want {
					t.Errorf("%s after removal: %d (%v), want %d", d.Plural, n, err, want)
				}
			}
			if _, known, err := org.Get(v); known || err != nil {
				t.Errorf("the organisation is still known (%v)", err)
			}
			return nil
		})
		s.clean(t)
		if _, err := Remove(ctx, s.Program); !fail.Is(err, fail.Conflict) {
			t.Errorf("removed twice: %v", err)
		}
	})
}

func TestTheSameSeedBringsTheSameContent(t *testing.T) {
	if testing.Short() {
		t.Skip("loads a whole sample organisation twice")
	}
	a, b := open(t, ""), open(t, "")
	a.load(t, small)
	// The second load is stopped half-way and goes on.
	ctx, cancel := context.WithCancel(context.Background())
	o := small
	o.Say = func(done, total int, _ string) {
		if done == total/2 {
			cancel()
		}
	}
	if _, err := Load(ctx, b.Program, b.clock, o); err == nil {
		t.Fatal("the load was not stopped")
	}
	other := small
	other.Seed++
	if _, err := Load(context.Background(), b.Program, b.clock, other); !fail.Is(err, fail.Conflict) {
		t.Errorf("a stopped load went on with another seed: %v", err)
	}
	b.load(t, small)
	first, second := a.dump(t), b.dump(t)
	for table, sum := range first {
		if second[table] != sum {
			t.Errorf("the table %s differs", table)
		}
	}
}

func TestAnInstallationWithRecordsIsRefused(t *testing.T) {
	s := open(t, "")
	err := s.DB.Update(context.Background(), access.System(), func(u *storage.Update) error {
		return vendors.Vendors.Create(u, &vendors.Vendor{Name: "Real Ltd", Country: "GB", State: vendors.Approved})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load(context.Background(), s.Program, s.clock, small); !fail.Is(err, fail.Conflict) {
		t.Errorf("loaded over real records: %v", err)
	}
	if _, err := Remove(context.Background(), s.Program); !fail.Is(err, fail.Conflict) {
		t.Errorf("removed what is no sample: %v", err)
	}
}

func TestThePlanIsWholeAtAnyScaleAndSeed(t *testing.T) {
	for seed := range uint64(20) {
		w := plan(Options{Scale: []float64{0.05, 1, 10}[seed%3], Seed: seed, Today: "2026-11-22"})
		if want := w.count(400, 60); len(w.people) != want {
			t.Errorf("seed %d: %d people, want %d", seed, len(w.people), want)
		}
		mails := map[string]bool{}
		for _, p := range w.people {
			if mails[p.Email.V] || p.Email.V[0] == '@' {
				t.Errorf("seed %d: the address %s is empty or there twice", seed, p.Email.V)
			}
			mails[p.Email.V] = true
		}
		if len(w.systems) != 60 || len(w.contracts) != 70 || len(w.vendors) != 40 || len(w.logins) != 7 {
			t.Errorf("seed %d: %d systems, %d contracts, %d vendors, %d accounts", seed, len(w.systems), len(w.contracts), len(w.vendors), len(w.logins))
		}
		names := map[string]bool{}
		for _, p := range w.serverParts() {
			if names[p.host] {
				t.Errorf("two components have a machine called %s", p.host)
			}
			names[p.host] = true
		}
	}
}
