package settings

import (
	"net/http"
	"strconv"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/locale"
)

type optionView struct {
	Value, Name string
	On          bool
}

type problemView struct{ Name, Text string }

type setupPage struct {
	Org       org.Organisation
	Problems  []problemView
	Langs     []optionView
	Countries []optionView
	Currency  []optionView
	Months    []optionView
	Zones     []string
	Known     bool
}

var setupTemplate = web.MustPage[setupPage](files, "pages/setup.html")

// countries are offered first, with what usually goes with them.
var countries = []struct{ code, name, lang, currency, zone string }{
	{"DE", "Deutschland", "de", "EUR", "Europe/Berlin"}, {"SE", "Sverige", "sv", "SEK", "Europe/Stockholm"},
	{"PL", "Polska", "pl", "PLN", "Europe/Warsaw"}, {"HU", "Magyarország", "hu", "HUF", "Europe/Budapest"},
	{"AT", "Österreich", "de", "EUR", "Europe/Vienna"}, {"CH", "Schweiz", "de", "CHF", "Europe/Zurich"},
	{"GB", "United Kingdom", "en", "GBP", "Europe/London"}, {"IE", "Ireland", "en", "EUR", "Europe/Dublin"},
	{"US", "United States", "en", "USD", "America/New_York"}, {"NL", "Nederland", "en", "EUR", "Europe/Amsterdam"},
	{"DK", "Danmark", "en", "DKK", "Europe/Copenhagen"}, {"NO", "Norge", "en", "NOK", "Europe/Oslo"},
	{"FI", "Suomi", "sv", "EUR", "Europe/Helsinki"}, {"CZ", "Česko", "en", "CZK", "Europe/Prague"},
	{"SK", "Slovensko", "en", "EUR", "Europe/Bratislava"}, {"FR", "France", "en", "EUR", "Europe/Paris"},
}

// setupForm is the assistant: five answers, once.
func setupForm(w http.ResponseWriter, r *web.Request) error {
	return showSetup(w, r, http.StatusOK, r.Org, nil)
}

func showSetup(w http.ResponseWriter, r *web.Request, code int, o org.Organisation, problem *fail.Error) error {
	if !r.May(access.Admin, access.Settings) {
		return records.NotFound()
	}
	p := setupPage{Org: o, Known: r.SetUp}
	for _, l := range locale.Langs() {
		p.Langs = append(p.Langs, optionView{string(l), l.Name(), string(l) == o.Lang})
	}
	for _, c := range countries {
		p.Countries = append(p.Countries, optionView{c.code, c.name, c.code == o.Country})
		p.Zones = append(p.Zones, c.zone)
	}
	for _, c := range web.Currencies(o.Currency) {
		p.Currency = append(p.Currency, optionView{c, c, c == o.Currency})
	}
	for m := 1; m <= 12; m++ {
		p.Months = append(p.Months, optionView{strconv.Itoa(m), r.Lang.MonthName(time.Month(m)), m == o.FiscalMonth})
	}
	if problem != nil {
		for _, e := range problem.All() {
			p.Problems = append(p.Problems, problemView{e.Field, r.Say(e)})
		}
	}
	return setupTemplate.Status(w, r, code, web.Shell{Title: r.T("settings.setup", "Your organisation"), Bare: !r.SetUp}, p)
}

func setup(w http.ResponseWriter, r *web.Request) error {
	o := r.Org
	o.Name, o.Country, o.Lang, o.Currency, o.Timezone = r.PostFormValue("name"), r.PostFormValue("country"), r.PostFormValue("lang"), r.PostFormValue("currency"), r.PostFormValue("timezone")
	o.FiscalMonth, _ = strconv.Atoi(r.PostFormValue("fiscal_month"))
	if o.Timezone == "" {
		for _, c := range countries {
			if c.code == o.Country {
				o.Timezone = c.zone
			}
		}
	}
	err := r.Update(func(u *records.Tx) error { return org.Save(u, o) })
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
		return showSetup(w, r, http.StatusUnprocessableEntity, o, e)
	}
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, "/")
}
