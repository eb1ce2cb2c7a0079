package records

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"steward/kernel/fail"
	"steward/kernel/storage"
	"steward/lib/locale"
)

// searchRows are the words of records. SQLite writes its index of words out before each
// statement, which for many records singly would be most of the work.
var searchRows = storage.Rows{Table: "search_entry", Columns: []string{"type", "record", "title", "title_key", "body", "archived"}, Keys: 2, Alone: true}

// index keeps the record's words for global search.
func (d *Def) index(u *Tx, rec any) error {
	if d.IsInternal {
		return nil
	}
	r := Record{d, rec}
	var words []string
	// What lists search by comes first, so that it is whole where the text is cut.
	rest := slices.DeleteFunc(slices.Clone(d.Fields), (*Field).folded)
	for _, f := range append(slices.DeleteFunc(slices.Clone(d.Fields), func(f *Field) bool { return !f.folded() }), rest...) {
		if f.Closed != "" || f.Kind != Text && f.Kind != LongText || f.IsHidden {
			continue // what is closed to some must not be found by all
		}
		if s, _ := r.Value(f).(string); s != "" {
			words = append(words, s)
		}
	}
	body := Key(r.Human()) + " " + clip(strings.Join(words, " "), 4000)
	title := r.Title()
	return u.Later(searchRows, d.Name, r.ID(), title, Key(title), body, r.Meta().ArchivedAt.Set)
}

// Found is one hit of the global search.
type Found struct {
	Def   *Def
	ID    string
	Label Label
	Named bool // the text is the record's number
}

// Find returns records of any type whose words contain all of the text's, best
// first: the record whose number the text is, titles that start with the text, then titles that contain it, then the
// rest. Only what the actor may see is returned. No type crowds the others out: after
// four of a type the best four of the others come first.
func Find(r Reader, text string, limit int) ([]Found, error) {
	words := strings.Fields(clip(text, 200))
	if len(words) == 0 || !isText(text) {
		return nil, nil
	}
	// What the actor may not see takes places too: more are asked for until it is enough.
	for each := limit; ; each *= 10 {
		out, cut, err := find(r, words, Key(text), limit, each)
		if err != nil || !cut || len(out) == limit || each >= mostCandidates {
			return numbered(r, words, out, err)
		}
	}
}

// numbered puts the record whose number is the only word before the others.
func numbered(r Reader, words []string, out []Found, err error) ([]Found, error) {
	for _, d := range RegistryOf(r).defs {
		if _, ok := d.ParseNumber(words[0]); !ok || len(words) > 1 || d.IsInternal || err != nil {
			continue
		}
		rec, bad := d.Find(r, words[0])
		if fail.Is(bad, fail.NotFound) {
			continue
		} else if bad != nil {
			return nil, bad
		}
		labels, bad := d.Labels(r, []string{rec.ID()})
		out = slices.DeleteFunc(out, func(f Found) bool { return f.ID == rec.ID() })
		out, err = append([]Found{{d, rec.ID(), labels[rec.ID()], true}}, out...), bad
	}
	return out, err
}

// find looks among the best so many of each type, and forty times as many of all; cut
// says that there may be more.
func find(r Reader, words []string, whole string, limit, each int) (out []Found, cut bool, err error) {
	b := &builder{}
	from, conds := matching(r, b, words)
	whole = likeEscape(whole)
	query := "SELECT type, record FROM (SELECT h.*, ROW_NUMBER() OVER (PARTITION BY h.type ORDER BY h.class, h.title_key, h.record) AS nth FROM (SELECT e.type, e.record, e.title_key, CASE WHEN e.title_key LIKE " +
		b.bind(whole+"%") + ` ESCAPE '\' THEN 0 WHEN e.title_key LIKE ` + b.bind("%"+whole+"%") + ` ESCAPE '\' THEN 1 ELSE 2 END AS class FROM ` + from + " WHERE " + strings.Join(append(conds, "NOT e.archived"), " AND ") +
		" ORDER BY class, e.title_key, e.record LIMIT " + b.bind(each*40) + ") h) n WHERE nth <= " + b.bind(each) + " ORDER BY (nth - 1) / 4, class, title_key, record"
	reg := RegistryOf(r)
	var order []Found
	ids := map[*Def][]string{}
	err = r.Reading().Each(query, b.args, func(rows *sql.Rows) error {
		var typ, id string
		if err := rows.Scan(&typ, &id); err != nil {
			return err
		}
		if d := reg.byName[typ]; d != nil {
			order = append(order, Found{Def: d, ID: id})
			ids[d] = append(ids[d], id)
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	labels := map[*Def]map[string]Label{}
	for _, d := range reg.defs {
		if len(ids[d]) == 0 {
			continue
		}
		if labels[d], err = d.Labels(r, ids[d]); err != nil {
			return nil, false, err
		}
	}
	for _, f := range order {
		if l, ok := labels[f.Def][f.ID]; ok && len(out) < limit {
			f.Label = l
			out = append(out, f)
		}
	}
	return out, len(order) >= each, nil
}

// matching is where the entries that contain all words are read from, and under which
// conditions.
func matching(r Reader, b *builder, words []string) (from string, conds []string) {
	var match []string
	for _, w := range words {
		k := Key(w)
		if r.Reading().Dialect() == storage.SQLite && len([]rune(k)) >= 3 {
			match = append(match, `"`+strings.ReplaceAll(k, `"`, `""`)+`"`)
			continue
		}
		conds = append(conds, "e.body LIKE "+b.bind("%"+likeEscape(k)+"%")+` ESCAPE '\'`)
	}
	if len(match) == 0 {
		return "search_entry e", conds
	}
	return "search_text x JOIN search_entry e ON e.rowid = x.rowid", append(conds, "search_text MATCH "+b.bind(strings.Join(match, " AND ")))
}

// mostCandidates is up to how many hits of the index a list's search is narrowed by
// them: where there are more, the list's own order finds the first ones sooner.
const mostCandidates = 2000

// candidates are the records whose entries contain all words, among which all lie that
// a list's search finds; not known when there are many, or when the index cannot tell.
func (d *Def) candidates(r Reader, words []string) (ids []any, known bool, err error) {
	long := slices.ContainsFunc(words, func(w string) bool { return len([]rune(Key(w))) >= 3 })
	numbered := slices.ContainsFunc(words, func(w string) bool { _, ok := d.ParseNumber(w); return ok })
	unseen := slices.ContainsFunc(d.Fields, func(f *Field) bool { return f.folded() && (f.Closed != "" || f.IsHidden) })
	if !long || numbered || unseen || !isText(strings.Join(words, "")) || d.IsInternal || !r.Reading().AsOf.IsZero() {
		return nil, false, nil
	}
	type asked struct{ typ, words string }
	ids, err = storage.Remember(r.Reading(), asked{d.Name, strings.Join(words, " ")}, func() (ids []any, err error) {
		b := &builder{}
		from, conds := matching(r, b, words)
		conds = append(conds, "e.type = "+b.bind(d.Name))
		err = r.Reading().Each(fmt.Sprintf("SELECT e.record FROM %s WHERE %s LIMIT %d", from, strings.Join(conds, " AND "), mostCandidates+1), b.args, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
		return ids, err
	})
	return ids, len(ids) <= mostCandidates, err
}

// clip folds text and keeps at most n bytes of it, cut between characters.
func clip(s string, n int) string {
	if len(s) > n*2 {
		s = strings.ToValidUTF8(s[:n*2], "")
	}
	k := locale.Fold(s)
	if len(k) > n {
		k = strings.ToValidUTF8(k[:n], "")
	}
	return k
}
