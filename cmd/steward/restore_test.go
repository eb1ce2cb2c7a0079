package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"steward/kernel/app"
)

func TestARestoreWantsAnEmptyPlaceAndOneThatWasStoppedIsMadeAgain(t *testing.T) {
	from := newInstallation(t, t.TempDir(), "")
	file := filepath.Join(t.TempDir(), "b.tar.zst")
	from.must("backup", "--to", file)
	put := func(folder, name string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, says := range map[string]string{"notes.txt": "notes.txt", "files/aa/x": "files that were kept", "steward.db": "already holds an installation"} {
		to := &installation{t: t, data: t.TempDir()}
		put(to.data, name)
		if _, said, code := to.run("restore", "--from", file); code != exitFailed || !strings.Contains(said, says) || strings.Count(said, "\n") != 1 {
			t.Errorf("into a folder with %s: exit %d %q", name, code, said)
		}
		if kept, err := os.ReadFile(filepath.Join(to.data, name)); err != nil || string(kept) != "mine" {
			t.Errorf("%s was touched: %q %v", name, kept, err)
		}
	}
	to := &installation{t: t, data: t.TempDir()}
	put(to.data, restoring+"/steward.db") // a restore was killed here
	put(to.data, "files/aa/incoming-1")
	key, err := os.ReadFile(filepath.Join(from.data, "secret.key"))
	if err != nil {
		t.Fatal(err)
	}
	put(to.data, "secret.key")
	if err := os.WriteFile(filepath.Join(to.data, "secret.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	to.must("restore", "--from", file)
	to.must("verify")
	if _, err := os.Stat(filepath.Join(to.data, restoring)); err == nil {
		t.Error("a restore that is done leaves its draft behind")
	}
}

func TestABackupOfDamagedFilesSaysSoByItsExitCodeUntilTheyAreAccepted(t *testing.T) {
	i := newInstallation(t, t.TempDir(), "")
	name := strings.Repeat("ab", 32)
	at := filepath.Join(i.data, "files", "ab", name)
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte("other bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "b.tar.zst")
	if _, said, code := i.run("backup", "--to", file); code != exitFailed || !strings.Contains(said, name+" was altered") || !strings.Contains(said, "can be restored, but it is incomplete: 1 of") {
		t.Errorf("exit %d %q", code, said)
	}
	to := &installation{t: t, data: filepath.Join(t.TempDir(), "to")}
	if _, said, code := to.run("restore", "--from", file); code != exitDone || !strings.Contains(said, name) {
		t.Errorf("restored: exit %d %q", code, said)
	}
	if out, _, code := to.run("verify"); code != exitFailed || !strings.Contains(out, name+" was altered") {
		t.Errorf("verified: exit %d %q", code, out)
	}
	if _, said, code := i.run("backup", "--accept-damaged", "--to", file+".2"); code != exitDone || !strings.Contains(said, name) {
		t.Errorf("accepted: exit %d %q", code, said)
	}
}

func TestServeLooksAtItsAddressBeforeItMakesAnything(t *testing.T) {
	i := &installation{t: t, data: filepath.Join(t.TempDir(), "data")}
	for _, address := range []string{"nonsense", "127.0.0.1:http", "127.0.0.1:70000", ""} {
		if _, said, code := i.run("serve", "--listen", address); code != exitUsage {
			t.Errorf("%q: exit %d %s", address, code, said)
		}
	}
	if _, err := os.Stat(i.data); err == nil {
		t.Error("a start that is refused makes a data folder")
	}
}

func TestAFolderIsServedByOneAndNotMovedMeanwhile(t *testing.T) {
	i := newInstallation(t, t.TempDir(), "")
	s := i.serve()
	if _, said, code := i.run("serve", "--listen", "127.0.0.1:0"); code != exitFailed || !strings.Contains(said, "another Steward is serving") {
		t.Errorf("a second server: exit %d %q", code, said)
	}
	if _, said, code := i.run("move", "--to", "postgres://nobody@127.0.0.1:1/none"); code != exitFailed || !strings.Contains(said, "another Steward is serving") {
		t.Errorf("a move beside a server: exit %d %q", code, said)
	}
	i.must("verify") // the other commands work beside it
	s.kill()
	i.serve().stop()
}

func TestVerifyNamesADamagedDatabase(t *testing.T) {
	i := newInstallation(t, t.TempDir(), "")
	at := app.SQLitePath(i.data)
	raw, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	for n := len(raw) / 3; n < len(raw)*9/10; n++ { // all but the schema
		raw[n] ^= 0x5a
	}
	if err := os.WriteFile(at, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	out, said, code := i.run("verify", "--json")
	if code != exitFailed || !strings.Contains(out, `"clean": false`) && !strings.Contains(said, "The database file is damaged. Restore the last backup") {
		t.Errorf("exit %d\n%s%s", code, out, said)
	}
	file := filepath.Join(t.TempDir(), "b.tar.zst")
	if _, said, code := i.run("backup", "--to", file); code != exitFailed || !strings.Contains(said, "The database file is damaged. Restore the last backup") {
		t.Errorf("backup: exit %d %q", code, said)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) > 0 {
		t.Errorf("a backup that failed leaves %v %v", left, err)
	}
}
