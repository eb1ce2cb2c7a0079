package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAPersonIsExportedErasedAndErasedAgainByARestore(t *testing.T) {
	i := newInstallation(t, t.TempDir(), "")
	i.must("user", "add", "--login", "anna", "--name", "Anna Åkerlund", "--email", "anna@nordwind.example", "--role", "technician")
	out := filepath.Join(t.TempDir(), "held.json")
	i.must("person", "export", "--person", "PER-0002", "--out", out)
	raw, err := os.ReadFile(out)
	var held struct {
		Person map[string]any
	}
	if err != nil || json.Unmarshal(raw, &held) != nil || held.Person["title"] != "Anna Åkerlund" || !strings.Contains(string(raw), "anna@nordwind.example") {
		t.Fatalf("%v %s", err, raw)
	}
	for _, wrong := range [][]string{{"person"}, {"person", "export"}, {"person", "export", "--person", "PER-0002"}, {"person", "export", "--person", "PER-9", "--out", "x"}, {"person", "export", "--person", "PER-0002", "--out", out},
		{"person", "export", "--person", "PER-0002", "--out", "x", "--as", "nobody"}, {"person", "erase", "--person", "PER-0002"}, {"person", "erase", "--person", "PER-9", "--reason", "x"}} {
		if _, said, code := i.run(wrong...); code != exitUsage || said == "" {
			t.Errorf("%v: exit %d %q", wrong, code, said)
		}
	}
	if _, said, code := i.run("person", "erase", "--person", "PER-0002", "--reason", "Request 7", "--yes"); code != exitFailed || !strings.Contains(said, "still active") {
		t.Errorf("an active person: exit %d %q", code, said)
	}
	file := filepath.Join(t.TempDir(), "b.tar.zst")
	i.must("backup", "--to", file)

	s := i.serve()
	id, _ := held.Person["id"].(string)
	if status, body := s.ask("DELETE", "/api/v1/org/people/"+id, nil); status > 299 {
		t.Fatalf("archived: %d %v", status, body)
	}
	s.stop()
	if out, said, code := i.run("person", "erase", "--person", "PER-0002", "--reason", "Request 7"); code != exitFailed || !strings.Contains(said, "--yes") || !strings.Contains(out, "Cleared:") {
		t.Errorf("without --yes: exit %d %q %q", code, out, said)
	}
	i.must("person", "erase", "--person", "PER-0002", "--reason", "Request 7", "--yes")
	if out := i.must("verify"); !strings.Contains(out, "0 altered, 0 missing, 0 forged") {
		t.Error(out)
	}
	list := filepath.Join(i.data, "erasures.jsonl")
	if _, said, _ := i.run("backup", "--to", file+".2"); !strings.Contains(said, list) {
		t.Errorf("a backup does not name the list: %q", said)
	}

	to := &installation{t: t, data: filepath.Join(t.TempDir(), "to")}
	if _, said, code := to.run("restore", "--from", file, "--erasures", filepath.Join(t.TempDir(), "none")); code != exitUsage || !strings.Contains(said, "--erasures") {
		t.Errorf("a list that is not there: exit %d %q", code, said)
	}
	if _, said, code := to.run("restore", "--from", file, "--erasures", list); code != exitDone || !strings.Contains(said, "Erased again: PER-0002") {
		t.Errorf("restored: exit %d %q", code, said)
	}
	held2 := to.must("person", "export", "--person", "PER-0002", "--out", "-")
	if strings.Contains(held2, "Anna") || strings.Contains(held2, "anna@") || !strings.Contains(held2, "Erased person PER-0002") {
		t.Errorf("the restored person: %s", held2)
	}
	// The list lies beside the keys of a place to restore into, too.
	beside := &installation{t: t, data: t.TempDir()}
	copied, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(beside.data, "erasures.jsonl"), copied, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said, code := beside.run("restore", "--from", file); code != exitDone || !strings.Contains(said, "Erased again: PER-0002") {
		t.Errorf("restored beside the list: exit %d %q", code, said)
	}
}
