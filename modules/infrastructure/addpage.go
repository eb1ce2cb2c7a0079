package infrastructure

import (
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
)

// adding is the page where a machine is added: it makes the token and the line
// that the machine's administrator pastes.
type adding struct {
	programs *programs
	folder   string // where programs for other platforms are put
	pin      string
}

func addRoutes(p *app.Program) []web.Route {
	folder := filepath.Join(p.Data, "agents")
	if full, err := filepath.Abs(folder); err == nil {
		folder = full
	}
	a := &adding{newPrograms(p.Data), folder, p.Pin}
	return []web.Route{
		{Pattern: "GET /infrastructure/add-host", Area: access.Infrastructure, Handler: a.show},
		{Pattern: "POST /infrastructure/add-host", Area: access.Infrastructure, Handler: a.add},
	}
}

type addPage struct {
	Problem, Token, Platform, Label, Uses, Days string
	Caution                                     string // why machines cannot reach the server by this address
	Lines                                       []lineView
	MayRevoke                                   bool
	Programs                                    []programView
	Missing                                     bool // not all platforms have a program
	Folder                                      string
	Agents                                      []agentView
	Tokens                                      []tokenView
}

// lineView is what to paste on machines of a platform.
type lineView struct {
	Platform, Where, Line string
	Open                  bool
}

// programView is a platform and the program there is for it.
type programView struct {
	Platform, Name, Size, Sum, Version, Note string
	On                                       bool // chosen
}

type agentView struct {
	ID, Name, Path, Note string
	Revoked              bool
}

type tokenView struct{ ID, Name, Note string }

var addTemplate = web.MustPage[addPage](files, "pages/add.html")

func mayAdd(r *web.Request) error {
	if !Hosts.Def().MayAny(r.View, access.Add) {
		return fail.New(fail.Forbidden, "infrastructure.enrolment.forbidden", "You may not add hosts.")
	}
	return nil
}

func (a *adding) show(w http.ResponseWriter, r *web.Request) error {
	if err := mayAdd(r); err != nil {
		return err
	}
	return a.form(w, r, http.StatusOK, addPage{Platform: "linux/amd64", Uses: "1", Days: "1"})
}

// add makes a token and shows it once, ends one, or revokes an agent.
func (a *adding) add(w http.ResponseWriter, r *web.Request) error {
	if err := mayAdd(r); err != nil {
		return err
	}
	id := r.FormValue("id")
	switch r.FormValue("do") {
	case "end":
		if err := r.Update(func(u *records.Tx) error { return EndEnrolment(u, id) }); err != nil {
			return err
		}
		return r.Redirect(w, "/infrastructure/add-host")
	case "revoke":
		if err := r.Update(func(u *records.Tx) error { return Revoke(u, id) }); err != nil {
			return err
		}
		return r.Redirect(w, "/infrastructure/add-host")
	}
	p := addPage{Platform: r.FormValue("platform"), Label: r.FormValue("label"), Uses: r.FormValue("uses"), Days: r.FormValue("days")}
	if !slices.Contains(platforms, p.Platform) {
		p.Platform = platforms[0]
	}
	uses, err := strconv.ParseInt(strings.TrimSpace(p.Uses), 10, 64)
	days, err2 := strconv.ParseInt(strings.TrimSpace(p.Days), 10, 32)
	if err != nil {
		uses = 0
	}
	if err2 != nil || days > 10_000 {
		days = 0
	}
	err = r.Update(func(u *records.Tx) (err error) {
		p.Token, err = NewEnrolment(u, p.Label, uses, time.Duration(days)*24*time.Hour)
		return err
	})
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
		var said []string
		for _, one := range e.All() {
			said = append(said, r.Say(one))
		}
		p.Problem = strings.Join(said, " ")
		return a.form(w, r, http.StatusUnprocessableEntity, p)
	} else if err != nil {
		return err
	}
	return r.Reopen(func() error { return a.form(w, r, http.StatusOK, p) })
}

func (a *adding) form(w http.ResponseWriter, r *web.Request, status int, p addPage) error {
	a.offer(r, &p)
	p.MayRevoke = r.May(access.Archive, access.Infrastructure)
	list, err := Agents(r.View, "", 100)
	if err != nil {
		return err
	}
	for _, one := range list {
		v := agentView{ID: one.ID, Name: one.Hostname, Revoked: !one.RevokedAt.IsZero(),
			Note: strings.Join([]string{one.Platform, one.Version, r.T("infrastructure.add.enrolled", "enrolled {when}", "when", r.Ago(records.MomentOf(one.EnrolledAt)))}, " · ")}
		if one.Host.Set {
			v.Path = Hosts.Path(one.Host.V)
		}
		p.Agents = append(p.Agents, v)
	}
	tokens, err := Enrolments(r.View)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		p.Tokens = append(p.Tokens, tokenView{t.ID, t.Label, r.T("infrastructure.add.left", "{count} {count|machine|machines} left", "count", t.UsesLeft) + " · " + r.T("infrastructure.add.until", "until {when}", "when", r.Moment(records.MomentOf(t.Expires)))})
	}
	return addTemplate.Status(w, r, status, web.Shell{Title: r.T("infrastructure.add.title", "Add a host")}, p)
}

// offer tells which programs there are and, once there is a token, the lines
// that fetch them.
func (a *adding) offer(r *web.Request, p *addPage) {
	server := "https://" + r.Host
	if !r.Site.Secure {
		server = "http://" + r.Host
	}
	switch name := hostname(r.Host); {
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:") != "":
		p.Caution = r.T("infrastructure.add.odd", "The address {address} cannot be put into a command; open the page by another.", "address", r.Host)
		server = ""
	case local(name):
		p.Caution = r.T("infrastructure.add.local", "This page was opened by an address that only this machine has ({address}). Other machines need the address by which they reach the server: open the page by that.", "address", r.Host)
	case !r.Site.Secure:
		p.Caution = r.T("infrastructure.add.plain", "The server answers without TLS here, which agents accept from their own machine only. Start it with --tls-cert and --tls-key, or behind a proxy that speaks HTTPS.")
	}
	p.Folder = a.folder
	for _, platform := range platforms {
		found, wrong := a.programs.find(platform)
		v := programView{Platform: platform, Name: platformNames[platform], On: platform == p.Platform}
		switch {
		case found != nil:
			v.Size, v.Sum, v.Version = r.Lang.Size(found.Size), found.Sum, found.Version
			if found.Whole {
				v.Note = r.T("infrastructure.add.whole", "the whole of Steward, used as an agent")
			}
		case wrong != nil:
			v.Note = wrong.Error()
		}
		p.Missing = p.Missing || found == nil || found.Whole
		p.Programs = append(p.Programs, v)
		if p.Token != "" && found != nil && server != "" {
			p.Lines = append(p.Lines, lineView{Platform: v.Name, Line: pasteLine(found, server, a.pin, p.Token), Where: where(r, platform), Open: v.On})
		}
	}
	// The platform that was asked for comes first.
	slices.SortStableFunc(p.Lines, func(x, y lineView) int {
		switch {
		case x.Open && !y.Open:
			return -1
		case y.Open && !x.Open:
			return 1
		}
		return 0
	})
}

func where(r *web.Request, platform string) string {
	if strings.HasPrefix(platform, "windows/") {
		return r.T("infrastructure.add.powershell", "In PowerShell, opened as administrator:")
	}
	return r.T("infrastructure.add.shell", "In a terminal on the machine, as root or as somebody who may use sudo:")
}
