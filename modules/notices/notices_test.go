package notices_test

import (
	"context"
	"net"
	"net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/decisions"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/testkit"
	"steward/kernel/testkit/apptest"
	"steward/lib/locale"
	"steward/modules"
	"steward/modules/notices"
	"steward/modules/notices/post"
	"steward/modules/vendors"
)

// look lets a minute pass and has the program look through what happened.
func look(t *testing.T, p *apptest.Program) {
	t.Helper()
	p.Clock.Advance(time.Minute)
	if _, err := p.Runner.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// heard are the reader's notices in English, the latest first.
func heard(t *testing.T, p *apptest.Program, a *access.Actor) (out []string) {
	t.Helper()
	p.Look(t, a, func(v *records.View) error {
		list, err := notices.List(v, false, 0, 100)
		for _, n := range list {
			text := n.Said.In(p.Words, locale.En)
			if n.Hidden {
				text = "hidden"
			}
			out = append(out, n.Kind+": "+text)
		}
		return err
	})
	return out
}

func contract(t *testing.T, p *apptest.Program, change func(*vendors.Contract)) (id string) {
	t.Helper()
	p.Do(t, func(u *records.Tx) error {
		v := &vendors.Vendor{Name: "SAP SE", Country: "DE", State: vendors.Approved}
		if err := vendors.Vendors.Create(u, v); err != nil {
			return err
		}
		c := &vendors.Contract{Title: "ERP support", Vendor: v.ID, State: vendors.Draft, Starts: "2026-01-01", WorkingDay: vendors.NoRule}
		if change != nil {
			change(c)
		}
		err := vendors.Contracts.Create(u, c)
		id = string(c.ID)
		return err
	})
	return id
}

func TestACommentReachesWhomItNamesAndWhoFollowsOnce(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		helena, anna := p.Person(t, "Helena Lindqvist", access.MISManager), p.Person(t, "Anna Kovács", access.Technician)
		oskar := p.Person(t, "Oskar", access.Auditor)
		look(t, p)
		id := contract(t, p, nil)
		def := vendors.Contracts.Def()
		p.DoAs(t, oskar, func(u *records.Tx) error { return notices.Follow(u, def, id, true) })
		p.DoAs(t, anna, func(u *records.Tx) error { return notices.Follow(u, def, id, true) })
		p.Clock.Advance(time.Second)
		p.DoAs(t, helena, func(u *records.Tx) error { return def.Comment(u, id, "Is this right, @anna kovács? Not @annabel.") })
		look(t, p)
		look(t, p)
		if got := heard(t, p, anna); len(got) != 1 || !strings.HasPrefix(got[0], "mention: Helena Lindqvist mentioned you on ERP support") {
			t.Errorf("the one named heard %q", got)
		}
		if got := heard(t, p, oskar); len(got) != 1 || !strings.HasPrefix(got[0], "followed: Helena Lindqvist commented") {
			t.Errorf("who follows heard %q", got)
		}
		if got := heard(t, p, helena); len(got) != 0 {
			t.Errorf("who wrote it heard %q", got)
		}
		p.DoAs(t, oskar, func(u *records.Tx) error { return notices.Follow(u, def, id, false) })
		p.DoAs(t, helena, func(u *records.Tx) error { return def.Archive(u, id, records.AnyVersion) })
		look(t, p)
		if got := heard(t, p, oskar); len(got) != 1 {
			t.Errorf("who no longer follows heard %q", got)
		}
		if got := heard(t, p, anna); len(got) != 2 || !strings.Contains(got[0], "archived ERP support") {
			t.Errorf("who still follows heard %q", got)
		}
	})
}

func TestADecisionThatWaitsReachesWhoDecidesAndItsAnswerWhoAsked(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		p.Clock.Set(time.Date(2026, 2, 11, 9, 0, 0, 0, time.UTC))
		helena := p.Person(t, "Helena Lindqvist", access.MISManager)
		tomasz := p.Person(t, "Tomasz", access.Technician)
		look(t, p)
		contract(t, p, func(c *vendors.Contract) {
			c.State, c.Ends, c.NoticeMonths, c.RenewsMonths = vendors.Active, records.Some(records.Date("2026-05-01")), records.Some(int64(2)), records.Some(int64(12))
			c.Owner = records.Some(records.ID[org.Person](helena.Person))
		})
		if err := p.Refresh(context.Background()); err != nil {
			t.Fatal(err)
		}
		look(t, p)
		got := heard(t, p, helena)
		if len(got) == 0 || !strings.HasPrefix(got[len(got)-1], "decision: ") {
			t.Fatalf("who decides heard %q", got)
		}
		if got := heard(t, p, tomasz); len(got) != 0 {
			t.Errorf("a technician heard %q", got)
		}
		var d *decisions.Decision
		p.Look(t, helena, func(v *records.View) error {
			list, err := decisions.List(v, decisions.Mine, 10)
			d = list[0]
			return err
		})
		p.DoAs(t, helena, func(u *records.Tx) error {
			return decisions.Delegate(u, d.ID, tomasz.Person, "2026-03-01", "You know the vendor")
		})
		look(t, p)
		if got := heard(t, p, tomasz); len(got) != 1 || !strings.Contains(got[0], "delegated to you") {
			t.Fatalf("the delegate heard %q", got)
		}
		p.DoAs(t, tomasz, func(u *records.Tx) error {
			return decisions.Decide(u, d.ID, decisions.Choice{Option: d.Options[0].Key, Reason: "Cheaper"})
		})
		look(t, p)
		if got := heard(t, p, helena); !strings.HasPrefix(got[0], "decided: Tomasz decided") {
			t.Errorf("who delegated heard %q", got)
		}
	})
}

func TestWhatIsReadIsReadUnderTheRightsOfThatMoment(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		helena, anna := p.Person(t, "Helena Lindqvist", access.MISManager), p.Person(t, "Anna", access.Technician)
		look(t, p)
		id := contract(t, p, nil)
		p.Clock.Advance(time.Second)
		p.DoAs(t, helena, func(u *records.Tx) error { return vendors.Contracts.Def().Comment(u, id, "@anna secret price") })
		look(t, p)
		b := p.Browser(t, anna)
		if body := b.Get("/").Body; !strings.Contains(body, "Notifications: 1 unread") {
			t.Error("the bell does not count")
		}
		if body := b.Get("/notifications").Body; !strings.Contains(body, "secret price") {
			t.Error("the page does not tell")
		}
		p.Do(t, func(u *records.Tx) error {
			roles, err := signin.Roles(u, anna.Person)
			if err != nil {
				return err
			}
			return signin.TakeRole(u, roles[0].ID)
		})
		if body := b.Get("/notifications").Body; strings.Contains(body, "secret price") || !strings.Contains(body, "may not see any more") {
			t.Error("what may not be seen any more is still told")
		}
		if a := b.Post("/notifications", url.Values{"do": {"all"}}); a.Status != 303 {
			t.Errorf("marking all as read answers %d", a.Status)
		}
		if body := b.Get("/").Body; strings.Contains(body, "1 unread") {
			t.Error("what was read still counts")
		}
	})
}

func TestAPersonHearsOnlyAsChosen(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	helena, anna := p.Person(t, "Helena Lindqvist", access.MISManager), p.Person(t, "Anna", access.Technician)
	look(t, p)
	id := contract(t, p, nil)
	b := p.Browser(t, anna)
	if a := b.Post("/notifications/settings", url.Values{"mention": {"none"}, "digest": {"true"}}); a.Status != 303 {
		t.Fatalf("choosing answers %d", a.Status)
	}
	p.DoAs(t, helena, func(u *records.Tx) error { return vendors.Contracts.Def().Comment(u, id, "@anna look") })
	look(t, p)
	if got := heard(t, p, anna); len(got) != 0 {
		t.Errorf("who wants to hear nothing heard %q", got)
	}
	if a := b.Post("/notifications/settings", url.Values{"mention": {"loud"}}); a.Status != 422 {
		t.Errorf("an unknown way answers %d, want 422", a.Status)
	}
}

func TestATokenThatRunsOutIsToldOnceAndOldNoticesGo(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	helena := p.Person(t, "Helena Lindqvist", access.MISManager)
	p.Do(t, func(u *records.Tx) error {
		_, err := signin.CreateToken(u, signin.Token{Name: "ledger", Person: helena.Person, Scopes: []access.TokenScope{{Area: "*", Act: access.View}}, Expires: u.Now.AddDate(0, 0, 5)})
		return err
	})
	look(t, p)
	look(t, p)
	if got := strings.Join(heard(t, p, helena), "\n"); strings.Count(got, "The access token ledger runs out on") != 1 {
		t.Fatalf("heard %q", got)
	}
	p.Clock.Advance(181 * 24 * time.Hour)
	look(t, p)
	if got := strings.Join(heard(t, p, helena), "\n"); strings.Contains(got, "ledger") {
		t.Errorf("after half a year still %q", got)
	}
}

// lettersTo are the letters in the box to one address, the oldest first.
func lettersTo(t *testing.T, box *testkit.Postbox, address string) (out []string) {
	t.Helper()
	for _, letter := range box.Letters() {
		m, err := mail.ReadMessage(strings.NewReader(letter))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(m.Header.Get("To"), "<"+address+">") {
			out = append(out, letter)
		}
	}
	return out
}

func TestMailGoesAtOnceOrOnceADayUnderTheReadersRights(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	p.Clock.Set(time.Date(2026, 2, 11, 9, 0, 0, 0, time.UTC))
	admin := p.Person(t, "Anders Holm", access.Administrator)
	helena, anna := p.Person(t, "Helena Lindqvist", access.MISManager), p.Person(t, "Anna", access.Technician)
	box := testkit.NewPostbox(t)
	p.DoAs(t, admin, func(u *records.Tx) error {
		return post.Save(u, p.Key, post.Settings{Host: "127.0.0.1", Port: box.Port, Security: post.Plain, From: "steward@nordwind.example"}, "")
	})
	for _, a := range []*access.Actor{helena, anna} {
		p.Do(t, func(u *records.Tx) error {
			return org.Persons.Update(u, records.ID[org.Person](a.Person), func(x *org.Person) error {
				x.Email, x.Lang = records.Some(strings.ToLower(strings.Fields(a.Name)[0])+"@nordwind.example"), records.Some("en")
				return nil
			})
		})
	}
	look(t, p)
	id := contract(t, p, nil)
	p.DoAs(t, anna, func(u *records.Tx) error {
		return vendors.Contracts.Def().Comment(u, id, "@helena.lindqvist please look")
	})
	look(t, p)
	look(t, p)
	if got := lettersTo(t, box, "helena@nordwind.example"); len(got) != 1 || !strings.Contains(got[0], "mentioned you on ERP support: @helena.lindqvist please look") {
		t.Fatalf("got %d letters: %q", len(got), got)
	}
	if a := p.Browser(t, anna).Post("/notifications/settings", url.Values{"mention": {"mail"}, "digest": {"true"}}); a.Status != 303 {
		t.Fatal(a.Status)
	}
	for _, text := range []string{"@anna one", "@anna two"} {
		p.DoAs(t, helena, func(u *records.Tx) error { return vendors.Contracts.Def().Comment(u, id, text) })
	}
	look(t, p)
	look(t, p)
	if n := len(lettersTo(t, box, "anna@nordwind.example")); n != 0 {
		t.Errorf("who wants one mail a day got %d at once", n)
	}
	if got := heard(t, p, anna); len(got) != 0 {
		t.Errorf("who wants mail alone reads %q in the program", got)
	}
	p.Clock.Advance(24 * time.Hour)
	look(t, p)
	// a day on, this machine was inventoried, and its updates may have been put
	// before the MIS manager by mail: that letter is not Anna's
	got := lettersTo(t, box, "anna@nordwind.example")
	if len(got) != 1 || !strings.Contains(got[0], "2_notifications") || !strings.Contains(got[0], "@anna one") || !strings.Contains(got[0], "@anna two") {
		t.Errorf("the day's letter is %q", got)
	}
}

func TestALetterWaitsForAServerThatIsAwayAndAdministratorsHearOfItOnceADay(t *testing.T) {
	p := apptest.SQLite(t, []app.Module{notices.Module(), vendors.Module()})
	p.Organisation(t)
	p.Clock.Set(time.Date(2026, 2, 11, 9, 0, 0, 0, time.UTC))
	admin, helena := p.Person(t, "Anders Holm", access.Administrator), p.Person(t, "Helena Lindqvist", access.MISManager)
	p.Do(t, func(u *records.Tx) error {
		return org.Persons.Update(u, records.ID[org.Person](helena.Person), func(x *org.Person) error {
			x.Email, x.Lang = records.Some("helena@nordwind.example"), records.Some("en")
			return nil
		})
	})
	gone, err := net.Listen("tcp", "127.0.0.1:0") // a port at which nothing answers
	if err != nil {
		t.Fatal(err)
	}
	port := gone.Addr().(*net.TCPAddr).Port
	gone.Close()
	settings := post.Settings{Host: "127.0.0.1", Port: port, Security: post.Plain, From: "steward@nordwind.example"}
	save := func() {
		p.DoAs(t, admin, func(u *records.Tx) error { return post.Save(u, p.Key, settings, "") })
	}
	save()
	look(t, p)
	id := contract(t, p, nil)
	p.DoAs(t, admin, func(u *records.Tx) error {
		return vendors.Contracts.Def().Comment(u, id, "@helena.lindqvist please look")
	})
	for range 10 { // twenty hours
		look(t, p)
		p.Clock.Advance(2 * time.Hour)
	}
	look(t, p)
	told := 0
	for _, text := range heard(t, p, admin) {
		if strings.Contains(text, "Mail cannot be sent") {
			told++
		}
	}
	if told < 1 || told > 2 { // twenty hours lie on two days
		t.Errorf("the administrator heard %d times that mail cannot be sent", told)
	}
	box := testkit.NewPostbox(t)
	settings.Port = box.Port
	save()
	for range 4 { // the pause before the next attempt passes
		p.Clock.Advance(time.Hour)
		look(t, p)
	}
	if got := lettersTo(t, box, "helena@nordwind.example"); len(got) == 0 || !strings.Contains(got[0], "please look") {
		t.Errorf("the letter was given up: %q", got)
	}
}
