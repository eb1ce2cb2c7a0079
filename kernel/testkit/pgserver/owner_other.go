//go:build !linux

package pgserver

import "os/exec"

// owner is the caller; running as root is only arranged for on Linux.
type owner struct{}

func unprivileged() (owner, error) { return owner{}, nil }

func (owner) own(string) error { return nil }

func (owner) mayEnter(string) bool { return true }

func (owner) apply(*exec.Cmd) {}

func (s *Server) run() error {
	if err := s.command.Start(); err != nil {
		return err
	}
	s.done = make(chan struct{})
	go func() {
		s.ended = s.command.Wait()
		close(s.done)
	}()
	return nil
}
