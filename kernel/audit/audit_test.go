package audit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/audit"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit"
)

var ctx = context.Background()

// world is a database whose history is sealed.
type world struct {
	*testkit.Store
	testing.TB
	folder string
	key    *audit.Key
	sealer *audit.Sealer
}

func each(t *testing.T, fn func(w *world)) {
	testkit.EachStore(t, func(t *testing.T, s *testkit.Store) { fn(newWorld(t, s)) }, records.Migrations(), audit.Migrations())
}

func newWorld(t testing.TB, s *testkit.Store) *world {
	folder := t.TempDir()
	key, err := audit.OpenKey(folder)
	if err != nil {
		t.Fatal(err)
	}
	return &world{s, t, folder, key, &audit.Sealer{DB: s.Database, Key: key, Witnesses: []func(string) error{audit.KeepCheckpoint(folder)}}}
}

// write adds entries to the history, as the records' write path does.
func (w *world) write(n int) (ids []string) {
	w.Helper()
	for done := 0; done < n; done += 500 {
		w.do(func(u *storage.Update) error {
			for i := range min(500, n-done) {
				id := storage.NewID(u.Now)
				ids = append(ids, id)
				if _, err := u.Exec("INSERT INTO history (id, type, record, version, at, actor, actor_name, origin, act, changes, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
					id, "people.person", fmt.Sprintf("p%d", i), i+1, u.Now.UnixMicro(), "ada", "Ada Lovelace", "form", "update", fmt.Sprintf(`{"pay":[%d,%d]}`, i, i+1), "salt"+id); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return ids
}

func (w *world) do(fn func(u *storage.Update) error) {
	w.Helper()
	if err := w.Update(ctx, &access.Actor{Kind: access.PersonKind, Person: "dpo", Name: "Dora"}, fn); err != nil {
		w.Fatal(err)
	}
}

// tamper does what somebody with the database's password could do.
func (w *world) tamper(query string, args ...any) {
	w.Helper()
	w.do(func(u *storage.Update) error {
		n, err := u.Exec(query, args...)
		if err == nil && n == 0 {
			err = fmt.Errorf("touched nothing: %s", query)
		}
		return err
	})
}

func (w *world) seal(want int) {
	w.Helper()
	w.Clock.Advance(time.Minute)
	got, err := w.sealer.Seal(ctx)
	if err != nil {
		w.Fatal(err)
	}
	if got != want {
		w.Fatalf("sealed %d entries, want %d", got, want)
	}
}

func (w *world) verify(known ...string) *audit.Report {
	w.Helper()
	r, err := audit.Verify(ctx, w.Database, w.key.Public, known...)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) clean() *audit.Report {
	w.Helper()
	r := w.verify()
	if !r.Clean() {
		w.Fatalf("not clean: %+v", r)
	}
	return r
}

func TestAnUntouchedHistoryVerifiesAndSaysWhatIsNotSealedYet(t *testing.T) {
	each(t, func(w *world) {
		if r := w.clean(); r.Sealed != 0 {
			w.Errorf("an empty history has %d entries", r.Sealed)
		}
		for n := 1; n <= 9; n++ { // every shape of tree up to 45 entries
			w.write(n)
			w.seal(n)
		}
		w.write(3)
		r := w.clean()
		if r.Sealed != 45 || r.Unsealed != 3 || r.Checkpoints != 9 || !r.SignedAt.Equal(w.Clock.Now()) {
			w.Errorf("got %+v", r)
		}
		w.seal(3)
		w.seal(0)
		if r := w.clean(); r.Unsealed != 0 || r.Checkpoints != 10 {
			w.Errorf("got %+v, want no checkpoint where nothing was added", r)
		}
	})
}

func TestManyEntriesAreSealedInBatches(t *testing.T) {
	each(t, func(w *world) {
		w.write(1203)
		w.seal(1203)
		if r := w.clean(); r.Sealed != 1203 || r.Checkpoints != 1 {
			w.Errorf("got %+v", r)
		}
	})
}

func TestEveryChangeOfASealedEntryIsFound(t *testing.T) {
	each(t, func(w *world) {
		ids := w.write(20)
		w.seal(20)
		for column, value := range map[string]any{"type": "x", "record": "x", "version": 99, "at": 1, "actor": "eve", "actor_name": "Eve", "origin": "x", "act": "x", "changes": "{}", "salt": "x"} {
			var was any
			w.View(ctx, access.System(), func(v *storage.View) error {
				_, err := v.Row("SELECT "+column+" FROM history WHERE id = $1", []any{ids[7]}, &was)
				return err
			})
			w.tamper("UPDATE history SET "+column+" = $1 WHERE id = $2", value, ids[7])
			r := w.verify()
			if r.Clean() || r.AlteredCount != 1 || r.Altered[0].ID != ids[7] {
				w.Errorf("%s changed: got %+v", column, r)
			}
			w.tamper("UPDATE history SET "+column+" = $1 WHERE id = $2", was, ids[7])
		}
		w.clean()
	})
}

func TestRemovedEntriesAreFoundWithTheirNumbers(t *testing.T) {
	each(t, func(w *world) {
		ids := w.write(10)
		w.seal(10)
		w.tamper("DELETE FROM history WHERE id = $1", ids[9])
		w.tamper("UPDATE history SET seq = NULL WHERE id = $1", ids[0])
		r := w.verify()
		if r.MissingCount != 2 || r.AlteredCount != 0 || r.Unsealed != 1 {
			w.Fatalf("got %+v, want two missing and nothing altered", r)
		}
		w.seal(1) // sealing it anew does not hide that its number is empty
		if r := w.verify(); r.MissingCount != 2 {
			w.Errorf("got %+v", r)
		}
	})
}

func TestForgedNumbersAndExchangedEntriesAreFound(t *testing.T) {
	each(t, func(w *world) {
		ids := w.write(10)
		w.seal(10)
		a := w.write(1)[0]
		w.tamper("UPDATE history SET seq = 10 WHERE id = $1", a)
		if r := w.verify(); r.ForgedCount != 1 || r.Forged[0].ID != a {
			w.Errorf("got %+v, want a forged number", r)
		}
		w.tamper("UPDATE history SET seq = NULL WHERE id = $1", a)
		w.tamper("UPDATE history SET seq = CASE seq WHEN 3 THEN 1003 ELSE 1004 END WHERE seq IN (3, 4)")
		w.tamper("UPDATE history SET seq = CASE seq WHEN 1003 THEN 4 ELSE 3 END WHERE seq IN (1003, 1004)")
		if r := w.verify(); r.AlteredCount != 2 {
			w.Errorf("two entries of %d changed places: got %+v", len(ids), r)
		}
	})
}

func TestAlteringTheLogTogetherWithAnEntryIsFoundByTheCheckpoints(t *testing.T) {
	each(t, func(w *world) {
		w.write(8)
		w.seal(8)
		w.write(8)
		w.seal(8)
		// The forger alters an entry and makes the whole log anew, but cannot sign.
		w.tamper("UPDATE history SET changes = '{\"pay\":[1,1000000]}' WHERE seq = 3")
		w.tamper("UPDATE history SET seq = NULL")
		w.tamper("DELETE FROM audit_hash")
		w.do(func(u *storage.Update) error {
			_, err := u.Exec("CREATE TABLE kept AS SELECT * FROM audit_checkpoint")
			return err
		})
		w.tamper("DELETE FROM audit_checkpoint")
		own, err := audit.OpenKey(w.TempDir())
		if err != nil {
			w.Fatal(err)
		}
		forger := &audit.Sealer{DB: w.Database, Key: own}
		if _, err := forger.Seal(ctx); err != nil {
			w.Fatal(err)
		}
		if r := w.verify(); r.Clean() || r.Checkpoints != 0 {
			w.Errorf("a log signed by another key passes: %+v", r)
		}
		w.tamper("DELETE FROM audit_checkpoint")
		w.tamper("INSERT INTO audit_checkpoint SELECT * FROM kept")
		if r := w.verify(); r.Clean() || r.AlteredCount != 0 || len(r.Log) != 2 {
			w.Errorf("a rebuilt log under the old checkpoints: got %+v, want both checkpoints not to fit", r)
		}
	})
}

func TestCuttingTheLogShortIsFoundByTheCheckpointKeptElsewhere(t *testing.T) {
	each(t, func(w *world) {
		w.write(8)
		w.seal(8)
		w.write(5)
		w.seal(5)
		w.tamper("DELETE FROM history WHERE seq >= 8")
		w.tamper("DELETE FROM audit_hash WHERE idx >= 15") // 8 entries have 15 hashes
		w.tamper("DELETE FROM audit_checkpoint WHERE size = 13")
		w.clean() // by itself the shorter log is in order
		kept, err := audit.KeptCheckpoint(w.folder)
		if err != nil || kept == "" {
			w.Fatal("no checkpoint was kept: ", err)
		}
		if r := w.verify(kept); r.Clean() || len(r.Log) != 1 || !strings.Contains(r.Log[0], "13") {
			w.Errorf("got %+v, want the kept checkpoint to speak of 13 entries", r)
		}
	})
}

func TestDamagedHashesOfTheLogAreFound(t *testing.T) {
	each(t, func(w *world) {
		w.write(9)
		w.seal(9)
		w.do(func(u *storage.Update) error {
			_, err := u.Exec("CREATE TABLE kept AS SELECT * FROM audit_hash")
			return err
		})
		other := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
		for name, query := range map[string]string{
			"an inner hash exchanged": "UPDATE audit_hash SET hash = '" + other + "' WHERE idx = 2",
			"a leaf exchanged":        "UPDATE audit_hash SET hash = '" + other + "' WHERE idx = 3",
			"not a hash":              "UPDATE audit_hash SET hash = 'x' WHERE idx = 3",
			"a hash removed":          "DELETE FROM audit_hash WHERE idx = 4",
			"all removed":             "DELETE FROM audit_hash",
		} {
			w.tamper(query)
			if r := w.verify(); r.Clean() {
				w.Errorf("%s: not found", name)
			}
			w.do(func(u *storage.Update) error {
				if _, err := u.Exec("DELETE FROM audit_hash"); err != nil {
					return err
				}
				_, err := u.Exec("INSERT INTO audit_hash SELECT * FROM kept")
				return err
			})
		}
		w.clean()
	})
}

func TestErasureKeepsTheChainAndIsItselfOnRecord(t *testing.T) {
	each(t, func(w *world) {
		sealed := w.write(10)
		w.seal(10)
		fresh := w.write(2)
		w.do(func(u *storage.Update) error {
			return audit.Erase(u, []string{sealed[2], sealed[5], fresh[0]}, "request GDPR-0007", nil)
		})
		w.do(func(u *storage.Update) error { return audit.Erase(u, []string{sealed[2]}, "again", nil) }) // nothing left to erase
		w.seal(3)
		r := w.clean()
		if r.Sealed != 13 || r.Erased != 3 {
			w.Errorf("got %+v, want 13 sealed, 3 of them erased", r)
		}
		var n int
		w.View(ctx, access.System(), func(v *storage.View) error {
			_, err := v.Row("SELECT COUNT(*) FROM history WHERE changes = '' AND salt = '' AND actor_name = ''", nil, &n)
			return err
		})
		if n != 3 {
			w.Errorf("%d entries are empty, want 3", n)
		}
		// What stays of an erased entry is still protected,
		w.tamper("UPDATE history SET actor = 'eve' WHERE id = $1", sealed[2])
		if r := w.verify(); r.AlteredCount != 1 {
			w.Errorf("got %+v, want the erased entry altered", r)
		}
		w.tamper("UPDATE history SET actor = 'ada' WHERE id = $1", sealed[2])
		// nothing may be put in its place,
		w.tamper("UPDATE history SET changes = '{}' WHERE id = $1", sealed[2])
		if r := w.verify(); r.AlteredCount != 1 {
			w.Errorf("got %+v, want contents in an erased entry found", r)
		}
		w.tamper("UPDATE history SET changes = '' WHERE id = $1", sealed[2])
		// and nobody can call an alteration an erasure.
		w.tamper("INSERT INTO audit_erased (history, content, by_entry) SELECT $1, content, by_entry FROM audit_erased WHERE history = $2", sealed[7], sealed[2])
		w.tamper("UPDATE history SET changes = '', salt = '', actor_name = '' WHERE id = $1", sealed[7])
		if r := w.verify(); r.ForgedCount != 1 || r.Forged[0].ID != sealed[7] {
			w.Errorf("got %+v, want a forged erasure", r)
		}
	})
}

func TestTheSealerIsAScheduledJob(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *testkit.Store) {
		w := newWorld(t, s)
		r := &jobs.Runner{DB: s.Database, Kinds: []jobs.Kind{w.sealer.Job()}, Schedules: []jobs.Schedule{audit.Schedule()}}
		w.write(5)
		for range 2 {
			if _, err := r.Drain(ctx); err != nil {
				t.Fatal(err)
			}
			s.Clock.Advance(time.Minute)
		}
		if rep := w.clean(); rep.Sealed != 5 {
			t.Errorf("got %+v, want 5 sealed", rep)
		}
	}, records.Migrations(), audit.Migrations(), jobs.Migrations())
}

func TestOldCheckpointsAreThinnedToOneADay(t *testing.T) {
	each(t, func(w *world) {
		for range 6 { // six on the first day
			w.write(1)
			w.seal(1)
		}
		w.Clock.Advance(8 * 24 * time.Hour)
		w.write(1)
		w.seal(1)
		if r := w.clean(); r.Checkpoints != 2 {
			w.Errorf("%d checkpoints are kept, want the first day's last and the new one", r.Checkpoints)
		}
	})
}

func TestTheKeyIsMadeOnceAndABrokenOneIsRefused(t *testing.T) {
	folder := t.TempDir()
	a, err := audit.OpenKey(folder)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := audit.OpenKey(folder); err != nil || a.Public != b.Public {
		t.Errorf("the key changed: %v", err)
	}
	if info, _ := os.Stat(filepath.Join(folder, audit.KeyFile)); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	os.WriteFile(filepath.Join(folder, audit.KeyFile), []byte("PRIVATE+KEY+x\n"), 0o600)
	if _, err := audit.OpenKey(folder); err == nil {
		t.Error("a broken key was taken")
	}
}

func BenchmarkSealAndVerify(b *testing.B) {
	testkit.EachBench(b, func(b *testing.B, s *testkit.Store) {
		w := newWorld(b, s)
		w.write(b.N)
		b.ResetTimer()
		w.seal(b.N)
		sealed := b.Elapsed()
		w.clean()
		b.ReportMetric(float64(b.N)/sealed.Seconds(), "sealed/s")
		b.ReportMetric(float64(b.N)/(b.Elapsed()-sealed).Seconds(), "verified/s")
	}, records.Migrations(), audit.Migrations())
}

func TestAKeyThatIsKnownTwiceVerifiesAsOnce(t *testing.T) {
	each(t, func(w *world) {
		w.write(3)
		w.seal(3)
		r, err := audit.Verify(ctx, w.Database, w.key.Public+"\n"+w.key.Public)
		if err != nil || !r.Clean() || r.Checkpoints != 1 {
			w.Errorf("got %+v, %v", r, err)
		}
	})
}

func TestWhatStaysOfAnErasedEntryIsProtectedByTheErasure(t *testing.T) {
	each(t, func(w *world) {
		sealed := w.write(6)
		w.seal(6)
		for _, by := range []string{"PER-0001", "PER-0002"} { // again for the next person
			w.do(func(u *storage.Update) error {
				return audit.Erase(u, sealed[1:4], "request", func(name, changes string) (string, string) {
					if name == "" || changes == "" {
						t.Errorf("asked what stays of %q, %q", name, changes)
					}
					return by, changes
				})
			})
		}
		w.seal(2)
		if r := w.clean(); r.Erased != 3 {
			w.Errorf("got %+v, want 3 erased in part", r)
		}
		var n int
		w.View(ctx, access.System(), func(v *storage.View) error {
			_, err := v.Row("SELECT COUNT(*) FROM history WHERE actor_name = 'PER-0002' AND changes <> '' AND salt <> ''", nil, &n)
			return err
		})
		if n != 3 {
			w.Errorf("%d entries keep what was to stay, want 3", n)
		}
		for _, tamper := range []string{"UPDATE history SET changes = '{}' WHERE id = $1", "UPDATE history SET actor_name = 'Eve' WHERE id = $1", "UPDATE history SET changes = '', salt = '' WHERE id = $1"} {
			w.tamper(tamper, sealed[2])
		}
		if r := w.verify(); r.AlteredCount != 1 {
			w.Errorf("got %+v, want one entry altered", r)
		}
	})
}
