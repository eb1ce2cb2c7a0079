package web

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"steward/kernel/records"
)

// Cell is a value as a page shows it: unknown is "–", and zero is "0".
type Cell struct {
	Text   string
	Href   string
	State  string // ok, warn, bad, info or mute: shown as a pill
	Number bool   // set to the right
	Mono   bool
	Title  string // the exact value behind a relative one
	Person bool
	Long   bool
}

// Unknown is how what is not known is shown.
const Unknown = "–"

// HTML writes the cell.
func (c Cell) HTML() template.HTML {
	text := template.HTMLEscapeString(c.Text)
	switch {
	case c.State != "":
		return pill(c.State, c.Text)
	case c.Href != "":
		body := text
		if c.Person {
			body = string(avatar(c.Text)) + text
			return template.HTML(`<a class="who" href="` + template.HTMLEscapeString(c.Href) + `">` + body + `</a>`)
		}
		return template.HTML(`<a href="` + template.HTMLEscapeString(c.Href) + `">` + body + `</a>`)
	case c.Mono:
		return template.HTML(`<span class="mono">` + text + `</span>`)
	case c.Title != "":
		return template.HTML(`<span title="` + template.HTMLEscapeString(c.Title) + `">` + text + `</span>`)
	case c.Long:
		return template.HTML(`<span class="prose">` + strings.ReplaceAll(text, "\n", "<br>") + `</span>`)
	}
	return template.HTML(text)
}

// Labels are the titles of linked records, loaded in batches.
type Labels map[records.Ref]records.Label

// LabelsOf loads the titles of everything the records link to.
func (r *Request) LabelsOf(recs []records.Record, fields []*records.Field) (Labels, error) {
	return records.LabelsOf(r.View, recs, fields)
}

// Cell shows one field's value.
func (r *Request) Cell(d *records.Def, f *records.Field, v any, labels Labels) Cell {
	if v == nil || v == "" {
		return Cell{Text: Unknown}
	}
	switch x := v.(type) {
	case int64:
		return r.numberCell(f, x)
	case float64:
		return Cell{Text: r.withUnit(d, f, r.Lang.Short(x, 2)), Number: true}
	case bool:
		return Cell{Text: r.yesNo(x)}
	case records.Money:
		return Cell{Text: r.Money(x), Number: true}
	case string:
		return r.textCell(d, f, x, labels)
	}
	return Cell{Text: Unknown}
}

func (r *Request) yesNo(yes bool) string {
	if yes {
		return r.T("kernel.web.yes", "Yes")
	}
	return r.T("kernel.web.no", "No")
}

func (r *Request) numberCell(f *records.Field, n int64) Cell {
	switch f.Kind {
	case records.Instant:
		return Cell{Text: r.Ago(records.Moment(n)), Title: r.Moment(records.Moment(n))}
	case records.Decimal:
		return Cell{Text: r.withUnit(nil, f, r.Lang.Decimal(n, f.Scale, 0)), Number: true}
	}
	if f.Format == "year" {
		return Cell{Text: strconv.FormatInt(n, 10), Number: true}
	}
	return Cell{Text: r.withUnit(nil, f, r.Lang.Int(n)), Number: true}
}

// withUnit writes the unit behind a number, when the field has one.
func (r *Request) withUnit(_ *records.Def, f *records.Field, s string) string {
	switch f.UnitText {
	case "":
		return s
	case "minutes": // a span of an hour or more reads better as hours and days
		if n, err := strconv.ParseInt(strings.Map(digitsOnly, s), 10, 64); err == nil && n >= 60 {
			return r.Lang.Duration(time.Duration(n) * time.Minute)
		}
	case "bytes":
		if n, err := strconv.ParseInt(strings.Map(digitsOnly, s), 10, 64); err == nil {
			return r.Lang.Size(n)
		}
	}
	return s + "\u00a0" + r.T("unit."+f.UnitText, f.UnitText)
}

func digitsOnly(c rune) rune {
	if c >= '0' && c <= '9' {
		return c
	}
	return -1
}

func (r *Request) textCell(d *records.Def, f *records.Field, s string, labels Labels) Cell {
	switch f.Kind {
	case records.DateKind:
		return Cell{Text: r.Day(records.Date(s))}
	case records.Choice:
		for _, o := range f.Options {
			if o.Value == s {
				return Cell{Text: r.OptionLabel(d, f, o), State: o.State}
			}
		}
	case records.Link, records.RefKind:
		target, id := r.Site.Registry.Pointed(f, s)
		if target == nil {
			return Cell{Text: Unknown}
		}
		l, ok := labels[records.MakeRef(target.Name, id)]
		if !ok {
			return Cell{Text: r.T("kernel.web.hidden", "not visible to you")}
		}
		return Cell{Text: l.Title, Href: r.kept(target, l.Path), Person: target.Name == "org.person"}
	case records.LongText:
		return Cell{Text: s, Long: true}
	}
	switch f.Format {
	case "url":
		return Cell{Text: s, Href: s}
	case "email":
		return Cell{Text: s, Href: "mailto:" + s}
	case "ip", "cidr", "mac":
		return Cell{Text: s, Mono: true}
	}
	return Cell{Text: s}
}

// Typed is a field's value as the form's input holds it, in the reader's spelling.
func (r *Request) Typed(f *records.Field, v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case float64:
		return r.Lang.Short(x, 6)
	case records.Money:
		return r.Lang.Amount(x.Minor, x.Currency)
	case int64:
		switch f.Kind {
		case records.Decimal:
			return r.Lang.Decimal(x, f.Scale, 0)
		case records.Instant:
			return records.Moment(x).Time().In(r.Zone).Format("2006-01-02T15:04")
		}
		return strconv.FormatInt(x, 10)
	}
	return ""
}

// shorten cuts a text for a list.
func shorten(s string, n int) string {
	rs := []rune(s)
	if len(rs) <= n {
		return s
	}
	return string(rs[:n-1]) + "…"
}

// NameOf is what a record is called: its title, or for a type without one the
// titles of the first two records that it joins.
func (r *Request) NameOf(rec records.Record, labels Labels) string {
	var parts []string
	for _, f := range rec.Def.Fields {
		if rec.Def.Title != nil || len(parts) == 2 {
			break
		}
		target, id := r.Site.Registry.Pointed(f, rec.Value(f))
		if target == nil {
			continue
		}
		if l, ok := labels[records.MakeRef(target.Name, id)]; ok {
			parts = append(parts, l.Title)
		}
	}
	if len(parts) == 0 {
		return rec.Title()
	}
	return strings.Join(parts, " · ")
}

// Harmless keeps a spreadsheet from running a text as a formula.
func Harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		if strings.Trim(s, "-+0123456789.,") != "" || s == "-" || s == "+" {
			return "'" + s
		}
	}
	return s
}
