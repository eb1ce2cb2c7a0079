package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

func keyPair(t testing.TB) (age.Recipient, []age.Identity, string) {
	t.Helper()
	k, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return k.Recipient(), []age.Identity{k}, k.String()
}

func store(t testing.TB, s Seal, name string, content []byte) (string, Stored) {
	t.Helper()
	path := filepath.Join(t.TempDir(), s.Name(name))
	w, err := s.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	stored, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return path, stored
}

func TestWhatIsStoredReadsAgainInEveryFormAndItsHashIsThatOfTheFile(t *testing.T) {
	recipient, keys, _ := keyPair(t)
	pass, err := WithPassphrase("correct horse", 10)
	if err != nil {
		t.Fatal(err)
	}
	word, err := age.NewScryptIdentity("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("some text, "), 100_000)
	for _, c := range []struct {
		seal Seal
		keys []age.Identity
	}{{Seal{}, nil}, {Seal{Pack: true}, nil}, {Seal{To: []age.Recipient{recipient}}, keys}, {Seal{Pack: true, To: []age.Recipient{recipient}}, keys}, {Seal{Pack: true, To: []age.Recipient{pass}}, []age.Identity{word}}} {
		path, stored := store(t, c.seal, "data", content)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(raw)
		if stored.SHA256 != hex.EncodeToString(sum[:]) || stored.Size != int64(len(raw)) || stored.Plain != int64(len(content)) {
			t.Errorf("%s: %+v does not describe the file", path, stored)
		}
		if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		r, err := Open(path, c.keys)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
		if sum, err := r.Sum(); err != nil || sum != stored.SHA256 {
			t.Errorf("%s: hash %s, %v", path, sum, err)
		}
		r.Close()
		if len(c.seal.To) > 0 {
			if _, err := Open(path, nil); err != ErrNoKey {
				t.Errorf("without a key: %v", err)
			}
			_, others, _ := keyPair(t)
			if _, err := Open(path, others); err == nil {
				t.Error("another key opens it")
			}
		}
	}
}

func TestADamagedOrCutFileDoesNotReadAsWhole(t *testing.T) {
	recipient, keys, _ := keyPair(t)
	r := rand.New(rand.NewPCG(1, 2))
	content := make([]byte, 300_000)
	for i := range content {
		content[i] = byte(r.Uint32())
	}
	path, _ := store(t, Seal{Pack: true, To: []age.Recipient{recipient}}, "data", content)
	raw, _ := os.ReadFile(path)
	for name, spoilt := range map[string][]byte{"cut": raw[:len(raw)*9/10], "flipped": append(append(bytes.Clone(raw[:len(raw)/2]), raw[len(raw)/2]^1), raw[len(raw)/2+1:]...), "empty": {}} {
		file := filepath.Join(t.TempDir(), "data.zst.age")
		os.WriteFile(file, spoilt, 0o600)
		in, err := Open(file, keys)
		if err != nil {
			continue
		}
		if _, err := io.Copy(io.Discard, in); err == nil {
			t.Errorf("%s: it reads to its end", name)
		}
		in.Close()
	}
}

func TestTheProgramsOfTheSystemOpenAnArchive(t *testing.T) {
	for _, p := range []string{"age", "zstd", "tar"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("NOT TESTED: %s is not here; install the package %s", p, p)
		}
	}
	dir := folder(t)
	recipient, _, secret := keyPair(t)
	s := Seal{Pack: true, To: []age.Recipient{recipient}}
	path := filepath.Join(t.TempDir(), s.Name("data.tar"))
	w, err := s.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Pack(t.Context(), w, dir, func(Entry) error { return nil }, func(p, why string) { t.Errorf("%s: %s", p, why) }); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key")
	os.WriteFile(key, []byte(secret+"\n"), 0o600)
	out := t.TempDir()
	c := exec.Command("sh", "-c", "age -d -i '"+key+"' '"+path+"' | zstd -dc | tar -x -C '"+out+"' && diff -r '"+dir+"' '"+out+"'")
	if said, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}

func folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	os.MkdirAll(filepath.Join(dir, "a/b"), 0o755)
	os.WriteFile(filepath.Join(dir, "a/b/long "+strings.Repeat("n", 150)+".txt"), []byte("text"), 0o640)
	os.WriteFile(filepath.Join(dir, "run"), []byte("#!/bin/sh"), 0o755)
	os.WriteFile(filepath.Join(dir, "empty"), nil, 0o600)
	os.Symlink("a/b", filepath.Join(dir, "link"))
	return dir
}

func TestAFolderUnpacksAsItWas(t *testing.T) {
	dir := folder(t)
	var b bytes.Buffer
	packed := map[string]Entry{}
	if err := Pack(t.Context(), &b, dir, func(e Entry) error { packed[e.Path] = e; return nil }, func(p, why string) { t.Errorf("%s: %s", p, why) }); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if err := Unpack(t.Context(), bytes.NewReader(b.Bytes()), out, 1<<20); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := Walk(t.Context(), out, func(e Entry) error {
		n++
		p := packed[e.Path]
		if p.Mode != e.Mode || p.SHA256 != e.SHA256 || p.Link != e.Link || e.Mode.IsRegular() && p.Time.Unix() != e.Time.Unix() {
			t.Errorf("%+v, was %+v", e, p)
		}
		return nil
	}, func(p, why string) { t.Errorf("%s: %s", p, why) })
	if err != nil || n != len(packed) || n != 6 {
		t.Errorf("%d entries of %d, %v", n, len(packed), err)
	}
	if err := Unpack(t.Context(), bytes.NewReader(b.Bytes()), t.TempDir(), 5); err == nil || !strings.Contains(err.Error(), "room") {
		t.Errorf("beyond its room: %v", err)
	}
}

func archived(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		w.Write(make([]byte, h.Size))
	}
	w.Close()
	return b.Bytes()
}

func TestAnArchiveCannotReachOutOfItsFolder(t *testing.T) {
	outside := t.TempDir()
	for _, b := range [][]byte{
		archived(t, tar.Header{Name: "../evil", Typeflag: tar.TypeReg, Size: 1}),
		archived(t, tar.Header{Name: "/evil", Typeflag: tar.TypeReg, Size: 1}),
		archived(t, tar.Header{Name: "out", Typeflag: tar.TypeSymlink, Linkname: outside}, tar.Header{Name: "out/evil", Typeflag: tar.TypeReg, Size: 1}),
		archived(t, tar.Header{Name: "out", Typeflag: tar.TypeSymlink, Linkname: filepath.Join(outside, "evil")}, tar.Header{Name: "out", Typeflag: tar.TypeReg, Size: 1}),
	} {
		dir := filepath.Join(t.TempDir(), "in")
		os.Mkdir(dir, 0o755)
		if err := Unpack(t.Context(), bytes.NewReader(b), dir, 1<<20); err == nil {
			t.Error("it was unpacked")
		}
		if found, _ := filepath.Glob(filepath.Join(outside, "*")); len(found) > 0 {
			t.Errorf("outside lies %v", found)
		}
		if _, err := os.Stat(filepath.Join(dir, "../evil")); err == nil {
			t.Error("beside it lies evil")
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(archived(f, tar.Header{Name: "a/b", Typeflag: tar.TypeReg, Size: 3}, tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: ".."}))
	f.Add([]byte("ustar"))
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		in := filepath.Join(dir, "in")
		os.Mkdir(in, 0o700)
		Unpack(t.Context(), bytes.NewReader(b), in, 1<<16)
		if list, _ := os.ReadDir(dir); len(list) != 1 {
			t.Fatalf("beside the folder lies %v", list)
		}
	})
}
