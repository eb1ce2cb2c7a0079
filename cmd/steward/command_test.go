package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// words are everything that can be said after `steward` before flags come.
func sayings() [][]string {
	all := [][]string{{"agent", "inventory"}, {"agent", "run"}, {"agent", "status"}, {"agent", "token"}, {"demo", "load"}, {"demo", "remove"}, {"report", "monthly"}, {"token", "create"}, {"user", "add"}}
	for _, c := range commands() {
		all = append(all, []string{c.name})
	}
	for _, c := range calculations() {
		all = append(all, []string{"calc", c.Name})
	}
	for _, c := range collectors() {
		all = append(all, []string{"collect", c.name})
	}
	return all
}

func said(t *testing.T, args ...string) (code int, out, problems string) {
	t.Helper()
	var o, p bytes.Buffer
	code = run(context.Background(), streams{in: strings.NewReader(""), out: &o, err: &p}, args)
	return code, o.String(), p.String()
}

func TestEveryCommandHelpsWithAnExampleAndRefusesAWrongFlag(t *testing.T) {
	for _, words := range sayings() {
		who := strings.Join(words, " ")
		code, out, problems := said(t, append(words, "--help")...)
		if code != exitDone || problems != "" || !strings.Contains(out, "Usage") || !strings.Contains(out, "xample") {
			t.Errorf("steward %s --help: exit %d, %q, problems %q", who, code, out, problems)
		}
		code, out, problems = said(t, append(words, "--no-such-flag")...)
		if code != exitUsage || strings.Count(problems, "\n") == 0 || out != "" {
			t.Errorf("steward %s --no-such-flag: exit %d, out %q, problems %q", who, code, out, problems)
		}
	}
}

func TestCommandsAnswerProgramsInJSON(t *testing.T) {
	data := t.TempDir() + "/data"
	for _, words := range [][]string{
		{"version", "--json"},
		{"user", "add", "--data", data, "--login", "ada", "--name", "Ada Lovelace", "--role", "mis-manager", "--json"},
		{"token", "create", "--data", data, "--user", "ada", "--json"},
		{"backup", "--data", data, "--to", t.TempDir() + "/b.tar.zst", "--json"},
		{"verify", "--data", data, "--json"},
	} {
		code, out, problems := said(t, words...)
		var v map[string]any
		if err := json.Unmarshal([]byte(out), &v); code != exitDone || err != nil || len(v) == 0 {
			t.Errorf("steward %s: exit %d, %v, %q, problems %q", strings.Join(words, " "), code, err, out, problems)
		}
	}
}

func TestWrongValuesAreWrongUseAndMakeNothing(t *testing.T) {
	data, none, rubbish := t.TempDir()+"/data", t.TempDir()+"/none", t.TempDir()+"/rubbish"
	if code, _, problems := said(t, "user", "add", "--data", data, "--login", "ada", "--name", "Ada Lovelace", "--role", "mis-manager"); code != exitDone {
		t.Fatal(problems)
	}
	if err := os.WriteFile(rubbish, []byte("no backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{
		{"user", "add", "--data", data, "--login", "b b", "--name", "B", "--role", "mis-manager"},
		{"user", "add", "--data", data, "--login", "bob", "--name", "B", "--role", "king"},
		{"user", "add", "--data", data, "--login", "bob", "--name", "B", "--role", "mis-manager", "--email", "nope"},
		{"token", "create", "--data", data, "--user", "ada", "--scope", "bogus:view"},
		{"token", "create", "--data", data, "--user", "nobody"},
		{"token", "create", "--data", none, "--user", "ada"},
		{"report", "monthly", "--data", none, "--month", "2026-10", "--out", t.TempDir() + "/r.pdf"},
		{"import", "--data", none, "--type", "vendors.vendor", "--file", rubbish},
		{"restore", "--data", none, "--from", rubbish},
		{"restore", "--data", none, "--from", rubbish + "-not"},
		{"move", "--data", data, "--to", "mysql://x"},
	} {
		code, out, problems := said(t, words...)
		if code != exitUsage || out != "" || strings.Count(problems, "\n") == 0 {
			t.Errorf("steward %s: exit %d, out %q, problems %q", strings.Join(words, " "), code, out, problems)
		}
	}
	if _, err := os.Stat(none); !os.IsNotExist(err) {
		t.Error("an installation was made where there is none")
	}
}
