package records_test

import (
	"errors"
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
		d := Things.Def().Name
		err := errors.Join(testkit.OwnField(u, d, "x_place", "Place", "text", true), testkit.OwnField(u, d, "x_memo", "Memo", "long-text", true), testkit.OwnField(u, d, "x_seats", "Seats", "int", true),
			testkit.OwnField(u, d, "x_load", "Load", "measure", true), testkit.OwnField(u, d, "x_leased", "Leased", "bool", true), testkit.OwnField(u, d, "x_back", "Back", "date", true),
			testkit.OwnField(u, d, "x_class", "Class", "choice", true, "b", "A", "ä"))
		if err != nil {
			return err
		}
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
			if r.IntN(2) > 0 {
				x.Price = records.Some(records.Money{Minor: r.Int64N(6) * 100, Currency: []string{"EUR", "SEK", "JPY"}[r.IntN(3)]})
			}
			x.Custom = map[string]any{}
			for _, v := range []struct {
				key   string
				value any
			}{
				{"x_place", names[r.IntN(len(names))]}, {"x_memo", names[r.IntN(len(names))] + "\n" + names[r.IntN(len(names))]}, {"x_seats", r.Int64N(6) - 2},
				{"x_load", []float64{-1.5, 0, 0.1, 1.0 / 3, 2, 1e21, 5e-324}[r.IntN(7)]}, {"x_leased", r.IntN(2) == 0}, {"x_back", fmt.Sprintf("2026-0%d-01", 1+r.IntN(9))}, {"x_class", []string{"b", "A", "ä"}[r.IntN(3)]},
			} {
				if r.IntN(3) > 0 {
					x.Custom[v.key] = v.value
				}
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
	sorts := []string{"", "name", "-name", "count", "-count", "maybe_n", "-maybe_n", "weight", "-weight", "day", "-day", "flag", "maybe", "-maybe", "number", "-created_at", "state",
		"price", "-price", "x_place", "-x_place", "x_memo", "x_seats", "-x_seats", "x_load", "-x_load", "x_leased", "-x_leased", "x_back", "-x_back", "x_class", "-x_class"}
	q.Sort = sorts[r.IntN(len(sorts))]
	conds := []records.Cond{
		{Field: "state", Op: records.OpIs, Value: "new"}, {Field: "state", Op: records.OpNot, Value: "new"},
		{Field: "count", Op: records.OpAtLeast, Value: int64(2)}, {Field: "maybe_n", Op: records.OpUnknown}, {Field: "maybe_n", Op: records.OpLess, Value: int64(3)},
		{Field: "maybe_n", Op: records.OpNot, Value: int64(1)}, {Field: "weight", Op: records.OpMore, Value: 0.5}, {Field: "day", Op: records.OpKnown},
		{Field: "day", Op: records.OpAtMost, Value: "2026-05-01"}, {Field: "name", Op: records.OpContains, Value: "STRASS"}, {Field: "name", Op: records.OpIs, Value: "Zebra"},
		{Field: "flag", Op: records.OpIs, Value: true}, {Field: "maybe", Op: records.OpIs, Value: false}, {Field: "count", Op: records.OpIn, Values: []any{int64(0), int64(4)}},
		{Field: "price", Op: records.OpAtLeast, Value: records.Money{Minor: 200, Currency: "EUR"}}, {Field: "price", Op: records.OpLess, Value: records.Money{Minor: 300, Currency: "SEK"}},
		{Field: "price", Op: records.OpNot, Value: records.Money{Minor: 100, Currency: "EUR"}}, {Field: "price", Op: records.OpUnknown},
		{Field: "price", Op: records.OpIn, Values: []any{records.Money{Minor: 100, Currency: "EUR"}, records.Money{Minor: 100, Currency: "JPY"}}},
		{Field: "x_place", Op: records.OpContains, Value: "ÅL"}, {Field: "x_place", Op: records.OpIs, Value: "Öl"}, {Field: "x_place", Op: records.OpNot, Value: "zoo"}, {Field: "x_place", Op: records.OpIn, Values: []any{"1", "apple"}},
		{Field: "x_memo", Op: records.OpContains, Value: "strass"}, {Field: "x_memo", Op: records.OpUnknown}, {Field: "x_seats", Op: records.OpAtLeast, Value: int64(0)}, {Field: "x_seats", Op: records.OpIn, Values: []any{int64(-2), int64(3)}},
		{Field: "x_load", Op: records.OpIs, Value: 0.1}, {Field: "x_load", Op: records.OpMore, Value: 1.0 / 3}, {Field: "x_load", Op: records.OpKnown}, {Field: "x_leased", Op: records.OpIs, Value: true}, {Field: "x_leased", Op: records.OpNot, Value: true},
		{Field: "x_back", Op: records.OpAtMost, Value: "2026-05-01"}, {Field: "x_class", Op: records.OpIs, Value: "ä"}, {Field: "x_class", Op: records.OpUnknown},
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
		for i := range 120 {
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
