package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"steward/agent"
	"steward/agent/service"
)

// update takes the program that lies at the server, when a person on this machine
// says so. The agent never does it by itself: who takes over a server must not
// with that have taken every machine. Nothing is signed besides the TLS connection.
func update(ctx context.Context, out io.Writer, args []string) error {
	fs := flags("update")
	o := agent.Options{}
	fs.StringVar(&o.Data, "data", folder(), "")
	fs.StringVar(&o.CA, "ca", "", "")
	check := fs.Bool("check", false, "")
	if err := parse(fs, args); err != nil {
		return err
	}
	program := service.Program(runtime.GOOS)
	f, err := os.Open(program)
	if err != nil {
		return fmt.Errorf("the agent is not installed here: %w", err)
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if *check {
		version, other, err := agent.Program(ctx, o, hex.EncodeToString(h.Sum(nil)), io.Discard)
		if err == nil {
			_, err = fmt.Fprintln(out, map[bool]string{true: "Another program lies at the server: " + version, false: "This is the program that lies at the server: " + version}[other])
		}
		return err
	}
	if err := root(); err != nil {
		return err
	}
	fresh, err := os.CreateTemp(filepath.Dir(program), ".steward-*"+filepath.Ext(program))
	if err != nil {
		return err
	}
	defer os.Remove(fresh.Name())
	version, other, err := agent.Program(ctx, o, hex.EncodeToString(h.Sum(nil)), fresh)
	if err == nil && runtime.GOOS != "windows" {
		err = fresh.Chmod(0o700)
	}
	if err = errors.Join(err, fresh.Close()); err != nil {
		return err
	}
	if !other {
		_, err := fmt.Fprintln(out, "This is the program that lies at the server: "+version)
		return err
	}
	trial, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	said, err := exec.CommandContext(trial, fresh.Name(), "version").CombinedOutput()
	if err != nil {
		return fmt.Errorf("the program that lies at the server does not run here, so nothing was changed: %w: %s", err, strings.TrimSpace(string(said)))
	}
	if f, err = os.Open(fresh.Name()); err != nil {
		return err
	}
	err = whole(program, f, 0o755)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	fmt.Fprintf(out, "Taken: %s\n", strings.TrimSpace(string(said)))
	kind := service.Detect()
	if kind == "" {
		_, err := fmt.Fprintln(out, "Start the agent again for it.")
		return err
	}
	plan, err := service.For(kind, service.Spec{Program: program, Args: []string{"agent", "run"}, Data: o.Data})
	if err != nil {
		return err
	}
	if _, err := os.Stat(plan.Files[0].Path); err != nil {
		_, err := fmt.Fprintln(out, "There is no service to start again.")
		return err
	}
	if err := each(ctx, plan.Start); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "The service was started again.")
	return err
}
