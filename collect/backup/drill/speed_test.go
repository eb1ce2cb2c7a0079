package drill

import (
	"os"
	"testing"
	"time"

	"steward/collect/backup/making"
	"steward/collect/backup/repository"
)

// TestADrillOfTwoMillionRows prints the figures that the documentation gives.
func TestADrillOfTwoMillionRows(t *testing.T) {
	if os.Getenv("STEWARD_LONG") == "" {
		t.Skip("set STEWARD_LONG=1: a minute")
	}
	source := shop(t, "large")
	pg(t).Do(t, "large", `CREATE TABLE account (id int PRIMARY KEY, branch int, balance int, filler char(84) DEFAULT '')`,
		`INSERT INTO account SELECT i, i % 20, 0 FROM generate_series(1, 2000000) AS i`, "ANALYZE")
	for _, form := range []repository.Form{repository.Custom, repository.Plain, repository.Base} {
		began := time.Now()
		a := made(t, making.Options{Target: source, Form: form})
		t.Logf("%s: made with fingerprints in %.1f s, %d MB of %d MB", form, time.Since(began).Seconds(), a.Manifest.Size>>20, a.Manifest.Snapshot.Bytes>>20)
		began = time.Now()
		r := drilled(t, Options{Path: a.Dir, Level: L3, Source: &source})
		healthy(t, r, L3)
		t.Logf("%s: drill L3 in %.1f s, way back %.1f s: %v", form, time.Since(began).Seconds(), r.RTO.Seconds, r.Phases)
	}
}
