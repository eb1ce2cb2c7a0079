package modules_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the fiftieth record type takes, beside what is thought about it: no more than
// docs/adding-a-record-type.md says.
const (
	mostGoLines   = 30 // of the one file, with package and imports
	mostSQLLines  = 25 // of the one migration, as `steward schema` prints it
	mostWords     = 8  // in each of four catalogues
	mostFiles     = 7  // new or changed: Go, module.go, migration, four catalogues
	mostLineEdits = 1  // in module.go
)

// translations are the words of the example, in the order of the catalogues.
var translations = map[string][4]string{
	"vendors.licence.one":            {"Lizenz", "Licens", "Licencja", "Licenc"},
	"vendors.licence.many":           {"Lizenzen", "Licenser", "Licencje", "Licencek"},
	"vendors.licence.name.label":     {"Name", "Namn", "Nazwa", "Név"},
	"vendors.licence.contract.label": {"Vertrag", "Avtal", "Umowa", "Szerződés"},
	"vendors.licence.seats.label":    {"Plätze", "Platser", "Stanowiska", "Férőhely"},
	"vendors.licence.ends.label":     {"Ende", "Slut", "Koniec", "Vége"},
	"vendors.licence.owner.label":    {"Eigner", "Ägare", "Właściciel", "Gazda"},
	"vendors.licence.fewer-seats": {"Plätze unter einem Vertrag gehen nicht vor seinem Ende zurück.", "Platser under ett avtal kan inte lämnas tillbaka före slutet.",
		"Stanowisk z umowy nie można oddać przed jej końcem.", "A szerződéses férőhelyek a lejárat előtt nem adhatók vissza."},
}

// TestARecordTypeTakesOneFileOneLineOneMigrationAndItsWords builds the licence of the
// document in a copy of the module vendors, exactly as the document says, and tries all
// that follows from it; see testdata/adding_test.go.txt.
func TestARecordTypeTakesOneFileOneLineOneMigrationAndItsWords(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	at := filepath.Join(dir, "modules", "vendors")
	before := copied(t, filepath.Join(root, "modules", "vendors"), at)
	goMod(t, root, dir)

	// 1. The file, as the document has it.
	doc, err := os.ReadFile(filepath.Join(root, "docs", "adding-a-record-type.md"))
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```go\n(.*?)```").FindSubmatch(doc)
	if example == nil {
		t.Fatal("the document has no example")
	}
	code := "package vendors\n\nimport (\n\t\"steward/kernel/access\"\n\t\"steward/kernel/fail\"\n\t\"steward/kernel/org\"\n\t\"steward/kernel/records\"\n)\n\n" + string(example[1])
	write(t, filepath.Join(at, "licence.go"), code)

	// 2. The line.
	line := regexp.MustCompile(`(?m)^(\s*Records:\s*\[\]records\.Definition\{[^}]*)\}`)
	module, err := os.ReadFile(filepath.Join(at, "module.go"))
	if err != nil {
		t.Fatal(err)
	}
	changed := line.ReplaceAll(module, []byte("$1, Licences}"))
	write(t, filepath.Join(at, "module.go"), string(changed))

	// What the definition gives: the migration that `steward schema` prints, and the words
	// that `make words` asks for.
	write(t, filepath.Join(dir, "given", "main.go"), `package main

import (
	"encoding/json"
	"os"

	"example/modules/vendors"

	"steward/kernel/app"
	"steward/kernel/records"
	"steward/modules"
)

func main() {
	all := []app.Module{vendors.Module()}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"Migration": records.NewRegistry(app.Types(all)...).Draft(vendors.Licences.Def()), "Words": modules.Declared(all)})
}
`)
	var given struct {
		Migration string
		Words     []struct{ Key, En string }
	}
	if err := json.Unmarshal([]byte(goIn(t, dir, "run", "./given")), &given); err != nil {
		t.Fatal(err)
	}

	// 3. The migration.
	migration := given.Migration
	last, err := filepath.Glob(filepath.Join(at, "migrations", "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(at, "migrations", fmt.Sprintf("%04d_licence.sql", len(last)+1)), migration)

	// 4. The words: exactly those that the definition declares.
	english := map[string]string{"vendors.licence.fewer-seats": "Seats under a contract cannot be given back before it ends."}
	for _, w := range given.Words {
		if strings.HasPrefix(w.Key, "vendors.licence.") {
			english[w.Key] = w.En
		}
	}
	for key := range english {
		if _, ok := translations[key]; !ok {
			t.Errorf("the definition asks for the word %s, which the test does not count", key)
		}
	}
	for n, lang := range []string{"de", "sv", "pl", "hu"} {
		path := filepath.Join(at, "words", lang+".json")
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		catalogue := map[string]map[string]string{}
		if err := json.Unmarshal(raw, &catalogue); err != nil {
			t.Fatal(err)
		}
		for key, text := range translations {
			catalogue[key] = map[string]string{"en": english[key], "text": text[n]}
		}
		out, err := json.Marshal(catalogue)
		if err != nil {
			t.Fatal(err)
		}
		write(t, path, string(out))
	}

	// What it took.
	files := 0
	after := copied(t, at, "")
	for name, content := range after {
		if before[name] != content {
			files++
		}
	}
	edits := 0
	was := strings.Split(string(module), "\n")
	for _, l := range strings.Split(string(changed), "\n") {
		if !slices.Contains(was, l) {
			edits++
		}
	}
	for _, c := range []struct {
		what      string
		got, most int
	}{
		{"lines of Go", lines(code), mostGoLines}, {"lines of SQL", lines(migration), mostSQLLines}, {"words a catalogue", len(english), mostWords},
		{"files", files, mostFiles}, {"lines changed in module.go", edits, mostLineEdits},
	} {
		t.Logf("%s: %d", c.what, c.got)
		if c.got > c.most || c.got == 0 {
			t.Errorf("a record type takes %d %s; at most %d were promised", c.got, c.what, c.most)
		}
	}

	// And it works, on both databases.
	check, err := os.ReadFile(filepath.Join("testdata", "adding_test.go.txt"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(at, "licence_test.go"), string(check))
	out := goIn(t, dir, "test", "-count=1", "./modules/vendors")
	if !strings.Contains(out, "ok") {
		t.Error(out)
	}
}

// lines counts those that are neither blank nor comment.
func lines(s string) (n int) {
	for l := range strings.SplitSeq(s, "\n") {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "//") && !strings.HasPrefix(l, "--") {
			n++
		}
	}
	return n
}

// copied copies a module without its tests and returns its files; with nowhere to copy
// to, it only reads.
func copied(t *testing.T, from, to string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(from, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(path)
		out[rel] = string(raw)
		if err == nil && to != "" {
			write(t, filepath.Join(to, rel), string(raw))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// goMod makes a Go module that stands on this one, with the same dependencies.
func goMod(t *testing.T, root, dir string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(raw), "module steward\n", "module example\n", 1) + "\nrequire steward v0.0.0\n\nreplace steward => " + root + "\n"
	write(t, filepath.Join(dir, "go.mod"), text)
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.sum"), string(sum))
}

func goIn(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "CGO_ENABLED=0", "GOWORK=off")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
