package web

import "steward/kernel/records"

// own are the pages every installation has.
func (s *Site) own() []Route {
	return []Route{
		{Pattern: "GET /sign-in", Handler: s.signInForm, Public: true},
		{Pattern: "POST /sign-in", Handler: s.signIn, Public: true},
		{Pattern: "GET /sign-in/code", Handler: s.codeForm, Public: true},
		{Pattern: "POST /sign-in/code", Handler: s.enterCode, Public: true},
		{Pattern: "GET /welcome/{secret}", Handler: s.welcomeForm, Public: true},
		{Pattern: "POST /welcome/{secret}", Handler: s.welcome, Public: true},
		{Pattern: "POST /sign-out", Handler: s.signOut},
		{Pattern: "GET /setup", Handler: s.setupForm},
		{Pattern: "POST /setup", Handler: s.setup},
		{Pattern: "GET /account", Handler: s.account},
		{Pattern: "POST /account", Handler: s.saveAccount},
		{Pattern: "POST /account/sessions", Handler: s.revokeSession},
		{Pattern: "GET /palette", Handler: s.palette},
		{Pattern: "GET /search", Handler: s.search},
		{Pattern: "GET /pick/{type}/{field}", Handler: s.pick},
	}
}

// recordRoutes are the pages every record type has.
func (s *Site) recordRoutes(d *records.Def) []Route {
	p := d.Path("")
	return []Route{
		{Pattern: "GET " + p, Handler: s.list(d)},
		{Pattern: "GET " + p + ".csv", Handler: s.exportCSV(d)},
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
		{Pattern: "POST " + p + "/{id}/files", Handler: s.attach(d)},
		{Pattern: "GET " + p + "/{id}/files/{file}", Handler: s.download(d)},
	}
}
