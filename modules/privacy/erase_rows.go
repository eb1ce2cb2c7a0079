package privacy

import (
	"database/sql"
	"fmt"
	"slices"

	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/words"
)

func (w *work) rowsAbout() error {
	for _, p := range places(records.RegistryOf(w.v)) {
		if p.about == nil {
			continue
		}
		ids, err := w.v.Texts(fmt.Sprintf("SELECT DISTINCT id FROM %s WHERE %s = $1 ORDER BY id", p.table, p.of), w.who.ID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if ref := records.MakeRef(p.def.Name, id); !slices.Contains(w.about, ref) {
				w.about = append(w.about, ref)
			}
		}
		if p.table == p.def.Table && len(ids) > 0 {
			w.plan.Cleared = append(w.plan.Cleared, Part{Text: p.def.Plural, Count: int64(len(ids)), def: p.def})
		}
		if w.u == nil {
			continue
		}
		if _, err := w.u.Exec(fmt.Sprintf("DELETE FROM %s WHERE %s = $1", p.table, p.of), w.who.ID); err != nil {
			return err
		}
	}
	if w.u == nil {
		return nil
	}
	for _, ref := range w.about[1:] {
		typ, id := ref.Split()
		if _, err := w.u.Exec("DELETE FROM search_entry WHERE type = $1 AND record = $2", typ, id); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) besides() error {
	titles := map[string]words.Word{
		"record_comment": words.T("privacy.part.comments", "Comments beside the record"),
		"record_file":    words.T("privacy.part.files", "Files beside the record, with their contents"),
		"record_tag":     words.T("privacy.part.tags", "Tags of the record"),
	}
	for _, p := range others() {
		if !p.beside {
			continue
		}
		for _, ref := range w.about {
			typ, id := ref.Split()
			if p.table == "record_file" {
				more, err := w.v.Texts("SELECT hash FROM record_file WHERE type = $1 AND record = $2", typ, id)
				w.hashes = append(w.hashes, more...)
				if err != nil {
					return err
				}
			}
			n, err := w.gone(p.table, "type = $1 AND record = $2", typ, id)
			if err != nil {
				return err
			}
			w.plan.add(cleared, titles[p.table].With(), n, words.Said{})
		}
	}
	return nil
}

func (w *work) gone(table, where string, args ...any) (n int64, err error) {
	if w.u != nil {
		return w.u.Exec("DELETE FROM "+table+" WHERE "+where, args...)
	}
	_, err = w.v.Row("SELECT COUNT(*) FROM "+table+" WHERE "+where, args, &n)
	return n, err
}

func (w *work) imports() error {
	if columns, err := w.v.Columns("importing_run"); err != nil || len(columns) == 0 {
		return err
	}
	var ids []string
	err := w.v.Each("SELECT DISTINCT i.id, i.file FROM importing_run i JOIN importing_row r ON r.run = i.id WHERE i.type = $1 AND r.record = $2 AND i.file <> ''", []any{org.Persons.Def().Name, w.who.ID}, func(rows *sql.Rows) error {
		var id, file string
		err := rows.Scan(&id, &file)
		ids, w.hashes = append(ids, id), append(w.hashes, file)
		return err
	})
	if err != nil {
		return err
	}
	w.plan.add(cleared, words.T("privacy.part.imports", "Files from which the person was imported").With(), int64(len(ids)), words.Said{})
	for _, id := range ids {
		if w.u == nil {
			break
		}
		if _, err := w.u.Exec("UPDATE importing_run SET file = '' WHERE id = $1", id); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) owned() error {
	for _, p := range others() {
		if p.of == "" {
			continue
		}
		if columns, err := w.v.Columns(p.table); err != nil || len(columns) == 0 {
			if err != nil {
				return err
			}
			continue
		}
		n, err := w.gone(p.table, p.of+" = $1", w.who.ID)
		if err != nil {
			return fmt.Errorf("clear %s: %w", p.table, err)
		}
		w.plan.add(cleared, p.title.With(), n, words.Said{})
	}
	return nil
}

func (w *work) namesBeside() error {
	for _, p := range others() {
		for _, c := range sortedColumns(p) {
			id := p.whose[c]
			if id == "" {
				continue
			}
			if columns, err := w.v.Columns(p.table); err != nil || len(columns) == 0 {
				if err != nil {
					return err
				}
				continue
			}
			var n int64
			var err error
			if w.u != nil {
				n, err = w.u.Exec(fmt.Sprintf("UPDATE %s SET %s = $1 WHERE %s = $2 AND %[2]s IS NOT NULL", p.table, c, id), w.name, w.who.ID)
			} else {
				_, err = w.v.Row(fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE %s = $1 AND %s IS NOT NULL", p.table, id, c), []any{w.who.ID}, &n)
			}
			if err != nil {
				return fmt.Errorf("clear %s.%s: %w", p.table, c, err)
			}
			w.plan.add(changed, words.T("privacy.part.names", "The name beside what the person did: comments, files, decisions").With(), n, words.Said{})
		}
	}
	return nil
}
