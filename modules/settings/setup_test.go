package settings_test

import (
	"net/url"
	"strings"
	"testing"

	"steward/engine/worktime"
	"steward/kernel/access"
	"steward/kernel/figures"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
)

func TestEveryCountryWithKnownHolidaysCanBeChosen(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		page := p.Browser(t, p.Person(t, "Ada", access.Administrator)).Get("/setup").Body
		for _, c := range worktime.Countries() {
			if !strings.Contains(page, `<option value="`+c+`"`) {
				t.Errorf("%s is not offered", c)
			}
		}
		if !strings.Contains(page, `<option value="RON"`) {
			t.Error("Romania is offered without its currency")
		}
	})
}

func TestFiguresFollowTheOrganisationAtOnce(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		ada := p.Browser(t, p.Person(t, "Ada", access.Administrator))
		waiting := func() (n int) {
			if err := p.DB.View(t.Context(), access.System(), func(v *storage.View) error {
				_, err := v.Row("SELECT COUNT(*) FROM job WHERE kind = $1", []any{figures.ComputeJob}, &n)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := waiting()
		a := ada.Post("/setup", url.Values{"name": {"Kő Kft."}, "country": {"HU"}, "lang": {"hu"}, "currency": {"HUF"}, "fiscal_month": {"4"}})
		if a.Status != 200 && a.Status != 303 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if waiting() != before+1 {
			t.Errorf("%d computations wait, before %d", waiting(), before)
		}
	})
}
