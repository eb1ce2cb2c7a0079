package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"steward/collect/backup"
)

func key(t testing.TB) Key {
	t.Helper()
	k, made, err := LoadKey(filepath.Join(t.TempDir(), "key"))
	if err != nil || !made {
		t.Fatal(made, err)
	}
	return k
}

func TestTheKeyIsMadeOnceAndOnlyItsOwnerMayReadIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	first, made, err := LoadKey(path)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	info, _ := os.Stat(path)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key has mode %v", info.Mode())
	}
	second, made, err := LoadKey(path)
	if err != nil || made || second.Public() != first.Public() {
		t.Errorf("read again: %v %v, another key: %v", made, err, second.Public() != first.Public())
	}
	pub, _ := os.ReadFile(path + ".pub")
	if strings.TrimSpace(string(pub)) != first.Public() {
		t.Errorf("the file beside it holds %q", pub)
	}
	os.Chmod(path, 0o644)
	var wrong *backup.Wrong
	if _, _, err := LoadKey(path); !errors.As(err, &wrong) {
		t.Errorf("a key that all may read was taken: %v", err)
	}
}

func TestEvidenceVerifiesUntilOneLetterIsChanged(t *testing.T) {
	k := key(t)
	b, err := Sign(map[string]any{"level": "L3", "rows": 12, "words": "<ä> & \u2028"}, k)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParsePublic(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Verify(b, public)
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Rows int }
	if json.Unmarshal(got, &v); v.Rows != 12 {
		t.Errorf("got %s", got)
	}
	var compact bytes.Buffer
	json.Compact(&compact, b)
	if _, err := Verify(compact.Bytes(), public); err != nil {
		t.Errorf("spaces matter: %v", err)
	}
	for _, forged := range []string{
		strings.Replace(string(b), "12", "13", 1),
		strings.Replace(string(b), "L3", "L4", 1),
		strings.Replace(string(b), `"signed"`, `"evidence": {"level":"L4"}, "signed"`, 1),
		strings.Replace(string(b), `"evidence"`, `"evidence": {"level":"L4"}, "evidence"`, 1),
		strings.Replace(string(b), `"evidence"`, `"Evidence"`, 1),
		string(b) + "{}",
	} {
		if got, err := Verify([]byte(forged), public); err == nil {
			t.Errorf("believed: %s", got)
		}
	}
	other, _ := ParsePublic(key(t).Public())
	if _, err := Verify(b, other); !errors.Is(err, ErrForged) {
		t.Errorf("another key verifies: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	k := key(f)
	good, _ := Sign(map[string]int{"a": 1}, k)
	for _, s := range []string{"", "{}", string(good), `{"evidence":1,"signed":{"algorithm":"Ed25519"}}`, "[[["} {
		f.Add([]byte(s))
	}
	public, _ := ParsePublic(k.Public())
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Verify(b, public)
		if err == nil && string(got) != `{"a":1}` {
			t.Fatalf("believed %s", got)
		}
	})
}
