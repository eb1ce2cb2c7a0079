package lists_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/lists"
	"steward/modules/vendors"
)

var contracts = vendors.Contracts.Def()

func query(t *testing.T, text string) string {
	t.Helper()
	in, err := url.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	q, err := lists.Canonical(nil, contracts, in)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func given(t *testing.T, p *apptest.Program, n int) (ids []string) {
	t.Helper()
	p.Do(t, func(u *records.Tx) error {
		v := &vendors.Vendor{Name: "SAP SE", Country: "DE", State: vendors.Approved}
		if err := vendors.Vendors.Create(u, v); err != nil {
			return err
		}
		for i := range n {
			c := &vendors.Contract{Title: fmt.Sprintf("Contract %03d", i), Vendor: v.ID, State: vendors.Draft, Starts: "2026-01-01", WorkingDay: vendors.NoRule}
			if err := vendors.Contracts.Create(u, c); err != nil {
				return err
			}
			ids = append(ids, string(c.ID))
		}
		return nil
	})
	return ids
}

// refused runs fn as the actor and returns what it is refused with.
func refused(t *testing.T, p *apptest.Program, a *access.Actor, fn func(u *records.Tx) error) *fail.Error {
	t.Helper()
	err := p.DB.Update(context.Background(), a, func(u *storage.Update) error { return fn(u) })
	e := fail.As(err)
	if e == nil {
		t.Fatalf("got %v, want it refused", err)
	}
	return e
}

func TestAListOpensWithThePersonsOwnView(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		given(t, p, 1)
		helena := p.Person(t, "Helena Lindqvist", access.MISManager)
		b := p.Browser(t, helena)
		a := b.Post("/vendors/contracts/views", url.Values{"do": {"new"}, "name": {"  Running   out "}, "query": {"state=active&sort=-current_end&col=ends&col=state&after=xyz"}})
		if body := b.Get(a.Header.Get("Location")).Body; !strings.Contains(body, `aria-current="page">Running out`) {
			t.Fatalf("after saving: %d %s, want the list with its view open", a.Status, a.Header.Get("Location"))
		}
		var id string
		p.Look(t, helena, func(v *records.View) error {
			views, err := lists.Views(v, contracts)
			if len(views) != 1 || views[0].Query != "col=ends&col=state&sort=-current_end&state=active" {
				t.Errorf("got %+v, want one view without the page mark", views)
			}
			id = views[0].ID
			return err
		})
		if body := b.Get("/vendors/contracts?view=" + id + "&state=active&col=ends&col=state").Body; strings.Index(body, ">Ends<") > strings.Index(body, ">State<") && strings.Contains(body, ">Ends<") {
			t.Error("the columns are not in the order of the address")
		}
		b.Post("/vendors/contracts/views", url.Values{"do": {"default"}, "id": {id}})
		if to := b.Get("/vendors/contracts").Header.Get("Location"); !strings.HasSuffix(to, "view="+id) {
			t.Errorf("the list opens with %q, want the default view", to)
		}
		if body := b.Get("/vendors/contracts?view=all").Body; !strings.Contains(body, `aria-current="page">All`) {
			t.Error("the whole list cannot be had beside a default view")
		}
		b.Post("/vendors/contracts/views", url.Values{"do": {"delete"}, "id": {id}})
		if body := b.Get("/vendors/contracts").Body; strings.Contains(body, "Running out") {
			t.Error("a deleted view is still there")
		}
	})
}

func TestAViewIsSharedWithARoleAUnitOrAllByThoseWhoMay(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		helena := p.Person(t, "Helena Lindqvist", access.MISManager)
		tomasz := p.Person(t, "Tomasz Wojcik", access.Technician)
		claudia := p.Person(t, "Claudia Vogt", access.Employee)
		var unit records.ID[org.Unit]
		p.Do(t, func(u *records.Tx) error {
			top := &org.Unit{Name: "Finance", Kind: org.Department}
			if err := org.Units.Create(u, top); err != nil {
				return err
			}
			team := &org.Unit{Name: "Payroll", Kind: org.Team, Parent: records.Some(top.ID)}
			if err := org.Units.Create(u, team); err != nil {
				return err
			}
			unit = top.ID
			return org.Persons.Update(u, records.ID[org.Person](tomasz.Person), func(x *org.Person) error { x.Unit = records.Some(team.ID); return nil })
		})
		save := func(a *access.Actor, name, shared string) (id string) {
			p.DoAs(t, a, func(u *records.Tx) error {
				v, err := lists.Save(u, contracts, lists.View{Name: name, Query: query(t, "state=active"), Shared: shared})
				id = v.ID
				return err
			})
			return id
		}
		ofRole, ofUnit := save(helena, "Role", "role:technician"), save(helena, "Unit", "unit:"+string(unit))
		save(helena, "Mine", "")
		save(helena, "Everybody", "all")
		names := func(a *access.Actor) (out string) {
			p.Look(t, a, func(v *records.View) error {
				views, err := lists.Views(v, contracts)
				for _, one := range views {
					out += one.Name + " "
				}
				return err
			})
			return out
		}
		if got := names(tomasz); got != "Everybody Role Unit " {
			t.Errorf("a technician of a team below the unit has %q", got)
		}
		if got := names(claudia); got != "Everybody " {
			t.Errorf("somebody else has %q", got)
		}
		if e := refused(t, p, tomasz, func(u *records.Tx) error {
			_, err := lists.Save(u, contracts, lists.View{Name: "X", Shared: "all"})
			return err
		}); e.Key != "lists.may-not-share" {
			t.Errorf("a technician shares: got %v", e)
		}
		if e := refused(t, p, tomasz, func(u *records.Tx) error {
			_, err := lists.Save(u, contracts, lists.View{ID: ofRole, Name: "X"})
			return err
		}); e.Kind != fail.Forbidden {
			t.Errorf("somebody else's view is overwritten: got %v", e)
		}
		if e := refused(t, p, tomasz, func(u *records.Tx) error { return lists.Delete(u, contracts, ofUnit) }); e.Kind != fail.Forbidden {
			t.Errorf("somebody else's view is deleted: got %v", e)
		}
		if e := refused(t, p, helena, func(u *records.Tx) error {
			_, err := lists.Save(u, contracts, lists.View{Name: "X", Shared: "unit:nowhere"})
			return err
		}); e.Key != "lists.share" {
			t.Errorf("shared with a unit that is not there: got %v", e)
		}
	})
}

func TestBadNamesOfViewsAreRefused(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	helena := p.Person(t, "Helena Lindqvist", access.MISManager)
	p.DoAs(t, helena, func(u *records.Tx) error {
		_, err := lists.Save(u, contracts, lists.View{Name: "Übersicht"})
		return err
	})
	for _, name := range []string{"", "   ", strings.Repeat("x", 61), "a\x00b", "a\nb", "a\u202eb", "\xff", "  ÜBERSICHT "} {
		if e := refused(t, p, helena, func(u *records.Tx) error {
			_, err := lists.Save(u, contracts, lists.View{Name: name})
			return err
		}); e.Field != "name" {
			t.Errorf("%q: got %v, want the name refused", name, e)
		}
	}
	if a := p.Browser(t, helena).Post("/vendors/contracts/views", url.Values{"do": {"new"}, "name": {""}, "query": {"state=active"}}); a.Status != 422 || !strings.Contains(a.Body, `value="state=active"`) {
		t.Errorf("the page answers %d, want 422 with what was to be kept", a.Status)
	}
}

func TestAChangeIsPreviewedDoneAndUndoneAsOne(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		helena := p.Person(t, "Helena Lindqvist", access.MISManager)
		ids := given(t, p, 6)
		p.Clock.Advance(time.Minute)
		b := p.Browser(t, helena)
		a := b.Post("/vendors/contracts/bulk", url.Values{"do": {"change"}, "every": {"true"}, "query": {"/vendors/contracts?state=draft"}})
		path := a.Header.Get("Location")
		if body := b.Get(path).Body; !strings.Contains(body, "change 6 records") {
			t.Fatalf("choosing all that match: %d %s\n%.300s", a.Status, path, body)
		}
		if body := b.Get(path + "?field=owner").Body; !strings.Contains(body, `id="f-owner"`) {
			t.Error("the field chosen has no input")
		}
		b.Post(path, url.Values{"do": {"set"}, "field": {"owner"}, "owner": {helena.Person}, "has.owner": {"1"}})
		b.Post(path, url.Values{"do": {"set"}, "field": {"+tag"}, "tag": {"audit 2026"}})
		// One is changed by somebody else between the choice and the deed.
		p.Do(t, func(u *records.Tx) error {
			return vendors.Contracts.Update(u, records.ID[vendors.Contract](ids[2]), func(c *vendors.Contract) error { c.LeadDays = 9; return nil })
		})
		body := b.Get(path).Body
		if !strings.Contains(body, "Change 5 records") || !strings.Contains(body, "Somebody changed this record since") {
			t.Fatalf("the preview does not say that 5 change and 1 is refused:\n%s", body)
		}
		p.Look(t, helena, func(v *records.View) error {
			c, err := vendors.Contracts.Get(v, records.ID[vendors.Contract](ids[0]))
			if err == nil && c.Owner.Set {
				t.Error("the preview has changed a record")
			}
			return err
		})
		count := func() (owned, tagged int64) {
			p.Look(t, helena, func(v *records.View) (err error) {
				if owned, err = vendors.Contracts.Count(v, records.Query{Where: []records.Cond{records.Is(&vendors.Contracts.P.Owner, helena.Person)}}); err != nil {
					return err
				}
				tagged, err = vendors.Contracts.Count(v, records.Query{Tag: "Audit 2026"})
				return err
			})
			return owned, tagged
		}
		b.Post(path, url.Values{"do": {"run"}})
		if owned, tagged := count(); owned != 5 || tagged != 5 {
			t.Errorf("%d have the owner and %d the tag, want 5 each", owned, tagged)
		}
		p.Look(t, helena, func(v *records.View) error {
			entries, err := contracts.History(v, ids[0], 10)
			if len(entries) < 2 || !strings.HasPrefix(entries[0].Origin, "bulk:") || entries[0].Actor != helena.Person {
				t.Errorf("the history says %+v", entries)
			}
			return err
		})
		b.Post(path, url.Values{"do": {"undo"}})
		if owned, tagged := count(); owned != 0 || tagged != 0 {
			t.Errorf("after the undo %d have the owner and %d the tag", owned, tagged)
		}
	})
}

func TestManyRecordsAreChangedByAJobUnderThePersonsRights(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		helena := p.Person(t, "Helena Lindqvist", access.MISManager)
		given(t, p, lists.AtOnce+15)
		var c *lists.Change
		p.DoAs(t, helena, func(u *records.Tx) (err error) {
			if c, err = lists.Start(u, contracts, records.Query{}, "/vendors/contracts"); err != nil {
				return err
			}
			if err := c.Plan(u, contracts, []lists.Step{{Act: lists.Archive}}); err != nil {
				return err
			}
			return c.Begin(u, contracts)
		})
		if c.State != lists.Running || c.Job == "" {
			t.Fatalf("%d records: got state %s without a job", lists.AtOnce+15, c.State)
		}
		if _, err := p.Runner.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		p.Look(t, helena, func(v *records.View) error {
			now, _, err := lists.Get(v, c.ID)
			if err == nil && (now.State != lists.Done || now.Counts[lists.Changed] != lists.AtOnce+15) {
				t.Errorf("after the job: %s %v", now.State, now.Counts)
			}
			return err
		})
		if e := refused(t, p, p.Person(t, "Oskar", access.Auditor), func(u *records.Tx) error {
			_, err := lists.Start(u, contracts, records.Query{}, "")
			return err
		}); e.Kind != fail.Forbidden {
			t.Errorf("an auditor changes records: got %v", e)
		}
	})
}

func TestWhatCannotBeSetForManyIsRefused(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	helena := p.Person(t, "Helena Lindqvist", access.MISManager)
	given(t, p, 1)
	for _, s := range []lists.Step{{Act: "delete"}, {Act: lists.SetField, Field: "title", Value: "x"}, {Act: lists.SetField, Field: "decide_by", Value: "2026-01-01"}, {Act: lists.SetField, Field: "nothing"},
		{Act: lists.ClearField, Field: "state"}, {Act: lists.SetField, Field: "ends", Value: "tomorrow"}, {Act: lists.AddTag}} {
		refused(t, p, helena, func(u *records.Tx) error {
			c, err := lists.Start(u, contracts, records.Query{}, "")
			if err != nil {
				return err
			}
			return c.Plan(u, contracts, []lists.Step{s})
		})
	}
}
