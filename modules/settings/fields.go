package settings

import (
	"net/http"
	"strconv"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
)

type fieldsPage struct {
	Types   []typeFields
	Kinds   []string
	Problem string
	Typed   records.CustomField
	Choices string
	MayEdit bool
}

type typeFields struct {
	Name, Title string
	Fields      []records.CustomField
}

var fieldsTemplate = web.MustPage[fieldsPage](files, "pages/fields.html")

func showFields(w http.ResponseWriter, r *web.Request) error {
	return listFields(w, r, http.StatusOK, fieldsPage{})
}

func listFields(w http.ResponseWriter, r *web.Request, code int, p fieldsPage) error {
	p.MayEdit = r.May(access.Admin, access.Settings)
	for _, k := range records.CustomKinds {
		p.Kinds = append(p.Kinds, string(k))
	}
	for _, d := range r.Site.Registry.Defs() {
		if d.IsInternal {
			continue
		}
		fields, err := d.CustomFields(r.View)
		if err != nil {
			return err
		}
		p.Types = append(p.Types, typeFields{d.Name, r.Plural(d), fields})
	}
	return fieldsTemplate.Status(w, r, code, web.Shell{Title: r.T("nav.custom-fields", "Custom fields")}, p)
}

func saveField(w http.ResponseWriter, r *web.Request) error {
	d := r.Site.Registry.Def(r.PostFormValue("type"))
	if d == nil {
		return records.NotFound()
	}
	position, _ := strconv.ParseInt(r.PostFormValue("position"), 10, 64)
	c := records.CustomField{Type: d.Name, Key: r.PostFormValue("key"), Label: strings.TrimSpace(r.PostFormValue("label")), Kind: records.Kind(r.PostFormValue("kind")),
		Required: r.PostFormValue("required") != "", InList: r.PostFormValue("in_list") != "", Position: position}
	for line := range strings.Lines(r.PostFormValue("options")) {
		if line = strings.TrimSpace(line); line != "" {
			c.Options = append(c.Options, line)
		}
	}
	err := r.Update(func(u *records.Tx) error {
		if r.PostFormValue("do") == "retire" {
			return d.RetireCustomField(u, c.Key)
		}
		return d.SaveCustomField(u, c)
	})
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
		return listFields(w, r, http.StatusUnprocessableEntity, fieldsPage{Problem: r.Say(e), Typed: c, Choices: r.PostFormValue("options")})
	}
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, "/settings/fields")
}
