package records_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit"
)

// Crate is one of very many.
type Crate struct {
	records.Base[Crate]
	Name  string
	State state
	Heavy bool
	Level records.Opt[int64]
	Owner records.Opt[records.ID[Crate]]
}

var Crates = records.Define("test.crate", "Crate", "Crates", "CRT", func(x *Crate, f *records.Fields) {
	f.Title(&x.Name, "Name")
	records.Choices(f, &x.State, "State", state("new"), state("used")).List()
	records.Flag(f, &x.Heavy, "Heavy").Filter()
	records.Whole(f, &x.Level, "Level").Filter()
	records.Linked(f, &x.Owner, "Owner").ScopeOf(access.Owned)
}).InArea(access.Systems).SortedBy("name").Large()

// In the order of their names, all that are used come before the first that is new.
func TestAPageOfALargeListIsReadAlongAnIndexWhereverItsRecordsStand(t *testing.T) {
	reg := records.NewRegistry(Crates)
	tables := storage.Migrations{Module: "test", Files: fstest.MapFS{"0001_test.sql": {Data: []byte(reg.Draft(Crates.Def()))}}}
	testkit.Each(t, func(t *testing.T, db *storage.Database) {
		reg.Attach(db)
		do(t, db, func(u *records.Tx) error {
			var rows [][]any
			for n := range 20_000 {
				i := n * 7919 % 20_000 // they do not lie in the order of their names
				name, level := fmt.Sprintf("crate %05d", i), any(i%7)
				if i%5 == 0 {
					level = nil
				}
				rows = append(rows, []any{fmt.Sprintf("%05d", n), n, 0, 0, 1, name, name, map[bool]string{true: "used", false: "new"}[i < 15_000], i%2 == 0, level, fmt.Sprintf("%05d", n%500)})
			}
			err := u.Insert(storage.Rows{Table: "test_crate", Columns: []string{"id", "number", "created_at", "updated_at", "version", "name", "name_key", "state", "heavy", "level", "owner"}}, rows...)
			if err == nil {
				_, err = u.Exec("ANALYZE")
			}
			return err
		})
		helper := person("00001", access.Grant{Act: access.View, Area: access.Systems, Scope: access.Owned})
		for _, x := range []struct {
			who  *access.Actor
			q    records.Query
			plan string
		}{
			{access.System(), records.Query{}, "test_crate_name"},
			{access.System(), records.Query{Where: []records.Cond{{Field: "state", Op: records.OpIs, Value: "new"}}}, "test_crate_state_in_order"},
			{access.System(), records.Query{Where: []records.Cond{{Field: "heavy", Op: records.OpIs, Value: true}, {Field: "state", Op: records.OpIs, Value: "new"}}}, "_in_order"},
			{access.System(), records.Query{Where: []records.Cond{{Field: "state", Op: records.OpIs, Value: "new"}}, Sort: "-name"}, "test_crate_state_in_order"},
			{access.System(), records.Query{Sort: "level"}, ""},
			{access.System(), records.Query{Sort: "-level"}, ""},
			{helper, records.Query{}, ""},
		} {
			look(t, db, x.who, func(v *records.View) error {
				q := x.q
				q.Limit = 50
				for range 2 { // the first page and the one after it
					plans, err := records.Plans(v, Crates.Def(), q)
					if err != nil {
						return err
					}
					for _, plan := range plans {
						sorts := strings.Contains(plan, "Sort") || strings.Contains(plan, "TEMP B-TREE")
						if !strings.Contains(plan, x.plan) || sorts && x.who != helper || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN t\n") {
							t.Errorf("%+v is read so, want along an index %s:\n%s", q, x.plan, plan)
						}
					}
					page, err := Crates.Def().List(v, q)
					if err != nil {
						return err
					}
					if q.After = page.Next; x.who != helper && (len(page.Rows) != 50 || page.Next == "") || len(page.Rows) == 0 {
						t.Errorf("%+v gives %d records and the mark %q", q, len(page.Rows), page.Next)
					}
				}
				return nil
			})
		}
	}, records.Migrations(), tables)
}
