package upkeep_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"steward/kernel/testkit/apptest"
	"steward/modules/upkeep"
)

func TestVerifyReadsEveryFileThatIsKept(t *testing.T) {
	apptest.Each(t, nil, func(t *testing.T, p *apptest.Program) {
		hash, _, err := p.Files.Put(t.Context(), strings.NewReader("orders of October"))
		if err != nil {
			t.Fatal(err)
		}
		verify := func() *upkeep.Proof {
			t.Helper()
			r, err := upkeep.Verify(t.Context(), p.Program)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if r := verify(); !r.Clean() || r.Files != 1 {
			t.Errorf("untouched: %d files, %q", r.Files, r.Faults)
		}
		if err := os.WriteFile(filepath.Join(p.Files.Path, hash[:2], hash), []byte("orders of november"), 0o600); err != nil {
			t.Fatal(err)
		}
		if r := verify(); r.Clean() || len(r.Damaged) != 1 || !strings.Contains(r.Damaged[0].String(), hash+" was altered") {
			t.Errorf("altered: %q", r.Faults)
		}
	})
}
