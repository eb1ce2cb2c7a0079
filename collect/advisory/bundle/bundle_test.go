package bundle

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/mod/sumdb/note"

	"steward/collect/advisory/index"
)

var made = time.Date(2099, 3, 1, 12, 0, 0, 0, time.UTC)

// feeds writes one small feed of each kind.
func feeds(t testing.TB) *Sources {
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	put("osv/b/ALSA-2.json", `{"id":"ALSA-2","modified":"2099-02-01T00:00:00Z","affected":[{"package":{"ecosystem":"AlmaLinux:8","name":"b"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2-1"}]}]}]}`)
	put("osv/a/ALSA-1.json", `{"id":"ALSA-1","modified":"2099-02-02T00:00:00Z","affected":[{"package":{"ecosystem":"AlmaLinux:8","name":"a"},"versions":["1-1"]}]}`)
	put("osv/damaged.json", `{"id":`)
	csaf, err := os.ReadFile("../csaf/testdata/advisory.json")
	if err != nil {
		t.Fatal(err)
	}
	put("csaf/x.json", string(csaf))
	return &Sources{OSV: []string{filepath.Join(dir, "osv")}, CSAF: []string{filepath.Join(dir, "csaf")}, Fetched: made.AddDate(0, 0, -2),
		KEV:    "../kev/testdata/kev.json",
		EPSS:   put("epss.csv", "#model_version:v1,score_date:2099-02-28T00:00:00Z\ncve,epss,percentile\nCVE-2099-1,0.5,0.9\n"),
		Debian: put("debian.json", `{"openssl":{"CVE-2099-1":{"releases":{"bookworm":{"status":"open","urgency":"high"}}}}}`),
		URLs:   map[string]string{filepath.Join(dir, "osv"): "https://example.org/osv"}}
}

func made1(t testing.TB, o Options) (string, Manifest) {
	out := filepath.Join(t.TempDir(), "x.tar.zst")
	o.Now = made
	m, err := Make(context.Background(), feeds(t), out, o)
	if err != nil {
		t.Fatal(err)
	}
	return out, m
}

func TestABundleSaysWhereEachFeedCameFrom(t *testing.T) {
	secret, public, err := note.GenerateKey(rand.Reader, "own")
	if err != nil {
		t.Fatal(err)
	}
	out, m := made1(t, Options{Key: secret})
	b, err := Open(out, public, true)
	if err != nil {
		t.Fatal(err)
	}
	if b.Signer != "own" || !b.Trusted || !b.Manifest.Made.Equal(made) || len(b.Manifest.Feeds) != 5 || len(b.Manifest.Members) != 7 || len(m.Feeds) != 5 {
		t.Fatalf("%+v", b.Manifest)
	}
	f := b.Manifest.Feeds[0]
	if f.Name != "osv:osv" || f.URL != "https://example.org/osv" || f.Licence != "MIT" || f.Records != 2 || f.Ecosystems["AlmaLinux:8"] != 2 || f.Passed.Count != 1 || f.Passed.First[0].Where != "damaged.json" || len(f.SHA256) != 64 || !f.Fetched.Equal(made.AddDate(0, 0, -2)) || f.Newest.Day() != 2 {
		t.Errorf("%+v", f)
	}
	if f := b.Manifest.Feeds[1]; f.Kind != "csaf" || f.Unplaced["Example device 17.4"] != 1 {
		t.Errorf("%+v", f)
	}
	if hits, err := b.Index.Lookup("AlmaLinux:8", index.Primary, "b"); err != nil || len(hits) != 1 {
		t.Errorf("%v %v", hits, err)
	}
	kev, epss := b.Index.Size()
	if kev != 2 || epss != 1 {
		t.Errorf("%d KEV entries, %d EPSS scores", kev, epss)
	}
	if f := b.Index.Feeds[0]; f.Name != "osv:osv" || !f.Fetched.Equal(made.AddDate(0, 0, -2)) {
		t.Errorf("the index knows its feeds: %+v", f)
	}
}

func TestAFolderIsHashedAsItsFilesAreWithSha256sum(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b", "a"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// printf 'a' >a; printf 'b' >b; sha256sum a b | sha256sum
	if sum, _, err := digest(dir); err != nil || sum != "cb13f400dcb618e400d0f7d54f7cdb330d37a07272cb99a1016cda5830a10556" {
		t.Errorf("%s %v", sum, err)
	}
}

func TestABundleThatWasChangedIsRefused(t *testing.T) {
	secret, public, err := note.GenerateKey(rand.Reader, "own")
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := note.GenerateKey(rand.Reader, "own")
	if err != nil {
		t.Fatal(err)
	}
	out, _ := made1(t, Options{Key: secret, NoRaw: true})
	if _, err := Open(out, other, true); !errors.Is(err, ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	unsigned, _ := made1(t, Options{NoRaw: true})
	if _, err := Open(unsigned, public, true); !errors.Is(err, ErrSignature) {
		t.Errorf("no signature: %v", err)
	}
	if b, err := Open(unsigned, "", true); err != nil || b.Signer != "" || b.Trusted {
		t.Errorf("%+v %v", b, err)
	}
	for name, change := range map[string]func(manifest, data []byte) ([]byte, []byte){
		"manifest": func(m, d []byte) ([]byte, []byte) {
			return bytes.Replace(m, []byte("osv:osv"), []byte("osv:evi"), 1), d
		},
		"index": func(m, d []byte) ([]byte, []byte) { d[len(d)-1] ^= 1; return m, d },
	} {
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Read(bytes.NewReader(rewrite(t, b, change)), public, true); err == nil {
			t.Errorf("a changed %s is taken", name)
		}
	}
}

// rewrite unpacks a bundle of two members, changes them and packs it again.
func rewrite(t *testing.T, b []byte, change func(manifest, data []byte) ([]byte, []byte)) []byte {
	t.Helper()
	z, err := zstd.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	r := tar.NewReader(z)
	var parts [][]byte
	for _, name := range []string{manifestName, indexName} {
		p, err := next(r, name, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p)
	}
	manifest, data := change(parts[0], parts[1])
	var out bytes.Buffer
	if err := write(context.Background(), &out, manifest, data, nil, made); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestASourceInWhichNothingCanBeReadIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for place, s := range map[string]*Sources{"no id": {OSV: []string{dir}}, "no feed": {}, "csaf": {CSAF: []string{dir}}, "missing": {KEV: filepath.Join(dir, "missing")}} {
		if _, err := s.Open(context.Background()); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%v, want it to name %q", err, place)
		}
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := feeds(t).Open(stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted build: %v", err)
	}
}

func TestStatementsOfEveryFormAreTold(t *testing.T) {
	csaf, err := os.ReadFile("../csaf/testdata/advisory.json")
	if err != nil {
		t.Fatal(err)
	}
	for doc, n := range map[string]int{string(csaf): 9, `{"bomFormat":"CycloneDX","vulnerabilities":[{"id":"CVE-1","analysis":{"state":"resolved"},"affects":[{"ref":"pkg:npm/a"}]}]}`: 1,
		`{"@context":"https://openvex.dev/ns/v0.2.0","statements":[{"vulnerability":"CVE-1","products":["pkg:npm/a"],"status":"fixed"}]}`: 1} {
		if all, err := ParseStatements([]byte(doc)); err != nil || len(all) != n {
			t.Errorf("%.40s: %d statements, %v, want %d", doc, len(all), err, n)
		}
	}
	if _, err := ParseStatements([]byte(`{}`)); err == nil {
		t.Error("anything is taken as statements")
	}
}

func FuzzRead(f *testing.F) {
	out, _ := made1(f, Options{NoRaw: true})
	b, err := os.ReadFile(out)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = Read(bytes.NewReader(b), "", true) })
}
