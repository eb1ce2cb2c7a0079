package upkeep_test

import (
	"archive/tar"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"steward/kernel/app"
	"steward/kernel/testkit/apptest"
	"steward/modules/upkeep"
)

func TestABackupsEntriesNeverChooseWhereTheyAreWritten(t *testing.T) {
	p := apptest.SQLite(t, []app.Module{})
	outer := t.TempDir()
	folder := filepath.Join(outer, "data", "files")
	for _, name := range []string{"../evil", "/tmp/evil", "files/../../evil", "files/" + strings.Repeat("a", 61) + "/..", "files/..%2fevil", "tables/../../evil.jsonl", "tables/org_person.jsonl/../../../evil", "files\\..\\evil", "manifest.json/../evil", "files/" + strings.Repeat("a", 64) + "\x00evil"} {
		var raw bytes.Buffer
		z, err := zstd.NewWriter(&raw)
		if err != nil {
			t.Fatal(err)
		}
		w := tar.NewWriter(z)
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: 4, Format: tar.FormatGNU}); err != nil {
			t.Logf("%q cannot even be written: %v", name, err)
			continue
		}
		w.Write([]byte("evil"))
		w.Close()
		z.Close()
		path := filepath.Join(outer, "crafted.backup")
		if err := os.WriteFile(path, raw.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := upkeep.Check(path); err == nil {
			t.Errorf("%q is called whole", name)
		}
		if _, err := upkeep.Restore(context.Background(), p.DB, folder, path, app.Migrations(nil)...); err == nil {
			t.Errorf("%q is restored", name)
		}
		for _, f := range apptest.Below(t, outer) {
			if f != "crafted.backup" {
				t.Fatalf("%q wrote %s", name, f)
			}
		}
	}
	if _, err := os.Stat("/tmp/evil"); err == nil {
		t.Error("a file was written outside")
	}
}
