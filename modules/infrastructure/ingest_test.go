package infrastructure

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"steward/collect/fact"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit"
)

// dump is every row of every table, as text.
func dump(t *testing.T, db *storage.Database) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	read(t, db, func(v *records.View) error {
		list := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '%fts%'"
		if v.Dialect() == storage.Postgres {
			list = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
		}
		var tables []string
		err := v.Each(list, nil, func(rows *sql.Rows) error {
			var name string
			err := rows.Scan(&name)
			tables = append(tables, name)
			return err
		})
		if err != nil {
			return err
		}
		for _, table := range tables {
			out[table] = []string{}
			err := v.Each("SELECT * FROM "+table, nil, func(rows *sql.Rows) error {
				cols, err := rows.Columns()
				if err != nil {
					return err
				}
				cells := make([]any, len(cols))
				for i := range cells {
					cells[i] = new(any)
				}
				if err := rows.Scan(cells...); err != nil {
					return err
				}
				var b strings.Builder
				for _, c := range cells {
					fmt.Fprintf(&b, "%v|", *c.(*any))
				}
				out[table] = append(out[table], b.String())
				return nil
			})
			if err != nil {
				return err
			}
			slices.Sort(out[table])
		}
		return nil
	})
	return out
}

// changed are the rows that are in after and not in before.
func changed(before, after map[string][]string) (rows []string) {
	for _, table := range slices.Sorted(maps.Keys(after)) {
		for _, row := range after[table] {
			if !slices.Contains(before[table], row) {
				rows = append(rows, table+": "+row)
			}
		}
	}
	return rows
}

func TestTheSameInventoryTwiceWritesOneRow(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		inv := server("erp01", 300)
		id, d := ingest(t, s.Database, inv, "agent:1")
		if !d.New {
			t.Fatal("the first report made no host")
		}
		before := dump(t, s.Database)
		s.Clock.Advance(time.Hour)
		inv.At = inv.At.Add(time.Hour)
		inv.Volatile.Uptime = new(int64(4711))
		slices.Reverse(inv.Packages.Value) // the tools' order is no news
		again, d := ingest(t, s.Database, inv, "agent:1")
		if again != id || d.Any() {
			t.Errorf("the second report is of host %s and changes %+v", again, d)
		}
		after := dump(t, s.Database)
		rows := changed(before, after)
		if len(rows) != 1 || !strings.HasPrefix(rows[0], "infrastructure_host_seen") {
			t.Errorf("%d rows changed, want the one of infrastructure_host_seen: %v", len(rows), rows)
		}
		for table := range after {
			if len(before[table]) != len(after[table]) {
				t.Errorf("%s had %d rows and has %d", table, len(before[table]), len(after[table]))
			}
		}
		if len(before["infrastructure_host_package"]) != 300 {
			t.Errorf("%d packages were kept, want 300", len(before["infrastructure_host_package"]))
		}
	})
}

func TestAnInventoryFillsTheHost(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		id, _ := ingest(t, s.Database, server("erp01", 3), "agent:1")
		h := get(t, s.Database, id)
		for _, c := range []struct {
			what      string
			got, want any
		}{
			{"name", h.Name, "erp01"}, {"kind", h.Kind, Server}, {"state", h.State, Live}, {"os", h.OSName.V, "Debian GNU/Linux 12 (bookworm)"},
			{"memory", h.Memory.V, int64(64 << 30)}, {"support", h.OSSupportEnds.V, records.Date("2026-07-11")}, {"updates", h.UpdatesPending, records.Some(int64(2))},
			{"security", h.SecurityPending, records.Some(int64(1))}, {"since", h.SecuritySince, records.Some(records.MomentOf(testkit.Now))}, {"reboot", h.Reboot, records.Some(false)},
			{"antivirus", h.AntivirusState.V, On}, {"firewall", h.FirewallState.V, On}, {"rules", h.FirewallRules.V, int64(12)}, {"encrypted", h.Encrypted.V, Whole}, {"clock", h.TimeSynced, records.Some(true)},
		} {
			if c.got != c.want {
				t.Errorf("%s: got %v, want %v", c.what, c.got, c.want)
			}
		}
		for table, want := range map[string]int{"package": 3, "service": 1, "port": 1, "interface": 1, "address": 2, "disk": 1, "filesystem": 2, "account": 1, "update": 2, "program": 1} {
			if got := count(t, s.Database, "infrastructure_host_"+table); got != want {
				t.Errorf("%s: got %d facts, want %d", table, got, want)
			}
		}
	})
}

func TestWhatAMachineDoesNotTellIsUnknownAndNotZero(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		inv := fact.Inventory{Version: fact.InventoryVersion, Collector: "test", At: testkit.Now, Identity: fact.Saw(fact.Identity{Hostname: "bare", MachineID: hex32("bare")}),
			Antivirus: fact.Unseen[[]fact.Antivirus]("antivirus", "permission denied", "root"), Firewalls: fact.Saw([]fact.Firewall{}),
			Updates: fact.Saw(fact.Updates{Manager: "dnf", Pending: []fact.Update{{Name: "bash"}}})}
		id, _ := ingest(t, s.Database, inv, "agent:1")
		h := get(t, s.Database, id)
		if h.Memory.Set || h.AntivirusState.Set || h.Reboot.Set || h.SecurityPending.Set || h.Encrypted.Set || h.OSSupportEnds.Set {
			t.Errorf("made up: %+v", h)
		}
		if h.FirewallState != records.Some(None) || h.UpdatesPending != records.Some(int64(1)) {
			t.Errorf("firewall %v, updates %v: looked for and found", h.FirewallState, h.UpdatesPending)
		}
	})
}

func TestTextOfAMachineIsOneLineThatReadsAsItIsWritten(t *testing.T) {
	for in, want := range map[string]string{
		"erp01":                         "erp01",
		" a\n\tb\x00c\x1b[31m ":         "a b c [31m",
		"invoice\u202efdp.exe":          "invoice fdp.exe",
		"\u2066admin\u2069":             "admin",
		"one\u2028two":                  "one two",
		"\ufeffMüller":                  "Müller",
		"bad\xff":                       "bad\ufffd",
		"<b>kept as it is</b>":          "<b>kept as it is</b>",
		strings.Repeat("ä", maxFact+10): strings.Repeat("ä", maxFact),
	} {
		if got := line(in, maxFact); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
