package upkeep_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"steward/kernel/app"
	"steward/kernel/files"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules/upkeep"
)

// attached attaches a file to a new unit and returns where its bytes lie.
func attached(t *testing.T, p *apptest.Program, name string) (hash, path string) {
	t.Helper()
	hash, size, err := p.Files.Put(context.Background(), strings.NewReader("the bytes of "+name))
	if err != nil {
		t.Fatal(err)
	}
	p.Do(t, func(u *records.Tx) error {
		unit := &org.Unit{Name: "Unit of " + name, Kind: org.Team}
		if err := org.Units.Create(u, unit); err != nil {
			return err
		}
		return files.Attach(u, org.Units.Def(), string(unit.ID), name, hash, size)
	})
	return hash, filepath.Join(p.Files.Path, hash[:2], hash)
}

func TestABackupIsMadeAlsoWhenKeptFilesAreDamagedAndNamesThem(t *testing.T) {
	apptest.Each(t, nil, func(t *testing.T, from *apptest.Program) {
		whole, _ := attached(t, from, "whole.pdf")
		changed, changedAt := attached(t, from, "changed.pdf")
		gone, goneAt := attached(t, from, "gone.pdf")
		if err := os.WriteFile(changedAt, []byte("what is left"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(goneAt); err != nil {
			t.Fatal(err)
		}
		// What somebody left in the folder is none of ours and stops nothing.
		if err := os.WriteFile(filepath.Join(from.Files.Path, "notes.txt"), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		same := func(what string, list []upkeep.Damage) {
			t.Helper()
			said := fmt.Sprint(list)
			if len(list) != 2 || !strings.Contains(said, changed+" was altered: changed.pdf of org.unit/") || !strings.Contains(said, gone+" is missing: gone.pdf of org.unit/") {
				t.Errorf("%s: %s", what, said)
			}
		}
		file := filepath.Join(t.TempDir(), "b.tar.zst")
		m, err := upkeep.Write(context.Background(), from.DB, from.Files.Path, file)
		if err != nil {
			t.Fatal(err)
		}
		same("the backup", m.Damaged)
		if m.Files != 2 {
			t.Errorf("the backup holds %d files, want the whole one and what is left of the changed one", m.Files)
		}
		apptest.Each(t, nil, func(t *testing.T, to *apptest.Program) {
			m, err := upkeep.Restore(context.Background(), to.DB, to.Files.Path, file, app.Migrations(nil)...)
			if err != nil {
				t.Fatal(err)
			}
			same("what is restored", m.Damaged)
			if left, err := os.ReadFile(filepath.Join(to.Files.Path, changed[:2], changed)); err != nil || string(left) != "what is left" {
				t.Errorf("what was left of the changed file: %q %v", left, err)
			}
			if _, err := to.Files.Open(whole); err != nil {
				t.Error(err)
			}
			proof, err := upkeep.Verify(context.Background(), to.Program)
			if err != nil {
				t.Fatal(err)
			}
			same("verify", proof.Damaged)
			if proof.Clean() || len(proof.Faults) > 0 {
				t.Errorf("verify calls it clean, or finds more: %q", proof.Faults)
			}
			// Sent once more, they are whole again.
			for _, name := range []string{"changed.pdf", "gone.pdf"} {
				if _, _, err := to.Files.Put(context.Background(), strings.NewReader("the bytes of "+name)); err != nil {
					t.Fatal(err)
				}
			}
			if proof, err := upkeep.Verify(context.Background(), to.Program); err != nil || !proof.Clean() {
				t.Errorf("when the files were sent once more: %q %v", proof.Wrong(), err)
			}
		})
	})
}

func TestABackupWhoseFileWasAlteredAfterwardsIsRefused(t *testing.T) {
	p := apptest.SQLite(t, nil)
	_, at := attached(t, p, "plan.pdf")
	if err := os.WriteFile(at, []byte("what is left"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "b.tar.zst")
	if _, err := upkeep.Write(context.Background(), p.DB, p.Files.Path, file); err != nil {
		t.Fatal(err)
	}
	if _, err := upkeep.Check(file); err != nil {
		t.Fatal(err)
	}
	rewritten(t, file, func(name string, body []byte) []byte {
		if strings.HasPrefix(name, "files/") {
			return []byte("WHAT IS LEFT")
		}
		return body
	})
	if _, err := upkeep.Check(file); err == nil {
		t.Error("other bytes in place of the damaged ones are called whole")
	}
}

// rewritten passes each entry of a backup through change.
func rewritten(t *testing.T, file string, change func(name string, body []byte) []byte) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	in, err := zstd.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	w, r := tar.NewWriter(z), tar.NewReader(in)
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		body = change(h.Name, body)
		h.Size = int64(len(body))
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close(), os.WriteFile(file, out.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}
