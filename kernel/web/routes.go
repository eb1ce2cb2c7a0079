package web

import "steward/kernel/records"

// own are the pages every installation has.
func (s *Site) own() []Route {
	return []Route{
		{Pattern: "GET /pick/{type}/{field}", Handler: s.pick},
	}
}

// recordRoutes are the pages every record type has.
func (s *Site) recordRoutes(d *records.Def) []Route {
	p := d.Path("")
	return []Route{
		{Pattern: "GET " + p, Handler: s.list(d)},
		{Pattern: "GET " + p + "/new", Handler: s.newForm(d)},
		{Pattern: "POST " + p, Handler: s.create(d)},
		{Pattern: "GET " + p + "/{id}", Handler: s.show(d)},
		{Pattern: "GET " + p + "/{id}/edit", Handler: s.editForm(d)},
		{Pattern: "POST " + p + "/{id}", Handler: s.save(d)},
		{Pattern: "POST " + p + "/{id}/archive", Handler: s.archive(d, false)},
		{Pattern: "POST " + p + "/{id}/restore", Handler: s.archive(d, true)},
		{Pattern: "POST " + p + "/{id}/undo", Handler: s.undo(d)},
		{Pattern: "POST " + p + "/{id}/comment", Handler: s.comment(d)},
		{Pattern: "POST " + p + "/{id}/tag", Handler: s.tag(d)},
	}
}
