package service

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var spec = Spec{Program: "/usr/local/bin/steward-agent", Args: []string{"agent", "run", "--server", "https://steward.example.net:8443", "--data", "/var/lib/steward-agent"}, Data: "/var/lib/steward-agent"}

func planned(t *testing.T, k Kind, s Spec) Plan {
	t.Helper()
	p, err := For(k, s)
	if err != nil || len(p.Files) == 0 || len(p.Start) == 0 || len(p.Stop) == 0 || p.Logs == "" {
		t.Fatalf("%s: %+v %v", k, p, err)
	}
	return p
}

func TestEveryKindCallsTheProgramWithWhatWasGiven(t *testing.T) {
	for _, k := range Kinds {
		s := spec
		s.Data = "/var/lib/a folder"
		s.Args = append(s.Args[:5:5], s.Data)
		text := planned(t, k, s).Files[0].Text
		for _, want := range []string{spec.Program, "https://steward.example.net:8443", "/var/lib/a folder"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not name %s:\n%s", k, want, text)
			}
		}
	}
}

func TestWhatWouldLeaveAServiceFileIsRefused(t *testing.T) {
	for _, bad := range []string{"", "a\nExecStart=/bin/sh", `a"b`, "a'b", "$HOME", "`id`", "%h", "a;b", "a&b", "<x>", "a|b", "\x1b[31m"} {
		for _, k := range Kinds {
			for what, s := range map[string]Spec{"argument": {spec.Program, []string{"run", bad}, spec.Data}, "folder": {spec.Program, spec.Args, bad}, "program": {bad, spec.Args, spec.Data}} {
				if _, err := For(k, s); err == nil {
					t.Errorf("%s: %s %q is taken", k, what, bad)
				}
			}
		}
	}
	if _, err := For("upstart", spec); err == nil {
		t.Error("a kind that is not known is taken")
	}
}

func TestTheAgentRunsWithoutTheRightToWriteElsewhere(t *testing.T) {
	for _, k := range []Kind{Systemd, OpenRC, RC} {
		p := planned(t, k, spec)
		if p.User != User || len(p.Account) == 0 || !strings.Contains(p.Files[0].Text, User) {
			t.Errorf("%s runs under %q", k, p.User)
		}
		for _, right := range []string{"DAC_OVERRIDE", "SYS_ADMIN", "SYS_MODULE", "SETUID", "CHOWN", "FOWNER", "SYS_RAWIO"} {
			if strings.Contains(strings.ToUpper(p.Files[0].Text), right) {
				t.Errorf("%s has the right %s", k, right)
			}
		}
	}
	// A view of its own on file systems would be reported in place of the machine's.
	for _, view := range []string{"ProtectSystem", "ProtectHome", "PrivateTmp", "ReadOnlyPaths", "DynamicUser", "PrivateDevices"} {
		if strings.Contains(planned(t, Systemd, spec).Files[0].Text, view) {
			t.Errorf("the unit sets %s", view)
		}
	}
}

func TestSystemdUnderstandsTheUnit(t *testing.T) {
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("SKIPPED: systemd-analyze is not here (Debian package systemd): the unit is not verified")
	}
	s := spec
	s.Program = "/bin/true" // it looks whether the program is there
	unit := filepath.Join(t.TempDir(), "steward-agent.service")
	if err := os.WriteFile(unit, []byte(planned(t, Systemd, s).Files[0].Text), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(verify, "verify", "--man=no", unit).CombinedOutput()
	for _, line := range strings.Split(string(said), "\n") {
		if strings.Contains(line, "steward-agent.service") {
			t.Errorf("systemd says: %s", line)
		}
	}
	if err != nil && !strings.Contains(string(said), "Failed to") { // of the machine, not of the unit
		t.Errorf("%v: %s", err, said)
	}
}

func TestShellAndXMLAreWellFormed(t *testing.T) {
	for _, k := range []Kind{OpenRC, RC} {
		c := exec.Command("sh", "-n")
		c.Stdin = strings.NewReader(planned(t, k, spec).Files[0].Text)
		if said, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", k, err, said)
		}
	}
	for _, k := range []Kind{Launchd, Task} {
		d := xml.NewDecoder(strings.NewReader(planned(t, k, spec).Files[0].Text))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", k, err)
			}
		}
	}
}
