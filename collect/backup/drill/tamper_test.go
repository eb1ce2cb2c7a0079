package drill

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"steward/collect/backup/archive"
	"steward/collect/backup/repository"
)

// tamper makes an artefact out of another: each stored file's plain bytes go
// through change, which returns nil to leave the file out; edit changes the
// manifest. Hashes fit afterwards: it is a backup that was made wrong, not one
// that was damaged later.
func tamper(t testing.TB, a repository.Artefact, change func(role string, plain []byte) []byte, edit func(*repository.Manifest)) repository.Artefact {
	t.Helper()
	m := *a.Manifest
	if s := m.Snapshot; s != nil {
		c := *s
		m.Snapshot = &c
	}
	m.Files = nil
	draft, err := repo(t).Begin(m.Source, m.Started)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Manifest.Files {
		b := plain(t, filepath.Join(a.Dir, f.Name), nil)
		if change != nil {
			b = change(f.Role, b)
		}
		if b == nil {
			continue
		}
		name := archive.PlainName(f.Name)
		seal := archive.Seal{Pack: name != f.Name}
		w, err := seal.Create(filepath.Join(draft.Dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		stored, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		m.Files = append(m.Files, repository.File{Name: f.Name, Role: f.Role, Size: stored.Size, Plain: stored.Plain, SHA256: stored.SHA256})
	}
	if edit != nil {
		edit(&m)
	}
	changed, err := draft.Publish(&m)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func plain(t testing.TB, path string, keys []age.Identity) []byte {
	t.Helper()
	r, err := archive.Open(path, keys)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// data changes only the file with the data.
func data(change func([]byte) []byte) func(string, []byte) []byte {
	return func(role string, b []byte) []byte {
		if role == "data" {
			return change(b)
		}
		return b
	}
}

func cut(b []byte) []byte { return b[:len(b)*9/10] }

// bare writes a file as another tool would have, without a manifest.
func bare(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// replace replaces what must be there.
func replace(t testing.TB, b []byte, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(b, []byte(old)) {
		t.Fatalf("there is no %q", old)
	}
	return bytes.Replace(b, []byte(old), []byte(new), 1)
}

func aged(by time.Duration) func(*repository.Manifest) {
	return func(m *repository.Manifest) {
		m.Started, m.Ended = m.Started.Add(-by), m.Ended.Add(-by)
		m.Snapshot.At = m.Snapshot.At.Add(-by)
	}
}
