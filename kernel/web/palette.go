package web

import (
	"net/http"
	"net/url"
	"strings"

	"steward/kernel/records"
	"steward/lib/locale"
)

type palettePage struct {
	Items  []paletteItem
	Groups []searchGroup
	Query  string
}

// searchGroup are the hits of one type, and the list that has them all.
type searchGroup struct {
	Title, All string
	Items      []paletteItem
}

type paletteItem struct {
	ID                      string
	Title, Note, Href, Icon string
	Of                      string // the record's type, "" for a page
	First                   bool
	Named                   bool // its number is what was asked for
}

var paletteTemplate = MustPage[palettePage](pageFiles, "pages/palette.html")

var searchTemplate = MustPage[palettePage](pageFiles, "pages/search.html")

// palette answers the command palette while somebody types: places to go,
// things to add, records found.
func (s *Site) palette(w http.ResponseWriter, r *Request) error {
	p, err := r.found(r.FormValue("q"), 12)
	if err != nil {
		return err
	}
	return paletteTemplate.Part(w, r, p)
}

// search is the same as a page, the hits by type, those with the best hit first. A
// number leads straight to its record.
func (s *Site) search(w http.ResponseWriter, r *Request) error {
	p, err := r.found(r.FormValue("q"), 100)
	if err != nil {
		return err
	}
	if len(p.Items) > 0 && p.Items[0].Named {
		return r.Redirect(w, p.Items[0].Href)
	}
	at := map[string]int{}
	for _, it := range p.Items {
		i, seen := at[it.Of]
		if !seen {
			i = len(p.Groups)
			at[it.Of] = i
			g := searchGroup{Title: r.T("kernel.web.pages", "Pages")}
			if d := s.Registry.Def(it.Of); d != nil {
				g.Title, g.All = r.Plural(d), d.Path("")+"?q="+url.QueryEscape(p.Query)
			}
			p.Groups = append(p.Groups, g)
		}
		p.Groups[i].Items = append(p.Groups[i].Items, it)
	}
	return searchTemplate.Show(w, r, Shell{Title: r.T("kernel.web.search-title", "Search")}, p)
}

func (r *Request) found(text string, limit int) (palettePage, error) {
	p := palettePage{Query: text}
	fold := locale.Fold(text)
	if text != "" {
		hits, err := records.Find(r.View, text, limit)
		if err != nil {
			return p, err
		}
		for _, h := range hits {
			p.Items = append(p.Items, paletteItem{ID: "c" + h.ID, Title: h.Label.Title, Note: h.Label.Human + " · " + r.Singular(h.Def), Href: h.Label.Path, Icon: h.Def.IconName, Of: h.Def.Name, Named: h.Named})
		}
	}
	for _, g := range r.navigation() {
		for _, it := range g.Items {
			if len(p.Items) < limit+8 && strings.Contains(locale.Fold(it.Title), fold) {
				p.Items = append(p.Items, paletteItem{ID: "go" + slugOf(it.Href), Title: it.Title, Note: r.T("kernel.web.go", "Go to"), Href: it.Href, Icon: it.Icon})
			}
		}
	}
	for _, it := range r.addable() {
		if text != "" && strings.Contains(locale.Fold(it.Title), fold) {
			p.Items = append(p.Items, paletteItem{ID: "new" + slugOf(it.Href), Title: it.Title, Note: r.T("kernel.web.add", "Add"), Href: it.Href, Icon: "plus"})
		}
	}
	if len(p.Items) > 0 {
		p.Items[0].First = true
	}
	return p, nil
}

func slugOf(href string) string { return strings.ReplaceAll(href, "/", "-") }

type pickPage struct {
	Items []pickItem
}

type pickItem struct{ Value, Title, Note string }

var pickTemplate = MustPage[pickPage](pageFiles, "pages/pick.html")

// pick answers a relation field while somebody types: records that can be
// linked to, as options of its list.
func (s *Site) pick(w http.ResponseWriter, r *Request) error {
	d := s.Registry.Def(r.PathValue("type"))
	if d == nil || d.Field(r.PathValue("field")) == nil {
		return records.NotFound()
	}
	f := d.Field(r.PathValue("field"))
	var p pickPage
	for _, target := range s.Registry.Targets(f) {
		sort := ""
		if target.Title != nil {
			sort = target.Title.Name
		}
		page, err := target.List(r.View, records.Query{Search: r.FormValue("q"), Limit: 8, Sort: sort})
		if err != nil {
			return err
		}
		for _, rec := range page.Rows {
			v := rec.ID()
			if f.Kind == records.RefKind {
				v = string(records.MakeRef(target.Name, v))
			}
			p.Items = append(p.Items, pickItem{v, rec.Title(), rec.Human() + " · " + r.Singular(target)})
		}
	}
	return pickTemplate.Part(w, r, p)
}
