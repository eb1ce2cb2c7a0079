package records

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"steward/kernel/storage"
)

// customCondition writes a condition on a field that the organisation added. Its
// values lie with others in one column as JSON, which each database asks in its own
// way and compares by its own order; so they are read, compared here as everywhere
// else, and the records for which the condition holds are named.
func (d *Def) customCondition(r Reader, b *builder, t string, f *Field, c Cond) (string, error) {
	key := fmt.Sprint("records.custom ", d.Name, " ", f.Name, " ", c.Op, " ", c.Value, " ", c.Values, " ", until(r))
	ids, err := storage.Remember(r.Reading(), key, func() (ids []any, err error) {
		from, err := d.Source(r)
		if err != nil {
			return nil, err
		}
		err = r.Reading().Each("SELECT id, custom FROM "+from+" AS t WHERE custom LIKE $1", []any{`%"` + f.Name + `":%`}, func(rows *sql.Rows) error {
			var id, raw string
			if err := rows.Scan(&id, &raw); err != nil {
				return err
			}
			values, err := d.parseCustom(id, raw)
			if v := f.Restored(values[f.Name]); v != nil && c.holds(v) {
				ids = append(ids, id)
			}
			return err
		})
		return ids, err
	})
	if err != nil {
		return "", err
	}
	if c.Op == OpNot || c.Op == OpUnknown {
		return "NOT (" + b.among(r, t+".id", ids) + ")", nil
	}
	return b.among(r, t+".id", ids), nil
}

// parseCustom reads the column of custom values; nil where there are none.
func (d *Def) parseCustom(id, raw string) (values map[string]any, err error) {
	if raw == "" {
		return nil, nil
	}
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.UseNumber()
	if err = dec.Decode(&values); err != nil {
		err = fmt.Errorf("read %s %s: custom fields: %w", d.Name, id, err)
	}
	return values, err
}

// holds says whether a condition holds for a known value, or for 'not' and
// 'unknown' whether it does not.
func (c Cond) holds(v any) bool {
	want := plain(c.Value)
	switch c.Op {
	case OpKnown, OpUnknown:
		return true
	case OpIn:
		return slices.ContainsFunc(c.Values, func(x any) bool { return plain(x) == v })
	case OpContains:
		text, _ := v.(string)
		part, _ := want.(string)
		return strings.Contains(Key(text), Key(part))
	case OpIs, OpNot:
		return v == want
	}
	order := 0
	switch x := v.(type) {
	case int64:
		order = cmp.Compare(x, want.(int64))
	case float64:
		order = cmp.Compare(x, want.(float64))
	case string:
		order = cmp.Compare(x, want.(string))
	}
	return order < 0 && (c.Op == OpLess || c.Op == OpAtMost) || order > 0 && (c.Op == OpMore || c.Op == OpAtLeast) || order == 0 && (c.Op == OpAtMost || c.Op == OpAtLeast)
}
