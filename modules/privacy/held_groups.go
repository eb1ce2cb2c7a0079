package privacy

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"steward/kernel/records"
	"steward/kernel/storage"
)

func (h *Held) groups(r records.Reader) error {
	for _, p := range others() {
		if p.of == "" {
			continue
		}
		g := Group{Name: p.table, Rows: []map[string]any{}, place: p}
		columns, err := r.Reading().Columns(p.table)
		if err != nil {
			return err
		}
		if len(columns) == 0 {
			continue // a module that this program lacks
		}
		var names []string
		for c := range columns {
			if p.columns[c] != secret && c != p.of {
				names = append(names, c)
			}
		}
		slices.Sort(names)
		if len(names) == 0 {
			names = []string{"1"} // that there is one is all that is told
		}
		err = r.Reading().Each(fmt.Sprintf("SELECT %s FROM %s WHERE %s = $1 ORDER BY 1 LIMIT %d", strings.Join(names, ", "), p.table, p.of, most), []any{h.who.ID}, func(rows *sql.Rows) error {
			cells, into := make([]any, len(names)), make([]any, len(names))
			for i := range cells {
				into[i] = &cells[i]
			}
			if err := rows.Scan(into...); err != nil {
				return err
			}
			row := map[string]any{}
			for i, c := range names {
				row[c] = told(columns[c], c, cells[i])
			}
			delete(row, "1")
			g.Rows = append(g.Rows, row)
			return nil
		})
		if err != nil {
			return fmt.Errorf("what %s holds of a person: %w", p.table, err)
		}
		if len(g.Rows) > 0 {
			h.Groups = append(h.Groups, g)
		}
	}
	return nil
}

func told(c storage.Column, name string, v any) any {
	switch x := v.(type) {
	case []byte:
		return string(x)
	case int64:
		if c.Type == "BOOLEAN" {
			return x != 0
		}
		if isMoment(name) {
			return records.Moment(x)
		}
	}
	return v
}

func isMoment(column string) bool {
	return column == "at" || column == "since" || strings.HasSuffix(column, "_at")
}
