package privacy

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/words"
)

type heldPage struct {
	Name, Human, Path, Record, Made string
	Notes                           []string
	Sections                        []section
	MayErase                        bool
}

// section is one heading with what is held under it.
type section struct {
	ID, Title string
	Count     int64
	Rows      []line
	More      int64
}

type line struct {
	Title, Href, Note string
	Value             template.HTML // in place of the title
}

// shown is how many rows of a kind the page shows; the file has all.
const shown = 12

var heldTemplate = web.MustPage[heldPage](embedded, "pages/held.html")

// collected reads what is held, and notes it, before the page is made of it.
func collected(r *web.Request, how words.Word) (*Held, error) {
	h, err := Collect(r.View, r.PathValue("person"))
	if err != nil {
		return nil, err
	}
	return h, r.Update(func(u *records.Tx) error { return Noted(u, h.Person.ID, how) })
}

// showHeld is the page of what is held of a person.
func showHeld(w http.ResponseWriter, r *web.Request) error {
	h, err := collected(r, OnPage)
	if err != nil {
		return err
	}
	p := heldPage{Name: h.Person.Title, Human: h.Person.Number, Path: pathOf(h.Person.ID), Record: "/org/people/" + h.Person.ID, Made: r.Moment(h.At)}
	_, err = onErase(r)
	p.MayErase = err == nil
	for _, n := range h.Notes {
		p.Notes = append(p.Notes, r.Tell(n))
	}
	if p.Sections, err = sections(r, h); err != nil {
		return err
	}
	return heldTemplate.Show(w, r, web.Shell{Title: r.T("privacy.held.title", "What is held of {name}", "name", p.Name)}, p)
}

// showMine leads everybody to what is held of themselves.
func showMine(w http.ResponseWriter, r *web.Request) error {
	return r.Redirect(w, pathOf(r.Actor.Person))
}

// sendHeld is the same as a file for programs.
func sendHeld(w http.ResponseWriter, r *web.Request) error {
	h, err := collected(r, AsFile)
	if err != nil {
		return err
	}
	raw, err := h.JSON()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "held-"+strings.ToLower(h.Person.Number)+".json"))
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(raw)
	return err
}

// JSON is the answer as a file.
func (h *Held) JSON() ([]byte, error) {
	raw, err := json.MarshalIndent(h, "", "  ")
	return append(raw, '\n'), err
}

// sections arranges what is held for a reader.
func sections(r *web.Request, h *Held) ([]section, error) {
	var out []section
	add := func(id, title string, rows []line) {
		if len(rows) == 0 {
			return
		}
		s := section{ID: id, Title: title, Count: int64(len(rows)), Rows: rows}
		if len(rows) > shown {
			s.Rows, s.More = rows[:shown], s.Count-shown
		}
		out = append(out, s)
	}
	rec, err := found(r.View, h.Person.ID)
	if err != nil {
		return nil, err
	}
	rows, err := fieldsOf(r, rec, h.Record)
	if err != nil {
		return nil, err
	}
	if len(h.Tags) > 0 {
		rows = append(rows, line{Title: r.Lang.List(h.Tags...), Note: r.T("privacy.tags", "Tags")})
	}
	add("record", r.T("privacy.record", "The record"), rows)
	for _, g := range h.Groups {
		rows = nil
		for _, row := range g.Rows {
			rows = append(rows, g.line(r, row))
		}
		add(g.Name, r.Tell(g.place.title.With()), rows)
	}
	rows = nil
	for _, l := range h.Linked {
		one := line{Title: l.Title, Href: l.def.Path(l.ID), Note: l.Number + " · " + r.Singular(l.def) + " · " + r.Label(l.def, l.field)}
		if l.def.IsInternal {
			one.Href = ""
		}
		for _, v := range l.Values {
			if v.field != nil && v.field != l.field {
				one.Note += " · " + r.Label(l.def, v.field) + ": " + r.Cell(l.def, v.field, v.raw, nil).Text
			}
		}
		rows = append(rows, one)
	}
	add("linked", r.T("privacy.linked", "Records that lead to the person"), rows)
	rows = nil
	for _, d := range h.Decisions {
		var as []string
		for _, a := range d.As {
			as = append(as, r.Tell(roles[a].With()))
		}
		rows = append(rows, line{Title: r.Tell(d.said), Href: "/decisions/" + d.ID, Note: r.Lang.List(as...) + " · " + r.Moment(d.At)})
	}
	add("decisions", r.T("privacy.decisions", "Decisions"), rows)
	rows = nil
	for _, c := range h.Comments {
		rows = append(rows, line{Title: c.Body, Href: pathTo(r, c.On), Note: c.Author + " · " + c.On.Title + " · " + r.Moment(c.At)})
	}
	add("comments", r.T("privacy.comments", "Comments"), rows)
	rows = nil
	for _, f := range h.Files {
		rows = append(rows, line{Title: f.Name, Href: pathTo(r, f.On), Note: f.By + " · " + f.On.Title + " · " + r.Lang.Size(f.Size) + " · " + r.Moment(f.At)})
	}
	add("files", r.T("privacy.files", "Files"), rows)
	rows = nil
	for _, e := range h.About {
		rows = append(rows, line{Title: strings.TrimSpace(e.By + " " + r.ActText(e.Act)), Note: r.Moment(e.At)})
	}
	add("history", r.T("privacy.about", "History of the record"), rows)
	rows = nil
	for _, a := range h.Acts {
		of := a.Type
		if d := r.Site.Registry.Def(a.Type); d != nil {
			of = r.Singular(d)
		}
		rows = append(rows, line{Title: of + ": " + r.ActText(a.Act), Href: pathTo(r, Ref{Type: a.Type, ID: a.Record}), Note: r.Moment(a.At)})
	}
	add("acts", r.T("privacy.acts", "What the person did"), rows)
	rows, others := nil, int64(0)
	for _, n := range h.Named {
		if n.On == nil {
			others += n.Rows
			continue
		}
		rows = append(rows, line{Title: n.On.Title, Href: pathTo(r, *n.On), Note: n.On.Number + " · " + r.Singular(n.def)})
	}
	if others > 0 {
		rows = append(rows, line{Title: r.T("privacy.named.others", "{count} {count|text|texts} in decisions, settings and logs", "count", others)})
	}
	add("named", r.T("privacy.named", "Texts that name the person"), rows)
	if h.Hidden > 0 {
		out = append(out, section{ID: "hidden", Title: r.T("privacy.hidden", "Not for you to see"), Count: h.Hidden, Rows: []line{{Title: r.T("privacy.hidden.about", "{count} {count|record leads|records lead} to the person that you may not see.", "count", h.Hidden)}}})
	}
	return out, nil
}

// roles are what a part in a decision is called.
var roles = map[string]words.Word{
	"assignee": words.T("privacy.as.assignee", "decides"), "requester": words.T("privacy.as.requester", "asked for it"), "delegate": words.T("privacy.as.delegate", "delegate"),
	"delegated": words.T("privacy.as.delegated", "delegated it"), "decided": words.T("privacy.as.decided", "decided"), "second": words.T("privacy.as.second", "agreed"), "asked": words.T("privacy.as.asked", "was asked"),
}

// fieldsOf are a record's fields as its page has them.
func fieldsOf(r *web.Request, rec records.Record, values []Value) (rows []line, err error) {
	labels, err := r.LabelsOf([]records.Record{rec}, rec.Def.Fields)
	for _, v := range values {
		if v.field != nil {
			rows = append(rows, line{Value: r.Cell(rec.Def, v.field, v.raw, labels).HTML(), Note: r.Label(rec.Def, v.field)})
		}
	}
	return rows, err
}

// line tells one of a group's rows by the columns that tell it.
func (g Group) line(r *web.Request, row map[string]any) line {
	var said []string
	for _, c := range g.place.show {
		switch v := row[c].(type) {
		case string:
			if d := r.Site.Registry.Def(v); c == "type" && d != nil {
				v = r.Plural(d)
			}
			if v != "" {
				said = append(said, v)
			}
		case records.Moment:
			said = append(said, r.Moment(v))
		}
	}
	if len(said) == 0 {
		return line{Title: r.T("privacy.there", "There is one.")}
	}
	return line{Title: said[0], Note: strings.Join(said[1:], " · ")}
}

func pathTo(r *web.Request, ref Ref) string {
	if d := r.Site.Registry.Def(ref.Type); d != nil && !d.IsInternal {
		return d.Path(ref.ID)
	}
	return ""
}
