//go:build !unix || solaris || illumos || aix

package hold

import "os"

// lock relies on Windows, where a file that is open cannot be renamed: whoever
// wants it alone finds out by trying.
func lock(f *os.File, exclusive bool) (*os.File, error) {
	if !exclusive {
		return f, nil
	}
	name := f.Name()
	f.Close()
	if err := os.Rename(name, name+".alone"); err != nil {
		return f, ErrHeld
	}
	if err := os.Rename(name+".alone", name); err != nil {
		return f, err
	}
	return os.OpenFile(name, os.O_RDWR, 0o600)
}
