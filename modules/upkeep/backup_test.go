package upkeep_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
	"steward/modules/upkeep"
)

func filled(t *testing.T, p *apptest.Program) {
	t.Helper()
	p.Organisation(t)
	helena := p.Person(t, "Helena Lindqvist", access.MISManager)
	p.Do(t, func(u *records.Tx) error {
		parent := &org.Unit{Name: "Größe & Œuvre", Kind: org.LegalEntity}
		if err := org.Units.Create(u, parent); err != nil {
			return err
		}
		child := &org.Unit{Name: "Below", Kind: org.Team, Parent: records.Some(parent.ID), Head: records.Some(records.ID[org.Person](helena.Person))}
		return org.Units.Create(u, child)
	})
}

func counts(t *testing.T, db *storage.Database) map[string]int {
	t.Helper()
	out := map[string]int{}
	name := ""
	err := upkeep.Dump(context.Background(), db, func(n string, _ []string) error { name = n; return nil }, func([]any) error { out[name]++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestABackupRestoresWholeOnEitherDatabase(t *testing.T) {
	apptest.Each(t, nil, func(t *testing.T, from *apptest.Program) {
		filled(t, from)
		hash, _, err := from.Files.Put(context.Background(), mustOpen(t))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "b.tar.zst")
		if _, err := upkeep.Write(context.Background(), from.DB, from.Files.Path, file); err != nil {
			t.Fatal(err)
		}
		want := counts(t, from.DB)
		apptest.Each(t, nil, func(t *testing.T, to *apptest.Program) {
			if _, err := upkeep.Restore(context.Background(), to.DB, to.Files.Path, file, app.Migrations(nil)...); err != nil {
				t.Fatal(err)
			}
			got := counts(t, to.DB)
			for name, n := range want {
				if got[name] != n {
					t.Errorf("%s has %d rows, want %d", name, got[name], n)
				}
			}
			to.Look(t, access.System(), func(v *records.View) error {
				all, err := org.Units.List(v, records.Query{SortAt: &org.Units.P.Name})
				if err != nil {
					return err
				}
				if len(all) != 2 || all[1].Name != "Größe & Œuvre" || all[0].Parent.V != all[1].ID {
					t.Errorf("restored units: %+v", all)
				}
				hits, err := records.Find(v, "grosse", 5)
				if err != nil || len(hits) != 1 {
					t.Errorf("search after a restore found %d, %v; want the unit", len(hits), err)
				}
				if v.Dialect() == storage.Postgres { // a table never looked at has -1; the server's own tending may count removed rows too
					var rows float64
					if _, err := v.Row("SELECT reltuples FROM pg_class WHERE relname = 'org_unit'", nil, &rows); err != nil || rows < 2 {
						t.Errorf("the planner knows of %v units (%v), want the 2 that were restored", rows, err)
					}
				}
				wrong, err := upkeep.Integrity(v)
				if len(wrong) > 0 {
					t.Error(wrong)
				}
				return err
			})
			if _, err := to.Files.Open(hash); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestADamagedBackupChangesNothing(t *testing.T) {
	from := apptest.SQLite(t, nil)
	filled(t, from)
	file := filepath.Join(t.TempDir(), "b.tar.zst")
	if _, err := upkeep.Write(context.Background(), from.DB, from.Files.Path, file); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte{}, whole...)
	flipped[len(flipped)/2] ^= 0x40
	for name, bytes := range map[string][]byte{"cut": whole[:len(whole)*9/10], "flipped": flipped, "empty": nil, "text": []byte("not a backup")} {
		bad := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(bad, bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		to := apptest.SQLite(t, nil)
		before := counts(t, to.DB)
		if _, err := upkeep.Restore(context.Background(), to.DB, to.Files.Path, bad, app.Migrations(nil)...); !fail.Is(err, fail.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
		if after := counts(t, to.DB); len(after) != len(before) {
			t.Errorf("%s: something was written", name)
		}
	}
}

func TestABackupNeverReplacesAFile(t *testing.T) {
	p := apptest.SQLite(t, nil)
	file := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := upkeep.Write(context.Background(), p.DB, p.Files.Path, file); !fail.Is(err, fail.Conflict) {
		t.Errorf("over an existing file: %v, want conflict", err)
	}
}

func mustOpen(t *testing.T) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.txt")
	if err := os.WriteFile(path, []byte("attached"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
