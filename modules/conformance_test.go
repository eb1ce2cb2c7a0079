package modules_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	dist "steward/web"
)

// The tests here hold for every record type of the program, whoever adds it.

func TestTheTablesOfAllTypesAgreeWithTheirDefinitions(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Look(t, access.System(), func(v *records.View) error {
			drift, err := p.Registry.Drift(v)
			for _, d := range drift {
				t.Error(d)
			}
			return err
		})
	})
}

func TestEveryLinkHasAnIndexAndEveryFilterToo(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Look(t, access.System(), func(v *records.View) error {
		for _, d := range p.Registry.Defs() {
			for _, f := range d.Fields {
				if !f.Filters {
					continue
				}
				column := f.Name
				if f.Kind == records.Text || f.Kind == records.LongText {
					if !f.Unique {
						column += "_key"
					}
				}
				var n int
				if _, err := v.Row("SELECT COUNT(*) FROM pragma_index_list($1) l JOIN pragma_index_info(l.name) i ON i.seqno = 0 WHERE i.name = $2", []any{d.Table, column}, &n); err != nil {
					return err
				}
				if n == 0 {
					t.Errorf("%s: no index starts with %s, by which its list filters and sorts", d.Table, column)
				}
			}
		}
		return nil
	})
}

func TestEveryTypeIsCreatedChangedArchivedAndUndone(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		for _, d := range p.Registry.Defs() {
			t.Run(d.Name, func(t *testing.T) {
				var id string
				p.Do(t, func(u *records.Tx) error {
					rec, err := apptest.Sample(u, d, 1)
					if err != nil {
						return err
					}
					if err := d.Create(u, rec); err != nil {
						return err
					}
					id = records.Record{Def: d, V: rec}.ID()
					return nil
				})
				p.Look(t, access.System(), func(v *records.View) error {
					rec, err := d.Get(v, id)
					if err != nil {
						return err
					}
					if rec.Meta().Version != 1 || rec.Meta().Number < 1 {
						t.Errorf("a new record has version %d and number %d", rec.Meta().Version, rec.Meta().Number)
					}
					h, err := d.History(v, id, 10)
					if err != nil || len(h) == 0 || h[len(h)-1].Act != "create" {
						t.Errorf("history of a new record: %v, %v", h, err)
					}
					_, err = d.List(v, records.Query{Limit: 10})
					return err
				})
				p.Do(t, func(u *records.Tx) error { return d.Archive(u, id, records.AnyVersion) })
				p.Look(t, access.System(), func(v *records.View) error {
					n, err := d.Count(v, records.Query{IDs: []string{id}}, 0)
					if n != 0 {
						t.Error("an archived record still stands in the list")
					}
					return err
				})
				p.Do(t, func(u *records.Tx) error { return d.Restore(u, id, records.AnyVersion) })
				err := p.DB.Update(context.Background(), access.System(), func(u *storage.Update) error {
					return d.Update(u, id, 1, func(any) error { return nil })
				})
				if err == nil || !strings.Contains(err.Error(), "Somebody saved") {
					t.Errorf("a change of version 1 after two more writes: %v, want a conflict", err)
				}
			})
		}
	})
}

func TestEveryListFormAndPageAnswersForTheManager(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	helena := p.Person(t, "Helena Lindqvist", access.Administrator, access.MISManager)
	b := p.Browser(t, helena)
	for _, d := range p.Registry.Defs() {
		if d.IsInternal {
			continue
		}
		var id string
		p.Do(t, func(u *records.Tx) error {
			for _, act := range access.Acts { // what is closed is opened for the try
				if d.Closed == access.Ordinary {
					break
				}
				if _, err := signin.AddGrant(u, signin.Grant{Grant: access.Grant{Area: d.Area, Act: act, Scope: access.All, Sensitivity: d.Closed}, Person: helena.Person, Reason: "Tried."}); err != nil {
					return err
				}
			}
			rec, err := apptest.Sample(u, d, 7)
			if err == nil {
				err = d.Create(u, rec)
			}
			id = records.Record{Def: d, V: rec}.ID()
			return err
		})
		paths := []string{d.Path(""), d.Path("") + "?q=sample&sort=-number", d.Path(id), d.Path("") + ".csv", d.Path("") + ".xlsx?columns=all"}
		if !d.Unwritten() {
			paths = append(paths, d.Path("new"), d.Path(id)+"/edit")
		}
		for _, path := range paths {
			if a := b.Get(path); a.Status != 200 {
				t.Errorf("GET %s: %d %.300s", path, a.Status, a.Body)
			}
		}
	}
}

func TestWhoIsNotSignedInSeesNoPage(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	b := p.Browser(t, nil)
	for _, d := range p.Registry.Defs() {
		if d.IsInternal {
			continue
		}
		if a := b.Get(d.Path("")); a.Status != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/sign-in") {
			t.Errorf("GET %s: %d to %q, want to sign in", d.Path(""), a.Status, a.Header.Get("Location"))
		}
		if a := b.Post(d.Path(""), url.Values{"name": {"x"}}); a.Status != 401 {
			t.Errorf("POST %s: %d, want 401", d.Path(""), a.Status)
		}
	}
}

func TestAScriptInATextIsShownAndNotRun(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	b := p.Browser(t, p.Person(t, "Helena Lindqvist", access.Administrator, access.MISManager))
	const attack = `<script>alert(1)</script><img src=x onerror=alert(1)>"'`
	for _, d := range p.Registry.Defs() {
		if d.IsInternal {
			continue
		}
		var id string
		p.Do(t, func(u *records.Tx) error {
			rec, err := apptest.Sample(u, d, 3)
			if err != nil {
				return err
			}
			for _, f := range d.Fields {
				if (f.Kind == records.Text || f.Kind == records.LongText) && f.Format == "" && (f.MaxLen == 0 || f.MaxLen >= len(attack)) && !f.Unique && !f.ReadOnly && !f.IsHidden {
					d.SetValue(rec, f.Name, attack)
				}
			}
			if err := d.Create(u, rec); err != nil {
				// A type's own rule may refuse the text; then it cannot be shown either.
				return d.Create(u, must(apptest.Sample(u, d, 4)))
			}
			id = records.Record{Def: d, V: rec}.ID()
			return nil
		})
		if id == "" {
			continue
		}
		for _, path := range []string{d.Path(""), d.Path(id), d.Path(id) + "/edit"} {
			a := b.Get(path)
			if strings.Contains(a.Body, "<script>alert") || strings.Contains(a.Body, "<img src=x") {
				t.Errorf("GET %s holds the script as it was typed", path)
			}
		}
	}
}

func must(rec any, err error) any {
	if err != nil {
		panic(err)
	}
	return rec
}

// TestTheListShowsWhatTheDecisionAllows holds the SQL filter of lists against the
// decision record by record, for every role and type.
func TestTheListShowsWhatTheDecisionAllows(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		var people []*access.Actor
		for _, role := range access.Roles() {
			people = append(people, p.Person(t, "Person "+role.Name, role.Name))
		}
		for _, d := range p.Registry.Defs() {
			for i, who := range people {
				p.Do(t, func(u *records.Tx) error {
					rec, err := apptest.Sample(u, d, 20+i)
					if err != nil {
						return err
					}
					for _, f := range d.Fields {
						if f.Scope != "" && f.Kind == records.Link && p.Registry.Targets(f)[0].Name == "org.person" {
							d.SetValue(rec, f.Name, who.Person)
						}
					}
					return d.Create(u, rec)
				})
			}
		}
		for _, who := range people {
			for _, d := range p.Registry.Defs() {
				allowed := map[string]bool{}
				p.Look(t, access.System(), func(v *records.View) error {
					page, err := d.List(v, records.Query{})
					if err != nil {
						return err
					}
					asked := *v
					asked.Actor = who
					for _, rec := range page.Rows {
						ok, err := d.May(&asked, access.View, rec.V)
						if err != nil {
							return err
						}
						allowed[rec.ID()] = ok
					}
					return nil
				})
				p.Look(t, who, func(v *records.View) error {
					page, err := d.List(v, records.Query{})
					if err != nil {
						return err
					}
					listed := map[string]bool{}
					for _, rec := range page.Rows {
						listed[rec.ID()] = true
					}
					for id, ok := range allowed {
						if ok != listed[id] {
							t.Errorf("%s, %s: the decision says %v, the list says %v", who.Name, d.Name, ok, listed[id])
						}
					}
					return nil
				})
			}
		}
	})
}

func TestEveryTypeAndPlaceHasAnIconOfTheSprite(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	for _, d := range p.Registry.Defs() {
		if !d.IsInternal && !dist.HasIcon(d.IconName) {
			t.Errorf("%s: there is no icon %q", d.Name, d.IconName)
		}
	}
	for _, g := range p.Site.Groups {
		for _, it := range g.Items {
			if it.Type == nil && !dist.HasIcon(it.Icon) {
				t.Errorf("%s: there is no icon %q", it.Title, it.Icon)
			}
		}
	}
}
