package storage_test

import (
	"context"
	"database/sql"
	"math"
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

var kinds = storage.Migrations{Module: "kinds", Files: fstest.MapFS{"0001_kinds.sql": {Data: []byte(
	"CREATE TABLE kind (id BIGINT PRIMARY KEY, words TEXT, whole BIGINT, measured DOUBLE PRECISION, flag BOOLEAN);",
)}}}

// Many rows go into PostgreSQL another way than few.
func TestManyRowsAreKeptAndRefusedAsFewAre(t *testing.T) {
	type text string
	kind := storage.Rows{Table: "kind", Columns: []string{"id", "words", "whole", "measured", "flag"}}
	values := [][]any{
		{nil, nil, nil, nil},
		{"", 0, 0.0, false},
		{"żółć \U0001F427 \\N \t\"',\n", int64(math.MaxInt64), math.MaxFloat64, true},
		{text("named"), int64(math.MinInt64), math.SmallestNonzeroFloat64, true},
		{sql.NullString{String: "null", Valid: true}, sql.NullInt64{}, -1.5, sql.NullBool{Bool: true, Valid: true}},
	}
	testkit.Each(t, func(t *testing.T, db *storage.Database) {
		write := func(copies, from int, bad ...any) error {
			var rows [][]any
			for i := range copies * len(values) {
				rows = append(rows, append([]any{from + i}, values[i%len(values)]...))
			}
			if bad != nil {
				rows = append(rows, bad)
			}
			return db.Update(context.Background(), access.System(), func(u *storage.Update) error { return u.Insert(kind, rows...) })
		}
		for from, copies := range map[int]int{0: 1, 1000: 100} {
			if err := write(copies, from); err != nil {
				t.Fatal(err)
			}
		}
		db.View(context.Background(), access.System(), func(v *storage.View) error {
			var n, different int
			if _, err := v.Row("SELECT COUNT(*) FROM kind", nil, &n); err != nil || n != 101*len(values) {
				t.Errorf("%d rows are kept, %v; want %d", n, err, 101*len(values))
			}
			_, err := v.Row(`SELECT COUNT(*) FROM kind a JOIN kind b ON b.id = a.id % 5 WHERE NOT (a.words IS NOT DISTINCT FROM b.words AND
				a.whole IS NOT DISTINCT FROM b.whole AND a.measured IS NOT DISTINCT FROM b.measured AND a.flag IS NOT DISTINCT FROM b.flag)`, nil, &different)
			if err != nil || different != 0 {
				t.Errorf("%d rows of many differ from the few, %v", different, err)
			}
			return nil
		})
		for _, copies := range []int{1, 100} {
			if err := write(copies, 10_000, 0, "again", 0, 0.0, false); !fail.Is(err, fail.Conflict) {
				t.Errorf("a key twice among %d rows: %v, want conflict", copies*len(values)+1, err)
			}
		}
	}, kinds)
}
