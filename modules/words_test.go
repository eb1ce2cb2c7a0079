package modules_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"steward/modules"
)

// TestEveryWordIsSpokenInAllFiveLanguages fails for a key that is missing,
// unused or translates an English text that has changed since. `make words`
// brings the catalogues up to date; the translations are then filled in.
func TestEveryWordIsSpokenInAllFiveLanguages(t *testing.T) {
	declared, err := json.Marshal(modules.Declared(modules.All()))
	if err != nil {
		t.Fatal(err)
	}
	check := exec.Command("go", "run", "./lib/words/cmd/words", "-declared", "-check")
	check.Dir = ".."
	check.Stdin = bytes.NewReader(declared)
	out, err := check.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		t.Errorf("the catalogues are not complete:\n%s\n… %s", strings.Join(lines[:min(len(lines), 40)], "\n"), lines[len(lines)-1])
	}
}
