package settings

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/figures"
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
	{"BE", "België / Belgique", "en", "EUR", "Europe/Brussels"}, {"LU", "Luxembourg", "de", "EUR", "Europe/Luxembourg"},
	{"IT", "Italia", "en", "EUR", "Europe/Rome"}, {"ES", "España", "en", "EUR", "Europe/Madrid"},
	{"PT", "Portugal", "en", "EUR", "Europe/Lisbon"}, {"SI", "Slovenija", "en", "EUR", "Europe/Ljubljana"},
	{"HR", "Hrvatska", "en", "EUR", "Europe/Zagreb"}, {"RO", "România", "en", "RON", "Europe/Bucharest"},
	{"EE", "Eesti", "en", "EUR", "Europe/Tallinn"}, {"LV", "Latvija", "en", "EUR", "Europe/Riga"},
	{"LT", "Lietuva", "en", "EUR", "Europe/Vilnius"},
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
	for _, c := range offered(o.Currency) {
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

// offered are the currencies of a form and those that go with the countries.
func offered(present string) []string {
	out := web.Currencies(present)
	for _, c := range countries {
		if !slices.Contains(out, c.currency) {
			out = append(out, c.currency)
		}
	}
	return out
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
	err := r.Update(func(u *records.Tx) error {
		if err := org.Save(u, o); err != nil {
			return err
		}
		return figures.Soon(u) // in another currency, for another fiscal year
	})
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
		return showSetup(w, r, http.StatusUnprocessableEntity, o, e)
	}
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, "/")
}
