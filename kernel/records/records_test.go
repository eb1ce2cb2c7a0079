package records_test

import (
	"errors"
	"math"
	"net/url"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit"
)

func TestEveryKindKeepsAbsentZeroAndExtremeValues(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		for name, x := range map[string]Thing{
			"absent": {Name: "a", State: "new"},
			"zero": {Name: "b", State: "new", MaybeN: records.Some[int64](0), Weight: records.Some(0.0), Price: records.Some(records.Money{Minor: 0, Currency: "EUR"}),
				Rate: records.Some(records.Scaled(0)), At: records.Some(records.Moment(0)), Maybe: records.Some(false)},
			"extreme": {Name: strings.Repeat("ü", 200), State: "used", Count: math.MaxInt64, MaybeN: records.Some[int64](math.MinInt64), Weight: records.Some(-math.MaxFloat64),
				Price: records.Some(records.Money{Minor: math.MinInt64, Currency: "HUF"}), Rate: records.Some(records.Scaled(math.MaxInt64)), Day: records.Some(records.Date("9999-12-31")),
				At: records.Some(records.Moment(253402300799999999)), Flag: true, Maybe: records.Some(true), Note: records.Some("line\nline\u2028\U0001F600")},
		} {
			t.Run(name, func(t *testing.T) {
				do(t, db, func(u *records.Tx) error { return Things.Create(u, &x) })
				look(t, db, access.System(), func(v *records.View) error {
					got, err := Things.Get(v, x.ID)
					if err != nil {
						return err
					}
					got.Custom = x.Custom
					if got.Name != x.Name || got.State != x.State || got.Count != x.Count || got.MaybeN != x.MaybeN || got.Weight != x.Weight || got.Price != x.Price ||
						got.Rate != x.Rate || got.Day != x.Day || got.At != x.At || got.Flag != x.Flag || got.Maybe != x.Maybe || got.Note != x.Note || got.Code != x.Code {
						t.Errorf("got  %+v\nwant %+v", got, x)
					}
					return nil
				})
			})
		}
	})
}

func TestEveryWrongFieldIsNamedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		err := update(t, db, access.System(), func(u *records.Tx) error {
			return Things.Create(u, &Thing{Name: "", State: "broken", Day: records.Some(records.Date("2026-02-30")), Price: records.Some(records.Money{Minor: 1, Currency: "XXZ"}),
				Note: records.Some("a\x00b"), Code: records.Some(" c"), Other: records.Some(records.ID[Thing]("nowhere")), Weight: records.Some(math.NaN())})
		})
		e := fail.As(err)
		if e == nil {
			t.Fatalf("got %v, want an error with fields", err)
		}
		got := map[string]bool{}
		for _, p := range e.All() {
			got[p.Field] = true
		}
		for _, f := range []string{"name", "state", "day", "price", "note", "code", "other", "weight"} {
			if !got[f] {
				t.Errorf("%s is wrong and not named: %v", f, err)
			}
		}
	})
}

func TestARuleNamesItsFieldAndKey(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		err := update(t, db, access.System(), func(u *records.Tx) error {
			return Things.Create(u, &Thing{Name: "a", State: "new", Count: -1})
		})
		if e := fail.As(err); e == nil || e.Field != "count" || e.Key != "test.thing.negative" {
			t.Errorf("got %+v, want field count and key test.thing.negative", e)
		}
	})
}

func TestAStaleEditIsAConflictThatCarriesTheCurrentRecord(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		x := Thing{Name: "a", State: "new"}
		do(t, db, func(u *records.Tx) error { return Things.Create(u, &x) })
		do(t, db, func(u *records.Tx) error {
			return Things.Update(u, x.ID, func(y *Thing) error { y.Name = "theirs"; return nil })
		})
		err := update(t, db, access.System(), func(u *records.Tx) error {
			return Things.Def().Update(u, string(x.ID), 1, func(rec any) error { rec.(*Thing).Name = "mine"; return nil })
		})
		var old *records.Stale
		if !fail.Is(err, fail.Conflict) || !errors.As(err, &old) || old.Current.Title() != "theirs" {
			t.Errorf("got %v, want a conflict with the current record", err)
		}
	})
}

func TestAnUnchangedSaveWritesNothing(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		x := Thing{Name: "a", State: "new"}
		do(t, db, func(u *records.Tx) error { return Things.Create(u, &x) })
		do(t, db, func(u *records.Tx) error { return Things.Update(u, x.ID, func(*Thing) error { return nil }) })
		look(t, db, access.System(), func(v *records.View) error {
			h, err := Things.Def().History(v, string(x.ID), 10)
			if len(h) != 1 {
				t.Errorf("%d history entries, want 1", len(h))
			}
			return err
		})
	})
}

func TestUndoSetsBackOneChangeAndRefusesWhenItWasChangedAgain(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		x := Thing{Name: "first", State: "new", MaybeN: records.Some[int64](5)}
		do(t, db, func(u *records.Tx) error { return Things.Create(u, &x) })
		do(t, db, func(u *records.Tx) error {
			return Things.Update(u, x.ID, func(y *Thing) error { y.Name = "second"; y.MaybeN = records.Opt[int64]{}; return nil })
		})
		entry := func() (id string) {
			look(t, db, access.System(), func(v *records.View) error {
				h, err := Things.Def().History(v, string(x.ID), 10)
				for _, e := range h {
					if e.Version == 2 {
						id = e.ID
					}
				}
				return err
			})
			return id
		}()
		do(t, db, func(u *records.Tx) error { return Things.Def().Undo(u, string(x.ID), entry) })
		look(t, db, access.System(), func(v *records.View) error {
			got, err := Things.Get(v, x.ID)
			if got.Name != "first" || got.MaybeN != records.Some[int64](5) {
				t.Errorf("after undo: %+v", got)
			}
			return err
		})
		if err := update(t, db, access.System(), func(u *records.Tx) error { return Things.Def().Undo(u, string(x.ID), entry) }); !fail.Is(err, fail.Conflict) {
			t.Errorf("undone twice: %v, want conflict", err)
		}
	})
}

func TestATakenValueIsAConflictThatNamesTheField(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		do(t, db, func(u *records.Tx) error {
			return Things.Create(u, &Thing{Name: "a", State: "new", Code: records.Some("K1")})
		})
		err := update(t, db, access.System(), func(u *records.Tx) error {
			return Things.Create(u, &Thing{Name: "b", State: "new", Code: records.Some("K1")})
		})
		if e := fail.As(err); e == nil || e.Kind != fail.Conflict || e.Field != "code" {
			t.Errorf("got %v, want a conflict on code", err)
		}
	})
}

func TestAClosedFieldIsAbsentWithoutItsRight(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		x := Thing{Name: "a", State: "new", Pay: records.Some(records.Money{Minor: 5000_00, Currency: "EUR"})}
		do(t, db, func(u *records.Tx) error { return Things.Create(u, &x) })
		who := person("p1", all(access.View, access.Edit)...)
		look(t, db, who, func(v *records.View) error {
			got, err := Things.Get(v, x.ID)
			if err != nil || got.Pay.Set {
				t.Errorf("pay is read without the right: %+v, %v", got.Pay, err)
			}
			h, err := Things.Def().History(v, string(x.ID), 5)
			for _, e := range h {
				for _, c := range e.Changes {
					if c.Name == "pay" {
						t.Error("pay stands in the history without the right")
					}
				}
			}
			if _, err := Things.Def().List(v, records.Query{Where: []records.Cond{{Field: "pay", Op: records.OpMore, Value: int64(1)}}}); !fail.Is(err, fail.Invalid) {
				t.Errorf("filtered by pay without the right: %v", err)
			}
			if _, err := Things.Def().List(v, records.Query{Sort: "pay"}); !fail.Is(err, fail.Invalid) {
				t.Errorf("sorted by pay without the right: %v", err)
			}
			return err
		})
		// A change by somebody who cannot see the field leaves it as it is.
		if err := update(t, db, who, func(u *records.Tx) error {
			return Things.Update(u, x.ID, func(y *Thing) error { y.Name = "b"; return nil })
		}); err != nil {
			t.Fatal(err)
		}
		look(t, db, access.System(), func(v *records.View) error {
			got, err := Things.Get(v, x.ID)
			if got.Pay != x.Pay || got.Name != "b" {
				t.Errorf("after the change: %+v", got)
			}
			return err
		})
	})
}

func TestASecretIsSealedAndNeverShown(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		x := Thing{Name: "a", State: "new", Secret: records.Some("hunter2")}
		do(t, db, func(u *records.Tx) error { return Things.Create(u, &x) })
		look(t, db, access.System(), func(v *records.View) error {
			var n int
			for _, q := range []string{"SELECT COUNT(*) FROM test_thing WHERE secret = 'hunter2'", "SELECT COUNT(*) FROM history WHERE changes LIKE '%hunter2%'", "SELECT COUNT(*) FROM search_entry WHERE body LIKE '%hunter2%'"} {
				if _, err := v.Row(q, nil, &n); err != nil || n != 0 {
					t.Errorf("%s: %d, %v", q, n, err)
				}
			}
			got, err := Things.Get(v, x.ID)
			if got.Secret.Set {
				t.Error("the secret is read into a record")
			}
			return err
		})
	})
}

func TestWhatMayNotBeSeenIsNotFoundAndWhatMayNotBeChangedIsForbidden(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		x := Thing{Name: "a", State: "new"}
		do(t, db, func(u *records.Tx) error { return Things.Create(u, &x) })
		change := func(u *records.Tx) error {
			return Things.Update(u, x.ID, func(y *Thing) error { y.Name = "b"; return nil })
		}
		if err := update(t, db, person("p1"), change); !fail.Is(err, fail.NotFound) {
			t.Errorf("without any right: %v, want not found", err)
		}
		if err := update(t, db, person("p1", all(access.View)...), change); !fail.Is(err, fail.Forbidden) {
			t.Errorf("with the right to see: %v, want forbidden", err)
		}
		own := person("p1", access.Grant{Area: access.Systems, Act: access.View, Scope: access.All}, access.Grant{Area: access.Systems, Act: access.Edit, Scope: access.Owned})
		do(t, db, func(u *records.Tx) error {
			return Things.Update(u, x.ID, func(y *Thing) error { y.OwnedBy = records.Some("p1"); return nil })
		})
		if err := update(t, db, own, change); err != nil {
			t.Errorf("the owner: %v", err)
		}
		give := func(u *records.Tx) error {
			return Things.Update(u, x.ID, func(y *Thing) error { y.OwnedBy = records.Some("p2"); return nil })
		}
		if err := update(t, db, own, give); !fail.Is(err, fail.Forbidden) {
			t.Errorf("put outside the own rights: %v, want forbidden", err)
		}
	})
}

func TestFactsWriteOnlyDifferences(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		x := Thing{Name: "a", State: "new"}
		do(t, db, func(u *records.Tx) error { return Things.Create(u, &x) })
		replace := func(parts ...Part) (d records.Diff) {
			do(t, db, func(u *records.Tx) (err error) { d, err = Parts.Replace(u, x.ID, parts); return err })
			return d
		}
		one, two := Part{Slot: "1", Kind: "disk", Size: records.Some[int64](5)}, Part{Slot: "2", Kind: "disk"}
		if d := replace(two, one, one); d.Added != 2 {
			t.Errorf("first report: %+v, want 2 added", d)
		}
		if d := replace(one, two); d.Any() {
			t.Errorf("the same again, in another order: %+v, want nothing", d)
		}
		two.Kind = "fan"
		if d := replace(two); d.Changed != 1 || d.Gone != 1 {
			t.Errorf("one changed, one gone: %+v", d)
		}
		if d := replace(two, one); d.Added != 1 {
			t.Errorf("one is back: %+v", d)
		}
		look(t, db, access.System(), func(v *records.View) error {
			got, err := Parts.List(v, x.ID, true)
			if len(got) != 2 || got[0].V.Size != one.Size || got[1].V.Kind != "fan" || got[0].GoneAt.Set {
				t.Errorf("facts: %+v", got)
			}
			return err
		})
	})
}

func TestListsFilterByWhatAnOrganisationAddedAlikeOnBothDatabases(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		d := Things.Def()
		do(t, db, func(u *records.Tx) error {
			return errors.Join(testkit.OwnField(u, d.Name, "x_class", "Class", string(records.Choice), true, "A", "B"),
				testkit.OwnField(u, d.Name, "x_seats", "Seats", string(records.Int), true),
				testkit.OwnField(u, d.Name, "x_load", "Load", string(records.Measure), true),
				testkit.OwnField(u, d.Name, "x_leased", "Leased", string(records.Bool), true),
				testkit.OwnField(u, d.Name, "x_back", "Back on", string(records.DateKind), true),
				testkit.OwnField(u, d.Name, "x_place", "Place", string(records.Text), true),
				testkit.OwnField(u, d.Name, "x_hidden", "Hidden", string(records.Int), false))
		})
		for name, custom := range map[string]map[string]any{
			"one":   {"x_class": "A", "x_seats": int64(4), "x_load": 0.5, "x_leased": true, "x_back": "2026-12-01", "x_place": "Größe 'Halle' 7%"},
			"two":   {"x_class": "B", "x_seats": int64(10), "x_load": 2.0, "x_leased": false, "x_back": "2027-01-15", "x_place": "ÉPÜLET"},
			"three": {"x_class": "A"},
			"four":  nil,
		} {
			x := Thing{Name: name, State: "new"}
			x.Custom = custom
			do(t, db, func(u *records.Tx) error { return Things.Create(u, &x) })
		}
		look(t, db, access.System(), func(v *records.View) error {
			for text, want := range map[string]string{
				"x_class=A": "one three", "x_class=A&x_class=B": "one three two", "x_class.not=A": "four two", "x_class=none": "four", "x_class.known=true": "one three two",
				"x_seats=4": "one", "x_seats.gt=4": "two", "x_seats.lte=10": "one two", "x_seats.lt=4": "", "x_load.gte=0.5": "one two", "x_load.lt=2": "one",
				"x_leased=true": "one", "x_leased=false": "two", "x_leased.unknown=true": "four three", "x_back.gte=2027-01-01": "two",
				"x_place=épület": "two", "x_place=7%25": "one", "x_place=_": "", "x_place=gross": "one", "x_class=A&x_seats.gte=1": "one",
			} {
				in, err := url.ParseQuery(text)
				if err != nil {
					return err
				}
				q, err := records.ParseQuery(v, d, in)
				if err != nil {
					t.Errorf("%s: %v", text, err)
					continue
				}
				q.Sort = "name"
				page, err := d.List(v, q)
				if err != nil {
					return err
				}
				var got []string
				for _, rec := range page.Rows {
					got = append(got, rec.V.(*Thing).Name)
				}
				if s := strings.Join(got, " "); s != want {
					t.Errorf("%s lists %q, want %q", text, s, want)
				}
			}
			for text, field := range map[string]string{"x_class=Z": "x_class", "x_seats=many": "x_seats", "x_seats.contains=1": "x_seats.contains", "x_other=1": "x_other", "sort=x_other": "sort", "x_hidden=1": "x_hidden", "sort=x_hidden": "x_hidden"} {
				in, _ := url.ParseQuery(text)
				q, err := records.ParseQuery(v, d, in)
				if err == nil {
					_, err = d.List(v, q)
				}
				if e := fail.As(err); e == nil || e.Kind != fail.Invalid || e.Field != field {
					t.Errorf("%s: %v, want it refused by name", text, err)
				}
			}
			return nil
		})
	})
}

func TestCustomFieldsAreCheckedAndKept(t *testing.T) {
	each(t, func(t *testing.T, db *storage.Database) {
		d := Things.Def()
		do(t, db, func(u *records.Tx) error {
			return errors.Join(testkit.OwnField(u, d.Name, "x_class", "Class", string(records.Choice), true, "A", "B"),
				testkit.OwnField(u, d.Name, "x_seats", "Seats", string(records.Int), true))
		})
		x := Thing{Name: "a", State: "new"}
		x.Custom = map[string]any{"x_class": "A", "x_seats": int64(4)}
		do(t, db, func(u *records.Tx) error { return Things.Create(u, &x) })
		for key, wrong := range map[string]any{"x_class": "Z", "x_seats": "four", "x_nothing": "1"} {
			err := update(t, db, access.System(), func(u *records.Tx) error {
				return Things.Update(u, x.ID, func(y *Thing) error { y.Custom[key] = wrong; return nil })
			})
			if e := fail.As(err); e == nil || e.Field != key {
				t.Errorf("%s = %v: %v, want it refused by name", key, wrong, err)
			}
		}
		look(t, db, access.System(), func(v *records.View) error {
			rec, err := d.Get(v, string(x.ID))
			fields, err2 := d.CustomFields(v)
			if len(fields) != 2 || rec.Value(fields[1].Field()) != int64(4) {
				t.Errorf("custom values %v of %v", rec.Meta().Custom, fields)
			}
			return errors.Join(err, err2)
		})
	})
}
