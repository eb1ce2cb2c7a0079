package records_test

import (
	"context"
	"testing"
	"testing/fstest"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit"
)

// Thing has a field of every kind, known and optional.
type Thing struct {
	records.Base[Thing]
	Name    string
	State   state
	Count   int64
	MaybeN  records.Opt[int64]
	Weight  records.Opt[float64]
	Price   records.Opt[records.Money]
	Rate    records.Opt[records.Scaled]
	Day     records.Opt[records.Date]
	At      records.Opt[records.Moment]
	Flag    bool
	Maybe   records.Opt[bool]
	Note    records.Opt[string]
	Code    records.Opt[string]
	Other   records.Opt[records.ID[Thing]]
	About   records.Opt[records.Ref]
	Pay     records.Opt[records.Money]
	Secret  records.Opt[string]
	OwnedBy records.Opt[string]
}

type state string

var Things = records.Define("test.thing", "Thing", "Things", "THG", func(x *Thing, f *records.Fields) {
	f.Title(&x.Name, "Name")
	records.Choices(f, &x.State, "State", state("new"), state("used")).List()
	records.Whole(f, &x.Count, "Count").Filter()
	records.Whole(f, &x.MaybeN, "Maybe").Filter()
	records.Measured(f, &x.Weight, "Weight").Filter()
	records.Price(f, &x.Price, "Price").Filter()
	records.Dec(f, &x.Rate, "Rate", 4).Filter()
	records.Day(f, &x.Day, "On day").Filter()
	records.When(f, &x.At, "At").Filter()
	records.Flag(f, &x.Flag, "Flag").Filter()
	records.Flag(f, &x.Maybe, "Maybe flag").Filter()
	records.Long(f, &x.Note, "Note")
	records.Str(f, &x.Code, "Code").Only()
	records.Linked(f, &x.Other, "Other")
	records.Refers(f, &x.About, "About", "test.thing")
	records.Price(f, &x.Pay, "Pay").Sensitive(access.Pay).Filter()
	records.Sealed(f, &x.Secret, "Secret")
	records.Str(f, &x.OwnedBy, "Owner").ScopeOf(access.Owned)
}).InArea(access.Systems).Check(func(_ *records.Tx, _, x *Thing) error {
	if x.Count < 0 {
		return fail.Field(&x.Count, "negative", "The count cannot be below zero.")
	}
	return nil
})

// Part is a fact of a thing.
type Part struct {
	Slot string
	Size records.Opt[int64]
	Kind string
}

var Parts = records.DefineFacts[Thing, Part]("test_part", "part", "Parts", func(p *Part, f *records.Fields) {
	records.Str(f, &p.Slot, "Slot")
	records.Whole(f, &p.Size, "Size")
	records.Str(f, &p.Kind, "Kind")
}, func(p *Part) []any { return []any{&p.Slot} })

func registry() *records.Registry {
	reg := records.NewRegistry(Things)
	reg.Seal = func(s string) (string, error) { return "x" + s, nil }
	reg.Unseal = func(s string) (string, error) { return s[1:], nil }
	return reg
}

func tables() storage.Migrations {
	sql := registry().Draft(Things.Def()) + Parts.Set().Draft("test_thing")
	return storage.Migrations{Module: "test", Files: fstest.MapFS{"0001_test.sql": {Data: []byte(sql)}}}
}

// each runs fn on both databases with the test's tables.
func each(t *testing.T, fn func(t *testing.T, db *storage.Database)) {
	testkit.Each(t, func(t *testing.T, db *storage.Database) {
		registry().Attach(db)
		fn(t, db)
	}, records.Migrations(), tables())
}

func update(t testing.TB, db *storage.Database, who *access.Actor, fn func(u *records.Tx) error) error {
	t.Helper()
	return db.Update(context.Background(), who, func(u *storage.Update) error { u.Origin = "test"; return fn(u) })
}

func do(t testing.TB, db *storage.Database, fn func(u *records.Tx) error) {
	t.Helper()
	if err := update(t, db, access.System(), fn); err != nil {
		t.Fatal(err)
	}
}

func look(t testing.TB, db *storage.Database, who *access.Actor, fn func(v *records.View) error) {
	t.Helper()
	if err := db.View(context.Background(), who, fn); err != nil {
		t.Fatal(err)
	}
}

// person is an actor with grants of its own.
func person(id string, grants ...access.Grant) *access.Actor {
	return &access.Actor{Kind: access.PersonKind, Person: id, Name: id, Grants: grants}
}

func all(acts ...access.Act) (out []access.Grant) {
	for _, a := range acts {
		out = append(out, access.Grant{Area: access.Systems, Act: a, Scope: access.All})
	}
	return out
}
