package identity_test

import (
	"context"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
	"steward/modules/identity"
	"steward/modules/search"
)

const good = "lamp-orbit-velvet-17"

var (
	ctx    = context.Background()
	office = signin.Client{Address: "192.0.2.7:51515", Browser: "Firefox"}
)

// world is a program with accounts ada@example.org and bob@example.org.
type world struct {
	*apptest.Program
	t  *testing.T
	id map[string]string
}

func each(t *testing.T, fn func(w *world)) {
	apptest.Each(t, []app.Module{identity.Module(), search.Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		w := &world{p, t, map[string]string{}}
		p.Do(t, func(u *records.Tx) error {
			for _, name := range []string{"ada", "bob"} {
				person := &org.Person{Name: name}
				if err := org.Persons.Create(u, person); err != nil {
					return err
				}
				w.id[name] = string(person.ID)
				if err := signin.CreateAccount(u, string(person.ID), name+"@example.org", good); err != nil {
					return err
				}
			}
			return nil
		})
		fn(w)
	})
}

func (w *world) try(by string, fn func(u *storage.Update) error) error {
	return w.DB.Update(ctx, &access.Actor{Kind: access.PersonKind, Person: by}, fn)
}

func (w *world) do(by string, fn func(u *storage.Update) error) {
	w.t.Helper()
	if err := w.try(by, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(fn func(v *storage.View) error) error {
	return w.DB.View(ctx, access.System(), fn)
}

func (w *world) session(secret string) (s *signin.Session, err error) {
	err = w.read(func(v *storage.View) (err error) { s, err = signin.SessionOf(v, secret); return err })
	return s, err
}
