package web

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/records"
)

// PageSize is how many rows a list page shows.
const PageSize = 50

type listPage struct {
	Title, Subtitle, Slug      string
	Path, Q, Sort, Here        string
	Facets                     []facetView
	Views                      []viewLink
	Columns                    []columnView
	Choices                    []columnView
	Rows                       []rowView
	First, Prev, Next          string
	Count                      string
	Empty, Filtered            bool
	MayAdd, MayArchive, Export bool
	MayImport                  bool
	Archived                   bool
	ArchivedHref               string
	ExportHref                 string
	Tag                        string
	Icon                       string
	Fixed                      []hidden
}

type hidden struct{ Name, Value string }

type viewLink struct {
	Name, Href string
	On         bool
	ID         string
	Mine       bool
}

type facetView struct {
	Key, Name, Value, Clear string
	On                      bool
	Options                 []facetOption
	IsText                  bool
	Typed                   string
}

type facetOption struct {
	Value, Name string
	On          bool
	Count       int64
	Counted     bool
}

type columnView struct {
	Key, Name, Href, Aria string
	On, Number            bool
	Sortable              bool
}

type rowView struct {
	ID, Href, Human string
	Icon            string
	Title           string
	Cells           []cellView
}

type cellView struct {
	Number bool
	HTML   template.HTML
}

var listTemplate = MustPage[listPage](pageFiles, "pages/list.html")

// list shows the records of a type.
func (s *Site) list(d *records.Def) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		if !d.MayAny(r.View, access.View) {
			return records.NotFound()
		}
		in := r.URL.Query()
		q, err := records.ParseQuery(d, in)
		if err != nil {
			return err
		}
		q.Limit = PageSize
		page, err := d.List(r.View, q)
		if err != nil {
			return err
		}
		p, err := r.listPage(d, in, q, page)
		if err != nil {
			return err
		}
		if canonical := p.Here; canonical != r.URL.RequestURI() && r.Header.Get("HX-Request") == "true" {
			w.Header().Set("HX-Push-Url", canonical)
		}
		return listTemplate.Show(w, r, Shell{Title: p.Title, Crumbs: r.crumbs(d)[:0]}, p)
	}
}

func (r *Request) listPage(d *records.Def, in url.Values, q records.Query, page records.Page) (listPage, error) {
	p := listPage{Title: r.Plural(d), Slug: d.Slug(), Path: d.Path(""), Q: q.Search, Sort: q.Sort, Archived: q.Archived, Tag: q.Tag, Icon: d.IconName,
		MayAdd: d.MayAny(r.View, access.Add) && !d.Unwritten(), MayArchive: d.MayAny(r.View, access.Archive) && !d.Unwritten(), Export: d.MayAny(r.View, access.Export),
		MayImport: d.MayAny(r.View, access.Import) && !d.Unwritten()}
	link := func(change func(url.Values)) string { return address(d.Path(""), in, change) }
	p.Here = link(func(url.Values) {})
	p.ArchivedHref = link(func(v url.Values) {
		v.Del("after")
		v.Del("before")
		if q.Archived {
			v.Del("archived")
		} else {
			v.Set("archived", "true")
		}
	})
	p.ExportHref = address(d.Path("")+".csv", in, func(v url.Values) { v.Del("after"); v.Del("before") })
	if page.Next != "" {
		p.Next = link(func(v url.Values) { v.Del("before"); v.Set("after", page.Next) })
	}
	if page.Prev != "" {
		p.Prev = link(func(v url.Values) { v.Del("after"); v.Set("before", page.Prev) })
		p.First = link(func(v url.Values) { v.Del("after"); v.Del("before") })
	}
	count := q
	count.After, count.Before = "", ""
	n, err := d.Count(r.View, count, records.CountLimit)
	if err != nil {
		return p, err
	}
	p.Count = r.T("kernel.web.count", "{count} {count|record|records}", "count", n)
	if n > records.CountLimit {
		p.Count = r.T("kernel.web.count-more", "more than {count}", "count", r.Lang.Int(records.CountLimit))
	}
	p.Filtered = len(q.Where) > 0 || q.Search != "" || q.Tag != ""
	p.Empty = len(page.Rows) == 0
	if err := r.listColumns(d, in, q, &p, page.Rows); err != nil {
		return p, err
	}
	return p, r.listFacets(d, in, q, &p)
}

// listColumns chooses the columns and fills the rows.
func (r *Request) listColumns(d *records.Def, in url.Values, q records.Query, p *listPage, rows []records.Record) error {
	custom, err := d.CustomFields(r.View)
	if err != nil {
		return err
	}
	chosen := in["col"]
	var shown []*records.Field
	all := append([]*records.Field{}, d.Fields...)
	for _, c := range custom {
		all = append(all, c.Field())
	}
	for _, f := range all {
		if f.IsHidden || f.IsTitle || !f.Shows(r.View, d) {
			continue
		}
		on := f.InList
		if len(chosen) > 0 {
			on = slices.Contains(chosen, f.Name)
		}
		c := columnView{Key: f.Name, Name: r.Label(d, f), On: on, Number: numeric(f), Sortable: f.Filters}
		if f.Filters {
			c.Href, c.Aria = r.sortLink(d, in, q, f.Name)
		}
		p.Choices = append(p.Choices, c)
		if on {
			p.Columns = append(p.Columns, c)
			shown = append(shown, f)
		}
	}
	labels, err := r.LabelsOf(rows, shown)
	if err != nil {
		return err
	}
	for _, rec := range rows {
		row := rowView{ID: rec.ID(), Href: rec.Path(), Human: rec.Human(), Title: rec.Title(), Icon: d.IconName}
		for _, f := range shown {
			var v any
			if strings.HasPrefix(f.Name, "x_") {
				v = f.Restored(rec.Meta().Custom[f.Name])
			} else {
				v = rec.Value(f)
			}
			c := r.Cell(d, f, v, labels)
			if c.Long {
				c = Cell{Text: shorten(c.Text, 80)}
			}
			row.Cells = append(row.Cells, cellView{c.Number, c.HTML()})
		}
		p.Rows = append(p.Rows, row)
	}
	return nil
}

func numeric(f *records.Field) bool {
	switch f.Kind {
	case records.Int, records.Measure, records.Amount, records.Decimal:
		return true
	}
	return false
}

func (r *Request) sortLink(d *records.Def, in url.Values, q records.Query, name string) (href, aria string) {
	next := name
	current := q.Sort
	if current == "" {
		current = d.DefaultSort
	}
	switch current {
	case name:
		next, aria = "-"+name, "ascending"
	case "-" + name:
		aria = "descending"
	}
	return address(d.Path(""), in, func(v url.Values) { v.Del("after"); v.Del("before"); v.Set("sort", next) }), aria
}

// listFacets offers the filters: choices with their counts, yes and no, links by
// how often they occur, and text for the rest.
func (r *Request) listFacets(d *records.Def, in url.Values, q records.Query, p *listPage) error {
	for _, f := range d.Fields {
		if !f.Filters || f.IsHidden || f.IsTitle || !f.Shows(r.View, d) {
			continue
		}
		chosen := in[f.Name]
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(s string) bool { return s == "" })
		if !f.InList && len(chosen) == 0 && len(p.Facets) >= 6 {
			continue // the rest is in the condition builder
		}
		v := facetView{Key: f.Name, Name: r.Label(d, f), On: len(chosen) > 0,
			Clear: address(d.Path(""), in, func(v url.Values) { v.Del(f.Name); v.Del("after"); v.Del("before") })}
		switch f.Kind {
		case records.Choice, records.Bool, records.Link:
			if err := r.facetOptions(d, q, f, chosen, &v); err != nil {
				return err
			}
		default:
			v.IsText = true
			if len(chosen) > 0 {
				v.Typed, v.Value = chosen[0], chosen[0]
			}
		}
		p.Facets = append(p.Facets, v)
	}
	for _, key := range []string{"sort", "archived", "tag", "view"} {
		if v := in.Get(key); v != "" && key != "sort" {
			p.Fixed = append(p.Fixed, hidden{key, v})
		}
	}
	return nil
}

func (r *Request) facetOptions(d *records.Def, q records.Query, f *records.Field, chosen []string, v *facetView) error {
	switch f.Kind {
	case records.Bool:
		for _, b := range []string{"true", "false"} {
			name := r.T("kernel.web.no", "No")
			if b == "true" {
				name = r.T("kernel.web.yes", "Yes")
			}
			v.Options = append(v.Options, facetOption{Value: b, Name: name, On: slices.Contains(chosen, b)})
		}
	case records.Choice:
		for _, o := range f.Options {
			v.Options = append(v.Options, facetOption{Value: o.Value, Name: r.OptionLabel(d, f, o), On: slices.Contains(chosen, o.Value)})
		}
	case records.Link:
		// The records most often linked to, under the other filters.
		without := q
		without.After, without.Before = "", ""
		without.Where = slices.DeleteFunc(slices.Clone(q.Where), func(c records.Cond) bool { return c.Field == f.Name })
		counts, err := d.Facets(r.View, without, f, 20)
		if err != nil {
			return err
		}
		target := r.Site.Registry.Targets(f)[0]
		ids := slices.Clone(chosen)
		for _, c := range counts {
			if id, ok := c.Value.(string); ok {
				ids = append(ids, id)
			}
		}
		labels, err := target.Labels(r.View, ids)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, c := range counts {
			id, _ := c.Value.(string)
			if l, ok := labels[id]; ok {
				seen[id] = true
				v.Options = append(v.Options, facetOption{Value: id, Name: l.Title, On: slices.Contains(chosen, id), Count: c.Count, Counted: true})
			}
		}
		for _, id := range chosen {
			if l, ok := labels[id]; ok && !seen[id] {
				v.Options = append(v.Options, facetOption{Value: id, Name: l.Title, On: true})
			}
		}
	}
	if f.Optional {
		v.Options = append(v.Options, facetOption{Value: "none", Name: r.T("kernel.web.not-set", "Not set"), On: slices.Contains(chosen, "none")})
	}
	for _, o := range v.Options {
		if o.On {
			v.Value = o.Name
		}
	}
	if len(chosen) > 1 {
		v.Value = r.Lang.Int(int64(len(chosen)))
	}
	return nil
}

// address writes a path with a query changed, parameters in a fixed order and
// empty ones left out: the canonical address of a list.
func address(path string, in url.Values, change func(url.Values)) string {
	out := url.Values{}
	for k, vs := range in {
		for _, v := range vs {
			if v != "" {
				out.Add(k, v)
			}
		}
	}
	change(out)
	if len(out) == 0 {
		return path
	}
	return path + "?" + out.Encode()
}

// crumbs lead to a type's list.
func (r *Request) crumbs(d *records.Def) []Crumb {
	return []Crumb{{r.Plural(d), d.Path("")}}
}
