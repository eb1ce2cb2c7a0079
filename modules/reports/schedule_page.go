package reports

import (
	"database/sql"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/jobs"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/locale"
	"steward/modules/notices/post"
)

type schedulePage struct {
	Problem            string
	MayEdit, On        bool
	Admins             string // who may, named to those who may not
	Class, Day         string
	First              int64 // day from which on a month is closed
	Host, Port         string
	Certificate        string // of who vouches for the mail server
	User, From         string
	Kept               bool // a password is kept
	Securities         []choice
	Rows               []recipientRow
	People             []choice
	Langs, FormatNames []choice
}

type recipientRow struct{ Person, Name, Lang, Format, Last, State string }

var scheduleTemplate = web.MustPage[schedulePage](files, "pages/schedule.html")

func showSchedule(w http.ResponseWriter, r *web.Request) error {
	return listSchedule(w, r, http.StatusOK, "")
}

func listSchedule(w http.ResponseWriter, r *web.Request, code int, problem string) error {
	s, err := LoadSettings(r.View)
	if err != nil {
		return err
	}
	m, err := post.Load(r.View)
	if err != nil {
		return err
	}
	p := schedulePage{Problem: problem, MayEdit: r.May(access.Admin, access.Settings), On: m.On() && s.Day > 0 && len(s.Recipients) > 0, Class: s.Class, First: figures.ClosingDay,
		Host: m.Host, User: m.User, From: m.From, Certificate: m.Certificate, Kept: m.Password != "", Port: "587"}
	if s.Day > 0 {
		p.Day = strconv.Itoa(s.Day)
	}
	if m.Port > 0 {
		p.Port = strconv.Itoa(m.Port)
	}
	titles := map[post.Security]string{post.StartTLS: "STARTTLS", post.TLS: "TLS", post.Plain: r.T("reports.schedule.plain", "none (a relay on this machine)")}
	for _, x := range post.Securities {
		p.Securities = append(p.Securities, choice{string(x), titles[x], x == m.Security})
	}
	p.Langs = []choice{{"", r.T("reports.schedule.own-language", "the person's own"), true}}
	for _, l := range locale.Langs() {
		p.Langs = append(p.Langs, choice{string(l), l.Name(), false})
	}
	for _, f := range Formats {
		p.FormatNames = append(p.FormatNames, choice{string(f), f.name(), false})
	}
	if code != http.StatusOK { // keep what was typed
		p.keep(r)
	}
	if err := p.people(r, s); err != nil {
		return err
	}
	if !p.MayEdit {
		if p.Admins, err = administrators(r); err != nil {
			return err
		}
	}
	return scheduleTemplate.Status(w, r, code, web.Shell{Title: r.T("reports.schedule.title", "Report by e-mail"), Crumbs: []web.Crumb{{Title: r.T("nav.reports", "Reports"), Href: "/reports"}}}, p)
}

// administrators names a few of those who may set up the sending.
func administrators(r *web.Request) (string, error) {
	var names []string
	err := r.View.Each(`SELECT p.name
FROM signin_role s
JOIN org_person p ON p.id = s.person
WHERE s.role = $1
ORDER BY p.name_key, p.id
LIMIT 5`, []any{access.Administrator}, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	})
	return r.Lang.List(names...), err
}

func (p *schedulePage) keep(r *web.Request) {
	for name, to := range map[string]*string{"host": &p.Host, "port": &p.Port, "user": &p.User, "from": &p.From, "certificate": &p.Certificate, "class": &p.Class, "day": &p.Day} {
		if r.PostForm.Has(name) {
			*to = r.PostFormValue(name)
		}
	}
}

// people lists who gets the report, with when the last one went out or why not,
// and who else may sign in.
func (p *schedulePage) people(r *web.Request, s Settings) error {
	names := map[string]string{}
	var ids []string
	err := r.View.Each("SELECT a.person, p.name FROM signin_account a JOIN org_person p ON p.id = a.person WHERE NOT a.disabled ORDER BY p.name_key, a.person LIMIT 2000", nil, func(rows *sql.Rows) error {
		var id, name string
		err := rows.Scan(&id, &name)
		names[id], ids = name, append(ids, id)
		return err
	})
	if err != nil {
		return err
	}
	for _, x := range s.Recipients {
		row := recipientRow{Person: x.Person, Name: names[x.Person], Lang: r.T("reports.schedule.own-language", "the person's own"), Format: x.Format.name(), Last: web.Unknown}
		if row.Name == "" {
			row.Name, row.State = r.T("reports.schedule.no-account", "somebody without an account"), "bad"
		}
		if l := locale.Lang(x.Lang); l.Valid() {
			row.Lang = l.Name()
		}
		var sent sql.NullInt64
		var problem sql.NullString
		found, err := r.View.Row("SELECT sent_at, problem FROM reports_delivery WHERE person = $1 ORDER BY month DESC LIMIT 1", []any{x.Person}, &sent, &problem)
		if err != nil {
			return err
		}
		switch {
		case found && sent.Valid:
			row.Last, row.State = r.Moment(records.Moment(sent.Int64)), "ok"
		case found:
			row.Last, row.State = problem.String, "bad"
		}
		p.Rows = append(p.Rows, row)
	}
	for _, id := range ids {
		if !slices.ContainsFunc(s.Recipients, func(x Recipient) bool { return x.Person == id }) {
			p.People = append(p.People, choice{id, names[id], false})
		}
	}
	return nil
}

// saveSchedule takes one of the page's forms: the mail server, the schedule, a
// recipient to add or to remove, or to send now.
func saveSchedule(w http.ResponseWriter, r *web.Request) error {
	err := r.Update(func(u *records.Tx) error {
		if len(access.HeldScopes(u.Actor, access.Admin, access.Settings, "", u.Now)) == 0 {
			return fail.New(fail.Forbidden, "reports.may-not", "Only who may change settings may set up the sending.")
		}
		s, err := LoadSettings(u)
		if err != nil {
			return err
		}
		switch r.PostFormValue("do") {
		case "mail":
			port, _ := strconv.Atoi(r.PostFormValue("port"))
			return post.Save(u, r.Site.Key, post.Settings{Host: r.PostFormValue("host"), Port: port, Security: post.Security(r.PostFormValue("security")),
				User: strings.TrimSpace(r.PostFormValue("user")), From: r.PostFormValue("from"), Certificate: r.PostFormValue("certificate")}, r.PostFormValue("password"))
		case "send":
			_, err := jobs.Enqueue(u, SendJob, nil, jobs.Options{Key: SendJob, Priority: 10})
			return err
		case "add":
			if err := s.add(u, Recipient{r.PostFormValue("person"), r.PostFormValue("lang"), Format(r.PostFormValue("format"))}); err != nil {
				return err
			}
		case "remove":
			s.Recipients = slices.DeleteFunc(s.Recipients, func(x Recipient) bool { return x.Person == r.PostFormValue("person") })
		case "schedule":
			if err := s.take(r.PostFormValue("class"), r.PostFormValue("day")); err != nil {
				return err
			}
		default:
			return records.NotFound()
		}
		return SaveSettings(u, s)
	})
	if e := fail.As(err); e != nil && (e.Kind == fail.Invalid || e.Kind == fail.Forbidden) {
		return listSchedule(w, r, web.Status(e.Kind), r.Say(e))
	}
	if err != nil {
		return err
	}
	return r.Redirect(w, "/settings/reports")
}

// SaveSettings keeps the settings; the caller decides who may.
func SaveSettings(u *records.Tx, s Settings) error { return org.Set(u, settingsKey, s) }

// lastDay is the last day every month has.
const lastDay = 28

func (s *Settings) take(class, day string) error {
	s.Class = strings.TrimSpace(class)
	if len([]rune(s.Class)) > 60 || strings.ContainsAny(s.Class, "\r\n") {
		return fail.Named("class", "reports.class-long", "The confidentiality line has up to 60 characters.")
	}
	s.Day = 0
	if day = strings.TrimSpace(day); day == "" {
		return nil
	}
	n, err := strconv.Atoi(day)
	if err != nil || n < figures.ClosingDay || n > lastDay {
		return fail.Named("day", "reports.day", "Choose a day from {first} to {last}: a month is closed on day {first} of the next.").With("first", figures.ClosingDay).With("last", lastDay)
	}
	s.Day = n
	return nil
}

func (s *Settings) add(u *records.Tx, x Recipient) error {
	person, err := org.Persons.Get(u.As(access.System()), records.ID[org.Person](x.Person))
	if fail.Is(err, fail.NotFound) {
		return fail.Named("person", "reports.person", "Choose a person who may sign in.")
	}
	if err != nil {
		return err
	}
	if !person.Email.Set {
		return fail.Named("person", "reports.no-address", "{name} has no e-mail address.").With("name", person.Name)
	}
	if x.Lang != "" && !locale.Lang(x.Lang).Valid() {
		return fail.Named("lang", "reports.language", "Choose one of the five languages.")
	}
	if x.Format, err = ParseFormat(string(x.Format)); err != nil {
		return err
	}
	s.Recipients = slices.DeleteFunc(s.Recipients, func(y Recipient) bool { return y.Person == x.Person })
	s.Recipients = append(s.Recipients, x)
	return nil
}
