package upkeep_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"steward/kernel/audit"
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

func TestAProofForProgramsHasTheNamesThatTheRestHas(t *testing.T) {
	p := apptest.SQLite(t, nil)
	p.Organisation(t)
	r, err := upkeep.Verify(t.Context(), p.Program)
	if err != nil {
		t.Fatal(err)
	}
	r.Audit.Missing, r.Audit.MissingCount = []audit.Finding{{Seq: 7}}, 1
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"clean":false`, `"damaged":[]`, `"faults":[]`, `"missing":[{"seq":7}],"missing_count":1`, `"altered":[]`, `"unsealed":`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %s in %s", want, raw)
		}
	}
}
