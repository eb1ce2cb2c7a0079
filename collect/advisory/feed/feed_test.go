package feed

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func zipped(t testing.TB, files ...string) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gather(t *testing.T, path string, l Limits) (names []string, p Problems, err error) {
	t.Helper()
	err = Walk(path, l, &p, func(name string, doc []byte) error {
		names = append(names, name+"="+string(doc))
		return nil
	}, ".json", ".jsonl")
	return names, p, err
}

func write(t *testing.T, path string, b []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFoldersArchivesAndLinesGiveTheirDocumentsInOrder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d", "b.json"), []byte("2"))
	write(t, filepath.Join(dir, "d", "a", "z.json"), []byte("1"))
	write(t, filepath.Join(dir, "d", "readme.txt"), []byte("no"))
	write(t, filepath.Join(dir, "d", ".git", "c.json"), []byte("no"))
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	fmt.Fprint(w, "1\n\n2\n")
	w.Close()
	for path, want := range map[string][]string{
		filepath.Join(dir, "d"): {"a/z.json=1", "b.json=2"},
		write(t, filepath.Join(dir, "x.zip"), zipped(t, "b.json", "2", "a.json", "1", "c.txt", "no")): {"a.json=1", "b.json=2"},
		write(t, filepath.Join(dir, "x.jsonl.gz"), gz.Bytes()):                                        {"x.jsonl.gz line 1=1", "x.jsonl.gz line 3=2"},
	} {
		got, p, err := gather(t, path, Default)
		if err != nil || p.Count != 0 || !slices.Equal(got, want) {
			t.Errorf("%s: %q %+v %v, want %q", path, got, p, err, want)
		}
	}
}

func TestABombIsRefusedAndTheRestIsRead(t *testing.T) {
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "x.zip"), zipped(t, "bomb.json", strings.Repeat("0", 1<<20), "good.json", "1"))
	got, p, err := gather(t, path, Limits{Document: 1 << 16, Total: 1 << 30, Entries: 10})
	if err != nil || !slices.Equal(got, []string{"good.json=1"}) || p.Count != 1 || !strings.Contains(p.First[0].Where, "bomb.json") {
		t.Errorf("%q %+v %v", got, p, err)
	}
	if _, _, err := gather(t, path, Limits{Document: 2 << 20, Total: 1 << 19, Entries: 10}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("more than the whole may have: %v", err)
	}
	if _, _, err := gather(t, path, Limits{Document: 2 << 20, Total: 1 << 30, Entries: 1}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("more files than there may be: %v", err)
	}
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	fmt.Fprint(w, strings.Repeat("0", 1<<20))
	w.Close()
	if _, err := Unpack(&gz, 1<<16); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a packed bomb: %v", err)
	}
}

func TestADamagedEntryIsNamed(t *testing.T) {
	b := zipped(t, "a.json", strings.Repeat("abc", 500), "b.json", "2")
	b[40] ^= 0xff // inside the first entry's bytes
	path := write(t, filepath.Join(t.TempDir(), "x.zip"), b)
	got, p, err := gather(t, path, Default)
	if err != nil || p.Count != 1 || p.First[0].Where != "a.json" || !slices.Equal(got, []string{"b.json=2"}) {
		t.Errorf("%q %+v %v", got, p, err)
	}
	path = write(t, filepath.Join(t.TempDir(), "y.zip"), b[:len(b)/2])
	if _, _, err := gather(t, path, Default); err == nil {
		t.Error("half an archive is read without a word")
	}
}

func FuzzZip(f *testing.F) {
	f.Add(zipped(f, "a.json", "1", "b.jsonl", "1\n2\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p Problems
		_ = Zip(bytes.NewReader(b), int64(len(b)), "fuzz", Limits{Document: 1 << 16, Total: 1 << 20, Entries: 100}, &p, func(_ string, doc []byte) error {
			if len(doc) > 1<<16 {
				t.Fatal("more than was allowed")
			}
			return nil
		})
		_, _ = Unpack(bytes.NewReader(b), 1<<16)
	})
}
