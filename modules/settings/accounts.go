package settings

import (
	"database/sql"
	"net/http"
	"net/url"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/web"
	"steward/modules/identity"
)

type accountsPage struct {
	Rows    []accountRow
	Roles   []roleView
	Problem string
	Name    string
	Login   string
	Link    string
	For     string
	MayEdit bool
}

type accountRow struct {
	Name, Login, Href, Roles, Last string
	State, StateText               string
	Second                         bool
}

type roleView struct {
	Name, Title, About string
	On                 bool // was chosen
}

var accountsTemplate = web.MustPage[accountsPage](files, "pages/accounts.html")

// invitation is how long a one-time sign-in works.
const invitation = 7 * 24 * time.Hour

func showAccounts(w http.ResponseWriter, r *web.Request) error {
	return listAccounts(w, r, http.StatusOK, accountsPage{})
}

func listAccounts(w http.ResponseWriter, r *web.Request, code int, p accountsPage) error {
	p.MayEdit = r.May(access.Admin, access.Settings)
	p.Roles = roles(r)
	type found struct{ person, name string }
	var all []found
	err := r.View.Each("SELECT a.person, p.name FROM signin_account a JOIN org_person p ON p.id = a.person ORDER BY p.name_key, a.person LIMIT 2000", nil, func(rows *sql.Rows) error {
		var f found
		err := rows.Scan(&f.person, &f.name)
		all = append(all, f)
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range all {
		a, err := signin.AccountOf(r.View, f.person)
		if err != nil {
			return err
		}
		given, err := signin.Roles(r.View, f.person)
		if err != nil {
			return err
		}
		row := accountRow{Name: f.name, Login: a.Login, Href: "/settings/accounts/" + f.person, Last: web.Unknown, Second: a.TOTP || a.Passkeys, State: "ok", StateText: r.T("settings.open", "Open")}
		var names []string
		for _, g := range given {
			names = append(names, roleTitle(r, g.Role))
		}
		row.Roles = r.Lang.List(names...)
		if !a.LastAt.IsZero() {
			row.Last = r.Ago(records.MomentOf(a.LastAt))
		}
		if a.Disabled {
			row.State, row.StateText = "bad", r.T("settings.closed", "Closed")
		}
		p.Rows = append(p.Rows, row)
	}
	return accountsTemplate.Status(w, r, code, web.Shell{Title: r.T("nav.sign-in-and-roles", "Sign-in and roles")}, p)
}

// roles are those that ship and the organisation's own.
func roles(r *web.Request) []roleView {
	var out []roleView
	for _, role := range access.Roles() {
		out = append(out, roleView{role.Name, roleTitle(r, role.Name), r.T("kernel.access.role."+role.Name+".about", role.About), role.Name == r.PostFormValue("role")})
	}
	own, err := identity.OwnRoles(r.View)
	if err != nil {
		return out
	}
	for _, o := range own {
		out = append(out, roleView{o.Name, o.Title, o.About, o.Name == r.PostFormValue("role")})
	}
	return out
}

func roleTitle(r *web.Request, name string) string { return identity.RoleTitle(r, name) }

// mayAdmin refuses who may see the settings but not change them.
func mayAdmin(r *web.Request) error {
	if r.May(access.Admin, access.Settings) {
		return nil
	}
	return fail.New(fail.Forbidden, "settings.admin-only", "Only who may change settings may do this.")
}

// addAccount makes a person with an account and shows the one-time sign-in.
func addAccount(w http.ResponseWriter, r *web.Request) error {
	if err := mayAdmin(r); err != nil {
		return err
	}
	p := accountsPage{Name: r.PostFormValue("name"), Login: r.PostFormValue("login")}
	err := r.Update(func(u *records.Tx) error {
		person, err := personFor(u, p.Name, p.Login)
		if err != nil {
			return err
		}
		if err := signin.CreateAccount(u, person, p.Login, ""); err != nil {
			return err
		}
		if role := r.PostFormValue("role"); role != "" {
			if err := signin.GiveRole(u, signin.Role{Person: person, Role: role, GivenBy: r.Actor.Person}); err != nil {
				return err
			}
		}
		p.Link, err = signin.CreateLink(u, person, invitation)
		return err
	})
	if e := fail.As(err); e != nil && e.Kind != fail.Unavailable {
		p.Problem = r.Say(e)
		return listAccounts(w, r, web.Status(e.Kind), p)
	}
	if err != nil {
		return err
	}
	p.For = p.Name
	p.Link = baseOf(r) + "/welcome/" + p.Link
	p.Name, p.Login = "", ""
	return r.Reopen(func() error { return listAccounts(w, r, http.StatusOK, p) })
}

// personFor finds the person with the name who has no account yet, or makes one.
func personFor(u *records.Tx, name, login string) (string, error) {
	if name == "" {
		name = login
	}
	same, err := org.Persons.List(u, records.Query{Where: []records.Cond{records.Is(&org.Persons.P.Name, name)}, Limit: 5})
	if err != nil {
		return "", err
	}
	for _, p := range same {
		if _, err := signin.AccountOf(u, string(p.ID)); fail.Is(err, fail.NotFound) {
			return string(p.ID), nil
		}
	}
	p := &org.Person{Name: name}
	err = org.Persons.Create(u, p)
	return string(p.ID), err
}

func baseOf(r *web.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Site.Secure {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host}).String()
}

type personPage struct {
	Name, Login, Path, PersonPath string
	Disabled, Second, Must        bool
	Party                         string   // the vendor a consultant works for
	Vendors                       []string // to choose from; nil where none are kept
	Units                         []choice
	Unit, Until                   string // typed, of the role to give
	Given                         []givenRole
	Roles                         []roleView
	Sessions                      []sessionRow
	Tokens                        []tokenRow
	Link, Problem                 string
	MayEdit                       bool
}

type sessionRow struct{ ID, Browser, Network, Seen, Exact string }

type givenRole struct{ ID, Title, Unit, Until string }

var personTemplate = web.MustPage[personPage](files, "pages/person.html")

func showPerson(w http.ResponseWriter, r *web.Request) error {
	return personOf(w, r, http.StatusOK, personPage{})
}

func personOf(w http.ResponseWriter, r *web.Request, code int, p personPage) error {
	id := r.PathValue("person")
	a, err := signin.AccountOf(r.View, id)
	if err != nil {
		return err
	}
	names, err := org.Persons.Def().Labels(r.View, []string{id})
	if err != nil {
		return err
	}
	p.Name, p.PersonPath, p.Login, p.Path = names[id].Title, names[id].Path, a.Login, "/settings/accounts/"+id
	p.Disabled, p.Second, p.Must = a.Disabled, a.TOTP || a.Passkeys, a.MustChange
	p.MayEdit = r.May(access.Admin, access.Settings)
	p.Roles = roles(r)
	units, err := org.Units.List(r.View, records.Query{Sort: "name"})
	if err != nil {
		return err
	}
	for _, u := range units {
		p.Units = append(p.Units, choice{string(u.ID), u.Name, string(u.ID) == p.Unit})
	}
	if err := p.parties(r, a.Party); err != nil {
		return err
	}
	given, err := signin.Roles(r.View, id)
	if err != nil {
		return err
	}
	for _, g := range given {
		v := givenRole{ID: g.ID, Title: roleTitle(r, g.Role)}
		if !g.Until.IsZero() {
			v.Until = untilText(r, g.Until)
		}
		for _, u := range p.Units {
			if u.Value == g.Unit {
				v.Unit = u.Title
			}
		}
		p.Given = append(p.Given, v)
	}
	sessions, err := signin.Sessions(r.View, id)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		p.Sessions = append(p.Sessions, sessionRow{s.ID, s.Browser, s.Network, r.Ago(records.MomentOf(s.SeenAt)), r.Moment(records.MomentOf(s.SeenAt))})
	}
	if p.Tokens, err = tokenRows(r, id); err != nil {
		return err
	}
	crumbs := []web.Crumb{{Title: r.T("nav.sign-in-and-roles", "Sign-in and roles"), Href: "/settings/accounts"}}
	return personTemplate.Status(w, r, code, web.Shell{Title: p.Name, Crumbs: crumbs}, p)
}

// changePerson gives and takes roles, closes and opens the account, ends sessions and
// tokens, names the company a consultant works for, takes a lost second factor away,
// or makes a new one-time sign-in.
func changePerson(w http.ResponseWriter, r *web.Request) error {
	if err := mayAdmin(r); err != nil {
		return err
	}
	id := r.PathValue("person")
	var p personPage
	err := r.Update(func(u *records.Tx) (err error) {
		switch r.PostFormValue("do") {
		case "give":
			return giveRole(u, r, id)
		case "party":
			return setParty(u, r, id)
		case "take":
			return signin.TakeRole(u, r.PostFormValue("id"))
		case "close", "open":
			if id == r.Actor.Person {
				return fail.New(fail.Conflict, "settings.own-account", "You cannot close the account you are signed in with.")
			}
			return signin.SetDisabled(u, id, r.PostFormValue("do") == "close")
		case "end-session":
			return signin.Revoke(u, id, r.PostFormValue("id"))
		case "revoke-token":
			return signin.RevokeToken(u, id, r.PostFormValue("id"))
		case "second-off": // the device was lost: whoever asks has proven to an administrator who they are
			return identity.RemoveFactors(u, id)
		case "link":
			p.Link, err = signin.CreateLink(u, id, invitation)
			p.Link = baseOf(r) + "/welcome/" + p.Link
			return err
		}
		return fail.New(fail.Invalid, "settings.no-action", "There is no such action.")
	})
	if e := fail.As(err); e != nil && e.Kind != fail.Unavailable {
		return personOf(w, r, web.Status(e.Kind), personPage{Problem: r.Say(e), Unit: r.PostFormValue("unit"), Until: r.PostFormValue("until")})
	}
	if err != nil {
		return err
	}
	if p.Link != "" {
		return r.Reopen(func() error { return personOf(w, r, http.StatusOK, p) })
	}
	r.Toast(w, "saved")
	return r.Redirect(w, "/settings/accounts/"+id)
}
