package storage_test

import (
	"context"
	"testing"
	"testing/fstest"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
	"steward/kernel/testkit"
)

var things = storage.Migrations{Module: "things", Files: fstest.MapFS{"0001_things.sql": {Data: []byte(`
CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT NOT NULL, made TEXT NOT NULL);
CREATE TABLE part (id BIGINT PRIMARY KEY, thing BIGINT NOT NULL REFERENCES thing (id));
CREATE TABLE note (id BIGINT PRIMARY KEY);
`)}}}

var (
	thing = storage.Rows{Table: "thing", Columns: []string{"id", "name", "made"}, Keys: 1, Kept: 1}
	part  = storage.Rows{Table: "part", Columns: []string{"id", "thing"}}
	note  = storage.Rows{Table: "note", Columns: []string{"id"}, Alone: true}
)

func count(t *testing.T, v *storage.View, table string) (n int) {
	t.Helper()
	if _, err := v.Row("SELECT COUNT(*) FROM "+table, nil, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhatIsPutOffIsSeenByEveryRead(t *testing.T) {
	testkit.Each(t, func(t *testing.T, db *storage.Database) {
		err := db.Update(context.Background(), access.System(), func(u *storage.Update) error {
			return u.Together(func() error {
				for i := range 1000 {
					if err := u.Later(thing, i, "first", "early"); err != nil {
						return err
					}
					if err := u.Later(part, i, i); err != nil {
						return err
					}
					if err := u.Later(note, i); err != nil {
						return err
					}
					if table := []string{"part", "note", "thing"}[i%3]; i%100 == 7 {
						if n := count(t, &u.View, table); n != i+1 {
							t.Errorf("after %d rows %d are seen of %s", i+1, n, table)
						}
					}
				}
				if err := u.Later(thing, 3, "second", "late"); err != nil {
					return err
				}
				var name, made string
				_, err := u.Row("SELECT name, made FROM thing WHERE id = 3", nil, &name, &made)
				if name != "second" || made != "early" {
					t.Errorf("a row written twice is %s, made %s", name, made)
				}
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		db.View(context.Background(), access.System(), func(v *storage.View) error {
			if n := count(t, v, "thing"); n != 1000 {
				t.Errorf("%d rows are kept, want 1000", n)
			}
			return nil
		})
	}, things)
}

func TestWhatIsPutOffAndRefusedUndoesTheTransaction(t *testing.T) {
	testkit.Each(t, func(t *testing.T, db *storage.Database) {
		err := db.Update(context.Background(), access.System(), func(u *storage.Update) error {
			return u.Together(func() error {
				if err := u.Later(thing, 1, "one", ""); err != nil {
					return err
				}
				return u.Later(part, 1, 2) // there is no thing 2
			})
		})
		if !fail.Is(err, fail.Conflict) {
			t.Errorf("a link to nothing: %v, want conflict", err)
		}
		db.View(context.Background(), access.System(), func(v *storage.View) error {
			if n := count(t, v, "thing"); n != 0 {
				t.Errorf("%d rows are kept of what was refused", n)
			}
			return nil
		})
	}, things)
}
