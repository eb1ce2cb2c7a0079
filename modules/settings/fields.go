package settings

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/locale"
)

type fieldsPage struct {
	Types   []typeFields
	None    bool // no type has any yet
	Kinds   []choice
	Kind    string // of the field that is changed
	Problem string
	Typed   records.CustomField // what the form holds
	Change  bool                // the form changes a field
	Choices string
	MayEdit bool
}

type typeFields struct {
	Name, Title string
	On          bool
	Fields      []ownFieldView
}

type ownFieldView struct {
	records.CustomField
	KindText string
}

var fieldsTemplate = web.MustPage[fieldsPage](files, "pages/fields.html")

// showFields lists the organisation's own fields. With a type it offers to add one to it,
// with type and key to change that one.
func showFields(w http.ResponseWriter, r *web.Request) error {
	d := r.Site.Registry.Def(r.FormValue("type"))
	if d == nil {
		return listFields(w, r, http.StatusOK, fieldsPage{})
	}
	if r.FormValue("key") == "" {
		return listFields(w, r, http.StatusOK, fieldsPage{Typed: records.CustomField{Type: d.Name}})
	}
	c, found, err := ownField(r.View, d, r.FormValue("key"))
	if err != nil || !found {
		return notFound(err)
	}
	return listFields(w, r, http.StatusOK, fieldsPage{Typed: c, Change: true, Choices: strings.Join(c.Options, "\n")})
}

func listFields(w http.ResponseWriter, r *web.Request, code int, p fieldsPage) error {
	p.MayEdit = r.May(access.Admin, access.Settings)
	p.None = true
	named := map[records.Kind]string{}
	for _, k := range ownKinds {
		named[k.kind] = r.Tell(k.title.With())
		p.Kinds = append(p.Kinds, choice{string(k.kind), named[k.kind], k.kind == p.Typed.Kind})
	}
	p.Kind = named[p.Typed.Kind]
	for _, d := range r.Site.Registry.Defs() {
		if d.IsInternal {
			continue
		}
		fields, err := d.CustomFields(r.View)
		if err != nil {
			return err
		}
		p.None = p.None && len(fields) == 0
		of := typeFields{Name: d.Name, Title: r.Plural(d), On: d.Name == p.Typed.Type}
		for _, c := range fields {
			of.Fields = append(of.Fields, ownFieldView{c, named[c.Kind]})
		}
		p.Types = append(p.Types, of)
	}
	return fieldsTemplate.Status(w, r, code, web.Shell{Title: r.T("nav.custom-fields", "Custom fields")}, p)
}

func saveField(w http.ResponseWriter, r *web.Request) error {
	if err := mayAdmin(r); err != nil {
		return err
	}
	d := r.Site.Registry.Def(r.PostFormValue("type"))
	if d == nil || d.IsInternal {
		return records.NotFound()
	}
	position, err := strconv.ParseInt(r.PostFormValue("position"), 10, 32)
	if r.PostFormValue("position") == "" {
		err = nil
	}
	c := records.CustomField{Type: d.Name, Key: strings.TrimSpace(r.PostFormValue("key")), Label: strings.TrimSpace(r.PostFormValue("label")), Kind: records.Kind(r.PostFormValue("kind")),
		Required: r.PostFormValue("required") != "", InList: r.PostFormValue("in_list") != "", Position: position}
	if c.Key == "" {
		c.Key = keyOf(c.Label)
	}
	for line := range strings.Lines(r.PostFormValue("options")) {
		if line = strings.TrimSpace(line); line != "" {
			c.Options = append(c.Options, line)
		}
	}
	do := r.PostFormValue("do")
	if err != nil {
		err = fail.Named("position", "settings.fields.bad-position", "The place must be a whole number; lower ones stand first.")
	} else {
		err = r.Update(func(u *records.Tx) error {
			switch do {
			case "close", "open":
				return closeField(u, d, c.Key, do == "close")
			case "change":
				return changeField(u, d, c)
			}
			return addField(u, d, c)
		})
	}
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
		var said []string
		for _, one := range e.All() {
			said = append(said, r.Say(one))
		}
		return listFields(w, r, http.StatusUnprocessableEntity, fieldsPage{Problem: strings.Join(slices.Compact(said), " "), Typed: c, Change: do == "change", Choices: r.PostFormValue("options")})
	}
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, "/settings/fields")
}

// keyOf makes a field's key of its name: "Kündigung möglich?" is x_kundigung_moglich. It
// is "" where nothing in the name can stand in a key.
func keyOf(label string) string {
	words := strings.FieldsFunc(locale.Fold(label), func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') })
	key := strings.TrimLeft(strings.Join(words, "_"), "0123456789_")
	if len(key) > 40 {
		key = strings.TrimRight(key[:40], "_")
	}
	if key == "" {
		return ""
	}
	return "x_" + key
}
