package search

import (
	"net/http"
	"net/url"
	"strings"

	"steward/kernel/records"
	"steward/kernel/web"
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

var paletteTemplate = web.MustPage[palettePage](files, "pages/palette.html")

var searchTemplate = web.MustPage[palettePage](files, "pages/search.html")

// palette answers the command palette while somebody types: places to go,
// things to add, records found.
func palette(w http.ResponseWriter, r *web.Request) error {
	p, err := found(r, r.FormValue("q"), 12)
	if err != nil {
		return err
	}
	return paletteTemplate.Part(w, r, p)
}

// search is the same as a page, the hits by type, those with the best hit first. A
// number leads straight to its record.
func search(w http.ResponseWriter, r *web.Request) error {
	p, err := found(r, r.FormValue("q"), 100)
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
			if d := r.Site.Registry.Def(it.Of); d != nil {
				g.Title, g.All = r.Plural(d), d.Path("")+"?q="+url.QueryEscape(p.Query)
			}
			p.Groups = append(p.Groups, g)
		}
		p.Groups[i].Items = append(p.Groups[i].Items, it)
	}
	return searchTemplate.Show(w, r, web.Shell{Title: r.T("kernel.web.search-title", "Search")}, p)
}

func found(r *web.Request, text string, limit int) (palettePage, error) {
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
	for _, g := range r.Navigation() {
		for _, it := range g.Items {
			if len(p.Items) < limit+8 && strings.Contains(locale.Fold(it.Title), fold) {
				p.Items = append(p.Items, paletteItem{ID: "go" + slug(it.Href), Title: it.Title, Note: r.T("kernel.web.go", "Go to"), Href: it.Href, Icon: it.Icon})
			}
		}
	}
	for _, it := range r.Addable() {
		if text != "" && strings.Contains(locale.Fold(it.Title), fold) {
			p.Items = append(p.Items, paletteItem{ID: "new" + slug(it.Href), Title: it.Title, Note: r.T("kernel.web.add", "Add"), Href: it.Href, Icon: "plus"})
		}
	}
	if len(p.Items) > 0 {
		p.Items[0].First = true
	}
	return p, nil
}

func slug(href string) string { return strings.ReplaceAll(href, "/", "-") }
