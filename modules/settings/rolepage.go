package settings

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/web"
	"steward/modules/identity"
)

type rolesPage struct {
	Rows    []roleRow
	MayEdit bool
}

type roleRow struct {
	Title, About, Href string
	Own                bool
	Changed            int64 // grants added or withdrawn, of one that ships
	People             int64 // who hold it; of those that come by themselves, who were given it
}

var rolesTemplate = web.MustPage[rolesPage](files, "pages/roles.html")

// showRoles lists the roles that ship and those of the organisation's own.
func showRoles(w http.ResponseWriter, r *web.Request) error {
	p := rolesPage{MayEdit: r.May(access.Admin, access.Settings)}
	grants, err := signin.Grants(r.View)
	if err != nil {
		return err
	}
	given, err := signin.Roles(r.View, "")
	if err != nil {
		return err
	}
	add := func(name, title, about string, own bool) {
		row := roleRow{Title: title, About: about, Own: own, Href: "/settings/roles/" + name}
		for _, g := range grants {
			if g.Role == name && !own {
				row.Changed++
			}
		}
		holders := map[string]bool{}
		for _, g := range given {
			if g.Role == name && (g.Until.IsZero() || g.Until.After(r.View.Now)) {
				holders[g.Person] = true
			}
		}
		row.People = int64(len(holders))
		p.Rows = append(p.Rows, row)
	}
	own, err := identity.OwnRoles(r.View)
	if err != nil {
		return err
	}
	for _, o := range own {
		add(o.Name, o.Title, o.About, true)
	}
	for _, role := range roles(r) {
		if shipped(role.Name) {
			add(role.Name, role.Title, role.About, false)
		}
	}
	return rolesTemplate.Show(w, r, web.Shell{Title: r.T("nav.roles", "Roles")}, p)
}

type rolePage struct {
	Path, Title, About string
	Own, New, MayEdit  bool
	Acts               []string
	Rows               []powerRow
	Ends               []string
	Areas              []choice // of the row to add
	Scopes             []choice
	Sensitivities      []choice
	Reason, Until      string
	Problems           map[string]string
	General            string
	Seen               string // what the preview was of; "" before one
	People             int64  // who hold it
	Effects            []effectView
	Removing           bool
	Copies             []choice // roles to begin a new one with
}

// powerRow is what a role gives in an area as far as a scope reaches, a cell for each act.
type powerRow struct {
	Key, Area, Reach string
	Cells            []powerCell
}

type powerCell struct {
	Key, Label string
	On         bool
	Note       string // "": nothing to say
}

type effectView struct {
	People       string
	Count        int64
	Gains, Loses []string
}

var roleTemplate = web.MustPage[rolePage](files, "pages/role.html")

// asked is what a form, or the role as it is, says that it shall be.
type asked struct {
	change
	rows  []power // shown, also where nothing is ticked
	until string
}

func newRole(w http.ResponseWriter, r *web.Request) error {
	a := asked{change: change{Want: wanted{}}}
	if from := r.FormValue("from"); from != "" {
		list, err := powersOf(r.View, from)
		if err != nil {
			return err
		}
		for _, h := range list {
			if h.active() {
				a.Want[h.power], a.rows = time.Time{}, append(a.rows, h.power)
			}
		}
	}
	return roleForm(w, r, http.StatusOK, "", a, &rolePage{})
}

func showRole(w http.ResponseWriter, r *web.Request) error {
	a, err := roleNow(r, r.PathValue("role"))
	if err != nil {
		return err
	}
	return roleForm(w, r, http.StatusOK, a.Name, a, &rolePage{})
}

// roleNow is a role as it is.
func roleNow(r *web.Request, name string) (a asked, err error) {
	a = asked{change: change{Name: name, Want: wanted{}}}
	if !shipped(name) {
		own, err := identity.OwnRoles(r.View)
		if err != nil {
			return a, err
		}
		at := slices.IndexFunc(own, func(o identity.OwnRole) bool { return o.Name == name })
		if at < 0 {
			return a, records.NotFound()
		}
		a.Title, a.About = own[at].Title, own[at].About
	}
	list, err := powersOf(r.View, name)
	for _, h := range list {
		if a.rows = append(a.rows, h.power); h.active() {
			a.Want[h.power] = h.Until
		}
	}
	return a, err
}

// roleForm shows a role as it was asked for.
func roleForm(w http.ResponseWriter, r *web.Request, code int, name string, a asked, p *rolePage) error {
	p.New, p.Own, p.MayEdit = name == "", !shipped(name), r.May(access.Admin, access.Settings)
	p.Path = "/settings/roles/" + name
	if p.New {
		p.Path = "/settings/roles/new"
		if !p.MayEdit {
			return records.NotFound()
		}
		for _, role := range roles(r) {
			p.Copies = append(p.Copies, choice{role.Name, role.Title, role.Name == r.FormValue("from")})
		}
	}
	p.Title, p.About, p.Reason, p.Until = a.Title, a.About, a.Reason, a.until
	if shipped(name) {
		p.Title = roleTitle(r, name)
		role, _ := access.RoleNamed(name)
		p.About = r.T("kernel.access.role."+name+".about", role.About)
	}
	heading := p.Title
	if p.New {
		heading = r.T("settings.roles.new", "New role")
	}
	now, err := powersOf(r.View, name)
	if err != nil {
		return err
	}
	p.grid(r, a, now)
	for _, h := range now {
		if h.active() && !h.Until.IsZero() {
			p.Ends = append(p.Ends, powerText(r, h.power)+": "+r.T("settings.until", "until {day}", "day", untilText(r, h.Until)))
		}
	}
	add := func(to *[]choice, field, value, title string) {
		*to = append(*to, choice{value, title, r.PostFormValue(field) == value})
	}
	for _, area := range append([]string{access.Everywhere}, access.Areas...) {
		add(&p.Areas, "area", area, r.Tell(areas[area].With()))
	}
	for _, s := range access.Scopes {
		add(&p.Scopes, "scope", string(s), r.Tell(scopes[s].With()))
	}
	for _, s := range append([]access.Sensitivity{access.Ordinary}, access.Sensitivities...) {
		add(&p.Sensitivities, "sensitivity", string(s), r.Tell(sensitivities[s].With()))
	}
	return roleTemplate.Status(w, r, code, web.Shell{Title: heading, Crumbs: []web.Crumb{{Title: r.T("nav.roles", "Roles"), Href: "/settings/roles"}}}, *p)
}

// grid arranges what is asked for by area and reach, with a cell for each act.
func (p *rolePage) grid(r *web.Request, a asked, now []*held) {
	for _, act := range access.Acts {
		p.Acts = append(p.Acts, r.T("kernel.access.act."+string(act), string(act)))
	}
	rows := slices.Clone(a.rows)
	for q := range a.Want {
		rows = append(rows, q)
	}
	for i := range rows {
		rows[i].Act = access.View
	}
	slices.SortFunc(rows, comparePowers)
	for _, q := range slices.Compact(rows) {
		row := powerRow{Key: q.reach(), Area: r.Tell(areas[q.Area].With()), Reach: r.Tell(scopes[q.Scope].With())}
		if q.Sensitivity != access.Ordinary {
			row.Reach += " · " + r.Tell(sensitivities[q.Sensitivity].With())
		}
		for _, act := range access.Acts {
			q.Act = act
			_, on := a.Want[q]
			c := powerCell{Key: q.key(), Label: powerText(r, q), On: on}
			for _, h := range now {
				switch {
				case h.power != q:
				case h.Waits:
					c.Note = r.T("settings.grants.waits", "Waits for a second person")
				case h.Shipped && !h.active():
					c.Note = r.T("settings.grants.withdrawn", "Withdrawn from the role")
				case !h.Shipped && !p.Own:
					c.Note = r.T("settings.roles.added", "Added to the role")
				}
			}
			row.Cells = append(row.Cells, c)
		}
		p.Rows = append(p.Rows, row)
	}
}

// powerText says a power in words: "edit · Projects · records they own".
func powerText(r *web.Request, p power) string {
	text := r.T("kernel.access.act."+string(p.Act), string(p.Act)) + " · " + r.Tell(areas[p.Area].With()) + " · " + r.Tell(scopes[p.Scope].With())
	if p.Sensitivity != access.Ordinary {
		text += " · " + r.Tell(sensitivities[p.Sensitivity].With())
	}
	return text
}

// mostTicks bounds what a form can ask for.
const mostTicks = 1000

// askedFor reads the form.
func askedFor(r *web.Request, name string) (a asked, err error) {
	if err := r.ParseForm(); err != nil {
		return a, err
	}
	a = asked{change: change{Name: name, Title: r.PostFormValue("title"), About: r.PostFormValue("about"), Want: wanted{}, Reason: r.PostFormValue("reason")}, until: r.PostFormValue("until")}
	if len(r.PostForm["g"]) > mostTicks || len(r.PostForm["row"]) > mostTicks {
		return a, fail.Named("grants", "settings.roles.too-many", "A role has at most {most} grants.").With("most", mostTicks)
	}
	texts := slices.Clone(r.PostForm["row"])
	if r.PostFormValue("do") == "row" {
		texts = append(texts, r.PostFormValue("area")+"|"+r.PostFormValue("scope")+"|"+r.PostFormValue("sensitivity"))
	}
	for _, text := range texts {
		p, err := readPower(text)
		if err != nil {
			return a, err
		}
		a.rows = append(a.rows, p)
	}
	until, err := lastDay(r)
	for _, text := range r.PostForm["g"] {
		p, e := readPower(text)
		if e != nil {
			return a, e
		}
		a.Want[p] = until
	}
	return a, err
}

// seen is a mark of what a preview showed: of what was asked for, and of how the role was.
func (a asked) seen(now []*held) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q\n", a.Name, a.Title, a.About, a.until)
	for _, p := range slices.SortedFunc(maps.Keys(a.Want), comparePowers) {
		fmt.Fprintln(h, p.key())
	}
	for _, n := range now {
		fmt.Fprintln(h, n.key(), n.active(), n.added, n.taken)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// lockedOut refuses what would leave nobody who may see and change the settings.
func lockedOut(name string, want wanted) error {
	role, _ := access.RoleNamed(name)
	for _, g := range role.Grants {
		if _, kept := want[powerOf(g)]; name == access.Administrator && !kept && (g.Act == access.Admin || g.Act == access.View) {
			return fail.Named("grants", "kernel.signin.withdraw-administrator", "Administrators keep seeing and changing the settings: nobody could give it back.")
		}
	}
	return nil
}

// changeRole shows who would gain and lose what, and keeps a role as it was shown.
func changeRole(w http.ResponseWriter, r *web.Request) error {
	if err := mayAdmin(r); err != nil {
		return err
	}
	name, do := r.PathValue("role"), r.PostFormValue("do")
	if _, err := roleNow(r, name); name != "" && err != nil {
		return err
	}
	p := &rolePage{Removing: strings.HasPrefix(do, "remove"), Problems: map[string]string{}}
	var a asked
	var err error
	if p.Removing {
		a, err = roleNow(r, name)
		a.Want = wanted{}
	} else {
		a, err = askedFor(r, name)
	}
	if err == nil && do != "row" {
		err = lockedOut(name, a.Want)
	}
	if err == nil && do == "row" {
		return roleForm(w, r, http.StatusOK, name, a, p)
	}
	seen := ""
	if err == nil {
		now, e := powersOf(r.View, name)
		if seen, err = a.seen(now), e; err != nil {
			return err
		}
		if err = p.preview(r, name, a); err != nil {
			return err
		}
		if do == "save" || do == "remove" {
			if p.Seen = seen; r.PostFormValue("seen") != seen { // nobody keeps what they have not looked at
				p.General = r.T("settings.roles.look-again", "This is not what was shown. Look at it once more.")
				return roleForm(w, r, http.StatusConflict, name, a, p)
			}
			err = r.Update(func(u *records.Tx) error {
				if p.Removing {
					return removeRole(u, name)
				}
				name, err = keepRole(u, a.change)
				return err
			})
		}
	}
	if e := fail.As(err); e != nil && e.Kind != fail.Unavailable {
		for _, one := range e.All() {
			if p.Problems[one.Field] = r.Say(one); p.General == "" {
				p.General = r.Say(one)
			}
		}
		if p.Removing {
			a, _ = roleNow(r, r.PathValue("role"))
			p.Removing = false
		}
		p.Seen, p.Effects = "", nil
		return roleForm(w, r, web.Status(e.Kind), r.PathValue("role"), a, p)
	}
	if err != nil {
		return err
	}
	switch do {
	case "save":
		r.Toast(w, "saved")
		return r.Redirect(w, "/settings/roles/"+name)
	case "remove":
		r.Toast(w, "saved")
		return r.Redirect(w, "/settings/roles")
	}
	p.Seen = seen
	return roleForm(w, r, http.StatusOK, name, a, p)
}

// mostNamed is how many people of an effect are called by their names.
const mostNamed = 8

func (p *rolePage) preview(r *web.Request, name string, a asked) error {
	list, people, err := effects(r.View, name, a.Want)
	if err != nil {
		return err
	}
	p.People = int64(people)
	for _, e := range list {
		v := effectView{Count: int64(len(e.People))}
		labels, err := org.Persons.Def().Labels(r.View, e.People[:min(len(e.People), mostNamed)])
		if err != nil {
			return err
		}
		var names []string
		for _, id := range e.People[:min(len(e.People), mostNamed)] {
			names = append(names, labels[id].Title)
		}
		if more := len(e.People) - mostNamed; more > 0 {
			names = append(names, r.T("settings.roles.more", "{count} more", "count", more))
		}
		v.People = r.Lang.List(names...)
		for _, q := range e.Gains {
			v.Gains = append(v.Gains, powerText(r, q))
		}
		for _, q := range e.Loses {
			v.Loses = append(v.Loses, powerText(r, q))
		}
		p.Effects = append(p.Effects, v)
	}
	return nil
}
