package infrastructure

import (
	"fmt"
	"testing"
	"time"

	"steward/kernel/app"
	"steward/kernel/records"
	"steward/kernel/testkit"
)

func benchStore(b *testing.B) *testkit.Store {
	mods := []app.Module{Module()}
	s := testkit.SQLite(b, app.Migrations(mods)...)
	records.NewRegistry(app.Types(mods)...).Attach(s.Database)
	return s
}

// BenchmarkIngestNew takes in the first inventory of a machine with 3,000 packages.
func BenchmarkIngestNew(b *testing.B) {
	s := benchStore(b)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		inv := server(fmt.Sprintf("host%d", i), 3000)
		b.StartTimer()
		ingest(b, s.Database, inv, fmt.Sprintf("agent:%d", i))
	}
}

// BenchmarkIngestUnchanged takes in the same inventory again.
func BenchmarkIngestUnchanged(b *testing.B) {
	s := benchStore(b)
	inv := server("host", 3000)
	ingest(b, s.Database, inv, "agent:1")
	for b.Loop() {
		s.Clock.Advance(time.Second)
		inv.At = s.Clock.Now()
		ingest(b, s.Database, inv, "agent:1")
	}
}

// BenchmarkIngestOneUpgrade takes in an inventory in which one package changed.
func BenchmarkIngestOneUpgrade(b *testing.B) {
	s := benchStore(b)
	inv := server("host", 3000)
	ingest(b, s.Database, inv, "agent:1")
	for i := 0; b.Loop(); i++ {
		s.Clock.Advance(time.Second)
		inv.At = s.Clock.Now()
		inv.Packages.Value[7].Version = fmt.Sprint(i)
		ingest(b, s.Database, inv, "agent:1")
	}
}
