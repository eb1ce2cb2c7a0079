package records_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit"
	"steward/kernel/testkit/pgserver"
)

// someThings makes the same n things for a seed on any database.
func someThings(t testing.TB, db *storage.Database, n int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	names := []string{"Ärger", "apple", "Zebra", "Åland", "łódź", "őr", "Öl", "zoo", "a%b", "under_score", "ñ", "straße", "STRASSE", "1", "10", "9"}
	do(t, db, func(u *records.Tx) error {
		for i := range n {
			x := Thing{Name: names[r.IntN(len(names))], State: []state{"new", "used"}[r.IntN(2)], Count: r.Int64N(5), Flag: r.IntN(2) == 0}
			x.ID = records.ID[Thing](fmt.Sprintf("%08d", (i*7919)%100_000))
			if r.IntN(3) > 0 {
				x.MaybeN = records.Some(r.Int64N(4))
			}
			if r.IntN(3) > 0 {
				x.Weight = records.Some(float64(r.IntN(8)) / 4)
			}
			if r.IntN(2) > 0 {
				x.Day = records.Some(records.Date(fmt.Sprintf("2026-0%d-01", 1+r.IntN(9))))
			}
			if r.IntN(2) > 0 {
				x.Maybe = records.Some(r.IntN(2) == 0)
			}
			if err := Things.Create(u, &x); err != nil {
				return err
			}
		}
		return nil
	})
}

// randomQuery is one of many lists a person could ask for.
func randomQuery(r *rand.Rand) records.Query {
	var q records.Query
	sorts := []string{"", "name", "-name", "count", "-count", "maybe_n", "-maybe_n", "weight", "-weight", "day", "-day", "flag", "maybe", "-maybe", "number", "-created_at", "state"}
	q.Sort = sorts[r.IntN(len(sorts))]
	conds := []records.Cond{
		{Field: "state", Op: records.OpIs, Value: "new"}, {Field: "state", Op: records.OpNot, Value: "new"},
		{Field: "count", Op: records.OpAtLeast, Value: int64(2)}, {Field: "maybe_n", Op: records.OpUnknown}, {Field: "maybe_n", Op: records.OpLess, Value: int64(3)},
		{Field: "maybe_n", Op: records.OpNot, Value: int64(1)}, {Field: "weight", Op: records.OpMore, Value: 0.5}, {Field: "day", Op: records.OpKnown},
		{Field: "day", Op: records.OpAtMost, Value: "2026-05-01"}, {Field: "name", Op: records.OpContains, Value: "STRASS"}, {Field: "name", Op: records.OpIs, Value: "Zebra"},
		{Field: "flag", Op: records.OpIs, Value: true}, {Field: "maybe", Op: records.OpIs, Value: false}, {Field: "count", Op: records.OpIn, Values: []any{int64(0), int64(4)}},
	}
	for range r.IntN(3) {
		q.Where = append(q.Where, conds[r.IntN(len(conds))])
	}
	if r.IntN(4) == 0 {
		q.Search = []string{"a", "%", "_", "stras", "zoo 1", "ODZ", "'; DROP TABLE test_thing; --", "THG-0003"}[r.IntN(8)]
	}
	return q
}

func ids(t testing.TB, db *storage.Database, q records.Query) (out []string) {
	t.Helper()
	look(t, db, access.System(), func(v *records.View) error {
		page, err := Things.Def().List(v, q)
		for _, rec := range page.Rows {
			out = append(out, rec.ID())
		}
		return err
	})
	return out
}

func TestRandomListsAreTheSameOnBothDatabases(t *testing.T) {
	if os.Getenv(pgserver.Variable) == "" {
		t.Skipf("NOT TESTED ON POSTGRESQL: %s is unset", pgserver.Variable)
	}
	lite, pg := testkit.SQLite(t, records.Migrations(), tables()).Database, testkit.Postgres(t, records.Migrations(), tables()).Database
	for _, db := range []*storage.Database{lite, pg} {
		registry().Attach(db)
		someThings(t, db, 300)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 1000 {
		q := randomQuery(r)
		if a, b := ids(t, lite, q), ids(t, pg, q); !slices.Equal(a, b) {
			t.Fatalf("query %d %+v:\nSQLite     %v\nPostgreSQL %v", i, q, a, b)
		}
	}
}

func TestPagingVisitsEveryRowOnceInBothDirections(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		someThings(t, db, 120)
		r := rand.New(rand.NewPCG(5, 6))
		for i := range 60 {
			q := randomQuery(r)
			want := ids(t, db, q)
			q.Limit = 1 + r.IntN(20)
			var got, back []string
			last := records.Page{}
			look(t, db, access.System(), func(v *records.View) error {
				for range 200 {
					page, err := Things.Def().List(v, q)
					if err != nil {
						return err
					}
					for _, rec := range page.Rows {
						got = append(got, rec.ID())
					}
					last = page
					if page.Next == "" {
						break
					}
					q.After = page.Next
				}
				// And from the last page back to the first.
				for _, rec := range last.Rows {
					back = append(back, rec.ID())
				}
				q.After = ""
				for range 200 {
					if last.Prev == "" {
						break
					}
					q.Before = last.Prev
					var err error
					if last, err = Things.Def().List(v, q); err != nil {
						return err
					}
					var page []string
					for _, rec := range last.Rows {
						page = append(page, rec.ID())
					}
					back = append(page, back...)
				}
				return nil
			})
			if !slices.Equal(got, want) || !slices.Equal(back, want) {
				t.Fatalf("query %d %+v:\nforward %v\nback    %v\nwant    %v", i, q, got, back, want)
			}
		}
	})
}

func TestHostileFiltersAreValuesAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		someThings(t, db, 20)
		for _, attack := range []string{"' OR '1'='1", `"; DROP TABLE test_thing; --`, "%' OR name LIKE '%", `\`, "\x00", strings.Repeat("a", 100_000)} {
			look(t, db, access.System(), func(v *records.View) error {
				for _, q := range []records.Query{
					{Where: []records.Cond{{Field: "name", Op: records.OpIs, Value: attack}}},
					{Where: []records.Cond{{Field: "name", Op: records.OpContains, Value: attack}}},
					{Search: attack}, {Tag: attack},
				} {
					page, err := Things.Def().List(v, q)
					if err == nil && len(page.Rows) > 0 {
						t.Errorf("%q found %d rows", attack, len(page.Rows))
					}
				}
				if _, err := Things.Def().List(v, records.Query{Sort: attack}); err == nil {
					t.Errorf("sorted by %q", attack)
				}
				if _, err := Things.Def().List(v, records.Query{After: attack}); err == nil {
					t.Errorf("a page after %q", attack)
				}
				if _, err := records.Find(v, attack, 10); err != nil && !strings.Contains(attack, "\x00") {
					t.Errorf("search for %q: %v", attack, err)
				}
				return nil
			})
		}
		if n := len(ids(t, db, records.Query{})); n != 20 {
			t.Errorf("%d things left of 20", n)
		}
	})
}
