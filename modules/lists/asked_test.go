package lists_test

import (
	"net/url"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules"
)

func TestAWrongFilterIsSaidWithWhatWouldBeRight(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	given(t, p, 1)
	b := p.Browser(t, p.Person(t, "Helena Lindqvist", access.MISManager))
	for query, want := range map[string]string{
		"nosuch=1":            "Contracts cannot be filtered by nosuch.",
		"state=banana":        "State: banana is not one of the choices: draft, active, ended.",
		"current_end.lt=soon": "Present term ends: soon is not a value for this; write it like 2026-12-31.",
		"state.lt=active":     "lt is not a comparison for this; use one of: is, not, in.",
		"sort=banana":         "Contracts cannot be sorted by banana.",
		"after=xyz":           "This page mark is not one that a list gave out.",
		"archived=perhaps":    "perhaps is not a value for this; write it like true.",
		"vendor=nobody":       "Vendor: The record chosen here does not exist.",
		"vendor=VEN-9999":     "Vendor: The record chosen here does not exist.",
	} {
		a := b.Get("/vendors/contracts?" + query)
		if a.Status != 422 || !strings.Contains(a.Body, want) || !strings.Contains(a.Body, "Present term ends, Notice due and Decide by") || strings.Contains(a.Body, "Contract 000") {
			t.Errorf("%s: got %d without %q, or with rows", query, a.Status, want)
		}
		if a := b.Get("/vendors/contracts.csv?" + query); a.Status != 422 && !strings.HasPrefix(query, "after") {
			t.Errorf("%s: the file answers %d", query, a.Status)
		}
	}
	for _, query := range []string{"", "view=all", "state=active&state=draft", "vendor=VEN-0001", "col=state&col=ends", "vendor=ven-1&state=&q="} {
		if a := b.Get("/vendors/contracts?" + query); a.Status != 200 {
			t.Errorf("%s: got %d, want it shown", query, a.Status)
		}
	}
	if a := b.Get("/vendors/contracts?vendor=VEN-0001"); !strings.Contains(a.Body, "Contract 000") {
		t.Error("the vendor's number does not find its contract")
	}
}

func TestAFilterThatNoInputHasStaysWhenAnotherChanges(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	given(t, p, 1)
	b := p.Browser(t, p.Person(t, "Helena Lindqvist", access.MISManager))
	page := b.Get("/vendors/contracts?current_end.gte=2026-01-01&updated_at.gte=2020-01-01&title.not=x&tag=a").Body
	for _, want := range []string{`type="date" name="current_end.gte" value="2026-01-01"`, `<input type="hidden" name="updated_at.gte" value="2020-01-01">`, `<input type="hidden" name="title.not" value="x">`, `<input type="hidden" name="tag" value="a">`} {
		if strings.Count(page, want) != 1 {
			t.Errorf("%s is there %d times, want it once", want, strings.Count(page, want))
		}
	}
	if page := b.Get("/vendors/contracts?current_end.lte=soon").Body; !strings.Contains(page, `name="current_end.lte" value="soon"`) {
		t.Error("what was typed is lost")
	}
}

func TestARecordIsFoundByItsNumber(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	ids := given(t, p, 2)
	b := p.Browser(t, p.Person(t, "Helena Lindqvist", access.MISManager))
	for _, path := range []string{"/vendors/contracts/CTR-0002", "/vendors/contracts/ctr-2", "/search?q=CTR-0002", "/search?q=" + url.QueryEscape(" ctr-2 ")} {
		if a := b.Get(path); a.Status != 303 || a.Header.Get("Location") != "/vendors/contracts/"+ids[1] {
			t.Errorf("%s: got %d to %q, want the record", path, a.Status, a.Header.Get("Location"))
		}
	}
	if a := b.Get("/palette?q=ctr-2"); a.Status != 200 || !strings.Contains(a.Body, "/vendors/contracts/"+ids[1]) || strings.Count(a.Body, "CTR-") != 1 {
		t.Errorf("the palette answers %d %s", a.Status, a.Body)
	}
	for _, path := range []string{"/vendors/contracts/CTR-9999", "/vendors/contracts/CTR-x", "/vendors/contracts/CTR-99999999999999999999"} {
		if a := b.Get(path); a.Status != 404 {
			t.Errorf("%s: got %d, want 404", path, a.Status)
		}
	}
	eszter := p.Browser(t, p.Person(t, "Eszter Molnár", access.Employee))
	for _, path := range []string{"/vendors/contracts/CTR-0002", "/vendors/contracts/CTR-9999"} {
		if a := eszter.Get(path); a.Status != 404 {
			t.Errorf("%s: got %d for who may not see contracts, want 404", path, a.Status)
		}
	}
	if a := eszter.Get("/search?q=CTR-0002"); a.Status != 200 || strings.Contains(a.Body, ids[1]) {
		t.Errorf("the search answers %d and gives a contract away", a.Status)
	}
}

// 50.000 is fifty thousand to who types it in German, and fifty to an address.
func TestAnAmountIsTypedInOnesOwnLanguageAndTheAddressNamesItsCurrency(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	given(t, p, 1)
	helena := p.Person(t, "Helena Lindqvist", access.MISManager)
	b := p.Browser(t, helena)
	speak := func(lang string) {
		p.Do(t, func(u *records.Tx) error {
			return org.Persons.Update(u, records.ID[org.Person](helena.Person), func(x *org.Person) error { x.Lang = records.Some(lang); return nil })
		})
	}
	for _, x := range []struct{ lang, typed, want string }{
		{"en", "50,000", "50000.00 EUR"}, {"de", "50.000", "50000.00 EUR"}, {"de", "50.000 SEK", "50000.00 SEK"},
		{"sv", "1 200,50 kr", "1200.50 SEK"}, {"en", "many", "many"},
	} {
		speak(x.lang)
		a := b.Get("/vendors/contracts?sort=-yearly&yearly.up-to=&yearly.from=" + url.QueryEscape(x.typed))
		to := "/vendors/contracts?sort=-yearly&yearly.gte=" + url.QueryEscape(x.want)
		if a.Status != 303 || a.Header.Get("Location") != to {
			t.Errorf("%s %q: %d to %s, want %s", x.lang, x.typed, a.Status, a.Header.Get("Location"), to)
		}
	}
	speak("de")
	if a := b.Get("/vendors/contracts?yearly.gte=50000.00+EUR"); a.Status != 200 || !strings.Contains(a.Body, `name="yearly.from" value="50.000,00 EUR"`) || strings.Contains(a.Body, `name="yearly.gte"`) {
		t.Errorf("the bound is not shown as it is typed: %d", a.Status)
	}
	if a := b.Get("/vendors/contracts?yearly.from=&yearly.up-to="); a.Status != 200 {
		t.Errorf("nothing typed: %d", a.Status)
	}
	if a := b.Get("/vendors/contracts?yearly.gte=many"); a.Status != 422 || !strings.Contains(a.Body, `name="yearly.from" value="many"`) {
		t.Errorf("what cannot be read: %d, or it is lost", a.Status)
	}
}
