package settings

import (
	"net/http"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/web"
	"steward/lib/words"
)

// areas are the words of the areas a grant can name.
var areas = map[string]words.Word{
	access.Everywhere:     words.T("settings.area.everywhere", "All areas"),
	access.Bridge:         words.T("settings.area.bridge", "Bridge: figures, decisions, reports"),
	access.Data:           words.T("settings.area.data", "Data: sources, metrics, dashboards"),
	access.Systems:        words.T("settings.area.systems", "Information systems"),
	access.Infrastructure: words.T("settings.area.infrastructure", "Infrastructure"),
	access.Service:        words.T("settings.area.service", "Service"),
	access.Security:       words.T("settings.area.security", "Security"),
	access.Compliance:     words.T("settings.area.compliance", "Compliance"),
	access.Money:          words.T("settings.area.money", "Money: budgets, costs, rates"),
	access.Vendors:        words.T("settings.area.vendors", "Vendors and contracts"),
	access.Projects:       words.T("settings.area.projects", "Projects"),
	access.People:         words.T("settings.area.people", "People"),
	access.Strategy:       words.T("settings.area.strategy", "Strategy"),
	access.Settings:       words.T("settings.area.settings", "Settings"),
}

var scopes = map[access.Scope]words.Word{
	access.All:      words.T("settings.scope.all", "all records"),
	access.Unit:     words.T("settings.scope.unit", "records of the units they head, and those below"),
	access.Line:     words.T("settings.scope.line", "records about people below them"),
	access.Owned:    words.T("settings.scope.owned", "records they own"),
	access.Member:   words.T("settings.scope.member", "records they take part in"),
	access.Assigned: words.T("settings.scope.assigned", "records given to them to work on"),
	access.Authored: words.T("settings.scope.authored", "records they created"),
	access.Party:    words.T("settings.scope.party", "records of the company they work for"),
}

var sensitivities = map[access.Sensitivity]words.Word{
	access.Ordinary:   words.T("settings.sensitivity.ordinary", "ordinary"),
	access.Pay:        words.T("settings.sensitivity.pay", "pay"),
	access.Discipline: words.T("settings.sensitivity.discipline", "discipline (closed)"),
	access.Candidate:  words.T("settings.sensitivity.candidate", "candidates (closed)"),
	access.Review:     words.T("settings.sensitivity.review", "reviews (closed)"),
	access.Health:     words.T("settings.sensitivity.health", "health (closed)"),
}

type grantsPage struct {
	Rows                                            []grantRow
	Roles, Areas, Acts, Scopes, Sensitivities, Does []choice
	Login, Until, Reason, Problem                   string
	MayEdit                                         bool
}

// choice is an option of a field, and whether it was chosen.
type choice struct {
	Value, Title string
	On           bool
}

type grantRow struct {
	ID, To, Href, What, Reach, Reason, Given, Approved, Until string
	State, StateText                                          string
	MayApprove                                                bool
}

var grantsTemplate = web.MustPage[grantsPage](files, "pages/grants.html")

func showGrants(w http.ResponseWriter, r *web.Request) error {
	return listGrants(w, r, http.StatusOK, "")
}

// listGrants shows the grants beside those that ship with the roles, and the form
// with what was typed.
func listGrants(w http.ResponseWriter, r *web.Request, code int, problem string) error {
	p := grantsPage{Problem: problem, MayEdit: r.May(access.Admin, access.Settings), Login: r.PostFormValue("login"), Until: r.PostFormValue("until"), Reason: r.PostFormValue("reason")}
	all, err := signin.Grants(r.View)
	if err != nil {
		return err
	}
	var people []string
	for _, g := range all {
		people = append(people, g.Person, g.GivenBy, g.ApprovedBy)
	}
	names, err := org.Persons.Def().Labels(r.View, people)
	if err != nil {
		return err
	}
	for _, g := range all {
		p.Rows = append(p.Rows, grantRowOf(r, g, names))
	}
	p.choices(r)
	return grantsTemplate.Status(w, r, code, web.Shell{Title: r.T("nav.grants", "Grants")}, p)
}

func grantRowOf(r *web.Request, g signin.Grant, names map[string]records.Label) grantRow {
	row := grantRow{ID: g.ID, To: roleTitle(r, g.Role), What: r.T("kernel.access.act."+string(g.Act), string(g.Act)) + " · " + r.Tell(areas[g.Area].With()), Reach: r.Tell(scopes[g.Scope].With()), Reason: g.Reason,
		Given: names[g.GivenBy].Title + ", " + r.Moment(records.MomentOf(g.GivenAt)), State: "ok", StateText: r.T("settings.grants.on", "In force")}
	if g.Sensitivity != access.Ordinary {
		row.Reach += " · " + r.Tell(sensitivities[g.Sensitivity].With())
	}
	if g.Person != "" {
		row.To, row.Href = names[g.Person].Title, "/settings/accounts/"+g.Person
	}
	if g.ApprovedBy != "" {
		row.Approved = names[g.ApprovedBy].Title
	}
	if !g.Until.IsZero() {
		row.Until = untilText(r, g.Until)
	}
	switch {
	case !g.Until.IsZero() && !r.View.Now.Before(g.Until):
		row.State, row.StateText = "mute", r.T("settings.grants.ended", "Ended")
	case g.Withdrawn:
		row.State, row.StateText = "warn", r.T("settings.grants.withdrawn", "Withdrawn from the role")
	case g.Waits():
		row.State, row.StateText = "warn", r.T("settings.grants.waits", "Waits for a second person")
		row.MayApprove = r.May(access.Admin, access.Settings) && r.Actor.Person != g.GivenBy && r.Actor.Person != g.Person
	}
	return row
}

// choices fills the fields of the form, with what was chosen in them.
func (p *grantsPage) choices(r *web.Request) {
	chosen := func(field, otherwise string) string {
		if v := r.PostFormValue(field); v != "" {
			return v
		}
		return otherwise
	}
	add := func(to *[]choice, field, otherwise, value, title string) {
		*to = append(*to, choice{value, title, chosen(field, otherwise) == value})
	}
	for _, role := range roles(r) {
		add(&p.Roles, "role", "", role.Name, role.Title)
	}
	for _, area := range append([]string{access.Everywhere}, access.Areas...) {
		add(&p.Areas, "area", access.Data, area, r.Tell(areas[area].With()))
	}
	for _, act := range access.Acts {
		add(&p.Acts, "act", string(access.View), string(act), r.T("kernel.access.act."+string(act), string(act)))
	}
	for _, s := range access.Scopes {
		add(&p.Scopes, "scope", string(access.All), string(s), r.Tell(scopes[s].With()))
	}
	for _, s := range append([]access.Sensitivity{access.Ordinary}, access.Sensitivities...) {
		add(&p.Sensitivities, "sensitivity", "", string(s), r.Tell(sensitivities[s].With()))
	}
	add(&p.Does, "effect", "give", "give", r.T("settings.grants.give", "give"))
	add(&p.Does, "effect", "give", "withdraw", r.T("settings.grants.withdraw", "withdraw from the role"))
}

// changeGrants adds, approves or takes back a grant.
func changeGrants(w http.ResponseWriter, r *web.Request) error {
	if err := mayAdmin(r); err != nil {
		return err
	}
	err := r.Update(func(u *records.Tx) error {
		switch id := r.PostFormValue("id"); r.PostFormValue("do") {
		case "approve":
			return signin.ApproveGrant(u, id)
		case "remove":
			return signin.RemoveGrant(u, id)
		}
		g, err := grantOf(u, r)
		if err == nil {
			_, err = signin.AddGrant(u, g)
		}
		return err
	})
	if e := fail.As(err); e != nil && e.Kind != fail.Unavailable {
		return listGrants(w, r, web.Status(e.Kind), r.Say(e))
	}
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, "/settings/grants")
}

// grantOf reads the form. Its end is the last day on which it holds.
func grantOf(u *records.Tx, r *web.Request) (g signin.Grant, err error) {
	g.Grant = access.Grant{Role: r.PostFormValue("role"), Area: r.PostFormValue("area"), Act: access.Act(r.PostFormValue("act")), Scope: access.Scope(r.PostFormValue("scope")),
		Sensitivity: access.Sensitivity(r.PostFormValue("sensitivity"))}
	g.Withdrawn, g.Reason = r.PostFormValue("effect") == "withdraw", r.PostFormValue("reason")
	if login := strings.TrimSpace(r.PostFormValue("login")); login != "" {
		a, err := signin.AccountNamed(u, login)
		if err != nil {
			return g, fail.Named("login", "settings.grants.nobody", "Nobody signs in as “{login}”.").With("login", login)
		}
		g.Person = a.Person
	}
	g.Until, err = lastDay(r)
	return g, err
}
