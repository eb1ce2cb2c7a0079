package drill

import (
	"os"
	"testing"
	"time"

	"steward/collect/backup/making"
	"steward/collect/backup/repository"
)

func TestAHealthyDumpOfPostgresIsRestoredAndNothingIsSaid(t *testing.T) {
	t.Parallel()
	source := shop(t, "healthy")
	for _, form := range []repository.Form{repository.Custom, repository.Plain, repository.Base} {
		t.Run(string(form), func(t *testing.T) {
			a := made(t, making.Options{Target: source, Form: form, Marker: true})
			if s := a.Manifest.Snapshot; !s.Exact || s.RowCount() < 7900 {
				t.Errorf("the manifest's snapshot: exact %v (%s), %d rows", s.Exact, s.How, s.RowCount())
			}
			r := drilled(t, Options{Path: a.Dir, Level: L4, Source: &source, RPO: time.Hour, RTO: time.Hour, Queries: questions(t)})
			healthy(t, r, L4)
			if r.Marker == nil || r.RPO.Seconds > 600 || r.RTO.Seconds <= 0 || !r.Tested {
				t.Errorf("marker %v, RPO %+v, RTO %+v, tested %v", r.Marker, r.RPO, r.RTO, r.Tested)
			}
			for _, x := range r.Assertions {
				if x.State == Unknown {
					t.Errorf("unknown: %+v", x)
				}
			}
		})
	}
}

func questions(t testing.TB) []Query {
	t.Helper()
	list, err := ParseQueries([]byte(`[{"name": "orders", "sql": "SELECT count(*) FROM \"Order\"", "min": "5000", "max": "7000"},
		{"name": "newest", "sql": "SELECT max(at)::date FROM \"Order\";", "equals": "2026-01-05"}]`))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAPointInTimeIsReachedAndNotPassed(t *testing.T) {
	t.Parallel()
	source := shop(t, "travel")
	s := pg(t)
	a := made(t, making.Options{Target: source, Form: repository.Base})
	wanted, err := making.Mark(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	s.Do(t, "travel", `DELETE FROM nothing`)
	if _, err := making.Mark(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	// What must not come back with the copy of before; the log is archived up to here.
	s.Do(t, "travel", `DROP TABLE event`, "SELECT pg_switch_wal()")
	s.Archived(t)
	r := drilled(t, Options{Path: a.Dir, Level: L4, Source: &source, Log: s.Archive, Until: "marker:" + wanted.ID})
	healthy(t, r, L4)
	if r.Marker == nil || r.Marker.ID != wanted.ID {
		t.Errorf("the newest marker is %v, want %s", r.Marker, wanted.ID)
	}
	if os.Getenv("STEWARD_LONG") == "" {
		return // one more copy of the cluster
	}
	// To the end of the log it is what the source is now; against the manifest
	// alone the table that is gone is missed.
	healthy(t, drilled(t, Options{Path: a.Dir, Level: L3, Source: &source, Log: s.Archive}), L3)
	r = drilled(t, Options{Path: a.Dir, Level: L3, Log: s.Archive})
	fails(t, r, L3, "tables", "public.event is missing")
}
