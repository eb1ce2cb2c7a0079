package app_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the repository.
const root = "../.."

// imports returns what each package below dir imports, tests left out.
func imports(t *testing.T, dir string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			out[filepath.Dir(path)] = append(out[filepath.Dir(path)], strings.Trim(i.Path.Value, `"`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatalf("no Go files below %s", dir)
	}
	return out
}

func TestTheFloorsOfTheHouseKeepTheirArrowsDown(t *testing.T) {
	for _, rule := range []struct {
		dir       string
		forbidden []string
	}{
		{"lib", []string{"steward/kernel", "steward/engine", "steward/modules", "steward/cmd", "steward/agent", "steward/collect"}},
		{"kernel", []string{"steward/modules", "steward/cmd", "steward/agent", "steward/collect"}},
		{"engine", []string{"steward/kernel", "steward/modules", "steward/collect", "steward/agent", "steward/cmd"}},
		{"collect", []string{"steward/kernel", "steward/modules", "steward/agent", "steward/cmd"}},
		{"agent", []string{"steward/kernel", "steward/modules", "steward/engine", "steward/cmd"}},
		{"modules", []string{"steward/cmd"}},
	} {
		for pkg, list := range imports(t, rule.dir) {
			for _, path := range list {
				if rule.dir == "lib" && path == "steward/kernel/fail" {
					continue // how all of the house says what is wrong
				}
				for _, f := range rule.forbidden {
					if path == f || strings.HasPrefix(path, f+"/") {
						t.Errorf("%s imports %s, which lies above or beside it", pkg, path)
					}
				}
			}
		}
	}
}

func TestEnginesStandOnLittle(t *testing.T) {
	for pkg, list := range imports(t, "engine") {
		for _, path := range list {
			first, _, _ := strings.Cut(path, "/")
			ok := !strings.Contains(first, ".") && first != "steward" || strings.HasPrefix(path, "steward/engine/") ||
				strings.HasPrefix(path, "gonum.org/v1/gonum/") || path == "github.com/govalues/decimal"
			if !ok {
				t.Errorf("%s imports %s; an engine stands on the standard library, gonum and decimal only", pkg, path)
			}
			if slices.Contains([]string{"os", "net", "net/http", "database/sql", "os/exec"}, path) {
				t.Errorf("%s imports %s; an engine does no I/O", pkg, path)
			}
		}
	}
}

// moduleMay is which modules a module may import; a module that is not here
// imports none.
var moduleMay = map[string][]string{
	"data":     {"systems"},
	"systems":  {"vendors", "infrastructure"},
	"money":    {"vendors", "systems"},
	"privacy":  {"upkeep"},   // contents of files that nothing names any more
	"reports":  {"notices"},  // its mail
	"settings": {"identity"}, // an authenticator that was lost
}

func TestModulesImportOnlyTheModulesTheirLineAllows(t *testing.T) {
	for pkg, list := range imports(t, "modules") {
		rel, _ := filepath.Rel(filepath.Join(root, "modules"), pkg)
		name, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
		if name == "." {
			continue // the table of contents
		}
		for _, path := range list {
			other, ok := strings.CutPrefix(path, "steward/modules/")
			if !ok {
				continue
			}
			other, _, _ = strings.Cut(other, "/")
			if other != name && !slices.Contains(moduleMay[name], other) {
				t.Errorf("module %s imports module %s; say so in moduleMay if it must, or add a panel instead", name, other)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, dir := range []string{"lib", "kernel", "engine", "collect", "modules", "agent", "cmd", "web"} {
		if _, err := os.Stat(filepath.Join(root, dir)); err != nil {
			continue
		}
		said := map[string]bool{}
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				return err
			}
			said[filepath.Dir(path)] = said[filepath.Dir(path)] || f.Doc != nil
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for pkg, ok := range said {
			if !ok {
				t.Errorf("%s has no package comment", pkg)
			}
		}
	}
}

func TestNoPackageRegistersItselfInInit(t *testing.T) {
	for _, dir := range []string{"lib", "kernel", "modules", "collect", "engine", "agent", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			raw, err := os.ReadFile(path)
			if err == nil && strings.Contains(string(raw), "\nfunc init()") {
				t.Errorf("%s has an init function", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// See docs/decisions/0002-kernel-size.md.
func TestTheKernelStaysSmall(t *testing.T) {
	const most = 15_000
	lines := 0
	err := filepath.WalkDir(filepath.Join(root, "kernel"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testkit") {
			return err
		}
		raw, err := os.ReadFile(path)
		lines += codeLines(string(raw))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the kernel has %d lines of code", lines)
	if lines > most {
		t.Errorf("the kernel has %d lines of code, more than %d: move something out", lines, most)
	}
}

// codeLines counts the lines that are neither blank nor comment.
func codeLines(src string) (n int) {
	for line := range strings.SplitSeq(src, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n
}
