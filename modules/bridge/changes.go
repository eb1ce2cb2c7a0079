package bridge

import (
	"database/sql"
	"encoding/json"
	"maps"
	"slices"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/web"
)

type change struct{ Who, Act, What, Title, Kind, Href, When, Exact string }

// How many changes are shown, and how many of people's latest are looked at to find
// those that the reader may see. An index holds what people did alone: machines write
// far more, and a page must not read through all of theirs.
const (
	topChanges = 8
	lookedAt   = 200
)

// mostNamed is how many changed fields are named.
const mostNamed = 3

type entry struct {
	def           *records.Def
	id, name, act string
	actor         string
	at            records.Moment
	fields        []string
	alike         int64 // further records of the type that the same person did the same to on that day
}

// changes are the latest writes of people to records that the reader may see (what
// was done to somebody's access stands in the change log; what machines and jobs
// wrote stands in figures and on the records). What somebody did alike to many
// records on one day, such as an import, is one line.
func changes(r *web.Request) ([]change, error) {
	var all []*entry
	want := map[*records.Def][]string{}
	err := r.View.Each(`SELECT type, record, actor, actor_name, act, at, changes
FROM history
WHERE actor <> '' AND act NOT IN ('read', 'access')
ORDER BY at DESC, id DESC LIMIT $1`, []any{lookedAt}, func(rows *sql.Rows) error {
		var typeName, changed string
		e := &entry{}
		if err := rows.Scan(&typeName, &e.id, &e.actor, &e.name, &e.act, (*int64)(&e.at), &changed); err != nil {
			return err
		}
		e.def = r.Site.Registry.Def(typeName)
		if e.def == nil || e.def.IsInternal || e.def.Closed != access.Ordinary {
			return nil // what is closed is not told in passing
		}
		if e.act == "update" {
			e.fields = changedFields(changed)
		}
		want[e.def] = append(want[e.def], e.id)
		all = append(all, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	labels := map[*records.Def]map[string]records.Label{}
	for d, ids := range want {
		if !d.MayAny(r.View, access.View) {
			continue
		}
		if labels[d], err = d.Labels(r.View, ids); err != nil {
			return nil, err
		}
	}
	type like struct {
		def        *records.Def
		actor, act string
		day        records.Date
	}
	seen := map[records.Ref]bool{}
	first := map[like]*entry{}
	var shown []*entry
	for _, e := range all {
		_, ok := labels[e.def][e.id]
		ref := records.MakeRef(e.def.Name, e.id)
		if !ok || seen[ref] {
			continue
		}
		seen[ref] = true
		k := like{e.def, e.actor, e.act, records.Date(e.at.Time().In(r.Zone).Format("2006-01-02"))}
		if f := first[k]; f != nil {
			f.alike++
			continue
		}
		first[k] = e
		shown = append(shown, e)
	}
	var out []change
	for _, e := range shown[:min(len(shown), topChanges)] {
		l := labels[e.def][e.id]
		c := change{Who: e.name, Act: r.ActText(e.act), Title: l.Title, Kind: r.Singular(e.def), Href: l.Path, When: r.Ago(e.at), Exact: r.Moment(e.at)}
		if e.alike > 0 {
			c.Title = r.T("bridge.changes.more", "{title} and {count} more", "title", l.Title, "count", e.alike)
			c.Kind = r.Plural(e.def)
		} else {
			c.What = named(r, e)
		}
		out = append(out, c)
	}
	return out, nil
}

// changedFields are the names of the fields in an entry, in their order.
func changedFields(raw string) []string {
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(raw), &fields) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(fields))
}

// named are the labels of the first fields that were changed and that the reader may see.
func named(r *web.Request, e *entry) string {
	var said []string
	for _, name := range e.fields {
		f := e.def.Field(name)
		if f == nil || f.IsHidden || f.Kind == records.Secret || !f.Shows(r.View, e.def) {
			continue
		}
		if len(said) == mostNamed {
			return r.Lang.List(said...) + " …"
		}
		said = append(said, r.Label(e.def, f))
	}
	return r.Lang.List(said...)
}
