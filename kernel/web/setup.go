package web

import (
	"net/http"
	"strconv"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/locale"
	"steward/kernel/org"
	"steward/kernel/records"
)

func system() *access.Actor { return access.System() }

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

var setupTemplate = MustPage[setupPage](pageFiles, "pages/setup.html")

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

func (r *Request) langOptions(on string) []optionView {
	var out []optionView
	for _, l := range locale.Langs() {
		out = append(out, optionView{string(l), l.Name(), string(l) == on})
	}
	return out
}

// setupForm is the assistant: five answers, once.
func (s *Site) setupForm(w http.ResponseWriter, r *Request) error {
	return r.showSetup(w, http.StatusOK, r.Org, nil)
}

func (r *Request) showSetup(w http.ResponseWriter, code int, o org.Organisation, problem *fail.Error) error {
	if !r.May(access.Admin, access.Settings) {
		return records.NotFound()
	}
	p := setupPage{Org: o, Langs: r.langOptions(o.Lang), Known: r.SetUp}
	for _, c := range countries {
		p.Countries = append(p.Countries, optionView{c.code, c.name, c.code == o.Country})
		p.Zones = append(p.Zones, c.zone)
	}
	for _, c := range commonCurrencies(o.Currency) {
		p.Currency = append(p.Currency, optionView{c, c, c == o.Currency})
	}
	for m := 1; m <= 12; m++ {
		p.Months = append(p.Months, optionView{strconv.Itoa(m), r.Lang.MonthName(monthOf(m)), m == o.FiscalMonth})
	}
	if problem != nil {
		for _, e := range problem.All() {
			p.Problems = append(p.Problems, problemView{e.Field, r.Say(e)})
		}
	}
	return setupTemplate.Status(w, r, code, Shell{Title: r.T("kernel.web.setup", "Your organisation"), Bare: !r.SetUp}, p)
}

func (s *Site) setup(w http.ResponseWriter, r *Request) error {
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
		return r.showSetup(w, http.StatusUnprocessableEntity, o, e)
	}
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, "/")
}

func monthOf(m int) time.Month { return time.Month(m) }
