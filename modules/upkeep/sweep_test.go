package upkeep_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/kernel/jobs"
	"steward/kernel/testkit/apptest"
	"steward/modules/upkeep"
)

func TestOnlyOldFilesThatNothingNamesAreThrownAway(t *testing.T) {
	apptest.Each(t, nil, func(t *testing.T, p *apptest.Program) {
		_, named := attached(t, p, "plan.pdf")
		put := func(content string) string {
			hash, _, err := p.Files.Put(t.Context(), strings.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			return filepath.Join(p.Files.Path, hash[:2], hash)
		}
		old, young, again := put("an upload of last week"), put("an upload of today"), put("sent again today")
		begun, foreign := filepath.Join(p.Files.Path, "incoming-1"), filepath.Join(p.Files.Path, "notes.txt")
		for _, path := range []string{begun, foreign} {
			if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		week := time.Now().AddDate(0, 0, -7)
		for _, path := range []string{named, old, again, begun, foreign} {
			if err := os.Chtimes(path, week, week); err != nil {
				t.Fatal(err)
			}
		}
		put("sent again today")
		kinds, _ := upkeep.Module().Jobs(p.Program)
		for _, k := range kinds {
			if err := k.Run(t.Context(), &jobs.Run{DB: p.DB, Kind: k.Name}); err != nil {
				t.Fatal(err)
			}
		}
		for path, stays := range map[string]bool{named: true, old: false, young: true, again: true, begun: false, foreign: true} {
			if _, err := os.Stat(path); (err == nil) != stays {
				t.Errorf("%s: there: %v, want %v", filepath.Base(path), err == nil, stays)
			}
		}
	})
}

// What keeps files has its column among those that the sweep and verify look at.
func TestOnlyTheKnownModulesKeepFiles(t *testing.T) {
	known := map[string]bool{"data": true, "importing": true, "attachments": true, "upkeep": true}
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, call := range []string{"Files.Put(", "files.Put(", "Files.PutUpTo(", "files.PutUpTo("} {
			module, _, _ := strings.Cut(filepath.ToSlash(path[3:]), "/")
			if strings.Contains(string(raw), call) && !known[module] {
				t.Errorf("%s keeps a file: add the column that names it to upkeep's keepers, then its module here", path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
