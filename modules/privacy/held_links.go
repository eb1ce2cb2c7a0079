package privacy

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
)

func (h *Held) linked(r records.Reader) error {
	reg := records.RegistryOf(r)
	persons := org.Persons.Def()
	system := r.Reading().As(access.System())
	for _, b := range reg.LinksTo(persons) {
		value := any(h.who.ID)
		if b.Field.Kind == records.RefKind {
			value = string(records.MakeRef(persons.Name, h.who.ID))
		}
		q := records.Query{Where: []records.Cond{{Field: b.Field.Name, Op: records.OpIs, Value: value}}, Both: true}
		if b.Field.Closed == "" && b.Def.Closed == "" { // of what is closed not even the number is told
			n, err := b.Def.Count(system, q, 0)
			if err != nil {
				return err
			}
			h.Hidden += n
		}
		if !b.Def.MayAny(r, access.View) || !b.Field.Shows(r, b.Def) {
			continue
		}
		q.Limit = most
		page, err := b.Def.List(r, q)
		if err != nil {
			return err
		}
		for _, rec := range page.Rows {
			l := Linked{Ref: refOf(rec), Field: b.Field.Name, def: b.Def, field: b.Field}
			if b.Field.Scope == access.Line {
				if l.Values, err = valuesOf(r, rec); err != nil {
					return err
				}
			}
			h.Linked = append(h.Linked, l)
		}
		if b.Field.Closed == "" && b.Def.Closed == "" {
			h.Hidden -= int64(len(page.Rows))
		}
	}
	return nil
}

var parts = []struct{ column, as string }{{"assignee", "assignee"}, {"requester", "requester"}, {"delegate", "delegate"}, {"delegated_by", "delegated"}, {"decided_by", "decided"}, {"second_by", "second"}, {"asked_of", "asked"}}

func (h *Held) decisions(r records.Reader) error {
	var ors []string
	for _, p := range parts {
		ors = append(ors, p.column+" = $1")
	}
	ids, err := r.Reading().Texts(fmt.Sprintf("SELECT id FROM decision WHERE %s ORDER BY changed_at DESC, id LIMIT %d", strings.Join(ors, " OR "), most), h.who.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		d, err := decisions.Get(r, id)
		if fail.Is(err, fail.NotFound) {
			h.Hidden++
			continue
		}
		if err != nil {
			return err
		}
		one := Decision{ID: d.ID, Title: english(d.Title), State: d.State, At: records.MomentOf(d.ChangedAt), said: d.Title, As: []string{}}
		for i, id := range []string{d.Assignee, d.Requester, d.Delegate, d.DelegatedBy, d.DecidedBy, d.SecondBy, d.AskedOf} {
			if id == h.who.ID {
				one.As = append(one.As, parts[i].as)
			}
		}
		h.Decisions = append(h.Decisions, one)
	}
	return nil
}

func (h *Held) beside(r records.Reader) error {
	type row struct {
		typ, record, by, text string
		at, size              int64
	}
	read := func(query string) (out []row, err error) {
		err = r.Reading().Each(query, []any{org.Persons.Def().Name, h.who.ID}, func(rows *sql.Rows) error {
			var x row
			err := rows.Scan(&x.typ, &x.record, &x.by, &x.text, &x.at, &x.size)
			out = append(out, x)
			return err
		})
		return out, err
	}
	comments, err := read("SELECT type, record, author_name, body, at, 0 FROM record_comment WHERE (type = $1 AND record = $2 OR author = $2) AND removed_at IS NULL ORDER BY at, id")
	if err != nil {
		return err
	}
	kept, err := read("SELECT type, record, by_name, name, at, size FROM record_file WHERE type = $1 AND record = $2 OR by_person = $2 ORDER BY at, id")
	if err != nil {
		return err
	}
	seen, err := refs(r, append(slices.Clone(comments), kept...), func(x row) (string, string) { return x.typ, x.record })
	if err != nil {
		return err
	}
	seen[records.MakeRef(h.Person.Type, h.Person.ID)] = h.Person
	for _, x := range comments {
		if on, ok := seen[records.MakeRef(x.typ, x.record)]; ok {
			h.Comments = append(h.Comments, Comment{on, x.by, records.Moment(x.at), x.text})
		} else {
			h.Hidden++
		}
	}
	for _, x := range kept {
		if on, ok := seen[records.MakeRef(x.typ, x.record)]; ok {
			h.Files = append(h.Files, File{on, x.text, x.by, records.Moment(x.at), x.size})
		} else {
			h.Hidden++
		}
	}
	return nil
}

func refs[T any](r records.Reader, list []T, of func(T) (typ, id string)) (map[records.Ref]Ref, error) {
	ids := map[string][]string{}
	for _, x := range list {
		typ, id := of(x)
		ids[typ] = append(ids[typ], id)
	}
	out := map[records.Ref]Ref{}
	for _, d := range records.RegistryOf(r).Defs() {
		if len(ids[d.Name]) == 0 || !d.MayAny(r, access.View) {
			continue
		}
		labels, err := d.Labels(r, ids[d.Name])
		if err != nil {
			return nil, err
		}
		for id, l := range labels {
			out[records.MakeRef(d.Name, id)] = Ref{d.Name, id, l.Human, l.Title}
		}
	}
	return out, nil
}
