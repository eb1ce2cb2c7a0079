package bridge_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/decisions"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/lib/words"
	"steward/modules/bridge"
)

func said(text string) words.Said { return words.Plain(text) }

// asking is a module with one figure, people from outside in percent, and one
// kind of decision that asks what it is told to.
func asking(asks *[]decisions.Ask) app.Module {
	word := func(text string) words.Word { return words.T("test."+strings.ReplaceAll(text, " ", "-"), text) }
	return app.Module{Name: "test",
		Decisions: []decisions.Kind{{Name: "test.site", Title: word("Site"), Area: access.People, Find: func(*records.View) ([]decisions.Ask, error) { return *asks, nil }}},
		Figures: []figures.Figure{{Key: "test.external", Title: word("External people"), Definition: word("People from outside"), Formula: word("external ÷ all"),
			Unit: figures.Percent, Better: figures.Lower, Target: figures.At(50), Limit: figures.At(80), Owner: access.MISManager, Area: access.People, Rank: 1, Scopes: figures.Units,
			Compute: func(v *records.View, s figures.Scope, at time.Time) (r figures.Result, err error) {
				all, err := org.Persons.List(v, records.Query{Sort: "name"})
				outside := 0
				for _, p := range all {
					if p.External {
						outside++
						r.Input(org.Persons.Ref(p.ID), figures.Value{}, said("from outside"))
					}
				}
				r.Value = figures.Share(outside, len(all))
				r.Source(said("People"), v.Now)
				return r, err
			}}}}
}

func refresh(t *testing.T, p *apptest.Program) {
	t.Helper()
	if err := p.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// each opens a program with one decision about a site.
func each(t *testing.T, fn func(t *testing.T, p *apptest.Program, id string, site *org.Site)) {
	var asks []decisions.Ask
	apptest.Each(t, []app.Module{bridge.Module(), asking(&asks)}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		site := &org.Site{Name: "Hamburg", Country: "DE", Timezone: "Europe/Berlin"}
		p.Do(t, func(u *records.Tx) error { return org.Sites.Create(u, site) })
		asks = []decisions.Ask{{Key: "site/1", Subject: org.Sites.Ref(site.ID), Title: said("Hamburg: keep or close"), Context: said(`<script>alert(1)</script>`),
			Options:  []decisions.Option{{Key: "keep", Label: said("Keep"), Harmless: true}, {Key: "close", Label: said("Close"), Changes: []decisions.Fact{{Label: said("Frees"), Value: said("much")}}}},
			DecideBy: "2026-02-20"}}
		refresh(t, p)
		var id string
		p.Look(t, access.System(), func(v *records.View) error {
			list, err := decisions.List(v, decisions.All, 2)
			if len(list) > 0 {
				id = list[0].ID
			}
			return err
		})
		fn(t, p, id, site)
	})
}

func TestAReaderWithoutRightsToInputsSeesTheirCountAndNoNames(t *testing.T) {
	apptest.Each(t, []app.Module{bridge.Module(), asking(&[]decisions.Ask{})}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		manager, executive := p.Person(t, "Mia Manager", access.MISManager), p.Person(t, "Xenia Executive", access.Executive)
		p.Do(t, func(u *records.Tx) error {
			return org.Persons.Create(u, &org.Person{Name: "Oscar Outside", External: true})
		})
		refresh(t, p)
		full := p.Browser(t, manager).Get("/figures/test.external")
		if full.Status != 200 || !strings.Contains(full.Body, "Oscar Outside") {
			t.Errorf("the manager's page: status %d, without the input's name", full.Status)
		}
		part := p.Browser(t, executive).Get("/figures/test.external")
		if part.Status != 200 || strings.Contains(part.Body, "Oscar") || !strings.Contains(part.Body, "1 input is counted but not for you to see") {
			t.Errorf("the executive's page: status %d, wants a count and no name:\n%s", part.Status, part.Body)
		}
		stranger := p.Browser(t, p.Person(t, "Emil", access.Employee))
		for _, path := range []string{"/figures/test.external", "/figures/none.such", "/figures/test.external?scope=" + url.QueryEscape("org.unit/none")} {
			if got := stranger.Get(path).Status; got != 404 {
				t.Errorf("%s: status %d, want 404", path, got)
			}
		}
		if got := stranger.Post("/figures/test.external/compute", nil).Status; got != 404 {
			t.Errorf("computing without a right: status %d, want 404", got)
		}
	})
}

func TestThePagesAskRefuseAndKeepTheAnswer(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program, id string, site *org.Site) {
		b := p.Browser(t, p.Person(t, "Mia", access.MISManager))
		for path, want := range map[string]string{"/inbox": "Hamburg: keep or close", "/decisions/" + id: "What shall be done?", org.Sites.Path(site.ID): "Hamburg: keep or close"} {
			a := b.Get(path)
			if a.Status != 200 || !strings.Contains(a.Body, want) || strings.Contains(a.Body, "<script>alert") {
				t.Errorf("%s: status %d, wants %q and no script", path, a.Status, want)
			}
		}
		a := b.Post("/decisions/"+id, url.Values{"option": {"keep"}, "reason": {""}})
		if a.Status != 422 || !strings.Contains(a.Body, "Say why, in a sentence.") || !strings.Contains(a.Body, `value="keep" required checked`) {
			t.Errorf("without a reason: status %d, wants the error and what was chosen", a.Status)
		}
		if a := b.Post("/decisions/"+id, url.Values{"option": {"keep"}, "reason": {"We grow."}, "version": {"99"}}); a.Status != 409 {
			t.Errorf("another version: status %d, want 409", a.Status)
		}
		if a := b.Post("/decisions/"+id, url.Values{"option": {"keep"}, "reason": {"We grow."}, "version": {"1"}}); a.Status != 303 {
			t.Errorf("deciding: status %d\n%s", a.Status, a.Body)
		}
		for path, want := range map[string]string{"/inbox?queue=decided": "Keep", "/decisions/" + id: "We grow.", org.Sites.Path(site.ID): "We grow."} {
			if a := b.Get(path); a.Status != 200 || !strings.Contains(a.Body, want) {
				t.Errorf("%s afterwards: status %d, wants %q", path, a.Status, want)
			}
		}
		stranger := p.Browser(t, p.Person(t, "Emil", access.Employee))
		for _, path := range []string{"/decisions/" + id, "/decisions/none"} {
			if a := stranger.Get(path); a.Status != 404 {
				t.Errorf("%s for a stranger: status %d, want 404", path, a.Status)
			}
		}
	})
}
