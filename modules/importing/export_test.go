package importing

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"steward/lib/locale"
)

// ReadAll reads a file to its end, for the fuzz test.
func ReadAll(dir string, raw []byte) error {
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	src, err := open(f, locale.De)
	if err != nil {
		return err
	}
	defer src.Close()
	for range 10_000 {
		if _, _, err := src.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}
