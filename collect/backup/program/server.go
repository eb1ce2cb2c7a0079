package program

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"time"
)

// Server is a program that runs until it is told to stop.
type Server struct {
	command *exec.Cmd
	said    *tail
	done    chan struct{}
	ended   error
}

// Start starts a server. It does not end with ctx but by Stop, which must be called.
func Start(ctx context.Context, call Call) (*Server, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &Server{command: exec.Command(call.Program.Path, call.Args...), said: &tail{lines: call.Lines}, done: make(chan struct{})}
	s.command.Env = Environment(call.Env...)
	s.command.Dir = call.Dir
	s.command.Stdout, s.command.Stderr = s.said, s.said
	s.command.WaitDelay = 5 * time.Second
	call.As.Apply(s.command)
	started := make(chan error, 1)
	go func() {
		err := runStarted(s.command, started)
		s.ended = err
		close(s.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return s, nil
}

// Done is closed when the server has ended.
func (s *Server) Done() <-chan struct{} { return s.done }

// Said is a bounded part of what the server has said; it must have ended.
func (s *Server) Said() string {
	select {
	case <-s.done:
		return s.said.text()
	default:
		return ""
	}
}

// Stop interrupts the server, waits, and kills it with its children after patience.
func (s *Server) Stop(signal os.Signal, patience time.Duration) error {
	select {
	case <-s.done:
		killGroup(s.command)
		return nil
	default:
	}
	err := s.command.Process.Signal(signal)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-s.done:
	case <-timer.C:
		err = errors.Join(err, s.command.Process.Kill())
		killGroup(s.command)
		<-s.done
	}
	killGroup(s.command)
	return err
}

// Pid is the server's process id.
func (s *Server) Pid() int { return s.command.Process.Pid }
