package settings_test

import (
	"slices"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/testkit/apptest"
	"steward/modules/settings"
)

func TestWhoCanSeeARecordAndWhyOrWhyNot(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		ada, closed := p.Person(t, "Ada"), p.Person(t, "Eve")
		p.Person(t, "Bob")
		p.Person(t, "Dan", access.Auditor)
		unit := &org.Unit{Name: "North", Kind: org.Team, Head: records.Some(records.ID[org.Person](ada.Person))}
		p.Do(t, func(u *records.Tx) error {
			if err := org.Units.Create(u, unit); err != nil {
				return err
			}
			return signin.SetDisabled(u, closed.Person, true)
		})
		var got []string
		p.Look(t, access.System(), func(v *records.View) error {
			who, err := settings.WhoMay(v, access.View, access.Subject{Area: access.Systems, Unit: string(unit.ID)})
			for _, x := range who {
				why := ""
				if x.Allowed {
					why = x.Why[0].Rule
				} else {
					why = "not: " + x.NearMiss[0].Key
				}
				got = append(got, x.Name+" "+why)
			}
			return err
		})
		if want := []string{"Ada grant.unit", "Dan grant.all", "Bob not: kernel.access.miss.member"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestEveryRecordLeadsToWhoCanSeeIt(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		site := &org.Site{Name: "Hamburg", Country: "DE", Timezone: "Europe/Berlin"}
		p.Do(t, func(u *records.Tx) error { return org.Sites.Create(u, site) })
		link := "/access?ref=org.site/" + string(site.ID)
		b := p.Browser(t, p.Person(t, "Dan", access.Auditor))
		if a := b.Get(org.Sites.Path(site.ID)); a.Status != 200 || !strings.Contains(a.Body, `href="`+link+`"`) {
			t.Errorf("the record's page answers %d, without the link", a.Status)
		}
		if a := b.Get(org.Sites.Path(site.ID)); strings.Contains(a.Body, org.Sites.Path(site.ID)+"/comment") || strings.Contains(a.Body, org.Sites.Path(site.ID)+"/tag") {
			t.Error("an auditor is offered to write a comment or a tag")
		}
		if a := b.Get(link); a.Status != 200 || !strings.Contains(a.Body, "Dan") {
			t.Errorf("who can see it: %d", a.Status)
		}
	})
}
