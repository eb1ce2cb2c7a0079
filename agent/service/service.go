// Package service makes the agent a service of the machine it runs on: what is
// to be written where, and what is to be run, under systemd, OpenRC, launchd,
// FreeBSD's rc and Windows' task scheduler. What it makes is plain text, so that
// it can be looked at, kept in an image, and tested on any machine.
package service

import (
	"fmt"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
)

// Kind is what starts services on a machine.
type Kind string

// The kinds, by what the machine calls them.
const (
	Systemd Kind = "systemd"
	OpenRC  Kind = "openrc"
	Launchd Kind = "launchd"
	RC      Kind = "rc"   // FreeBSD
	Task    Kind = "task" // Windows
)

// Kinds are all of them.
var Kinds = []Kind{Systemd, OpenRC, Launchd, RC, Task}

// User is the account that the agent runs under where a kind can have one.
const User = "steward-agent"

// Spec is the service to make.
type Spec struct {
	Program string   // where the program lies
	Args    []string // what it is called with
	Data    string   // the agent's folder
}

// File is a file to write.
type File struct {
	Path string
	Mode os.FileMode
	Text string
}

// Plan is how a service is made and taken away.
type Plan struct {
	Kind    Kind
	User    string // account it runs under; "" where it is the system's own
	Files   []File
	Account [][][]string // steps that make the account and its folder safe: of each the first command that exists
	Start   [][]string   // commands that start it now and with the machine; one that begins with - may fail
	Stop    [][]string   // commands that stop it for good
	Logs    string       // how its words are read
}

// Detect finds what starts services here; "" if it is nothing known.
func Detect() Kind {
	here := func(p string) bool { _, err := os.Stat(p); return err == nil }
	switch {
	case runtime.GOOS == "windows":
		return Task
	case runtime.GOOS == "darwin":
		return Launchd
	case runtime.GOOS == "freebsd":
		return RC
	case here("/run/systemd/system"):
		return Systemd
	case here("/sbin/openrc-run"):
		return OpenRC
	}
	return ""
}

// For plans the service of a kind. It refuses what no service file can hold.
func For(k Kind, s Spec) (Plan, error) {
	for _, text := range append([]string{s.Program, s.Data}, s.Args...) {
		if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune("\"'`$%<>&|;", r) }) {
			return Plan{}, fmt.Errorf("a service cannot be called with %q: it is empty, or has a quote, a sign of the shell or a control character", text)
		}
	}
	switch k {
	case Systemd:
		return systemd(s), nil
	case OpenRC:
		return openrc(s), nil
	case Launchd:
		return launchd(s), nil
	case RC:
		return rc(s), nil
	case Task:
		return task(s), nil
	}
	return Plan{}, fmt.Errorf("there is no kind of service %q; there are %v", k, Kinds)
}

// Program is where the program of a platform's service lies.
func Program(goos string) string {
	if goos == "windows" {
		return `C:\Program Files\Steward\steward-agent.exe`
	}
	return "/usr/local/bin/steward-agent"
}

// line is a command line of words, those with blanks within quotes.
func line(words ...string) string {
	out := slices.Clone(words)
	for i, w := range out {
		if strings.ContainsAny(w, " \t") {
			out[i] = `"` + w + `"`
		}
	}
	return strings.Join(out, " ")
}

// under says whether a folder is one that systemd keeps for services by itself.
func under(dir string) (name string, ok bool) {
	name, ok = strings.CutPrefix(path.Clean(dir), "/var/lib/")
	return name, ok && name != "" && !strings.Contains(name, "/")
}
