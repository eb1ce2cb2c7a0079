//go:build !linux

package program

import (
	"os"
	"os/exec"
)

// Owner is the caller; another one is only arranged for on Linux.
type Owner struct{}

// Unprivileged is the caller.
func Unprivileged() (Owner, error) { return Owner{}, nil }

// Alone is the owner with the network: it is only taken away on Linux.
func (o Owner) Alone() Owner { return o }

// IsAlone reports whether programs of this owner see no network.
func (o Owner) IsAlone() bool { return false }

// Own does nothing.
func (o Owner) Own(string) error { return nil }

// Apply does nothing.
func (o Owner) Apply(*exec.Cmd) {}

func interrupt(p *os.Process) error { return p.Kill() }

func killGroup(*exec.Cmd) {}

func runLocked(c *exec.Cmd) error { return c.Run() }
