package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"steward/agent"
	"steward/agent/service"
)

// firstReport is how long install waits for the server to take a report.
const firstReport = 90 * time.Second

// install makes the agent a service of this machine. What has been done is said
// line by line, so that who stops halfway knows what is there.
func install(ctx context.Context, out, problems io.Writer, args []string, version string) error {
	fs := flags("install")
	o, complete := reporting(fs, version)
	kind := fs.String("service", string(service.Detect()), "")
	none := fs.Bool("no-service", false, "")
	show := fs.Bool("print", false, "")
	if err := parse(fs, args); err != nil {
		return err
	}
	if err := complete(); err != nil {
		return err
	}
	if o.Token == "-" {
		var err error
		if o.Token, err = firstLine(os.Stdin); err != nil {
			return err
		}
	}
	o.Log = slog.New(slog.NewTextHandler(problems, nil))
	if *none {
		return agent.Run(ctx, *o)
	}
	if *kind == "" {
		return errors.New("this machine has neither systemd nor OpenRC nor another starter of services that is known; give --no-service to report until interrupted, and start PROGRAM run as this machine starts things")
	}
	for _, path := range []*string{&o.Data, &o.CA} {
		if *path == "" {
			continue
		}
		full, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = full
	}
	plan, err := service.For(service.Kind(*kind), service.Spec{Program: service.Program(runtime.GOOS), Args: passed(fs, o), Data: o.Data})
	if err != nil {
		return Usage{err.Error()}
	}
	if *show {
		for _, f := range plan.Files {
			fmt.Fprintf(out, "# %s\n%s", f.Path, f.Text)
		}
		return nil
	}
	if err := root(); err != nil {
		return err
	}
	return set(ctx, out, plan, *o)
}

// passed are the arguments of the service: what was given, without the token.
func passed(fs *flag.FlagSet, o *agent.Options) []string {
	args := []string{"agent", "run", "--server", o.Server, "--data", o.Data}
	fs.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "pin", "interval", "cpu", "memory":
			args = append(args, "--"+f.Name, f.Value.String())
		case "ca":
			args = append(args, "--ca", o.CA)
		}
	})
	return args
}

func set(ctx context.Context, out io.Writer, plan service.Plan, o agent.Options) error {
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return fmt.Errorf("the agent's folder: %w", err)
	}
	if err := account(ctx, out, plan); err != nil {
		return err
	}
	began := time.Now()
	fresh, err := agent.Enrol(ctx, o)
	if err != nil {
		return err
	}
	if fresh {
		fmt.Fprintf(out, "Enrolled at %s; the key lies in %s.\n", o.Server, o.Data)
		if err := own(o.Data, plan.User); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(out, "Enrolled already; the token was not needed. The key lies in %s.\n", o.Data)
	}
	program := service.Program(runtime.GOOS)
	if err := place(program); err != nil {
		return err
	}
	fmt.Fprintf(out, "Program: %s\n", program)
	for _, f := range plan.Files {
		if err := whole(f.Path, strings.NewReader(f.Text), f.Mode); err != nil {
			return fmt.Errorf("write the service: %w", err)
		}
		fmt.Fprintf(out, "Service: %s\n", f.Path)
	}
	if err := each(ctx, plan.Start); err != nil {
		return err
	}
	fmt.Fprintf(out, "Started. Its words: %s\n", plan.Logs)
	return await(ctx, out, o.Data, began)
}

// await says whether the service's first report arrived. That it has not yet is
// no failure: the service goes on trying.
func await(ctx context.Context, out io.Writer, dir string, began time.Time) error {
	reason := "it has said nothing yet"
	for end := time.Now().Add(firstReport); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(200 * time.Millisecond) {
		s, err := agent.ReadStatus(dir)
		if err != nil {
			continue
		}
		if s.State == "sent" && !s.Accepted.Before(began.Truncate(time.Second)) {
			fmt.Fprintln(out, "The server has taken the first report: the host is in its list.")
			return nil
		}
		if s.Reason != "" {
			reason = s.Reason
		}
		if s.State == "holding back" && s.Since.After(began.Add(-time.Second)) {
			break // it waits for the machine, maybe for hours
		}
	}
	fmt.Fprintf(out, "No report has arrived at the server so far (%s). The service goes on trying; steward-agent status tells more.\n", reason)
	return ctx.Err()
}

func uninstall(ctx context.Context, out io.Writer, args []string) error {
	fs := flags("uninstall")
	dir := fs.String("data", folder(), "")
	kind := fs.String("service", string(service.Detect()), "")
	if err := parse(fs, args); err != nil {
		return err
	}
	plan, err := service.For(service.Kind(*kind), service.Spec{Program: service.Program(runtime.GOOS), Args: []string{"agent", "run"}, Data: *dir})
	if err != nil {
		return Usage{err.Error()}
	}
	if err := root(); err != nil {
		return err
	}
	if _, err := os.Stat(plan.Files[0].Path); err != nil {
		return fmt.Errorf("no service of the agent is here: %w", err)
	}
	if err := each(ctx, plan.Stop); err != nil {
		return err
	}
	for _, f := range plan.Files {
		if err := os.Remove(f.Path); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "The service is gone. What is left: the program %s, and the key and the queue in %s; revoke the agent at the server, under 'Add a host'.\n", service.Program(runtime.GOOS), *dir)
	return nil
}

// account makes the service's account where it is not there yet.
func account(ctx context.Context, out io.Writer, plan service.Plan) error {
	if plan.User != "" {
		if _, err := user.Lookup(plan.User); err == nil {
			return nil
		}
	}
	for _, choices := range plan.Account {
		var err error
		for _, command := range choices {
			if _, missing := exec.LookPath(command[0]); missing != nil {
				err = missing
				continue
			}
			err = do(ctx, command)
			break
		}
		if err != nil {
			return fmt.Errorf("make the agent's account: %w", err)
		}
	}
	if plan.User != "" {
		fmt.Fprintf(out, "Account: %s, without password and shell\n", plan.User)
	}
	return nil
}

func each(ctx context.Context, commands [][]string) error {
	for _, c := range commands {
		name, may := strings.CutPrefix(c[0], "-")
		if err := do(ctx, append([]string{name}, c[1:]...)); err != nil && !may {
			return err
		}
	}
	return nil
}

func do(ctx context.Context, command []string) error {
	said, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, strings.TrimSpace(string(said)))
	}
	return nil
}

// root refuses who may not install.
func root() error {
	if runtime.GOOS != "windows" && os.Geteuid() != 0 {
		return errors.New("a service is installed by root; put sudo before the command")
	}
	return nil
}

// place copies the running program to where the service calls it. A copy takes
// the marks of its new folder, as SELinux wants; a moved file keeps the old ones.
func place(program string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if a, err := os.Stat(self); err == nil {
		if b, err := os.Stat(program); err == nil && os.SameFile(a, b) {
			return nil
		}
	}
	f, err := os.Open(self)
	if err != nil {
		return err
	}
	defer f.Close()
	return whole(program, f, 0o755)
}

// whole writes a file whole or not at all.
func whole(path string, r io.Reader, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".steward-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Chmod(mode)
	}
	if runtime.GOOS == "windows" && err != nil {
		err = nil // it has no such modes
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // a program that runs can be renamed, not replaced
		os.Remove(path + ".old")
		os.Rename(path, path+".old")
	}
	return os.Rename(f.Name(), path)
}

// own gives the agent's folder to the account of the service.
func own(dir, name string) error {
	if name == "" || runtime.GOOS == "windows" {
		return nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err = errors.Join(err, err2); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}

// firstLine reads a token that is handed over.
func firstLine(r io.Reader) (string, error) {
	s := bufio.NewScanner(io.LimitReader(r, 1000))
	s.Scan()
	token := strings.TrimSpace(s.Text())
	if token == "" {
		return "", Usage{"standard input holds no token"}
	}
	return token, nil
}
