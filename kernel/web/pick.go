package web

import (
	"net/http"

	"steward/kernel/records"
)

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
