//go:build !linux

package program

import "os/exec"

func runStarted(c *exec.Cmd, started chan<- error) error {
	err := c.Start()
	started <- err
	if err != nil {
		return err
	}
	return c.Wait()
}
