package infrastructure

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
)

func ownRoutes() []web.Route {
	area := access.Infrastructure
	return []web.Route{
		{Pattern: "GET /infrastructure/hosts/{id}/software", Area: area, Handler: showPackages},
		{Pattern: "GET /infrastructure/hosts/{id}/updates", Area: area, Handler: showUpdates},
		{Pattern: "POST /infrastructure/hosts/{id}/unmerge", Area: area, Handler: unmerge},
		{Pattern: "GET /infrastructure/duplicates", Area: area, Handler: showDuplicates},
		{Pattern: "POST /infrastructure/duplicates", Area: area, Handler: settleDuplicate},
		{Pattern: "GET /infrastructure/add-host", Area: area, Handler: showAdd},
		{Pattern: "POST /infrastructure/add-host", Area: area, Handler: add},
	}
}

type duplicatesPage struct {
	Pairs     []pairView
	MayDecide bool
}

type pairView struct {
	ID, A, B, APath, BPath, Reason, When string
	Facts                                []labelled
}

type labelled struct{ Label, Value string }

var duplicatesTemplate = web.MustPage[duplicatesPage](files, "pages/duplicates.html")

// showDuplicates lists the pairs of hosts that the reader sees both of.
func showDuplicates(w http.ResponseWriter, r *web.Request) error {
	open, err := Duplicates(r.View, "open", 100)
	if err != nil {
		return err
	}
	var ids []string
	for _, d := range open {
		ids = append(ids, string(d.A), string(d.B))
	}
	labels, err := Hosts.Def().Labels(r.View, ids)
	if err != nil {
		return err
	}
	p := duplicatesPage{MayDecide: r.May(access.Edit, access.Infrastructure)}
	for _, d := range open {
		a, okA := labels[string(d.A)]
		b, okB := labels[string(d.B)]
		if !okA || !okB {
			continue
		}
		v := pairView{ID: d.ID, A: a.Title, B: b.Title, APath: a.Path, BPath: b.Path, Reason: r.Tell(reasonWord(d.Reason).With()), When: r.Ago(d.FoundAt)}
		if v.A == v.B { // their names do not tell them apart
			v.A, v.B = v.A+" ("+a.Human+")", v.B+" ("+b.Human+")"
		}
		for _, e := range d.Shares {
			v.Facts = append(v.Facts, labelled{r.Tell(evidenceWord(e.Kind).With()), e.Value})
		}
		for _, kind := range d.Differs {
			v.Facts = append(v.Facts, labelled{r.Tell(evidenceWord(kind).With()), r.T("infrastructure.duplicate.differs", "differs")})
		}
		p.Pairs = append(p.Pairs, v)
	}
	return duplicatesTemplate.Show(w, r, web.Shell{Title: r.T("infrastructure.duplicates.title", "Possible duplicates")}, p)
}

func settleDuplicate(w http.ResponseWriter, r *web.Request) error {
	id := r.FormValue("id")
	err := r.Update(func(u *records.Tx) error {
		d, err := duplicate(u, id)
		if err != nil {
			return err
		}
		switch r.FormValue("do") {
		case "first":
			return Merge(u, d.A, d.B, "")
		case "second":
			return Merge(u, d.B, d.A, "")
		case "distinct":
			return Distinct(u, id)
		}
		return fail.Named("do", "infrastructure.duplicates.choose", "Say whether it is one machine or two.")
	})
	if err != nil {
		return err
	}
	return r.Redirect(w, "/infrastructure/duplicates")
}

func unmerge(w http.ResponseWriter, r *web.Request) error {
	id := records.ID[Host](r.PathValue("id"))
	if err := r.Update(func(u *records.Tx) error { return Unmerge(u, id) }); err != nil {
		return err
	}
	return r.Redirect(w, Hosts.Path(id))
}

type addPage struct {
	Problem, Token, Server, Label, Uses, Days string
	MayRevoke                                 bool
	Agents                                    []agentView
	Tokens                                    []tokenView
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

func showAdd(w http.ResponseWriter, r *web.Request) error {
	if err := mayAdd(r); err != nil {
		return err
	}
	return addForm(w, r, http.StatusOK, addPage{Uses: "1", Days: "1"})
}

// add makes a token and shows it once, ends one, or revokes an agent.
func add(w http.ResponseWriter, r *web.Request) error {
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
	p := addPage{Label: r.FormValue("label"), Uses: r.FormValue("uses"), Days: r.FormValue("days")}
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
		return addForm(w, r, http.StatusUnprocessableEntity, p)
	} else if err != nil {
		return err
	}
	return r.Reopen(func() error { return addForm(w, r, http.StatusOK, p) })
}

func addForm(w http.ResponseWriter, r *web.Request, status int, p addPage) error {
	p.Server = "https://" + r.Host
	if !r.Site.Secure {
		p.Server = "http://" + r.Host
	}
	p.MayRevoke = r.May(access.Archive, access.Infrastructure)
	list, err := Agents(r.View, "", 100)
	if err != nil {
		return err
	}
	for _, a := range list {
		v := agentView{ID: a.ID, Name: a.Hostname, Revoked: !a.RevokedAt.IsZero(),
			Note: strings.Join([]string{a.Platform, a.Version, r.T("infrastructure.add.enrolled", "enrolled {when}", "when", r.Ago(records.MomentOf(a.EnrolledAt)))}, " · ")}
		if a.Host.Set {
			v.Path = Hosts.Path(a.Host.V)
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
