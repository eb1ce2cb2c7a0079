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

// Draft is the SQL that makes the type's table and indexes as the definition
// wants them: what a migration for a new type starts from. `steward schema
// TYPE` prints it.
func (reg *Registry) Draft(d *Def) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (\n\tid TEXT PRIMARY KEY,\n\tnumber BIGINT NOT NULL UNIQUE,\n\tcreated_at BIGINT NOT NULL,\n\tcreated_by TEXT,\n\tupdated_at BIGINT NOT NULL,\n\tupdated_by TEXT,\n\tversion BIGINT NOT NULL,\n\tarchived_at BIGINT,\n\tcustom TEXT", d.Table)
	for _, f := range d.Fields {
		fmt.Fprintf(&b, ",\n\t%s %s", f.Name, f.sqlType())
		if !f.Optional {
			b.WriteString(" NOT NULL")
		}
		if f.Kind == Link {
			fmt.Fprintf(&b, " REFERENCES %s (id)", reg.byType[f.Target].Table)
		}
		if f.Kind == DateKind {
			fmt.Fprintf(&b, " CHECK (length(%s) = 10)", f.Name)
		}
		switch cols := f.columns(); {
		case f.Kind == Amount && f.Optional:
			fmt.Fprintf(&b, ",\n\t%s TEXT", cols[1])
		case f.Kind == Amount:
			fmt.Fprintf(&b, ",\n\t%s TEXT NOT NULL", cols[1])
		case len(cols) == 2 && f.Optional:
			fmt.Fprintf(&b, ",\n\t%s TEXT", cols[1])
		case len(cols) == 2:
			fmt.Fprintf(&b, ",\n\t%s TEXT NOT NULL", cols[1])
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
		for _, c := range []string{"id", "created_by", "updated_by", "custom"} {
			want[c] = storage.Column{Type: "TEXT", NotNull: c == "id"}
		}
		for _, c := range []string{"number", "created_at", "updated_at", "version", "archived_at"} {
			want[c] = storage.Column{Type: "BIGINT", NotNull: c != "archived_at"}
		}
		for _, f := range d.Fields {
			for i, c := range f.columns() {
				typ := f.sqlType()
				if i == 1 {
					typ = "TEXT"
				}
				want[c] = storage.Column{Type: typ, NotNull: !f.Optional}
			}
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
