package lists

import (
	"encoding/csv"
	"net/http"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/web"
)

// exportCSV writes all records of a list, as filtered, in the API's spelling,
// so that the file can be imported again. It is written page by page.
func exportCSV(d *records.Def) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		if !d.MayAny(r.View, access.Export) {
			return records.NotFound()
		}
		q, err := records.ParseQuery(d, r.URL.Query())
		if err != nil {
			return err
		}
		q.Limit = 500
		then, err := r.AsOf(d)
		if err != nil {
			return err
		}
		var fields []*records.Field
		head := []string{"id", "number"}
		for _, f := range d.Fields {
			if f.Kind != records.Secret && f.Shows(r.View, d) {
				fields = append(fields, f)
				head = append(head, f.Name)
			}
		}
		page, err := d.List(then, q)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+d.Slug()+`.csv"`)
		out := csv.NewWriter(w)
		if err := out.Write(head); err != nil {
			return err
		}
		for {
			labels, err := r.LabelsOf(page.Rows, fields)
			if err != nil {
				return err
			}
			for _, rec := range page.Rows {
				row := []string{rec.ID(), rec.Human()}
				for _, f := range fields {
					row = append(row, web.Harmless(exported(r, f, rec.Value(f), labels)))
				}
				if err := out.Write(row); err != nil {
					return err
				}
			}
			if page.Next == "" {
				break
			}
			q.After = page.Next
			if page, err = d.List(then, q); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	}
}

// exported writes a link as the record's title, which import finds again.
func exported(r *web.Request, f *records.Field, v any, labels web.Labels) string {
	if target, id := r.Site.Registry.Pointed(f, v); target != nil {
		if l, ok := labels[records.MakeRef(target.Name, id)]; ok {
			return l.Title
		}
		return ""
	}
	return records.ToText(f, v)
}
