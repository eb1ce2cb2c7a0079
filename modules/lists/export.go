package lists

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/web"
)

// file is a list that leaves the program, written row by row.
type file interface {
	// row adds a record; labels holds the titles of what it links to.
	row(rec records.Record, labels web.Labels) error
	// end writes what is left.
	end() error
}

// format is a kind of file that a list can be written to.
type format struct {
	name string // the end of the address and of the file's name
	mime string
	// open begins the file and says which fields its rows need.
	open func(w http.ResponseWriter, r *web.Request, d *records.Def, in url.Values) (file, []*records.Field, error)
}

var formats = []format{
	{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", openXLSX},
	{"csv", "text/csv; charset=utf-8", openCSV},
}

// rowsAtOnce is how many records are in memory while a file is written.
const rowsAtOnce = 500

// export writes the records of a list, as its address filters and orders them.
func export(d *records.Def, f format) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error { return f.write(w, r, d, r.URL.Query(), nil) }
}

// write writes the records that an address asks for; only those of ids, where given.
func (f format) write(w http.ResponseWriter, r *web.Request, d *records.Def, in url.Values, ids []string) error {
	if !d.MayAny(r.View, access.Export) {
		return records.NotFound()
	}
	whole := in.Get("columns") == "all"
	in.Del("columns")
	q, err := records.ParseQuery(r.View, d, in)
	if err != nil {
		return err
	}
	q.Limit, q.After, q.Before, q.IDs = rowsAtOnce, "", "", ids
	then, err := r.AsOf(d)
	if err != nil {
		return err
	}
	first, err := d.List(then, q) // what is wrong is said before anything is sent
	if err != nil {
		return err
	}
	if whole {
		in = url.Values{"col": {"*"}}
	}
	out, fields, err := f.open(w, r, d, in)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", f.mime)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", d.Slug()+"."+f.name))
	if err := rows(r, d, then, q, first, out, fields); err != nil {
		// Half a file must not look like a whole one.
		r.Site.Log.Error("a list could not be written to the end", "type", d.Name, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// rows writes one page of the list after the other.
func rows(r *web.Request, d *records.Def, then *storage.View, q records.Query, page records.Page, out file, fields []*records.Field) error {
	for {
		labels, err := r.LabelsOf(page.Rows, fields)
		if err != nil {
			return err
		}
		for _, rec := range page.Rows {
			if err := out.row(rec, labels); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return out.end()
		}
		q.After = page.Next
		if page, err = d.List(then, q); err != nil {
			return err
		}
	}
}

// chosen says which records of a list a form names: those of ids, or all that match.
func chosen(f url.Values) (ids []string, err error) {
	if f.Get("every") != "" {
		return nil, nil
	}
	if n := len(f["id"]); n == 0 || n > 500 {
		return nil, fail.New(fail.Invalid, "lists.count", "Choose between 1 and 500 rows, or all that match.")
	}
	return f["id"], nil
}

// exported are the fields of a type that a file may have.
func exported(r *web.Request, d *records.Def) ([]*records.Field, error) {
	all, err := d.All(r.View)
	return slices.DeleteFunc(all, func(f *records.Field) bool { return f.Kind == records.Secret || !f.Shows(r.View, d) }), err
}
