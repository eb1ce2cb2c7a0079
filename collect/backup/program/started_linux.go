package program

import (
	"os/exec"
	"runtime"
)

// runStarted starts the command, tells whether that went well, and waits for its
// end on the same thread.
func runStarted(c *exec.Cmd, started chan<- error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := c.Start()
	started <- err
	if err != nil {
		return err
	}
	return c.Wait()
}
