// Withpostgres runs a command beside a private PostgreSQL server whose URL it
// finds in STEWARD_TEST_POSTGRES, and ends with the command's exit code.
//
//	go run ./kernel/testkit/cmd/withpostgres -- go test ./...
//	go run ./kernel/testkit/cmd/withpostgres -folder data/pg -variable STEWARD_DB -- steward serve
//
// Without a command it prints the URL and serves until it is interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"steward/kernel/testkit/pgserver"
)

func main() {
	folder := flag.String("folder", "", "keep the data in this folder; empty: a temporary one, removed at the end")
	variable := flag.String("variable", pgserver.Variable, "environment variable that gets the URL")
	flag.Parse()
	code, err := run(*folder, *variable, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres:", err)
	}
	os.Exit(code)
}

func run(folder, variable string, command []string) (code int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := pgserver.Start(ctx, pgserver.Config{Folder: folder})
	if err != nil {
		return 1, err
	}
	defer func() {
		if e := s.Stop(); e != nil {
			code, err = max(code, 1), errors.Join(err, e)
		}
	}()
	if len(command) == 0 {
		fmt.Println(s.URL)
		select {
		case <-ctx.Done():
			return 0, nil
		case <-s.Done():
			return 1, errors.New("the server ended by itself")
		}
	}
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.Env = append(os.Environ(), variable+"="+s.URL)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = c.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() >= 0 {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
