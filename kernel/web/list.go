package web

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// PageSize is how many rows a list page shows.
const PageSize = 50

type listPage struct {
	Title, Subtitle, Slug    string
	Path, Q, Sort, Here, All string
	More                     ListMore
	Columns                  []columnView
	Choices                  []columnView
	Rows                     []rowView
	First, Prev, Next        string
	Count                    string
	Empty, Filtered          bool
	MayAdd, MayArchive       bool
	MayImport                bool
	Problem, Advice          string // what in the address is wrong, and what would be right
	Archived                 bool
	ArchivedHref             string
	Tag                      string
	Icon                     string
	Past                     pastView
}

type hidden struct{ Name, Value string }

// ListMore is what stands around the lists of every type: saved views, files of
// it, and changing many records at once. It comes from Site.Lists.
type ListMore struct {
	Instead string // the address to open instead: the person's own view
	Views   []ViewLink
	Menu    template.HTML // keeps and changes views
	Facets  template.HTML // inputs of the filters
	Export  template.HTML // offers the list as a file
	Change  bool          // chosen rows can be changed; they are sent to <list>/bulk
	Chosen  template.HTML // what else can be done with chosen rows
}

// ViewLink is one saved view above a list.
type ViewLink struct {
	Name, Href string
	On         bool
}

type columnView struct {
	Key, Name, Href, Aria string
	On, Number            bool
	Sortable              bool
	Sooner                string // the address with the column one place to the front
}

// rowView is a row, written in Go: a template takes five times as long.
type rowView struct{ Open, Choose, Cells template.HTML }

var listTemplate = MustPage[listPage](pageFiles, "pages/list.html")

// list shows the records of a type.
func (s *Site) list(d *records.Def) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		if !d.MayAny(r.View, access.View) {
			return records.NotFound()
		}
		in := r.URL.Query()
		var more ListMore
		if s.Lists != nil {
			var err error
			if more, err = s.Lists(r, d, in); err != nil {
				return err
			}
			if more.Instead != "" {
				return r.Redirect(w, more.Instead)
			}
		}
		then, err := r.AsOf(d)
		if err != nil {
			return err
		}
		q, page, wrong, err := r.asked(d, then, in)
		if err != nil {
			return err
		}
		p, err := r.listPage(d, then, in, q, page)
		if err != nil {
			return err
		}
		if r.asOf != "" { // the past is not changed
			more.Change, more.Chosen = false, ""
		}
		p.More, p.All = more, r.kept(d, p.Path)
		if r.asOf == "" && len(more.Views) > 0 {
			p.All = more.Views[0].Href
		}
		if canonical := p.Here; canonical != r.URL.RequestURI() && r.Header.Get("HX-Request") == "true" {
			w.Header().Set("HX-Push-Url", canonical)
		}
		code := http.StatusOK
		if wrong != nil {
			code, p.Count = Status(wrong.Kind), Unknown
			if p.Problem, p.Advice, err = r.refusal(d, wrong.With("type", p.Title)); err != nil {
				return err
			}
		}
		return listTemplate.Status(w, r, code, Shell{Title: p.Title, Crumbs: r.crumbs(d)[:0]}, p)
	}
}

// asked reads the rows that an address asks for. One that asks for what the list does
// not know has none, and wrong says why.
func (r *Request) asked(d *records.Def, then *storage.View, in url.Values) (q records.Query, page records.Page, wrong *fail.Error, err error) {
	if q, err = records.ParseQuery(then, d, in); err == nil {
		q.Limit = PageSize
		page, err = d.List(then, q)
	}
	if wrong = fail.As(err); wrong == nil || wrong.Kind != fail.Invalid {
		return q, page, nil, err
	}
	fields, err := d.All(then)
	for k := range in {
		name, _, _ := strings.Cut(k, ".")
		known := slices.ContainsFunc(fields, func(f *records.Field) bool { return f.Name == name })
		if !known && k != "q" && k != "col" { // what was typed stays, the rest leads nowhere
			delete(in, k)
		}
	}
	return records.Query{Limit: PageSize}, records.Page{}, wrong, err
}

// everyRecords are the names of what lists of every type filter by.
var everyRecords = map[string]words.Word{
	"number":     words.T("kernel.web.number", "Number"),
	"created_at": words.T("kernel.web.created", "Created"),
	"updated_at": words.T("kernel.web.changed", "Changed"),
}

// refusal says what is wrong with a list's address, and by what the list can be
// filtered: by the names on the page, since people read them there.
func (r *Request) refusal(d *records.Def, wrong *fail.Error) (problem, advice string, err error) {
	fields, err := d.Filterable(r.View)
	var names []string
	at := ""
	for _, f := range fields {
		if !f.Shows(r.View, d) {
			continue
		}
		name := r.word(everyRecords[f.Name], r.Label(d, f))
		if names = append(names, name); f.Name == wrong.Field {
			at = name + ": "
		}
	}
	list := r.Lang.List(names...)
	if _, said := wrong.Args["fields"]; !said {
		advice = r.T("kernel.web.filters", "This list is filtered by {fields}.", "fields", list)
	}
	return at + r.Say(wrong.With("fields", list)), advice, err
}

func (r *Request) listPage(d *records.Def, then *storage.View, in url.Values, q records.Query, page records.Page) (listPage, error) {
	p := listPage{Title: r.Plural(d), Slug: d.Slug(), Path: d.Path(""), Q: q.Search, Sort: q.Sort, Archived: q.Archived, Tag: q.Tag, Icon: d.IconName,
		MayAdd: d.MayAny(r.View, access.Add) && !d.Unwritten(), MayArchive: d.MayAny(r.View, access.Archive) && !d.Unwritten(),
		MayImport: d.MayAny(r.View, access.Import) && !d.Unwritten(), Past: r.pastView(d, then)}
	if r.asOf != "" {
		p.MayAdd, p.MayArchive, p.MayImport = false, false, false
	}
	link := func(change func(url.Values)) string { return Address(d.Path(""), in, change) }
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
	if page.Next != "" {
		p.Next = link(func(v url.Values) { v.Del("before"); v.Set("after", page.Next) })
	}
	if page.Prev != "" {
		p.Prev = link(func(v url.Values) { v.Del("after"); v.Set("before", page.Prev) })
		p.First = link(func(v url.Values) { v.Del("after"); v.Del("before") })
	}
	count := q
	count.After, count.Before = "", ""
	n, err := d.Count(then, count, records.CountLimit)
	if err != nil {
		return p, err
	}
	p.Count = r.T("kernel.web.count", "{count} {count|record|records}", "count", n)
	if n > records.CountLimit {
		p.Count = r.T("kernel.web.count-more", "more than {count}", "count", r.Lang.Int(records.CountLimit))
	}
	p.Filtered = len(q.Where) > 0 || q.Search != "" || q.Tag != ""
	p.Empty = len(page.Rows) == 0
	return p, r.listColumns(d, in, q, &p, page.Rows)
}

// Columns are the fields that a list can show beside its records' names, in the order
// asked for: as many as n are shown, the others follow.
func (r *Request) Columns(d *records.Def, in url.Values) (all []*records.Field, n int, err error) {
	if all, err = d.All(r.View); err != nil {
		return nil, 0, err
	}
	all = slices.DeleteFunc(all, func(f *records.Field) bool { return f.IsHidden || f.IsTitle || !f.Shows(r.View, d) })
	place := func(f *records.Field) int {
		if len(in["col"]) == 0 && f.InList {
			return 0
		}
		if at := slices.Index(in["col"], f.Name); at >= 0 {
			return at
		}
		return len(all) // not shown
	}
	slices.SortStableFunc(all, func(a, b *records.Field) int { return place(a) - place(b) })
	for n < len(all) && place(all[n]) < len(all) {
		n++
	}
	return all, n, nil
}

// listColumns fills the columns and rows.
func (r *Request) listColumns(d *records.Def, in url.Values, q records.Query, p *listPage, rows []records.Record) error {
	all, n, err := r.Columns(d, in)
	if err != nil {
		return err
	}
	var names []string
	for i, f := range all {
		c := columnView{Key: f.Name, Name: r.Label(d, f), On: i < n, Number: numeric(f), Sortable: f.Filters}
		if f.Filters {
			c.Href, c.Aria = r.sortLink(d, in, q, f.Name)
		}
		if c.On {
			if names = append(names, f.Name); len(names) > 1 {
				c.Sooner = r.columnSooner(d, in, names, all)
			}
			p.Columns = append(p.Columns, c)
		}
		p.Choices = append(p.Choices, c)
	}
	shown := all[:n]
	labels, err := r.LabelsOf(rows, shown)
	if err != nil {
		return err
	}
	known, cells := make([]bool, len(shown)), make([][]Cell, len(rows)) // known: some row has a value
	for n, rec := range rows {
		for i, f := range shown {
			c := r.Cell(d, f, rec.Value(f), labels)
			if c.Long {
				c = Cell{Text: shorten(c.Text, 80)}
			}
			known[i] = known[i] || c.Text != Unknown
			cells[n] = append(cells[n], c)
		}
	}
	classes := onPhone(shown, known)
	for i, class := range classes {
		if numeric(shown[i]) {
			class = strings.TrimSpace("n " + class)
		}
		classes[i] = `<td class="` + class + `">`
		if class == "" {
			classes[i] = "<td>"
		}
	}
	for n, rec := range rows {
		var b strings.Builder
		id, title := template.HTMLEscapeString(rec.ID()), r.NameOf(rec, labels)
		b.WriteString(`<th scope="row"><a href="` + template.HTMLEscapeString(r.kept(d, rec.Path())) + `">` + template.HTMLEscapeString(title) + `</a> <small class="mono">` + rec.Human() + "</small></th>")
		for i, c := range cells[n] {
			b.WriteString(classes[i] + string(c.HTML()) + "</td>")
		}
		choose := template.HTMLEscapeString(r.T("kernel.web.choose-row", "Choose {name}", "name", title))
		p.Rows = append(p.Rows, rowView{template.HTML(`<tr id="r` + id + `">`), template.HTML(`<td class="ck"><input type="checkbox" name="id" value="` + id + `" form="bulk" aria-label="` + choose + `"></td>`), template.HTML(b.String())})
	}
	return nil
}

// columnSooner is the list's address with the last of the columns before the one
// that precedes it.
func (r *Request) columnSooner(d *records.Def, in url.Values, names []string, all []*records.Field) string {
	return Address(d.Path(""), in, func(v url.Values) {
		order, n := slices.Clone(names), len(names)
		order[n-1], order[n-2] = order[n-2], order[n-1]
		for _, f := range all {
			if !slices.Contains(order, f.Name) && (slices.Contains(in["col"], f.Name) || len(in["col"]) == 0 && f.InList) {
				order = append(order, f.Name)
			}
		}
		v["col"] = order
	})
}

// onPhone gives the columns that a phone shows their places: a state above on the
// right, what it belongs to and a text below, a number or a day on the right; what
// is left over fills the places that nothing took.
func onPhone(shown []*records.Field, known []bool) []string {
	out, taken := make([]string, len(shown)), map[string]bool{}
	take := func(place string, fits func(f *records.Field) bool) {
		for i, f := range shown {
			if !taken[place] && out[i] == "" && known[i] && fits(f) {
				out[i], taken[place] = place, true
			}
		}
	}
	any := func(*records.Field) bool { return true }
	take("m-a", func(f *records.Field) bool {
		return slices.ContainsFunc(f.Options, func(o records.Option) bool { return o.State != "" })
	})
	take("m-c", func(f *records.Field) bool {
		return numeric(f) || f.Kind == records.DateKind || f.Kind == records.Instant
	})
	take("m-b", func(f *records.Field) bool { return f.Kind == records.Link || f.Kind == records.RefKind })
	take("m-d", func(f *records.Field) bool { return f.Kind == records.Text })
	take("m-a", func(f *records.Field) bool { return f.Kind == records.Choice || f.Kind == records.Bool || numeric(f) })
	for _, place := range []string{"m-b", "m-c", "m-d"} {
		take(place, any)
	}
	return out
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
	return Address(d.Path(""), in, func(v url.Values) { v.Del("after"); v.Del("before"); v.Set("sort", next) }), aria
}

// Address writes a path with a query changed, parameters in a fixed order and
// empty ones left out: the canonical address of a list.
func Address(path string, in url.Values, change func(url.Values)) string {
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
	return []Crumb{{r.Plural(d), r.kept(d, d.Path(""))}}
}
