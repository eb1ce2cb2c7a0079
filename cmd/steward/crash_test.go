package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"steward/kernel/access"
	"steward/kernel/storage"
	"steward/kernel/testkit/pgserver"
)

// writers is how many clients write at the same time.
const writers = 6

// written is a vendor as a client has been told that it is, and the write that it
// was not told the end of, if any.
type written struct {
	id, name, website string
	version           int
	archived          bool
	open              *written
}

// ledger is what one client was told.
type ledger struct {
	list []*written
	half []*written // made or not, the client was not told
}

// write writes until an answer does not come, or is that it went wrong. So each client
// has at most one write whose end it does not know.
func (l *ledger) write(s *server, r *rand.Rand, name func() string, took func()) {
	const path = "/api/v1/vendors/vendors"
	for {
		now, next := &written{}, &written{version: 1, name: name()}
		method, at, body := "POST", path, any(map[string]any{"name": next.name, "country": "SE", "state": "approved"})
		if act := r.IntN(10); act < 4 && len(l.list) > 0 {
			now = l.list[r.IntN(len(l.list))]
			if now.archived {
				continue
			}
			*next = *now
			next.version++
			at = path + "/" + now.id
			if act > 0 {
				next.website = "https://" + name() + ".example"
				method, body = "PATCH", map[string]any{"website": next.website}
			} else {
				next.archived = true
				method, body = "DELETE", nil
			}
		}
		code, got := s.ask(method, at, body)
		switch {
		case code == 429:
			time.Sleep(20 * time.Millisecond)
		case code >= 200 && code < 300:
			took()
			if *now = *next; method == "POST" {
				now.id, _ = got["id"].(string)
				l.list = append(l.list, now)
			}
		case method == "POST":
			l.half = append(l.half, next)
			return
		default:
			now.open = next
			return
		}
	}
}

// settle compares what the clients were told with what the database holds, and
// returns how many writes they were told of.
func settle(t *testing.T, i *installation, all []*ledger) (told int) {
	t.Helper()
	have := map[string]written{}
	db, err := storage.Open(context.Background(), storage.Config{Path: i.data + "/steward.db", URL: i.db})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(context.Background(), access.System(), func(v *storage.View) error {
		err := v.Each("SELECT id, name, COALESCE(website, ''), version, archived_at IS NOT NULL FROM vendors_vendor", nil, func(rows *sql.Rows) error {
			var w written
			err := rows.Scan(&w.id, &w.name, &w.website, &w.version, &w.archived)
			have[w.id] = w
			return err
		})
		// Each write is a row of the record, of its history and of the search.
		for what, query := range map[string]string{
			"a record lacks history":        "SELECT COUNT(*) FROM vendors_vendor v WHERE v.version <> (SELECT COUNT(*) FROM history h WHERE h.type = 'vendors.vendor' AND h.record = v.id)",
			"history is of no record":       "SELECT COUNT(*) FROM history h WHERE h.type = 'vendors.vendor' AND NOT EXISTS (SELECT 1 FROM vendors_vendor v WHERE v.id = h.record AND v.version >= h.version)",
			"a record cannot be found":      "SELECT COUNT(*) FROM vendors_vendor v WHERE NOT EXISTS (SELECT 1 FROM search_entry e WHERE e.type = 'vendors.vendor' AND e.record = v.id AND e.title = v.name AND e.archived = (v.archived_at IS NOT NULL))",
			"what is found is not there":    "SELECT COUNT(*) FROM search_entry e WHERE e.type = 'vendors.vendor' AND NOT EXISTS (SELECT 1 FROM vendors_vendor v WHERE v.id = e.record)",
			"a number was given out of row": "SELECT COUNT(*) FROM vendors_vendor v WHERE v.number > (SELECT last FROM record_number WHERE type = 'vendors.vendor')",
		} {
			var n int
			if _, e := v.Row(query, nil, &n); e != nil || n > 0 {
				t.Errorf("%s: %d times, %v", what, n, e)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		for _, w := range l.list {
			told += w.version
			got, open := have[w.id], w.open
			delete(have, w.id)
			w.open = nil
			if got == *w {
				continue
			}
			if open == nil || got != *open {
				t.Errorf("lost: told %+v, found %+v; not told of %+v", *w, got, open)
			}
			*w = got
		}
	}
	// What is left was made without its client being told, by a write that each knows of.
	for _, l := range all {
		for _, h := range l.half {
			for id, w := range have {
				if w.name == h.name && w.version == 1 {
					w := w
					l.list = append(l.list, &w)
					delete(have, id)
				}
			}
		}
		l.half = nil
	}
	if len(have) > 0 {
		t.Errorf("%d records are there that nobody wrote: %v", len(have), have)
	}
	return told
}

// alone waits until PostgreSQL has no connection of the killed server's any more: a
// commit that was sent before the kill may still be carried out.
func (i *installation) alone() {
	i.t.Helper()
	if i.db == "" {
		return
	}
	c, err := pgx.Connect(context.Background(), i.db)
	if err != nil {
		i.t.Fatal(err)
	}
	defer c.Close(context.Background())
	others := 1
	for tries := 0; others > 0; tries++ {
		err := c.QueryRow(context.Background(), "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()").Scan(&others)
		if err != nil || tries > 3000 {
			i.t.Fatalf("%d connections of the killed server are still there: %v", others, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// number is a number from the environment.
func number(name string, other int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return other
}

// crash is some rounds of writes that a kill ends at a moment that follows from the
// seed. between ends and starts again what else is to crash.
func crash(t *testing.T, i *installation, between func(round int, r *rand.Rand) (before, after func())) {
	rounds, seed := number("STEWARD_CRASH_ROUNDS", 3), number("STEWARD_CRASH_SEED", 1)
	all := make([]*ledger, writers)
	for n := range all {
		all[n] = &ledger{}
	}
	told := 0
	for round := range rounds {
		s := i.serve()
		var done sync.WaitGroup
		var first sync.Once
		began := make(chan struct{})
		for n, l := range all {
			r, count := rand.New(rand.NewPCG(uint64(seed), uint64(round*writers+n))), 0
			done.Go(func() {
				l.write(s, r, func() string { count++; return fmt.Sprintf("v%d-%d-%d", round, n, count) }, func() { first.Do(func() { close(began) }) })
			})
		}
		r := rand.New(rand.NewPCG(uint64(seed), uint64(1_000_000+round)))
		before, after := func() {}, func() {}
		if between != nil {
			before, after = between(round, r)
		}
		select {
		case <-began: // so that each round has something to lose
		case <-time.After(20 * time.Second):
			t.Errorf("round %d: nothing was written", round+1)
		}
		time.Sleep(time.Duration(r.IntN(900_000)) * time.Microsecond)
		before()
		s.kill()
		done.Wait()
		after()
		i.alone()
		told = settle(t, i, all)
		if out, errs, code := i.run("verify"); code != 0 {
			t.Errorf("round %d: verify: exit %d\n%s%s", round+1, code, out, errs)
		}
		if t.Failed() {
			t.Fatalf("round %d of %d, seed %d\n%s", round+1, rounds, seed, s.log)
		}
	}
	t.Logf("%d rounds, seed %d: %d writes told of, none lost, nothing half there, verify clean after each", rounds, seed, told)
}

func TestNoWriteToldOfIsLostWhenTheServerIsKilled(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { crash(t, newInstallation(t, t.TempDir(), ""), nil) })
	t.Run("postgres", func(t *testing.T) {
		folder, err := os.MkdirTemp("", "steward-crash-") // whoever PostgreSQL runs as must reach it
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(folder) })
		pg := startPostgres(t, folder)
		i := newInstallation(t, t.TempDir(), pg.URL)
		crash(t, i, func(round int, r *rand.Rand) (before, after func()) {
			if round%3 != 1 {
				return func() {}, func() {}
			}
			return func() { pg.Crash() }, func() { pg = startPostgres(t, folder); i.db = pg.URL }
		})
	})
}

// startPostgres starts a server that waits for the disk, as servers in the field do.
func startPostgres(t *testing.T, folder string) *pgserver.Server {
	t.Helper()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	pg, err := pgserver.Start(context.Background(), pgserver.Config{Folder: folder + "/pg"})
	if errors.Is(err, pgserver.ErrNone) {
		t.Skipf("NOT TESTED ON POSTGRESQL: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pg.Stop() })
	return pg
}
