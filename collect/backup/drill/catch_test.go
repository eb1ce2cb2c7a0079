package drill

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"steward/collect/backup/backuptest"
	"steward/collect/backup/making"
	"steward/collect/backup/repository"
	"steward/collect/backup/scratch"
)

// It comes first: the source's timeline changes in it, and every backup of other
// tests is made after.
func TestABackupOfTheGenerationBeforeIsCaught(t *testing.T) {
	source := shop(t, "generations")
	a := made(t, making.Options{Target: source, Form: repository.Custom})
	healthy(t, drilled(t, Options{Path: a.Dir, Level: L1, Source: &source}), L1)
	// A restore to a point in time, or a failover, begins timeline 2.
	s := pg(t)
	signal := filepath.Join(s.Data, "recovery.signal")
	conf := filepath.Join(s.Data, "postgresql.auto.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, "restore_command = 'cp %s/%%f %%p'\n", s.Archive), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(signal, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Own(signal, conf); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := drilled(t, Options{Path: a.Dir, Level: L1, Source: &source})
	fails(t, r, L1, "generation", "timeline 1, the source is on 2")
}

var dumps struct {
	sync.Once
	custom, plain, base repository.Artefact
	dir                 string
}

// dump makes one healthy backup of each form, which tests spoil copies of.
func dump(t testing.TB, form repository.Form) repository.Artefact {
	t.Helper()
	pg(t)
	dumps.Do(func() {
		source := shop(t, "spoilt")
		dir, err := os.MkdirTemp(sources.scratchParent, "repository")
		if err != nil {
			t.Fatal(err)
		}
		r, err := repository.Open(dir, true)
		if err != nil {
			t.Fatal(err)
		}
		dumps.custom = made(t, making.Options{Target: source, Repository: r, Form: repository.Custom, Marker: true})
		dumps.plain = made(t, making.Options{Target: source, Repository: r, Form: repository.Plain})
		dumps.base = made(t, making.Options{Target: source, Repository: r, Form: repository.Base})
	})
	switch form {
	case repository.Custom:
		return dumps.custom
	case repository.Plain:
		return dumps.plain
	}
	return dumps.base
}

func TestACustomDumpCutAtNineTenthsIsCaught(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Custom)
	whole := plain(t, filepath.Join(a.Dir, "data.dump"), nil)
	// Of a tool that keeps no manifest: pg_restore --list would still end with 0.
	r := drilled(t, Options{Path: bare(t, "shop.dump", cut(whole)), Level: L4})
	fails(t, r, L2, "readable", "pg_restore")
	// Cut when it was written, so that its hash fits.
	r = drilled(t, Options{Path: tamper(t, a, data(cut), nil).Dir, Level: L4})
	fails(t, r, L2, "readable", "pg_restore")
	// Cut later.
	spoilt := tamper(t, a, nil, nil)
	if err := os.Truncate(filepath.Join(spoilt.Dir, "data.dump"), int64(len(whole)*9/10)); err != nil {
		t.Fatal(err)
	}
	r = drilled(t, Options{Path: spoilt.Dir, Level: L4})
	fails(t, r, L0, "present", "bytes, not")
	fails(t, r, L1, "hash", "")
}

func TestAPlainDumpCutAtNineTenthsIsCaught(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Plain)
	whole := plain(t, filepath.Join(a.Dir, "data.sql.zst"), nil)
	r := drilled(t, Options{Path: bare(t, "shop.sql", cut(whole)), Level: L4})
	fails(t, r, L2, "readable", "cut")
	r = drilled(t, Options{Path: tamper(t, a, data(cut), nil).Dir, Level: L4})
	fails(t, r, L2, "readable", "cut")
	// Even with its last line put back, the restore shows what is missing.
	r = drilled(t, Options{Path: tamper(t, a, data(func(b []byte) []byte {
		return append(cut(b), "\n\\.\n\n--\n-- PostgreSQL database dump complete\n--\n"...)
	}), nil).Dir, Level: L3})
	if r.Tested || !r.failed(L3) {
		t.Errorf("a cut dump was restored and nothing is said: %+v", r.Assertions)
	}
}

func TestAPlainDumpThatLoadsWithErrorsIsCaught(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Plain)
	create := regexp.MustCompile(`(?m)^(CREATE DATABASE|ALTER DATABASE|\\connect|\\(un)?restrict).*$`)
	// Loaded onto what is there already, psql says 30 errors and ends with 0.
	twice := data(func(b []byte) []byte {
		return append(append([]byte{}, b...), create.ReplaceAll(b, nil)...)
	})
	r := drilled(t, Options{Path: tamper(t, a, twice, nil).Dir, Level: L3})
	fails(t, r, L3, "restore", "already exists")
	// An error that quotes a row: the row is not evidence's to tell.
	broken := data(func(b []byte) []byte {
		return replace(t, b, "customer 77\t77@example.org", "customer 77\t78@example.org")
	})
	r = drilled(t, Options{Path: tamper(t, a, broken, nil).Dir, Level: L3})
	fails(t, r, L3, "restore", "customer_email_key")
	for _, x := range r.Failures() {
		if text := x.Found + strings.Join(x.Detail, " "); strings.Contains(text, "@example.org") {
			t.Errorf("the report holds rows: %s", text)
		}
	}
}

func TestADumpOfAnotherSystemIsCaught(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Custom)
	room, err := scratch.NewRoom(t.Context(), place(t))
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	other, err := room.InitPostgres(t.Context(), backuptest.Major, "postgres", sources.template)
	if err != nil {
		t.Fatal(err)
	}
	target := other.Target("template1")
	r := drilled(t, Options{Path: a.Dir, Level: L1, Source: &target})
	fails(t, r, L1, "generation", "it is of the system")
	// A dump without a manifest is given away by its marker.
	one := shop(t, "markerless")
	pg(t).Do(t, "markerless", "INSERT INTO steward_marker VALUES ('not-of-that-copy', '2026-01-01T00:00:00.000000Z')")
	path := bare(t, "shop.dump", plain(t, filepath.Join(a.Dir, "data.dump"), nil))
	globals := bare(t, "globals.sql", plain(t, filepath.Join(a.Dir, "globals.sql.zst"), nil))
	r = drilled(t, Options{Path: path, Globals: globals, Level: L3, Source: &one})
	fails(t, r, L3, "marker", "never wrote")
}

func TestAnEmptyTableIsCaught(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Plain)
	copying := regexp.MustCompile(`(?ms)^(COPY public\."Order" [^\n]*\n).*?^\\\.$`)
	empty := data(func(b []byte) []byte {
		if !copying.Match(b) {
			t.Fatal("there is no such table in the dump")
		}
		return copying.ReplaceAll(b, []byte("${1}\\."))
	})
	r := drilled(t, Options{Path: tamper(t, a, empty, nil).Dir, Level: L3})
	fails(t, r, L3, "rows", "public.Order is empty; the source has 6000 rows")
	fails(t, r, L3, "contents", "public.Order")
}

func TestOneChangedValueIsCaught(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Plain)
	changed := data(func(b []byte) []byte { return replace(t, b, "customer 77\t", "customer 78\t") })
	r := drilled(t, Options{Path: tamper(t, a, changed, nil).Dir, Level: L3})
	fails(t, r, L3, "contents", "public.customer holds other rows")
	if len(r.Failures()) != 1 {
		t.Errorf("more is said than that: %+v", r.Failures())
	}
}

func TestAMissingRoleIsCaught(t *testing.T) {
	a := dump(t, repository.Custom)
	without := func(role string, b []byte) []byte {
		if role == "globals" {
			return nil
		}
		return b
	}
	r := drilled(t, Options{Path: tamper(t, a, without, nil).Dir, Level: L3})
	fails(t, r, L3, "restore", `role "shop_owner" does not exist`)
	// A role that nothing in the dump names is missed as well.
	idle := func(role string, b []byte) []byte {
		if role == "globals" {
			return regexp.MustCompile(`(?m)^.*idle_clerk.*$`).ReplaceAll(b, nil)
		}
		return b
	}
	pg(t).Do(t, "postgres", "CREATE ROLE idle_clerk LOGIN")
	defer pg(t).Do(t, "postgres", "DROP ROLE idle_clerk")
	source := pg(t).Target("spoilt")
	b := made(t, making.Options{Target: source, Form: repository.Custom})
	r = drilled(t, Options{Path: tamper(t, b, idle, nil).Dir, Level: L3})
	fails(t, r, L3, "roles", "role idle_clerk is missing")
}

func TestABackupThatIsTooOldIsCaught(t *testing.T) {
	t.Parallel()
	a := tamper(t, dump(t, repository.Custom), nil, aged(50*time.Hour))
	r := drilled(t, Options{Path: a.Dir, Level: L0, RPO: 24 * time.Hour})
	fails(t, r, L0, "age", "50h")
	if r := drilled(t, Options{Path: a.Dir, Level: L0, RPO: 72 * time.Hour}); !r.Passed || r.Tested || !strings.Contains(r.Words, "not tested") {
		t.Errorf("young enough, and: %+v", r)
	}
}

func TestASuspiciouslySmallBackupIsCaught(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Custom)
	r := repo(t)
	var last repository.Artefact
	for day := range 6 {
		size := 1_000_000 + 20_000*day
		if day == 5 {
			size = 300_000
		}
		m := *a.Manifest
		s := *m.Snapshot
		m.Snapshot, m.Files = &s, nil
		aged(time.Duration(6-day) * 24 * time.Hour)(&m)
		d, err := r.Begin(m.Source, m.Started)
		if err != nil {
			t.Fatal(err)
		}
		m.Files = []repository.File{{Name: "data.dump", Role: "data", Size: int64(size), Plain: int64(size)}}
		if err := os.WriteFile(filepath.Join(d.Dir, "data.dump"), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if last, err = d.Publish(&m); err != nil {
			t.Fatal(err)
		}
		report := drilled(t, Options{Path: last.Dir, Level: L0})
		if day < 5 {
			healthy(t, report, L0)
		} else {
			fails(t, report, L0, "size", "300000 bytes")
		}
	}
	report := drilled(t, Options{Path: a.Dir, Level: L0, MinSize: 1 << 30})
	fails(t, report, L0, "size", "bytes")
}

// flip changes one block in the middle of a table's file within a tar, behind the
// page's head, so that only its checksum and its rows tell.
func flip(t testing.TB, b []byte, file string) []byte {
	t.Helper()
	out := bytes.Clone(b)
	in := bytes.NewReader(b)
	for r := tar.NewReader(in); ; {
		h, err := r.Next()
		if err == io.EOF {
			t.Fatalf("there is no %s", file)
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == file {
			at := int64(len(b)) - int64(in.Len())
			for i := range int64(64) {
				out[at+8192+8192-2048+i] ^= 0x5a // in the second page, where its rows lie
			}
			return out
		}
	}
}

// fileOf is where a table's rows lie in the cluster.
func fileOf(t testing.TB, database, table string) string {
	t.Helper()
	c, err := pg(t).Target(database).Postgres(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	var path string
	if err := c.QueryRow(t.Context(), "SELECT pg_relation_filepath($1::regclass)", table).Scan(&path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestACorruptedPageIsCaught(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Base)
	file := fileOf(t, "spoilt", "customer")
	flipped := data(func(b []byte) []byte { return flip(t, b, file) })
	r := drilled(t, Options{Path: tamper(t, a, flipped, nil).Dir, Level: L3})
	fails(t, r, L2, "readable", "checksum mismatch")

	// Without the server's own manifest the copy starts, and is still seen through.
	alone := func(role string, b []byte) []byte {
		if role == "manifest" {
			return nil
		}
		return flipped(role, b)
	}
	r = drilled(t, Options{Path: tamper(t, a, alone, nil).Dir, Level: L3})
	fails(t, r, L3, "rows", "invalid page in block 1")
	fails(t, r, L3, "amcheck", "invalid page in block 1")
	fails(t, r, L3, "checksums", "1")
}

func TestAnIndexThatMissesRowsIsCaughtWhereEveryPageIsRight(t *testing.T) {
	source := shop(t, "index")
	// While the index is said not to be ready, rows are not put into it.
	const ready = `UPDATE pg_index SET indisready = %v WHERE indexrelid = '"Order_pkey"'::regclass`
	pg(t).Do(t, "index", fmt.Sprintf(ready, false), `INSERT INTO "Order" (customer, at) VALUES (1, now())`, fmt.Sprintf(ready, true))
	a := made(t, making.Options{Target: source, Form: repository.Base})
	r := drilled(t, Options{Path: a.Dir, Level: L3})
	fails(t, r, L3, "amcheck", "Order_pkey")
	if len(r.Failures()) != 1 {
		t.Errorf("everything else is right, and: %+v", r.Failures())
	}
}

func TestALookThatGoesLessFarDoesNotMakeGoodWhatFailed(t *testing.T) {
	t.Parallel()
	spoilt := tamper(t, dump(t, repository.Custom), data(cut), nil)
	for _, c := range []struct {
		level Level
		good  bool
	}{{L0, true}, {L2, false}, {L1, false}, {L0, false}} {
		drilled(t, Options{Path: spoilt.Dir, Level: c.level})
		if a := repository.Load(spoilt.Dir); (a.Broken == "") != c.good {
			t.Errorf("after a drill to %s: broken %q, last drill %+v", c.level, a.Broken, a.Drill)
		}
	}
}
