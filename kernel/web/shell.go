package web

import (
	"cmp"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/lib/locale"
	"steward/lib/words"
	dist "steward/web"
)

// Shell is what stands around a page's body.
type Shell struct {
	Title  string
	Crumbs []Crumb // the way here, without the page itself
	Bare   bool    // without navigation: sign-in, the assistant
}

// Crumb is one step of the way to a page.
type Crumb struct{ Title, Href string }

type shellPage struct {
	Shell
	Theme, Lang  string
	Groups       []NavGroup
	Person, Role string
	PersonPath   string
	Sample       bool
	SignedIn     bool
	Unread       int64
	Toast        string
	Body         template.HTML
	Add          template.HTML // the types of which records can be added
}

// NavGroup is a group of the navigation, for one person.
type NavGroup struct {
	Title string
	Items []NavItem
	lang  locale.Lang
}

// NavItem is a place that the person may open, or a type that they may add records of.
type NavItem struct {
	Title, Icon, Href, Key string
	On                     bool
	Count                  int64
}

// Links are written in Go: a template takes five times as long for them.
func (g NavGroup) Links() template.HTML {
	var b strings.Builder
	for _, it := range g.Items {
		b.WriteString(`<li><a href="` + it.Href + `"`)
		if it.On {
			b.WriteString(` aria-current="page"`)
		}
		if it.Key != "" {
			b.WriteString(` data-go="` + it.Key + `"`)
		}
		b.WriteString(">" + string(dist.Icon(it.Icon)) + "<span>" + template.HTMLEscapeString(it.Title) + "</span>")
		if it.Count > 0 {
			b.WriteString(`<b class="cnt">` + g.lang.Int(it.Count) + "</b>")
		}
		b.WriteString("</a></li>\n    ")
	}
	return template.HTML(b.String())
}

var shellTemplate = MustPage[shellPage](pageFiles, "pages/shell.html")

// wrap writes a body in the shell.
func (r *Request) wrap(w http.ResponseWriter, code int, s Shell, body template.HTML) error {
	p := shellPage{Shell: s, Body: body, Lang: string(r.Lang), Sample: r.Org.Sample, SignedIn: r.Actor != nil}
	if c, err := r.Cookie("theme"); err == nil && (c.Value == "dark" || c.Value == "light") {
		p.Theme = c.Value
	}
	if c, err := r.Cookie(toastCookie); err == nil {
		p.Toast = r.word(toasts[c.Value], "")
		http.SetCookie(w, &http.Cookie{Name: toastCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
	if r.Actor != nil && !s.Bare {
		p.Person = r.Actor.Name
		p.PersonPath = "/account"
		p.Role = r.roleTitle()
		p.Groups = r.Navigation()
		var add strings.Builder
		for _, it := range r.Addable() {
			add.WriteString(`<a href="` + it.Href + `">` + string(dist.Icon(it.Icon)) + template.HTMLEscapeString(it.Title) + "</a>")
		}
		p.Add = template.HTML(add.String())
		if r.Site.Unread != nil {
			var err error
			if p.Unread, err = r.Site.Unread(r); err != nil {
				return err
			}
		}
	}
	out, err := shellTemplate.rendered(r, p)
	if err != nil {
		return err
	}
	defer buffers.Put(out)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, err = w.Write(out.Bytes())
	return err
}

// Navigation is what the person may open, with the place of this page marked.
func (r *Request) Navigation() []NavGroup {
	var counts map[string]int64
	if r.Site.Counts != nil {
		counts = r.Site.Counts(r)
	}
	best := ""
	for _, g := range r.Site.Groups {
		for _, it := range g.Items {
			if href := it.filled().Href; (r.URL.Path == href || strings.HasPrefix(r.URL.Path, href+"/")) && len(href) > len(best) {
				best = href
			}
		}
	}
	var out []NavGroup
	for _, g := range r.Site.Groups {
		ng := NavGroup{lang: r.Lang}
		if g.Title != "" {
			ng.Title = r.T("nav."+slug(g.Title), g.Title)
		}
		for _, it := range g.Items {
			if !r.mayOpen(it) {
				continue
			}
			it = it.filled()
			n := NavItem{Title: r.T("nav."+slug(it.Title), it.Title), Icon: it.Icon, Href: it.Href, Key: it.Key, Count: counts[it.Href]}
			if it.Type != nil {
				n.Title = r.Plural(it.Type.Def())
			}
			n.On = n.Href == best
			ng.Items = append(ng.Items, n)
		}
		if len(ng.Items) > 0 {
			out = append(out, ng)
		}
	}
	return out
}

// filled is the item with what its type gives it.
func (it Item) filled() Item {
	if it.Type != nil {
		d := it.Type.Def()
		it.Title, it.Icon, it.Href = cmp.Or(it.Title, d.Plural), cmp.Or(it.Icon, d.IconName), cmp.Or(it.Href, d.Path(""))
	}
	return it
}

func (r *Request) mayOpen(it Item) bool {
	if it.Type != nil {
		return it.Type.Def().MayAny(r.View, access.View)
	}
	return it.Area == "" || r.May(cmp.Or(it.Act, access.View), it.Area)
}

// Addable are the types the person may add records of, for the New menu.
func (r *Request) Addable() []NavItem {
	var out []NavItem
	for _, g := range r.Site.Groups {
		for _, it := range g.Items {
			if it.Type != nil && it.Type.Def().MayAny(r.View, access.Add) && !it.Type.Def().Unwritten() {
				d := it.Type.Def()
				out = append(out, NavItem{Title: r.Singular(d), Icon: d.IconName, Href: d.Path("new")})
			}
		}
	}
	return out
}

// roleTitle is the first of the person's roles in the order of the shipped ones,
// which begins with the widest.
func (r *Request) roleTitle() string {
	if len(r.Actor.Roles) == 0 {
		return ""
	}
	for _, role := range access.Roles() {
		if slices.Contains(r.Actor.Roles, role.Name) {
			return r.T("kernel.access.role."+role.Name, role.Title)
		}
	}
	return r.Actor.Roles[0]
}

func slug(s string) string { return strings.ReplaceAll(strings.ToLower(s), " ", "-") }

// T speaks a text: its key, its English source, and pairs of a name and a value.
func (r *Request) T(key, english string, args ...any) string {
	return r.Site.Words.Text(r.Lang, key, english, pairs(args))
}

// Tell says a kept sentence in the reader's language, with moments in the
// organisation's zone.
func (r *Request) Tell(s words.Said) string {
	return s.At(r.Zone).In(r.Site.Words, r.Lang)
}

// Singular is the type's name for the reader: Contract.
func (r *Request) Singular(d *records.Def) string { return r.T(d.Name+".one", d.Singular) }

// Plural is the type's name for many: Contracts.
func (r *Request) Plural(d *records.Def) string { return r.T(d.Name+".many", d.Plural) }

// Label is a field's label for the reader.
func (r *Request) Label(d *records.Def, f *records.Field) string {
	if f.Custom() {
		return f.Label // a custom field is spelled by who added it
	}
	return r.T(d.Name+"."+f.Name+".label", f.Label)
}

// OptionLabel is a choice's label for the reader.
func (r *Request) OptionLabel(d *records.Def, f *records.Field, o records.Option) string {
	if f.Custom() {
		return o.Label
	}
	return r.T(d.Name+"."+f.Name+"."+o.Value, o.Label)
}

// Day, Moment and Ago write dates for the reader; Moment in the organisation's zone.
func (r *Request) Day(d records.Date) string { return r.Lang.Day(string(d), locale.Short) }

// Moment writes date and time in the reader's zone.
func (r *Request) Moment(m records.Moment) string {
	return r.Lang.Moment(m.Time().In(r.Zone), locale.Short)
}

// Ago writes how long ago a moment was.
func (r *Request) Ago(m records.Moment) string { return r.Lang.Relative(m.Time(), r.View.Now) }

// Money writes an amount with its currency.
func (r *Request) Money(m records.Money) string { return r.Lang.Money(m.Minor, m.Currency) }

// Today is the organisation's day.
func (r *Request) Today() records.Date { return records.DateOf(r.View.Now.In(r.Zone)) }

const toastCookie = "steward_toast"

// Toast shows a short message on the next page: one of the kernel's, by its key.
func (r *Request) Toast(w http.ResponseWriter, key string) {
	http.SetCookie(w, &http.Cookie{Name: toastCookie, Value: key, Path: "/", MaxAge: 30, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.Site.Secure})
}

// toasts are the short messages by key; an unknown key is nothing, so that a
// cookie set by somebody else shows nothing of theirs.
var toasts = map[string]words.Word{
	"saved":    words.T("kernel.web.toast.saved", "Saved"),
	"created":  words.T("kernel.web.toast.created", "Created"),
	"archived": words.T("kernel.web.toast.archived", "Archived"),
	"restored": words.T("kernel.web.toast.restored", "Brought back"),
	"undone":   words.T("kernel.web.toast.undone", "Undone"),
	"decided":  words.T("kernel.web.toast.decided", "Decision kept"),
	"imported": words.T("kernel.web.toast.imported", "Imported"),
}
