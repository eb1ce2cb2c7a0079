package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestImportMapsMatchesTriesFirstAndTellsWhatItLeftOut(t *testing.T) {
	i := newInstallation(t, t.TempDir(), "")
	file := filepath.Join(t.TempDir(), "suppliers.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := func(more ...string) []string {
		return append([]string{"import", "--type", "vendors.vendor", "--file", file, "--map", "Supplier=name,Remark=", "--match", "name"}, more...)
	}
	write("Supplier,country,state,Remark\nAcme,SE,approved,x\nBeta,DE,approved,y\nNowhere,Atlantis,approved,z\n")
	out, _, code := i.run(args("--dry-run")...)
	if code != 2 || !strings.Contains(out, "would be 2 new, 0 changed, 0 unchanged, 1 wrong") || !strings.Contains(out, "line 4:") {
		t.Errorf("tried: exit %d\n%s", code, out)
	}
	out, _, code = i.run(args("--json")...)
	var got struct {
		Import            string
		New, Wrong        int
		Changed, Problems any
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 2 || got.Import == "" || got.New != 2 || got.Wrong != 1 {
		t.Errorf("imported: exit %d, %v\n%s", code, err, out)
	}
	write("Supplier,country,state,Remark\nAcme,NO,approved,x\nBeta,DE,approved,y\n")
	if out, errs, code := i.run(args()...); code != 0 || !strings.Contains(out, "0 new, 1 changed, 1 unchanged, 0 wrong") {
		t.Errorf("again: exit %d\n%s%s", code, out, errs)
	}
	if _, errs, code := i.run(args("--map", "Missing=name")...); code != 2 || !strings.Contains(errs, "Missing") {
		t.Errorf("a column that is not there: exit %d\n%s", code, errs)
	}
	i.must("verify")
}
