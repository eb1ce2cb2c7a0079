package records

import (
	"database/sql"
	"strings"

	"steward/kernel/locale"
	"steward/kernel/storage"
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
	for _, f := range d.Fields {
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
}

// Find returns records of any type whose words contain all of the text's, best
// first: titles that start with the text, then titles that contain it, then the
// rest. Only what the actor may see is returned.
func Find(r Reader, text string, limit int) ([]Found, error) {
	words := strings.Fields(clip(text, 200))
	if len(words) == 0 || !isText(text) {
		return nil, nil
	}
	b := &builder{}
	conds := []string{"NOT e.archived"}
	var match []string
	for _, w := range words {
		k := Key(w)
		if r.Reading().Dialect() == storage.SQLite && len([]rune(k)) >= 3 {
			match = append(match, `"`+strings.ReplaceAll(k, `"`, `""`)+`"`)
			continue
		}
		conds = append(conds, "e.body LIKE "+b.bind("%"+likeEscape(k)+"%")+` ESCAPE '\'`)
	}
	from := "search_entry e"
	if len(match) > 0 {
		from = "search_text x JOIN search_entry e ON e.rowid = x.rowid"
		conds = append(conds, "search_text MATCH "+b.bind(strings.Join(match, " AND ")))
	}
	whole := likeEscape(Key(text))
	query := "SELECT e.type, e.record FROM " + from + " WHERE " + strings.Join(conds, " AND ") +
		" ORDER BY CASE WHEN e.title_key LIKE " + b.bind(whole+"%") + ` ESCAPE '\' THEN 0 WHEN e.title_key LIKE ` + b.bind("%"+whole+"%") + ` ESCAPE '\' THEN 1 ELSE 2 END, e.title_key, e.record LIMIT 300`
	reg := RegistryOf(r)
	var order []Found
	ids := map[*Def][]string{}
	err := r.Reading().Each(query, b.args, func(rows *sql.Rows) error {
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
		return nil, err
	}
	labels := map[*Def]map[string]Label{}
	for _, d := range reg.defs {
		if len(ids[d]) == 0 {
			continue
		}
		if labels[d], err = d.Labels(r, ids[d]); err != nil {
			return nil, err
		}
	}
	var out []Found
	for _, f := range order {
		l, ok := labels[f.Def][f.ID]
		if !ok {
			continue
		}
		f.Label = l
		if out = append(out, f); len(out) == limit {
			break
		}
	}
	return out, nil
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
