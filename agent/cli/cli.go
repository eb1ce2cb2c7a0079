// Package cli is the agent's command line, the same in the small program
// steward-agent and in `steward agent`.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"steward/agent"
	"steward/agent/service"
	"steward/collect/fact"
	"steward/collect/host"
	"steward/collect/probe"
)

// Usage is wrong use of the command line.
type Usage struct{ Problem string }

func (u Usage) Error() string { return u.Problem }

// Help is the usage text; program is how it is called.
func Help(program string) string {
	return strings.NewReplacer("PROGRAM_PATH", service.Program(runtime.GOOS), "PROGRAM", program, "FOLDER", folder()).Replace(`Usage: PROGRAM inventory [--json] [--sections NAMES]
       PROGRAM run --server URL --enrol TOKEN [--data DIR] [--ca FILE | --pin SHA256] [flags]
       PROGRAM install --server URL --enrol TOKEN|- [--pin SHA256] [--service KIND | --no-service] [flags of run]
       PROGRAM update | uninstall [--data DIR]
       PROGRAM status [--data DIR] [--json]
       PROGRAM probe TARGET… [flags]

inventory  prints what this machine is: words on a terminal, JSON otherwise
run        reports it to a Steward server, at first enrolling with a one-time token
install    enrols this machine and makes the agent a service of it that starts with it
update     takes the program that lies at the server, if it is another; uninstall ends the service
status     says how the agent that uses DIR stands, and why it holds back
probe      asks services from here whether they answer as they should; PROGRAM probe --help

Flags of run:
  --server URL      address of the server, https
  --enrol TOKEN     one-time enrolment token; only needed once. It may also be given
                    in the environment as STEWARD_ENROL_TOKEN, where others do not see it
  --data DIR        folder for the agent's key, certificate and queue (default FOLDER)
  --ca FILE         certificates to trust the server by; the system's without it
  --pin SHA256      trust the server by its certificate's or key's fingerprint instead
  --interval TIME   between reports, such as 1h (default); the server may change it
  --cpu SHARE       share of one processor it may use on average (default 0.05)
  --memory MB       memory it may hold (default 128)
  --once            send one report and end

install, as root or administrator, copies the program to PROGRAM_PATH, makes an
account for it, and writes a service of systemd, OpenRC, launchd, FreeBSD's rc or Windows'
task scheduler, whichever is there. Given once more it changes the service.
  --enrol -         reads the token from standard input
  --service KIND    systemd, openrc, launchd, rc or task instead of what is found
  --print           only print the files of the service
  --no-service      enrol and report until interrupted, without a service

The agent only ever calls the server; it listens to nobody. Run it as root to
see everything; it says what it could not see.

Example: PROGRAM run --server https://steward.example.net --enrol 7F3K-…
`)
}

// folder is where the agent keeps what it has if nobody says otherwise: the
// machine's place for it when it runs as root or on Windows, else the person's.
func folder() string {
	switch home, err := os.UserConfigDir(); {
	case runtime.GOOS == "windows" && os.Getenv("ProgramData") != "":
		return filepath.Join(os.Getenv("ProgramData"), "Steward", "agent")
	case os.Geteuid() == 0 && runtime.GOOS != "windows":
		return "/var/lib/steward-agent"
	case err == nil:
		return filepath.Join(home, "steward-agent")
	}
	return ""
}

// Run does what args say. An error is a Usage when the line was wrong.
func Run(ctx context.Context, out, problems io.Writer, args []string, version string) error {
	if len(args) == 0 {
		return Usage{"say what to do: inventory, run, install, status or probe"}
	}
	if args[0] == "probe" {
		return probes(ctx, out, args[1:])
	}
	for _, a := range args[1:] {
		if a == "--help" || a == "-h" || a == "-help" {
			_, err := io.WriteString(out, Help("steward agent"))
			return err
		}
	}
	switch args[0] {
	case "inventory":
		return inventory(ctx, out, args[1:], version)
	case "run":
		return run(ctx, problems, args[1:], version)
	case "install":
		return install(ctx, out, problems, args[1:], version)
	case "uninstall":
		return uninstall(ctx, out, args[1:])
	case "update":
		return update(ctx, out, args[1:])
	case "status":
		return status(out, args[1:])
	}
	return Usage{fmt.Sprintf("there is nothing called %q; say inventory, run, install, uninstall, update, status or probe", args[0])}
}

func flags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return fs
}

func parse(fs *flag.FlagSet, args []string) error {
	if err := fs.Parse(args); err != nil {
		return Usage{err.Error()}
	}
	if fs.NArg() > 0 {
		return Usage{fmt.Sprintf("%q is too much; %s takes flags only", fs.Arg(0), fs.Name())}
	}
	return nil
}

func inventory(ctx context.Context, out io.Writer, args []string, version string) error {
	fs := flags("inventory")
	asJSON := fs.Bool("json", false, "")
	sections := fs.String("sections", "", "")
	if err := parse(fs, args); err != nil {
		return err
	}
	names := strings.FieldsFunc(*sections, func(r rune) bool { return r == ',' || r == ' ' })
	known := strings.Join(fact.Sections(), ", ")
	for _, n := range names {
		if !strings.Contains(", "+known+",", ", "+n+",") {
			return Usage{fmt.Sprintf("there is no section %q; the sections are %s", n, known)}
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(25)) // a machine that works shall not feel it
	inv, err := host.Collect(ctx, host.Options{Collector: "steward-agent " + version, Sections: names})
	if err != nil {
		return err
	}
	if !*asJSON && terminal(out) {
		_, err := io.WriteString(out, host.Words(inv))
		return err
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(inv)
}

// terminal reports whether a person reads what is written.
func terminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// probes asks services from where the agent is, as steward collect probe does
// from where the server is.
func probes(ctx context.Context, out io.Writer, args []string) error {
	fs := flags("probe")
	options := probe.Flags(fs)
	var targets []string
	for len(args) > 0 {
		if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
			_, err := io.WriteString(out, "Usage: steward-agent probe TARGET… [flags]\n\n"+probe.Help)
			return err
		} else if err != nil {
			return Usage{err.Error()}
		}
		if args = fs.Args(); len(args) > 0 {
			targets, args = append(targets, args[0]), args[1:]
		}
	}
	o, err := options()
	if err != nil {
		return Usage{err.Error()}
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	err = probe.All(ctx, targets, o, func(f fact.Observation) error { return e.Encode(f) })
	var use probe.Use
	if errors.As(err, &use) {
		return Usage{use.Problem}
	}
	return err
}

// reporting are the flags of run, which install passes on; call the function
// that is returned once they are read.
func reporting(fs *flag.FlagSet, version string) (*agent.Options, func() error) {
	o := &agent.Options{Version: version}
	fs.StringVar(&o.Server, "server", "", "")
	fs.StringVar(&o.Token, "enrol", os.Getenv("STEWARD_ENROL_TOKEN"), "")
	fs.StringVar(&o.Data, "data", folder(), "")
	fs.StringVar(&o.CA, "ca", "", "")
	fs.StringVar(&o.Pin, "pin", "", "")
	fs.DurationVar(&o.Interval, "interval", time.Hour, "")
	fs.Float64Var(&o.CPU, "cpu", 0.05, "")
	megabytes := fs.Int64("memory", 128, "")
	return o, func() error {
		switch {
		case o.Server == "":
			return Usage{"name the server: --server https://…"}
		case o.Data == "":
			return Usage{"name the folder for the agent's key and queue: --data DIR"}
		case *megabytes < 32 || *megabytes > 1<<20:
			return Usage{"--memory is in MB and at least 32"}
		}
		o.Memory = *megabytes << 20
		return nil
	}
}

func run(ctx context.Context, problems io.Writer, args []string, version string) error {
	fs := flags("run")
	o, complete := reporting(fs, version)
	fs.BoolVar(&o.Once, "once", false, "")
	if err := parse(fs, args); err != nil {
		return err
	}
	if err := complete(); err != nil {
		return err
	}
	o.Log = slog.New(slog.NewTextHandler(problems, nil))
	return agent.Run(ctx, *o)
}

func status(out io.Writer, args []string) error {
	fs := flags("status")
	data := fs.String("data", folder(), "")
	asJSON := fs.Bool("json", false, "")
	if err := parse(fs, args); err != nil {
		return err
	}
	s, err := agent.ReadStatus(*data)
	if err != nil {
		return err
	}
	if !*asJSON && terminal(out) {
		_, err := io.WriteString(out, s.Words())
		return err
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(s)
}

// Exit is the exit code of an error: 0 done, 1 failed, 2 wrong use.
func Exit(err error) int {
	var wrong Usage
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		return 2
	}
	return 1
}
