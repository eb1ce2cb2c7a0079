package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCollectTableSaysWhatIsThereWhatIsAsideAndWhatChanged(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	collect := func(args ...string) (kinds map[string][]string, last string) {
		var out, problems bytes.Buffer
		if code := run(t.Context(), streams{in: strings.NewReader(""), out: &out, err: &problems}, append([]string{"collect", "table"}, args...)); code != exitDone {
			t.Fatalf("exit %d: %s", code, problems.String())
		}
		kinds = map[string][]string{}
		for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
			var o struct {
				Kind string
				Data json.RawMessage
			}
			if err := json.Unmarshal([]byte(line), &o); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			kinds[o.Kind] = append(kinds[o.Kind], string(o.Data))
			if last = line; o.Kind == "table" {
				write("table.json", line)
			}
		}
		return kinds, last
	}
	checks := write("checks.json", `[{"rule":"sum","column":"Betrag","equals":"1246.50"}]`)
	first := write("a.csv", "id;Betrag;Datum\n1;1.234,50;31.01.2024\n2;12,00;01.02.2024\n3;1;2;3\n")
	got, _ := collect(first, "--checks", checks, "--rows")
	if len(got["row"]) != 2 || got["row"][0] != `{"table":"a","number":2,"values":{"Betrag":"1234.50","Datum":"2024-01-31","id":1}}` {
		t.Errorf("rows %v", got["row"])
	}
	if len(got["rejected"]) != 1 || !strings.Contains(got["rejected"][0], `"raw":"3;1;2;3"`) {
		t.Errorf("rejected %v", got["rejected"])
	}
	if len(got["check"]) != 1 || !strings.Contains(got["check"][0], `"holds":true`) {
		t.Errorf("checks %v", got["check"])
	}
	second := write("b.csv", "id,Betrag,Neu\n3,5.00,x\n")
	got, _ = collect(second, "--expect", filepath.Join(folder, "table.json"), "--rows", "--by", "id", "--after", "2")
	if len(got["change"]) != 2 || len(got["row"]) != 1 || !strings.Contains(got["row"][0], `"Datum":null`) || !strings.Contains(got["table"][0], `"last":"3"`) {
		t.Errorf("%v", got)
	}
}

func TestCollectTableGoesOnWhereTheStateSays(t *testing.T) {
	folder := t.TempDir()
	file, state := filepath.Join(folder, "a.csv"), filepath.Join(folder, "state.json")
	collect := func(args ...string) (code int, rows int) {
		var out, problems bytes.Buffer
		code = run(t.Context(), streams{in: strings.NewReader(""), out: &out, err: &problems}, append([]string{"collect", "table"}, args...))
		return code, strings.Count(out.String(), `"kind":"row"`)
	}
	for i, text := range []string{"id,x\n1,a\n2,b\n", "id,x\n1,a\n2,b\n3,c\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for again, want := range []int{2 - i, 0} {
			if code, rows := collect(file, "--rows", "--by", "id", "--state", state); code != exitDone || rows != want {
				t.Errorf("file %d, time %d: exit %d, %d rows, want %d", i+1, again+1, code, rows, want)
			}
		}
	}
	// A reading that is not finished keeps nothing: the next begins where it began.
	before, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	if code, _ := collect(filepath.Join(folder, "none.csv"), "--by", "id", "--state", state); code == exitDone {
		t.Error("a file that is not there was read")
	}
	if after, err := os.ReadFile(state); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the state is %s, %v; want %s", after, err, before)
	}
	if err := os.WriteFile(state, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{file, "--by", "id", "--state", state}, {file, "--state", filepath.Join(folder, "new.json")}, {file, "--by", "id", "--after", "1", "--state", state}} {
		if code, _ := collect(args...); code != exitUsage {
			t.Errorf("%v: exit %d, want %d", args[1:], code, exitUsage)
		}
	}
}
