package web

import (
	"net/url"

	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/locale"
)

// pastView is what a page that can show the past says of it.
type pastView struct {
	May   bool   // the type can be asked as of a moment
	AsOf  string // what was asked: a day or a moment; "" is now
	Said  string // in the reader's words
	Field string // the input's type
	Now   string // the address without it
}

// AsOf is what records of the type are read from: the page's view, or the past where the
// address asks for it with as_of. Labels, tags and rights stay those of now.
func (r *Request) AsOf(d *records.Def) (*storage.View, error) {
	text := r.URL.Query().Get("as_of")
	then, err := records.ParseAsOf(r.View, text, r.Zone)
	if err == nil && text != "" && !d.IsVersioned {
		err = fail.New(fail.Invalid, "kernel.records.no-past", "{type} cannot be asked as of a moment: only its history is kept, record by record.").With("type", r.Plural(d))
	}
	r.asOf = text
	return then, err
}

func (r *Request) pastView(d *records.Def, then *storage.View) pastView {
	p := pastView{May: d.IsVersioned, AsOf: r.asOf, Field: "date", Now: Address(r.URL.Path, r.URL.Query(), func(v url.Values) { v.Del("as_of"); v.Del("after"); v.Del("before") })}
	if r.asOf == "" {
		return p
	}
	p.Said = r.Day(records.DateOf(then.AsOf.In(r.Zone)))
	if len(r.asOf) > len("2006-01-02") {
		p.Field, p.Said = "text", r.Lang.Moment(then.AsOf.In(r.Zone), locale.Short)
	}
	return p
}

// kept is a path to a record or list of the type, in the past where the page shows it.
func (r *Request) kept(d *records.Def, path string) string {
	if r.asOf == "" || !d.IsVersioned {
		return path
	}
	return path + "?as_of=" + url.QueryEscape(r.asOf)
}
