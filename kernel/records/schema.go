package records

import (
	"fmt"
	"slices"
	"strings"

	"steward/kernel/storage"
)

// sqlType is the column type, the same on both databases.
func (f *Field) sqlType() string {
	switch f.Kind {
	case Int, Instant, Decimal, Amount:
		return "BIGINT"
	case Measure:
		return "DOUBLE PRECISION"
	case Bool:
		return "BOOLEAN"
	}
	return "TEXT"
}

// column is a column of a type's table.
type column struct {
	name string
	storage.Column
	field *Field // nil for what every record has
	more  string // what else its draft says
}

// tableColumns are the columns of the type's table, in the order of its draft.
func (d *Def) tableColumns() []column {
	has := func(name, typ string, known bool, more string) column {
		return column{name: name, Column: storage.Column{Type: typ, NotNull: known}, more: more}
	}
	out := []column{has("id", "TEXT", false, " PRIMARY KEY"), has("number", "BIGINT", true, " UNIQUE"), has("created_at", "BIGINT", true, ""), has("created_by", "TEXT", false, ""),
		has("updated_at", "BIGINT", true, ""), has("updated_by", "TEXT", false, ""), has("version", "BIGINT", true, ""), has("archived_at", "BIGINT", false, ""), has("custom", "TEXT", false, "")}
	for _, f := range d.Fields {
		typ, more := f.sqlType(), ""
		if f.Kind == DateKind {
			more = " CHECK (length(" + f.Name + ") = 10)"
		}
		for _, name := range f.columns() {
			out = append(out, column{name, storage.Column{Type: typ, NotNull: !f.Optional}, f, more})
			typ, more = "TEXT", "" // the second holds a currency or a key
		}
	}
	return out
}

// Draft is the SQL that makes the type's table and indexes as the definition
// wants them: what a migration for a new type starts from. `steward schema
// TYPE` prints it.
func (reg *Registry) Draft(d *Def) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (", d.Table)
	for i, c := range d.tableColumns() {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "\n\t%s %s%s", c.name, c, c.more)
		if c.field != nil && c.field.Kind == Link {
			fmt.Fprintf(&b, " REFERENCES %s (id)", reg.byType[c.field.Target].Table)
		}
	}
	b.WriteString("\n);\n")
	for _, f := range d.Fields {
		if f.Unique {
			fmt.Fprintf(&b, "CREATE UNIQUE INDEX %s_%s ON %s (%s);\n", d.Table, f.Name, d.Table, f.Name)
		} else if f.Filters {
			fmt.Fprintf(&b, "CREATE INDEX %s_%s ON %s (%s, id);\n", d.Table, f.Name, d.Table, f.sortColumn())
		}
		if d.browsed(f) {
			fmt.Fprintf(&b, "CREATE INDEX %s_%s_in_order ON %s (%s, %s, id);\n", d.Table, f.Name, d.Table, f.Name, d.order().sortColumn())
		}
	}
	if d.IsVersioned {
		b.WriteString(d.pastDraft())
	}
	return b.String()
}

// Drift compares the database's tables with the definitions and returns every
// difference in words; none when they agree. A test holds it empty.
func (reg *Registry) Drift(v *storage.View) ([]string, error) {
	var out []string
	for _, d := range reg.defs {
		have, err := v.Columns(d.Table)
		if err != nil {
			return nil, err
		}
		if len(have) == 0 {
			out = append(out, "table "+d.Table+" is missing; its migration starts as:\n"+reg.Draft(d))
			continue
		}
		want := map[string]storage.Column{}
		for _, c := range d.tableColumns() {
			want[c.name] = c.Column
		}
		for name, w := range want {
			h, ok := have[name]
			switch {
			case !ok:
				out = append(out, fmt.Sprintf("%s.%s is missing: %s", d.Table, name, w))
			case h != w && name != "id":
				out = append(out, fmt.Sprintf("%s.%s is %s, the definition wants %s", d.Table, name, h, w))
			}
		}
		if d.IsVersioned {
			past, err := v.Columns(d.Table + "_past")
			if err != nil {
				return nil, err
			}
			if len(past) == 0 {
				out = append(out, "table "+d.Table+"_past is missing; its migration starts as:\n"+d.pastDraft())
				continue
			}
			for name, w := range want {
				if past[name].Type != w.Type {
					out = append(out, fmt.Sprintf("%s_past.%s is %q, %s.%[2]s is %s", d.Table, name, past[name].Type, d.Table, w.Type))
				}
			}
		}
		for name := range have {
			if _, ok := want[name]; !ok {
				out = append(out, fmt.Sprintf("%s.%s is in the database but in no definition", d.Table, name))
			}
		}
	}
	slices.Sort(out)
	return out, nil
}
