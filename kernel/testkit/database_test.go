package testkit_test

import (
	"context"
	"testing"
	"testing/fstest"

	"steward/kernel/access"
	"steward/kernel/storage"
	"steward/kernel/testkit"
)

var notes = storage.Migrations{Module: "notes", Files: fstest.MapFS{
	"0001_note.sql": {Data: []byte("CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT NOT NULL)")},
}}

func count(t *testing.T, db *storage.Database) (n int) {
	t.Helper()
	err := db.View(context.Background(), access.System(), func(v *storage.View) error {
		_, err := v.Row("SELECT COUNT(*) FROM note", nil, &n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEachGivesAnEmptyDatabaseWithTheTablesEveryTime(t *testing.T) {
	for range 2 {
		testkit.Each(t, func(t *testing.T, db *storage.Database) {
			if got := count(t, db); got != 0 {
				t.Fatalf("got %d rows at the start, want none", got)
			}
			err := db.Update(context.Background(), access.System(), func(u *storage.Update) error {
				if !u.Now.Equal(testkit.Now) {
					t.Errorf("the transaction's time is %v, want %v", u.Now, testkit.Now)
				}
				_, err := u.Exec("INSERT INTO note (id, text) VALUES ($1, $2)", "a", "b")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}, notes)
	}
}

func TestASecondCopySeesWhatTheFirstWrote(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *testkit.Store) {
		other := s.Again(t)
		err := other.Update(context.Background(), access.System(), func(u *storage.Update) error {
			_, err := u.Exec("INSERT INTO note (id, text) VALUES ($1, $2)", "a", "b")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := count(t, s.Database); got != 1 {
			t.Errorf("got %d rows, want 1", got)
		}
	}, notes)
}
