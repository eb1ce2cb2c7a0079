package repository

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/hold"
	"steward/collect/backup/snapshot"
	"steward/collect/fact"
)

var at = time.Date(2026, 11, 22, 6, 0, 0, 123456789, time.UTC)

func publish(t testing.TB, r *Repository, at time.Time) Artefact {
	t.Helper()
	d, err := r.Begin("shop", at)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	if err := os.WriteFile(filepath.Join(d.Dir, "data.dump"), []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := d.Publish(&Manifest{Kind: backup.PostgreSQL, Form: Custom, Started: at, Ended: at.Add(time.Minute), Files: []File{{Name: "data.dump", Role: "data", Size: 5, Plain: 5}},
		Snapshot: &snapshot.Snapshot{At: at, Tables: []snapshot.Table{{Name: "public.\xff & <b>"}}, Gaps: []fact.Gap{{What: "x"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func open(t testing.TB) *Repository {
	t.Helper()
	r, err := Open(filepath.Join(t.TempDir(), "r"), true)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnArtefactIsThereWholeOrNotAtAll(t *testing.T) {
	r := open(t)
	d, err := r.Begin("shop", at)
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(d.Dir, "data.dump"), []byte("half"), 0o600)
	if list, _ := r.List(); len(list) != 0 {
		t.Errorf("a draft is listed: %v", list)
	}
	// Another process that begins does not take away a draft that is being made.
	if _, err := r.Begin("other", at); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.Dir); err != nil {
		t.Errorf("the draft is gone: %v", err)
	}
	// Its process is gone: the next one tidies up.
	d.hold.Release()
	if _, err := r.Begin("other", at); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the draft stays: %v", err)
	}
	a := publish(t, r, at)
	list, err := r.List()
	if err != nil || len(list) != 1 || list[0].Dir != a.Dir || list[0].Broken != "" || !list[0].At().Equal(at) {
		t.Errorf("%+v %v", list, err)
	}
}

func TestWhatIsBrokenIsListedWithTheReason(t *testing.T) {
	r := open(t)
	short, gone, altered, failed := publish(t, r, at), publish(t, r, at.Add(time.Hour)), publish(t, r, at.Add(2*time.Hour)), publish(t, r, at.Add(3*time.Hour))
	os.Truncate(filepath.Join(short.Dir, "data.dump"), 3)
	os.Remove(filepath.Join(gone.Dir, "data.dump"))
	file := filepath.Join(altered.Dir, ManifestName)
	b, _ := os.ReadFile(file)
	os.WriteFile(file, []byte(strings.Replace(string(b), `"size": 5`, `"size": 6`, 1)), 0o600)
	if err := failed.Remember(Drilled{At: at, Level: "L2"}); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(r.Dir, "shop", "20261122T100000Z-custom-xx")
	os.Mkdir(empty, 0o700)
	list, err := r.List()
	if err != nil || len(list) != 5 {
		t.Fatal(list, err)
	}
	for i, want := range []string{"has 3 bytes, not 5", "is not there", "the manifest was changed", "failed on it", "it has no manifest.json"} {
		if !strings.Contains(list[i].Broken, want) {
			t.Errorf("%d: %q, want %q", i, list[i].Broken, want)
		}
	}
	if !list[2].At().Equal(at.Add(2 * time.Hour).Truncate(time.Second)) {
		t.Errorf("without its manifest it is of %v", list[2].At())
	}
}

func TestAHeldArtefactIsNotRemoved(t *testing.T) {
	r := open(t)
	a := publish(t, r, at)
	h, err := a.Hold()
	if err != nil {
		t.Fatal(err)
	}
	if !a.Held() {
		t.Error("it is not seen to be held")
	}
	if err := r.Remove(a, nil); !errors.Is(err, hold.ErrHeld) {
		t.Errorf("got %v", err)
	}
	h.Release()
	if err := r.Remove(a, func() error { return errors.New("elsewhere") }); err == nil {
		t.Error("it was removed although that which comes before failed")
	}
	if err := r.Remove(a, nil); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(a.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestAFolderWithOtherThingsIsNoRepository(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "letter.txt"), nil, 0o600)
	var wrong *backup.Wrong
	if _, err := Open(dir, true); !errors.As(err, &wrong) {
		t.Errorf("got %v", err)
	}
	if _, err := Open(t.TempDir(), false); !errors.As(err, &wrong) {
		t.Errorf("got %v", err)
	}
}

func FuzzParseManifest(f *testing.F) {
	a := publish(f, open(f), at)
	good, err := os.ReadFile(filepath.Join(a.Dir, ManifestName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(strings.Replace(string(good), "data.dump", "../../etc/passwd", 1)))
	f.Add([]byte(`{"version":1,"files":[{"name":"/x","size":-1}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseManifest(b)
		if err != nil {
			return
		}
		for _, file := range m.Files {
			if file.Name != filepath.Base(file.Name) || file.Size < 0 {
				t.Fatalf("%+v", file)
			}
		}
	})
}

func TestNoChangedBitOfAManifestIsTaken(t *testing.T) {
	a := publish(t, open(t), at)
	good, err := os.ReadFile(filepath.Join(a.Dir, ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseManifest(good); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		for bit := range 8 {
			b := bytes.Clone(good)
			b[i] ^= 1 << bit
			if _, err := ParseManifest(b); err == nil && strings.TrimSpace(string(b[i:i+1])) != "" {
				t.Errorf("byte %d, bit %d: %q became %q and is taken", i, bit, good[max(0, i-10):i+1], b[max(0, i-10):i+1])
			}
		}
	}
}
