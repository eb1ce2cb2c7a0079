package reports

import (
	"bytes"
	"database/sql"
	"mime"
	"net/http"
	"strconv"

	"steward/kernel/access"
	"steward/kernel/figures"
	"steward/kernel/storage"
	"steward/kernel/web"
	"steward/lib/locale"
)

// routes are the module's pages.
func routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /reports", Area: access.Bridge, Handler: showReports},
		{Pattern: "GET /reports/monthly", Area: access.Bridge, Handler: download},
		{Pattern: "GET /settings/reports", Area: access.Settings, Handler: showSchedule},
		{Pattern: "POST /settings/reports", Area: access.Settings, Handler: saveSchedule},
	}
}

type reportsPage struct {
	Rows  []monthRow
	Langs []choice
	Mail  bool // the reader may set up the sending
}

type monthRow struct {
	Title, State, StateText string
	Links                   []link
}

type link struct{ Text, Href, Label string }

type choice struct {
	Value, Title string
	On           bool
}

var reportsTemplate = web.MustPage[reportsPage](files, "pages/reports.html")

// shownMonths is how many months the page offers.
const shownMonths = 24

// showReports lists the months that have figures, the present one first.
func showReports(w http.ResponseWriter, r *web.Request) error {
	lang := r.Lang
	if l := locale.Lang(r.FormValue("lang")); l.Valid() {
		lang = l
	}
	p := reportsPage{Mail: r.May(access.Admin, access.Settings)}
	for _, l := range locale.Langs() {
		p.Langs = append(p.Langs, choice{string(l), l.Name(), l == lang})
	}
	months, err := known(r.View, figures.MonthOf(r.Today()))
	if err != nil {
		return err
	}
	for _, m := range months {
		closed, err := figures.Closed(r.View, m)
		if err != nil {
			return err
		}
		row := monthRow{Title: r.Lang.Month(m.First().Time()), State: "warn", StateText: r.T("reports.page.preliminary", "preliminary")}
		if closed {
			row.State, row.StateText = "ok", r.T("reports.page.closed", "final")
		}
		for _, f := range Formats {
			row.Links = append(row.Links, link{Text: f.name(), Href: "/reports/monthly?month=" + string(m) + "&format=" + string(f) + "&lang=" + string(lang),
				Label: r.T("reports.page.get", "Report of {month} as {format}", "month", row.Title, "format", f.name())})
		}
		p.Rows = append(p.Rows, row)
	}
	return reportsTemplate.Show(w, r, web.Shell{Title: r.T("nav.reports", "Reports")}, p)
}

func (f Format) name() string {
	switch f {
	case XLSX:
		return "Excel"
	case HTML:
		return "HTML"
	}
	return "PDF"
}

// known are the months with kept figures and the present one, the latest first.
func known(v *storage.View, now figures.Month) ([]figures.Month, error) {
	out := []figures.Month{now}
	err := v.Each("SELECT DISTINCT substr(day, 1, 7) AS month FROM figure_value WHERE day < $1 ORDER BY month DESC LIMIT "+strconv.Itoa(shownMonths), []any{string(now.First())}, func(rows *sql.Rows) error {
		var m figures.Month
		err := rows.Scan((*string)(&m))
		out = append(out, m)
		return err
	})
	return out, err
}

// download makes a month's report under the reader's rights.
func download(w http.ResponseWriter, r *web.Request) error {
	month, err := figures.ParseMonth(r.FormValue("month"))
	if err != nil {
		return err
	}
	f := PDF
	if s := r.FormValue("format"); s != "" {
		if f, err = ParseFormat(s); err != nil {
			return err
		}
	}
	lang := r.Lang
	if l := locale.Lang(r.FormValue("lang")); l.Valid() {
		lang = l
	}
	d, err := Monthly(r.View, r.Site.Words, Options{Month: month, Lang: lang, For: r.Actor.Name})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := Write(&out, d, f); err != nil {
		return err
	}
	w.Header().Set("Content-Type", f.Type())
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(d.Title, month, f)}))
	w.Header().Set("Content-Length", strconv.Itoa(out.Len()))
	_, err = out.WriteTo(w)
	return err
}
