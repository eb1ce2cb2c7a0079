package seal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"steward/kernel/fail"
	"steward/kernel/seal"
)

func TestASealedSecretOpensInItsPlaceOnly(t *testing.T) {
	k, err := seal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, plain := range [][]byte{{}, []byte("hunter2"), bytes.Repeat([]byte{0}, 1<<16)} {
		sealed := k.Seal("table.column/1", plain)
		if len(plain) > 0 && strings.Contains(sealed, string(plain)) {
			t.Error("the sealed text holds the secret")
		}
		if got, err := k.Open("table.column/1", sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("got %q, %v, want %q", got, err, plain)
		}
		if _, err := k.Open("table.column/2", sealed); err == nil {
			t.Error("opened in another record's place")
		}
		if k.Seal("table.column/1", plain) == sealed {
			t.Error("the same secret is sealed to the same text twice")
		}
	}
}

func TestTheKeyIsMadeOnceAndKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	var wg sync.WaitGroup
	prints := make([]string, 8)
	for i := range prints {
		wg.Go(func() {
			k, err := seal.Open(folder)
			if err != nil {
				t.Error(err)
				return
			}
			prints[i] = k.Fingerprint()
		})
	}
	wg.Wait()
	for _, p := range prints {
		if p != prints[0] || p == "" {
			t.Fatalf("copies that start at once hold different keys: %v", prints)
		}
	}
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("got %d files, want the key alone", len(files))
	}
	if info, err := os.Stat(filepath.Join(folder, seal.File)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want a file of mode 0600", info.Mode(), err)
	}
}

func TestAKeyThatOthersCanReadOrThatIsBrokenIsRefused(t *testing.T) {
	folder := t.TempDir()
	if _, err := seal.Open(folder); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, seal.File)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(folder); !fail.Is(err, fail.Unavailable) {
		t.Errorf("a readable key: got %v", err)
	}
	os.Chmod(path, 0o600)
	if err := os.WriteFile(path, []byte("steward-secret-key-1 AAAA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(folder); !fail.Is(err, fail.Unavailable) {
		t.Errorf("a broken key: got %v", err)
	}
}

func FuzzOpenNeverTrustsAlteredText(f *testing.F) {
	k, err := seal.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("s1.")
	f.Add("")
	f.Add(k.Seal("other", []byte("x")))
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := k.Open("place", text); err == nil {
			t.Errorf("opened %q", text)
		}
	})
}
