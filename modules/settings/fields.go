package settings

import (
	"net/http"
	"strconv"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/words"
)

type fieldsPage struct {
	Types   []typeFields
	None    bool // no type has any yet
	Kinds   []choice
	Named   map[records.Kind]string
	Problem string
	Typed   records.CustomField
	Choices string
	MayEdit bool
}

type typeFields struct {
	Name, Title string
	Fields      []records.CustomField
}

// kinds are what a field of one's own may hold, as a person says it.
var kinds = map[records.Kind]words.Word{
	records.Text:     words.T("settings.fields.kind.text", "Text, one line"),
	records.LongText: words.T("settings.fields.kind.long-text", "Text, several lines"),
	records.Int:      words.T("settings.fields.kind.int", "Whole number"),
	records.Measure:  words.T("settings.fields.kind.measure", "Number"),
	records.Bool:     words.T("settings.fields.kind.bool", "Yes or no"),
	records.DateKind: words.T("settings.fields.kind.date", "Day"),
	records.Choice:   words.T("settings.fields.kind.choice", "One of several choices"),
}

var fieldsTemplate = web.MustPage[fieldsPage](files, "pages/fields.html")

func showFields(w http.ResponseWriter, r *web.Request) error {
	return listFields(w, r, http.StatusOK, fieldsPage{})
}

func listFields(w http.ResponseWriter, r *web.Request, code int, p fieldsPage) error {
	p.MayEdit = r.May(access.Admin, access.Settings)
	p.None, p.Named = true, map[records.Kind]string{}
	for _, k := range records.CustomKinds {
		p.Named[k] = r.Tell(kinds[k].With())
		p.Kinds = append(p.Kinds, choice{string(k), p.Named[k], k == p.Typed.Kind})
	}
	for _, d := range r.Site.Registry.Defs() {
		if d.IsInternal {
			continue
		}
		fields, err := d.CustomFields(r.View)
		if err != nil {
			return err
		}
		p.None = p.None && len(fields) == 0
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
