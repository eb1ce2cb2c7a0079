package lists

import (
	"net/http"
	"net/url"
	"slices"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
)

type menu struct {
	Path, Query string
	Own         *View // the reader's own view that is open
	Changed     bool  // the list differs from it
}

var (
	menuTemplate   = web.MustPage[menu](files, "pages/menu.html")
	exportTemplate = web.MustPage[[]web.ViewLink](files, "pages/export.html")
	facetsTemplate = web.MustPage[facetBar](files, "pages/facets.html")
	chosenTemplate = web.MustPage[[]choiceView](files, "pages/chosen.html")
)

// above is what stands over a list: its views and the way to keep one more. A list
// that is opened without anything asked opens with the person's own view.
func above(r *web.Request, d *records.Def, in url.Values) (more web.ListMore, err error) {
	views, err := Views(r.View, d)
	if err != nil {
		return more, err
	}
	if spelt, err := spelled(r, d, in); err != nil || spelt != nil {
		return web.ListMore{Instead: web.Address(d.Path(""), spelt, func(url.Values) {})}, err
	}
	path, open := d.Path(""), in.Get("view")
	bar, err := facets(r, d, in)
	if err != nil {
		return more, err
	}
	if more.Facets, err = facetsTemplate.Body(r, bar); err != nil {
		return more, err
	}
	query, err := Canonical(r.View, d, in)
	if err != nil {
		return more, nil // the list says what is wrong with its address
	}
	all := web.ViewLink{Name: r.T("lists.all", "All"), Href: path, On: true}
	m := menu{Path: path, Query: query}
	for _, v := range views {
		link := web.ViewLink{Name: v.Name, Href: address(path, v), On: v.ID == open}
		if v.Default {
			all.Href = path + "?view=all"
			if kept, err := url.ParseQuery(v.Query); err == nil && len(in) == 0 {
				if _, err := Canonical(r.View, d, kept); err == nil {
					return web.ListMore{Instead: link.Href}, nil
				}
			}
		}
		if link.On {
			all.On = false
			if v.Person == r.Actor.Person {
				m.Own, m.Changed = &v, v.Query != query
			}
		}
		more.Views = append(more.Views, link)
	}
	more.Views = slices.Insert(more.Views, 0, all)
	more.Change = d.MayAny(r.View, access.Edit)
	if more.Menu, err = menuTemplate.Body(r, m); err != nil || !d.MayAny(r.View, access.Export) {
		return more, err
	}
	if more.Export, err = exportTemplate.Body(r, exports(r, path, in)); err != nil {
		return more, err
	}
	more.Chosen, err = chosenTemplate.Body(r, []choiceView{{Value: "xlsx", Name: "Excel"}, {Value: "csv", Name: "CSV"}})
	return more, err
}

// exports are the files that a list can be had as.
func exports(r *web.Request, path string, in url.Values) []web.ViewLink {
	to := func(end string, more ...string) string {
		return web.Address(path+end, in, func(v url.Values) {
			v.Del("after")
			v.Del("before")
			if len(more) > 0 {
				v["columns"] = more
			}
		})
	}
	return []web.ViewLink{{Name: r.T("lists.export-shown", "Excel, the columns shown"), Href: to(".xlsx")}, {Name: r.T("lists.export-all", "Excel, all columns"), Href: to(".xlsx", "all")},
		{Name: r.T("lists.export-csv", "CSV, to be imported again"), Href: to(".csv")}}
}

func address(path string, v View) string {
	q, _ := url.ParseQuery(v.Query)
	q.Set("view", v.ID)
	return path + "?" + q.Encode()
}

type viewsPage struct {
	Title, Path, Name, Query, Problem string
	Views                             []viewRow
	MayShare                          bool
	Share                             []shareOption
}

type viewRow struct {
	View
	Href, By, With string
	Mine           bool
	Share          []shareOption
}

type shareOption struct {
	Value, Name string
	On          bool
}

var viewsTemplate = web.MustPage[viewsPage](files, "pages/views.html")

func showViews(d *records.Def) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		return writeViews(w, r, d, http.StatusOK, viewsPage{Query: r.URL.Query().Get("query")})
	}
}

func writeViews(w http.ResponseWriter, r *web.Request, d *records.Def, code int, p viewsPage) error {
	if !d.MayAny(r.View, access.View) {
		return records.NotFound()
	}
	views, err := Views(r.View, d)
	if err != nil {
		return err
	}
	share, err := shareOptions(r)
	if err != nil {
		return err
	}
	var people []string
	for _, v := range views {
		people = append(people, v.Person)
	}
	names, err := org.Persons.Def().Labels(r.View, people)
	if err != nil {
		return err
	}
	p.Title, p.Path, p.MayShare, p.Share = r.T("lists.views-of", "Views: {type}", "type", r.Plural(d)), d.Path(""), len(share) > 1, share
	for _, v := range views {
		row := viewRow{View: v, Href: address(p.Path, v), By: names[v.Person].Title, Mine: v.Person == r.Actor.Person, Share: slices.Clone(share)}
		known := false
		for i := range row.Share {
			row.Share[i].On = row.Share[i].Value == v.Shared
			if row.Share[i].On {
				known, row.With = true, row.Share[i].Name
			}
		}
		if !known {
			row.With = r.T("lists.shared", "Shared")
			row.Share = append(row.Share, shareOption{v.Shared, row.With, true})
		}
		p.Views = append(p.Views, row)
	}
	return viewsTemplate.Status(w, r, code, web.Shell{Title: p.Title, Crumbs: []web.Crumb{{Title: r.Plural(d), Href: p.Path}}}, p)
}

// shareOptions are with whom the reader may share, "with nobody" first.
func shareOptions(r *web.Request) ([]shareOption, error) {
	out := []shareOption{{"", r.T("lists.nobody", "Only me"), true}}
	units := r.Actor.Units
	q := records.Query{IDs: units, SortAt: &org.Units.P.Name, Limit: 200}
	if slices.Contains(r.Actor.Roles, access.MISManager) || slices.Contains(r.Actor.Roles, access.Administrator) {
		q.IDs = nil
		out = append(out, shareOption{Value: "all", Name: r.T("lists.everybody", "Everybody")})
		for _, role := range access.Roles() {
			out = append(out, shareOption{Value: "role:" + role.Name, Name: r.T("kernel.access.role."+role.Name, role.Title)})
		}
	} else if len(units) == 0 {
		return out, nil
	}
	list, err := org.Units.List(r.View, q)
	for _, u := range list {
		out = append(out, shareOption{Value: "unit:" + string(u.ID), Name: u.Name})
	}
	return out, err
}

// changeViews keeps, changes and deletes the reader's views, and chooses the one
// that the list opens with. What is wrong is said beside what was typed.
func changeViews(d *records.Def) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		if err := r.ParseForm(); err != nil {
			return err
		}
		f := r.PostForm
		v := View{ID: f.Get("id"), Name: f.Get("name"), Query: f.Get("query"), Shared: f.Get("shared")}
		to := d.Path("views")
		asked, err := url.ParseQuery(v.Query)
		if err != nil {
			return fail.Named("query", "lists.query", "The list's address cannot be read.")
		}
		if v.Query, err = Canonical(r.View, d, asked); err != nil {
			return err
		}
		err = r.Update(func(u *records.Tx) error {
			switch f.Get("do") {
			case "delete":
				return Delete(u, d, v.ID)
			case "default":
				return SetDefault(u, d, v.ID)
			case "no-default":
				return SetDefault(u, d, "")
			case "overwrite": // the filter alone: name and readers stay
				kept, err := own(u, d, v.ID)
				if err != nil {
					return err
				}
				v.Name, v.Shared = kept.Name, kept.Shared
			case "rename": // the filter stays
				kept, err := own(u, d, v.ID)
				if err != nil {
					return err
				}
				v.Query = kept.Query
			case "new":
				v.ID = ""
			default:
				return fail.New(fail.Invalid, "lists.act", "There is no such action.")
			}
			var err error
			v, err = Save(u, d, v)
			to = address(d.Path(""), v)
			return err
		})
		if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
			return writeViews(w, r, d, web.Status(e.Kind), viewsPage{Name: f.Get("name"), Query: v.Query, Problem: r.Say(e)})
		}
		if err != nil {
			return err
		}
		r.Toast(w, "saved")
		return r.Redirect(w, to)
	}
}
