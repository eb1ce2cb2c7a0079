package records_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit"
)

func asked(t *testing.T, v *records.View, text string) (records.Page, error) {
	t.Helper()
	in, err := url.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	q, err := records.ParseQuery(v, Things.Def(), in)
	if err != nil {
		return records.Page{}, err
	}
	return Things.Def().List(v, q)
}

func namesOf(page records.Page) string {
	var out []string
	for _, rec := range page.Rows {
		out = append(out, rec.V.(*Thing).Name)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestAmountsAreLookedForFromAndUpToInTheCurrencyNamed(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		for name, m := range map[string]records.Opt[records.Money]{"cheap": records.Some(records.Money{Minor: 10_000, Currency: "EUR"}), "dear": records.Some(records.Money{Minor: 250_050, Currency: "EUR"}),
			"kronor": records.Some(records.Money{Minor: 250_050, Currency: "SEK"}), "yen": records.Some(records.Money{Minor: 2500, Currency: "JPY"}), "unknown": {}} {
			do(t, db, func(u *records.Tx) error { return Things.Create(u, &Thing{Name: name, State: "new", Price: m}) })
		}
		look(t, db, access.System(), func(v *records.View) error {
			for text, want := range map[string]string{
				"price.gte=100 EUR": "cheap dear", "price.gt=100 EUR": "dear", "price.gte=100.01 EUR&price.lte=2500.50 EUR": "dear", "price.lt=2500.50 SEK": "", "price.lte=2500.5 SEK": "kronor",
				"price=2500 JPY": "yen", "price=100 EUR&price=2500 JPY": "cheap yen", "price.in=100 EUR&price.in=2500.50 SEK": "cheap kronor", "price.not=100 EUR": "dear kronor unknown yen", "price=none": "unknown", "price.known=true": "cheap dear kronor yen",
			} {
				page, err := asked(t, v, text)
				if got := namesOf(page); err != nil || got != want {
					t.Errorf("%s lists %q (%v), want %q", text, got, err, want)
				}
			}
			for text, want := range map[string]string{"price.gte=100": "like 1200.00 EUR", "price.gte=many EUR": "like 1200.00", "price.gte=100 ABC": "such as EUR", "price.gte=1.001 EUR": "like 1200.00",
				"price.gte=1 EUR&price.lte=5 SEK": "one currency", "price.contains=1 EUR": "lt, lte, gt, gte"} {
				_, err := asked(t, v, text)
				e := fail.As(err)
				if e == nil || e.Kind != fail.Invalid || !strings.HasPrefix(e.Field, "price") {
					t.Errorf("%s: %v, want it refused by name", text, err)
					continue
				}
				said := e.Text
				for name, value := range e.Args {
					said = strings.ReplaceAll(said, "{"+name+"}", fmt.Sprint(value))
				}
				if !strings.Contains(said, want) {
					t.Errorf("%s is refused with %q, want it to say %q", text, said, want)
				}
			}
			return nil
		})
	})
}

func TestUpToADayIsUpToItsEnd(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		for name, at := range map[string]string{"before": "2026-03-30T23:59:59.999999Z", "first": "2026-03-31T00:00:00Z", "last": "2026-03-31T23:59:59.999999Z", "after": "2026-04-01T00:00:00Z"} {
			x := Thing{Name: name, State: "new"}
			v, err := records.FromText(Things.Def().Field("at"), at)
			if err != nil {
				t.Fatal(err)
			}
			x.At = records.Some(records.Moment(v.(int64)))
			do(t, db, func(u *records.Tx) error { return Things.Create(u, &x) })
		}
		look(t, db, access.System(), func(v *records.View) error {
			for text, want := range map[string]string{"at.lte=2026-03-31": "before first last", "at.lt=2026-03-31": "before", "at.gte=2026-03-31": "after first last", "at.gt=2026-03-31": "after",
				"at.lte=2026-03-31T00:00:00Z": "before first", "at.gte=2026-03-31&at.lte=2026-03-31": "first last"} {
				page, err := asked(t, v, text)
				if got := namesOf(page); err != nil || got != want {
					t.Errorf("%s lists %q (%v), want %q", text, got, err, want)
				}
			}
			return nil
		})
	})
}

func TestAnOwnFieldThatIsClosedKeepsItsValuesAndTakesNoOthers(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		d := Things.Def()
		x := Thing{Name: "a", State: "new"}
		x.Custom = map[string]any{"x_place": "Åbo"}
		do(t, db, func(u *records.Tx) error {
			if err := testkit.OwnField(u, d.Name, "x_place", "Place", "text", true); err != nil {
				return err
			}
			return Things.Create(u, &x)
		})
		do(t, db, func(u *records.Tx) error {
			return Things.Update(u, x.ID, func(y *Thing) error { y.Custom["x_place"] = "Turku"; return nil })
		})
		do(t, db, func(u *records.Tx) error {
			_, err := u.Exec("UPDATE custom_field SET retired_at = 1")
			return err
		})
		for what, change := range map[string]func(y *Thing){"another value": func(y *Thing) { y.Custom["x_place"] = "Oslo" }, "no value": func(y *Thing) { delete(y.Custom, "x_place") }} {
			err := update(t, db, access.System(), func(u *records.Tx) error {
				return Things.Update(u, x.ID, func(y *Thing) error { change(y); return nil })
			})
			if e := fail.As(err); e == nil || e.Field != "x_place" || e.Key != "kernel.records.custom-closed" {
				t.Errorf("%s: %v, want it refused because the field is closed", what, err)
			}
		}
		do(t, db, func(u *records.Tx) error {
			return Things.Update(u, x.ID, func(y *Thing) error { y.Name = "b"; return nil })
		})
		look(t, db, access.System(), func(v *records.View) error {
			rec, err := d.Get(v, string(x.ID))
			if err != nil {
				return err
			}
			all, err := d.All(v)
			if err != nil {
				return err
			}
			ever, err := d.Ever(v)
			if err != nil {
				return err
			}
			closed := ever[len(ever)-1]
			if len(all) != len(ever)-1 || !closed.Retired || rec.Value(closed) != "Turku" {
				t.Errorf("%d fields in use of %d, the value is %v", len(all), len(ever), rec.Value(closed))
			}
			entries, err := d.History(v, string(x.ID), 10)
			if err != nil {
				return err
			}
			if c := entries[changed(entries)].Changes[0]; c.Field == nil || !c.Field.Retired || c.Old != "Åbo" || c.New != "Turku" {
				t.Errorf("the history says %+v", c)
			}
			for _, text := range []string{"x_place=Turku", "sort=x_place"} {
				if _, err := asked(t, v, text); fail.As(err) == nil || fail.As(err).Key != "kernel.records.custom-closed" {
					t.Errorf("%s: %v, want it refused because the field is closed", text, err)
				}
			}
			return nil
		})
		err := update(t, db, access.System(), func(u *records.Tx) error {
			entries, err := d.History(u, string(x.ID), 10)
			if err != nil {
				return err
			}
			return d.Undo(u, string(x.ID), entries[changed(entries)].ID)
		})
		if e := fail.As(err); e == nil || e.Key != "kernel.records.custom-closed" {
			t.Errorf("undoing a change of a closed field: %v", err)
		}
	})
}

// changed is the place of the entry that changes x_place alone.
func changed(entries []records.Entry) int {
	return slices.IndexFunc(entries, func(e records.Entry) bool {
		return e.Act == "update" && len(e.Changes) == 1 && e.Changes[0].Name == "x_place"
	})
}

func TestAListByAnOwnFieldIsReadAlongItsIndex(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		d := Things.Def()
		do(t, db, func(u *records.Tx) error {
			for key, kind := range map[string]records.Kind{"x_place": records.Text, "x_seats": records.Int, "x_load": records.Measure, "x_back": records.DateKind} {
				if err := testkit.OwnField(u, d.Name, key, key, string(kind), true); err != nil {
					return err
				}
			}
			own, err := d.CustomFields(u)
			if err != nil {
				return err
			}
			var rows [][]any
			for i := range 20_000 {
				values := map[string]any{"x_place": fmt.Sprintf("Place %05d", i*7919%20_000), "x_seats": i * 31 % 20_000, "x_load": float64(i*17%20_000) / 8, "x_back": fmt.Sprintf("20%02d-01-01", i%90+10)}
				if i%4 == 0 {
					values = map[string]any{}
				}
				column, err := records.CustomColumn(own, values)
				if err != nil {
					return err
				}
				rows = append(rows, []any{fmt.Sprintf("%05d", i), i, 0, 0, 1, "thing", "thing", "new", 0, false, column})
			}
			return u.Insert(storage.Rows{Table: d.Table, Columns: []string{"id", "number", "created_at", "updated_at", "version", "name", "name_key", "state", "count", "flag", "custom"}}, rows...)
		})
		var fields []*records.Field
		look(t, db, access.System(), func(v *records.View) (err error) { fields, err = d.Filterable(v); return err })
		for _, f := range fields {
			if f.Custom() {
				_, key := f.InColumn(db.Dialect(), "custom")
				if err := db.MakeIndex(context.Background(), "own_"+f.Name, d.Table, "("+key+"), id"); err != nil {
					t.Fatal(err)
				}
			}
		}
		look(t, db, access.System(), func(v *records.View) error {
			if have, err := v.Indexes("own_"); err != nil || len(have) != 4 {
				t.Errorf("the indexes are %v (%v)", have, err)
			}
			for _, q := range []records.Query{{Sort: "x_place"}, {Sort: "-x_seats"}, {Sort: "x_load"}, {Sort: "x_back"}, {Where: []records.Cond{{Field: "x_seats", Op: records.OpIs, Value: int64(31)}}},
				{Where: []records.Cond{{Field: "x_place", Op: records.OpIs, Value: "Place 07919"}}}, {Where: []records.Cond{{Field: "x_back", Op: records.OpIs, Value: "2014-01-01"}}}} {
				q.Limit = 50
				for range 2 { // the first page and the one after it
					plans, err := records.Plans(v, d, q)
					if err != nil {
						return err
					}
					for _, plan := range plans {
						if strings.Contains(plan, "test_thing_pkey") && strings.Contains(plan, "IS NULL)") && db.Dialect() == storage.Postgres {
							continue // those without a value stand in the order of their ids, as many have none
						}
						if !strings.Contains(plan, "own_x_") || strings.Contains(plan, "Seq Scan") || q.Sort != "" && (strings.Contains(plan, "Sort") || strings.Contains(plan, "TEMP B-TREE")) || q.After != "" && strings.Contains(plan, "SCAN t") {
							t.Errorf("%+v is read so, want along its index:\n%s", q, plan)
						}
					}
					page, err := d.List(v, q)
					if err != nil || len(page.Rows) == 0 {
						return fmt.Errorf("%+v: %d rows, %w", q, len(page.Rows), err)
					}
					if page.Next == "" {
						break
					}
					q.After = page.Next
				}
			}
			return nil
		})
		for _, f := range fields {
			if f.Custom() {
				if err := db.DropIndex(context.Background(), "own_"+f.Name); err != nil {
					t.Fatal(err)
				}
			}
		}
		look(t, db, access.System(), func(v *records.View) error {
			if have, err := v.Indexes("own_"); err != nil || len(have) != 0 {
				t.Errorf("the indexes after dropping are %v (%v)", have, err)
			}
			return nil
		})
	})
}
