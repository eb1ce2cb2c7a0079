package privacy

import (
	"database/sql"
	"fmt"
	"slices"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
)

func (h *Held) history(r records.Reader) error {
	d := org.Persons.Def()
	own := r.Reading()
	if own.Actor.Person == h.who.ID {
		own = own.As(withPeople(own.Actor))
	}
	entries, err := d.History(own, h.who.ID, most)
	if err != nil {
		return err
	}
	for _, e := range entries {
		one := Entry{At: e.At, By: e.ActorName, Act: e.Act}
		for _, c := range e.Changes {
			one.Changes = append(one.Changes, Change{c.Name, c.Old, c.New})
		}
		h.About = append(h.About, one)
	}
	reg := records.RegistryOf(r)
	return r.Reading().Each(fmt.Sprintf("SELECT at, type, record, act, origin FROM history WHERE actor = $1 AND NOT (type = $2 AND record = $1) ORDER BY at DESC, id DESC LIMIT %d", most), []any{h.who.ID, d.Name}, func(rows *sql.Rows) error {
		var a Act
		if err := rows.Scan((*int64)(&a.At), &a.Type, &a.Record, &a.Act, &a.Origin); err != nil {
			return err
		}
		if of := reg.Def(a.Type); of == nil || of.Closed == "" || of.MayAny(r, access.View) {
			h.Acts = append(h.Acts, a)
		}
		return nil
	})
}

func withPeople(a *access.Actor) *access.Actor {
	b := *a
	b.Grants = append(slices.Clone(a.Grants), access.Grant{Role: "self", Area: access.People, Act: access.View, Scope: access.All})
	return &b
}

func (h *Held) named(r records.Reader) error {
	v := r.Reading()
	reg := records.RegistryOf(r)
	for _, p := range places(reg) {
		if p.def != nil && p.table != p.def.Table || p.table == "search_entry" || p.table == "history" {
			continue // what was before, and what is read out already
		}
		if columns, err := v.Columns(p.table); err != nil || len(columns) == 0 {
			if err != nil {
				return err
			}
			continue
		}
		key := p.key
		if p.beside {
			key = []string{"type", "record"}
		}
		if p.of != "" {
			key = append(slices.Clone(key), p.of)
		}
		found, rows := map[records.Ref][]string{}, int64(0)
		err := h.who.eachNaming(v, p, key, func(key, columns, old, without []string) error {
			if p.of != "" && key[len(key)-1] == h.who.ID {
				return nil // read out as the person's own
			}
			var named []string
			for i, c := range columns {
				if old[i] != without[i] && p.columns[c] != folded {
					named = append(named, c)
				}
			}
			at := records.Ref("")
			switch {
			case p.beside:
				at = records.MakeRef(key[0], key[1])
			case p.def != nil && !(p.def == org.Persons.Def() && key[0] == h.who.ID):
				at = records.MakeRef(p.def.Name, key[0])
			case p.def != nil:
				return nil
			}
			if at == "" {
				rows++
				return nil
			}
			found[at] = append(found[at], named...)
			return nil
		})
		if err != nil {
			return err
		}
		if rows > 0 {
			h.Named = append(h.Named, Naming{Table: p.table, Rows: rows})
		}
		if err := h.namedRecords(r, p, found); err != nil {
			return err
		}
	}
	return nil
}

func (h *Held) namedRecords(r records.Reader, p *place, found map[records.Ref][]string) error {
	var list []records.Ref
	for at := range found {
		list = append(list, at)
	}
	slices.Sort(list)
	seen, err := refs(r, list, func(at records.Ref) (string, string) { return at.Split() })
	if err != nil {
		return err
	}
	for _, at := range list {
		ref, ok := seen[at]
		n := Naming{On: &ref, Table: p.table, Rows: 1, def: records.RegistryOf(r).Def(ref.Type)}
		for _, c := range found[at] {
			if p.def != nil && c != "custom" && !p.def.Field(c).Shows(r, p.def) || slices.Contains(n.Field, c) {
				continue
			}
			n.Field = append(n.Field, c)
		}
		if ok && len(n.Field) > 0 {
			h.Named = append(h.Named, n)
		}
	}
	return nil
}
