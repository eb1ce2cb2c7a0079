package upkeep

import (
	"io"
	"strings"
	"testing"
)

func TestAFileThatCannotBeReadToItsEndIsKeptAtItsSizeAndNamed(t *testing.T) {
	// Reading a folder fails as reading a bad sector does: after it was opened.
	var got int64
	d, err := examineOne(t.TempDir(), strings.Repeat("a", 64), func(_ string, size int64, r io.Reader) error {
		n, err := io.Copy(io.Discard, r)
		got = size - n
		return err
	})
	if err != nil || d == nil || d.What != unreadable || d.Sum == "" || got != 0 {
		t.Errorf("%+v %v, %d bytes short", d, err, got)
	}
	if d, err = examineOne("/nowhere", strings.Repeat("a", 64), nil); err != nil || d == nil || d.What != unreadable {
		t.Errorf("one that cannot be opened: %+v %v", d, err)
	}
}
