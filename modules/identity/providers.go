package identity

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/web"
)

type providersPage struct {
	Settings
	DirectoryRoles, OpenIDRoles string // 'group = role' a line
	HasPassword, HasSecret      bool   // kept sealed; never shown
	Return, Logout              string // addresses to give to the OpenID provider
	Every, Hours                string // as typed
	Watch                       watchView
	Changes                     []changeView
	Name                        string // to look up
	Found                       *foundView
	Reached                     string // what the OpenID provider said
	Problems                    map[string]string
	General, Detail             string // what is wrong, and the words of the program that said so
	Second                      []roleView
	MayEdit                     bool
}

// watchView is how the last look for who has left the directory went.
type watchView struct {
	Asked       int
	When, Heard string // "": never
	Away        string // what an administrator can do about a directory that did not answer
	Detail      string
	Missing     int
}

type changeView struct{ Href, Text, When string }

// foundView is what the directory says of somebody.
type foundView struct {
	Nobody        bool
	DN, ID, Login string
	Groups, Roles []string
	Account       string // who would come in; "" for nobody
}

type roleView struct {
	Name, Title string
	On          bool
}

var providersTemplate = web.MustPage[providersPage](files, "pages/providers.html")

func showProviders(w http.ResponseWriter, r *web.Request) error {
	s, err := SettingsOf(r.View)
	if err != nil {
		return err
	}
	return providersOf(w, r, http.StatusOK, providersPage{Settings: s})
}

// providersOf shows the page with settings as they are kept, or as they were typed.
func providersOf(w http.ResponseWriter, r *web.Request, code int, p providersPage) error {
	kept, err := secretsOf(r.View, r.Site.Key)
	if err != nil {
		return err
	}
	p.HasPassword, p.HasSecret = kept.Directory != "", kept.OpenID != ""
	p.DirectoryRoles, p.OpenIDRoles = writeMap(p.Directory.Roles), writeMap(p.OpenID.Roles)
	p.Return, p.Logout = baseOf(r)+"/sign-in/openid/back", baseOf(r)+"/sign-in/openid/logout"
	if p.Every == "" {
		p.Every = strconv.Itoa(cmp.Or(p.Directory.Every, usualEvery))
	}
	if p.Hours == "" {
		p.Hours = strconv.Itoa(cmp.Or(p.OpenID.Hours, longestHours))
	}
	if err := p.look(r); err != nil {
		return err
	}
	p.MayEdit = r.May(access.Admin, access.Settings)
	if d := &p.Directory; d.URL == "" && d.Filter == "" { // what fits most directories
		d.Filter, d.ID, d.Login, d.Group = "(&(objectClass=person)(|(uid={login})(mail={login})))", "entryUUID", "mail", "memberOf"
	}
	second, err := signin.SecondRoles(r.View)
	if err != nil {
		return err
	}
	names, err := RoleNames(r.View)
	if err != nil {
		return err
	}
	for _, name := range names {
		p.Second = append(p.Second, roleView{name, RoleTitle(r, name), slices.Contains(second, name)})
	}
	return providersTemplate.Status(w, r, code, web.Shell{Title: r.T("nav.ways-to-sign-in", "Ways to sign in")}, p)
}

// look fills in how the last look went, and what was done on the directory's word.
func (p *providersPage) look(r *web.Request) error {
	s, err := watchOf(r.View)
	if err != nil {
		return err
	}
	moment := func(at int64) string {
		if at == 0 {
			return ""
		}
		return r.Ago(records.Moment(at))
	}
	p.Watch = watchView{Asked: s.Asked, When: moment(s.At), Heard: moment(s.Heard), Detail: s.Detail, Missing: s.Missing}
	if cause := s.cause(); cause != nil {
		p.Watch.Away = r.Tell(advice(cause))
	}
	list, err := changes(r.View, time.UnixMicro(0), 10)
	for _, c := range list {
		p.Changes = append(p.Changes, changeView{"/settings/accounts/" + c.person, r.Tell(c.said()), r.Ago(records.MomentOf(c.at))})
	}
	return err
}

// typedSettings are the settings with the part that a form sent in place of the kept one.
func typedSettings(r *web.Request, s Settings) (Settings, secrets) {
	v := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	var typed secrets
	switch r.PostFormValue("part") {
	case "directory":
		s.Directory = DirectorySettings{URL: v("url"), Certificate: v("certificate"), User: v("user"), Base: v("base"), Filter: v("filter"), ID: v("id"), Login: v("login"),
			Group: v("group"), GroupFilter: v("group_filter"), Roles: readMap(r.PostFormValue("directory_roles")), Every: number(v("every"))}
		typed.Directory = r.PostFormValue("password")
	case "openid":
		s.OpenID = OpenIDSettings{Name: v("name"), Issuer: v("issuer"), ClientID: v("client_id"), LoginClaim: v("login_claim"), GroupClaim: v("group_claim"),
			Roles: readMap(r.PostFormValue("openid_roles")), Strong: r.PostFormValue("strong") != "", Hours: number(v("hours"))}
		typed.OpenID = r.PostFormValue("secret")
	}
	return s, typed
}

// number is a number as it was typed; 0 if nothing was, -1 if it is none.
func number(text string) int {
	if text == "" {
		return 0
	}
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return -1
}

// saveProviders keeps a part of the settings, or tries it as it was typed.
func saveProviders(w http.ResponseWriter, r *web.Request) error {
	if !canAdmin(r) {
		return fail.New(fail.Forbidden, "settings.admin-only", "Only who may change settings may do this.")
	}
	var p providersPage
	var typed, kept secrets
	var names []string
	err := r.Reopen(func() error {
		s, err := SettingsOf(r.View)
		if err != nil {
			return err
		}
		if names, err = RoleNames(r.View); err != nil {
			return err
		}
		p.Settings, typed = typedSettings(r, s)
		kept, err = secretsOf(r.View, r.Site.Key)
		// a kept secret is only sent where it was kept for
		if p.Directory.URL != s.Directory.URL || p.Directory.User != s.Directory.User {
			kept.Directory = ""
		}
		if p.OpenID.Issuer != s.OpenID.Issuer {
			kept.OpenID = ""
		}
		return err
	})
	if err != nil {
		return err
	}
	switch r.PostFormValue("do") {
	case "try-directory":
		p.Name = strings.TrimSpace(r.PostFormValue("try"))
		p.Found, err = lookUp(r, p.Directory, cmp.Or(typed.Directory, kept.Directory), p.Name, names)
	case "try-openid":
		if err = p.Settings.check(names); err == nil {
			p.Reached, err = p.OpenID.client("", baseOf(r), r.Site.DB.Now).Try(r.Context())
		}
	case "ask", "ask-sure":
		err = r.Update(func(u *records.Tx) error { return AskNow(u, r.PostFormValue("do") == "ask-sure") })
	case "second":
		err = r.Update(func(u *records.Tx) error { return keepSecond(u, r.PostForm["role"]) })
	default:
		err = r.Update(func(u *records.Tx) error { return keep(u, r.Site.Key, p.Settings, typed) })
	}
	if e := fail.As(err); e != nil && e.Kind != fail.Forbidden {
		p.Problems, p.Every, p.Hours = map[string]string{}, r.PostFormValue("every"), r.PostFormValue("hours")
		for _, one := range e.All() {
			p.Problems[one.Field] = r.Say(one)
			if one.Field == "" {
				p.General = r.Say(one)
			}
		}
		if e.Kind == fail.Unavailable && e.Unwrap() != nil { // an administrator mends it by knowing why
			p.General, p.Detail = r.Tell(advice(e.Unwrap())), e.Unwrap().Error()
		}
		return r.Reopen(func() error { return providersOf(w, r, web.Status(e.Kind), p) })
	}
	if err != nil {
		return err
	}
	if p.Found != nil || p.Reached != "" {
		return r.Reopen(func() error { return providersOf(w, r, http.StatusOK, p) })
	}
	if do := r.PostFormValue("do"); do == "ask" || do == "ask-sure" {
		return r.Redirect(w, "/settings/sign-in")
	}
	r.Toast(w, "saved")
	return r.Redirect(w, "/settings/sign-in")
}

// canAdmin is Request.May for a handler without a view.
func canAdmin(r *web.Request) bool {
	return access.MayIn(r.Actor, access.Admin, access.Settings, r.Site.DB.Now())
}

func keepSecond(u *records.Tx, roles []string) error {
	if !access.MayIn(u.Actor, access.Admin, access.Settings, u.Now) {
		return fail.New(fail.Forbidden, "settings.admin-only", "Only who may change settings may do this.")
	}
	old, err := signin.SecondRoles(u)
	if err != nil {
		return err
	}
	names, err := RoleNames(u)
	if err != nil {
		return err
	}
	for _, role := range roles {
		if !slices.Contains(names, role) {
			return fail.Named("role", "kernel.signin.no-role", "There is no role “{role}”.").With("role", role)
		}
	}
	if err := signin.SetSecondRoles(u, roles); err != nil {
		return err
	}
	return records.NoteSetting(u, "identity.second-factor", old, roles)
}

// lookUp asks the directory for a name, and says who would come in and with which roles.
func lookUp(r *web.Request, s DirectorySettings, password, name string, roles []string) (*foundView, error) {
	if name == "" {
		return nil, fail.Named("try", "identity.try-name", "Type the name that somebody signs in with.")
	}
	d, err := s.directory(password)
	if err != nil {
		return nil, err
	}
	if err := checkRoles("directory_roles", s.Roles, roles); err != nil {
		return nil, err
	}
	e, err := d.Find(r.Context(), name)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return &foundView{Nobody: true}, nil
	}
	f := &foundView{DN: e.DN, ID: e.ID, Login: e.Login, Groups: e.Groups}
	return f, r.Reopen(func() error {
		for _, role := range mapped(s.Roles, e.Groups) {
			f.Roles = append(f.Roles, RoleTitle(r, role))
		}
		a, err := signin.AccountNamed(r.View, e.Login)
		if err == nil {
			f.Account = a.Login
		}
		if fail.Is(err, fail.NotFound) {
			err = nil
		}
		return err
	})
}
