package files_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"steward/kernel/fail"
	"steward/kernel/files"
)

func TestContentIsFoundByItsHashAndByNothingElse(t *testing.T) {
	dir := t.TempDir()
	f := files.Folder{Path: filepath.Join(dir, "files")}
	hash, _, err := f.Put(context.Background(), strings.NewReader("content"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := f.Open(hash)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	for _, bad := range []string{"", "..", "../secret", "../../secret", "/etc/passwd", strings.ToUpper(hash), hash[:63], hash + "0", hash[:60] + "/../", "..\x00" + hash[3:], strings.Repeat("../", 21) + "x"} {
		if file, err := f.Open(bad); !fail.Is(err, fail.NotFound) {
			if file != nil {
				file.Close()
			}
			t.Errorf("%q: %v", bad, err)
		}
	}
}
