package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// backupCall runs `steward collect backup` and returns the facts it printed.
func backupCall(t *testing.T, want int, args ...string) (facts []map[string]any, said string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := run(context.Background(), streams{in: strings.NewReader(""), out: &out, err: &errs}, append([]string{"collect", "backup"}, args...)); got != want {
		t.Fatalf("%v ended with %d, want %d: %s", args, got, want, errs.String())
	}
	for line := range strings.Lines(out.String()) {
		var f map[string]any
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v printed %q", args, line)
		}
		for _, k := range []string{"kind", "at", "source", "method"} {
			if f[k] == nil {
				t.Errorf("%v printed a fact without %s: %s", args, k, line)
			}
		}
		facts = append(facts, f)
	}
	return facts, errs.String()
}

func kinds(facts []map[string]any) string {
	var names []string
	for _, f := range facts {
		names = append(names, f["kind"].(string))
	}
	return strings.Join(names, " ")
}

func TestABackupIsMadeListedDrilledProvenAndPrunedFromTheCommandLine(t *testing.T) {
	source := t.TempDir()
	for name, text := range map[string]string{"a.txt": "one", "b.txt": "two"} {
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	repo, key, proof := filepath.Join(t.TempDir(), "r"), filepath.Join(t.TempDir(), "key"), filepath.Join(t.TempDir(), "proof.json")
	var paths []string
	for range 3 {
		made, _ := backupCall(t, exitDone, "make", source, "--repository", repo, "--name", "Shop files")
		paths = append(paths, made[0]["source"].(string))
		if kinds(made) != "backup" || filepath.Base(filepath.Dir(paths[0])) != "shop-files" {
			t.Fatalf("made %v", made)
		}
	}
	if listed, _ := backupCall(t, exitDone, "list", "--repository", repo); kinds(listed) != "backup-copy backup-copy backup-copy backup-state" {
		t.Errorf("listed %s", kinds(listed))
	}
	drilled, _ := backupCall(t, exitDone, "drill", paths[2], "--level", "L3", "--source", source, "--rpo", "1h", "--evidence", proof, "--signing-key", key, "--by", "Ann")
	if d := drilled[0]["data"].(map[string]any); d["reached"] != "L3" || d["tested"] != true || d["by"] != "Ann" {
		t.Errorf("%v", d)
	}
	verified, _ := backupCall(t, exitDone, "verify-evidence", proof, "--key", key+".pub")
	if d := verified[0]["data"].(map[string]any); d["valid"] != true || d["reached"] != "L3" || d["by"] != "Ann" {
		t.Errorf("%v", d)
	}
	b, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(proof, bytes.Replace(b, []byte("Ann"), []byte("Bob"), 1), 0o600)
	if _, said := backupCall(t, exitFailed, "verify-evidence", proof, "--key", key+".pub"); !strings.Contains(said, "does not fit") {
		t.Errorf("a changed file: %s", said)
	}

	// What a drill finds wrong ends with 1, and is printed all the same.
	old, said := backupCall(t, exitFailed, "drill", paths[2], "--level", "L0", "--rpo", "1ns")
	if kinds(old) != "backup-drill" || !strings.Contains(said, "L0 age") {
		t.Errorf("%v %s", old, said)
	}

	would, _ := backupCall(t, exitDone, "prune", "--repository", repo, "--keep", "last=1", "--dry-run")
	if left, _ := filepath.Glob(filepath.Join(repo, "shop-files", "*")); len(left) != 3 || len(would) != 3 {
		t.Errorf("a dry run leaves %d of 3", len(left))
	}
	backupCall(t, exitDone, "prune", "--repository", repo, "--keep", "last=1")
	if left, _ := filepath.Glob(filepath.Join(repo, "shop-files", "*")); len(left) != 1 || left[0] != paths[2] {
		t.Errorf("left is %v", left)
	}
}

func TestWrongUseOfBackupSaysWhatWouldBeRight(t *testing.T) {
	dir := t.TempDir()
	for said, args := range map[string][]string{
		"make, list, prune":       {},
		"name one target":         {"make", "--repository", dir},
		"is not there":            {"make", dir + "/none", "--repository", dir + "/r"},
		"known are":               {"make", "ftp://x/y", "--repository", dir + "/r"},
		"--keep":                  {"make", dir, "--repository", dir + "/r", "--keep", "dayly=7"},
		"is not a repository":     {"list", "--repository", dir},
		"no level":                {"drill", dir, "--level", "L9"},
		"holds no manifest.json":  {"drill", dir},
		"name the tool":           {"read", "borg"},
		"knows no tool":           {"read", "tape", "-"},
		"--zone":                  {"read", "borg", "-", "--zone", "Mars/Base"},
		"not print the JSON":      {"read", "restic", "-"},
		"needs --signing-key":     {"drill", dir, "--evidence", "x"},
		"name one evidence file":  {"verify-evidence"},
		"44 letters":              {"verify-evidence", "x", "--key", "abc"},
		"age recipient":           {"make", dir, "--repository", dir + "/r", "--encrypt-to", "nobody"},
		"fewer than 8":            {"make", dir, "--repository", dir + "/r", "--passphrase-file", os.DevNull},
		"lies in the folder that": {"make", dir, "--repository", dir + "/r"},
	} {
		if _, got := backupCall(t, exitUsage, args...); !strings.Contains(got, said) {
			t.Errorf("%v said %q, want %q", args, got, said)
		}
	}
}

func TestBackupStatesAreReadFromStandardInput(t *testing.T) {
	var out, errs bytes.Buffer
	in := strings.NewReader(`{"main":[{"backup_id":"20261122T010000","status":"DONE","end_time_timestamp":"1795309800","size_bytes":7}]}`)
	if got := run(context.Background(), streams{in: in, out: &out, err: &errs}, []string{"collect", "backup", "read", "barman", "-", "--zone", "UTC"}); got != exitDone {
		t.Fatal(got, errs.String())
	}
	if !strings.Contains(out.String(), `"backup-state"`) || !strings.Contains(out.String(), `"good":1`) {
		t.Errorf("%s", out.String())
	}
}
