package database

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"steward/collect/fact"
)

// Structure is what a database is made of, at a moment.
type Structure struct {
	Target string    `json:"target"`
	At     time.Time `json:"at"`
	Server Server    `json:"server"`
	Tables []Table   `json:"tables" doc:"by schema and name"`
}

// Table is a table, view or collection.
type Table struct {
	Schema     string   `json:"schema,omitempty"`
	Name       string   `json:"name"`
	Kind       string   `json:"kind" doc:"table, view, materialized view, partitioned table, foreign table, virtual table, collection"`
	Comment    string   `json:"comment,omitempty"`
	Rows       *int64   `json:"rows,omitempty" doc:"as the server estimates; absent: not known"`
	Bytes      *int64   `json:"bytes,omitempty" doc:"of the table with all that belongs to it"`
	IndexBytes *int64   `json:"index_bytes,omitempty" doc:"of its indexes, contained in bytes"`
	Columns    []Column `json:"columns,omitempty" doc:"in their order"`
	Keys       []Key    `json:"keys,omitempty"`
	Indexes    []Index  `json:"indexes,omitempty"`
}

// FullName is schema.name, or the name alone.
func (t Table) FullName() string { return fullName(t.Schema, t.Name) }

func fullName(schema, name string) string {
	if schema == "" {
		return name
	}
	return schema + "." + name
}

// Column is a column of a table.
type Column struct {
	Name      string `json:"name"`
	Type      string `json:"type,omitempty" doc:"as the server writes it"`
	Nullable  bool   `json:"nullable,omitempty" doc:"may be left empty"`
	Default   string `json:"default,omitempty"`
	Generated string `json:"generated,omitempty" doc:"identity, auto_increment, or how it is computed"`
	Comment   string `json:"comment,omitempty"`
}

// Key is a primary, unique or foreign key or a check.
type Key struct {
	Name       string   `json:"name,omitempty"`
	Kind       string   `json:"kind" doc:"primary, unique, foreign, check, exclude"`
	Columns    []string `json:"columns,omitempty"`
	RefTable   string   `json:"ref_table,omitempty" doc:"schema and name of the table referred to"`
	RefColumns []string `json:"ref_columns,omitempty"`
	OnDelete   string   `json:"on_delete,omitempty" doc:"cascade, set null, set default, restrict; absent: refused"`
	Definition string   `json:"definition,omitempty" doc:"of a check"`
}

// Index is an index of a table.
type Index struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns" doc:"columns or expressions, in their order"`
	Unique  bool     `json:"unique,omitempty"`
	Method  string   `json:"method,omitempty" doc:"btree, hash, gin …; absent: the engine's ordinary one"`
	Where   string   `json:"where,omitempty" doc:"rows it is for, if not all"`
	Bytes   *int64   `json:"bytes,omitempty"`
}

// ReadStructure asks a target for its structure only. What could not be seen
// is returned as gaps.
func ReadStructure(ctx context.Context, t Target, o Options) (*Structure, []fact.Gap, error) {
	o.Parts = []string{"structure"}
	s := &Structure{Target: t.Name}
	var gaps []fact.Gap
	err := Run(ctx, t, o, func(f fact.Observation) error {
		switch d := f.Data.(type) {
		case Server:
			s.At, s.Server = f.At, d
		case Table:
			s.Tables = append(s.Tables, d)
		case fact.Gap:
			gaps = append(gaps, d)
		}
		return nil
	})
	return s, gaps, err
}

// structure emits a "table" each, and what changed since the earlier run.
func (r *run) structure(ctx context.Context) error {
	tables, err := r.tables(ctx)
	if err != nil || tables == nil {
		return err
	}
	for _, t := range tables {
		if err := r.say("table", t); err != nil {
			return err
		}
	}
	if before := r.options.Earlier.structureOf(r.target.Name); before != nil {
		for _, c := range Compare(before, tables) {
			if err := r.say("change", c); err != nil {
				return err
			}
		}
	}
	return nil
}

// tables puts the answers of four questions together; nil when there is no
// structure, or a gap says why.
func (r *run) tables(ctx context.Context) ([]Table, error) {
	list, err := r.survey(ctx, "tables", maxAsked)
	if err != nil || list == nil {
		return nil, err
	}
	all := []*Table{}
	by := map[string]*Table{}
	list.each(func(f fields) {
		t := &Table{
			Schema: f.text("schema"), Name: f.text("name"), Kind: cmp.Or(f.text("kind"), "table"), Comment: bounded(f.text("comment"), 2000),
			Rows: f.whole("rows"), Bytes: f.whole("bytes"), IndexBytes: f.whole("index_bytes"),
		}
		if by[t.FullName()] == nil {
			by[t.FullName()] = t
			all = append(all, t)
		}
	})
	for _, part := range []struct {
		name string
		add  func(t *Table, f fields)
	}{{"weights", addWeight}, {"columns", addColumn}, {"keys", addKey}, {"indexes", addIndex}} {
		rows, err := r.survey(ctx, part.name, maxAsked)
		if err != nil {
			return nil, err
		}
		if rows == nil {
			continue
		}
		rows.each(func(f fields) {
			if t := by[fullName(f.text("schema"), cmp.Or(f.text("table"), f.text("name")))]; t != nil {
				part.add(t, f)
			}
		})
		if rows.more {
			if err := r.say("gap", fact.Gap{What: part.name, Why: "there are more than 50,000; the rest was not read"}); err != nil {
				return nil, err
			}
		}
	}
	out := make([]Table, len(all))
	for i, t := range all {
		slices.SortStableFunc(t.Keys, func(a, b Key) int {
			return cmp.Or(cmp.Compare(keyRank(a.Kind), keyRank(b.Kind)), cmp.Compare(a.Name, b.Name))
		})
		slices.SortStableFunc(t.Indexes, func(a, b Index) int { return cmp.Compare(a.Name, b.Name) })
		out[i] = *t
	}
	slices.SortStableFunc(out, func(a, b Table) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name))
	})
	return out, nil
}

func keyRank(kind string) int {
	return slices.Index([]string{"primary", "unique", "foreign", "exclude", "check"}, kind)
}

// addWeight adds sizes where the engine tells them apart from the tables.
func addWeight(t *Table, f fields) { t.Bytes, t.IndexBytes = f.whole("bytes"), f.whole("index_bytes") }

func addColumn(t *Table, f fields) {
	t.Columns = append(t.Columns, Column{
		Name: f.text("name"), Type: bounded(f.text("type"), maxText), Nullable: f.yes("nullable"), Default: bounded(f.text("default_value"), maxText),
		Generated: bounded(f.text("generated"), maxText), Comment: bounded(f.text("comment"), 2000),
	})
}

func addKey(t *Table, f fields) {
	name, kind := f.text("name"), strings.ToLower(f.text("kind"))
	i := slices.IndexFunc(t.Keys, func(k Key) bool { return k.Name == name && k.Kind == kind })
	if i < 0 {
		k := Key{Name: name, Kind: kind, Definition: bounded(f.text("definition"), maxText)}
		if ref := f.text("ref_table"); ref != "" {
			k.RefTable = fullName(f.text("ref_schema"), ref)
			if rule := strings.ToLower(strings.ReplaceAll(f.text("on_delete"), "_", " ")); rule != "no action" {
				k.OnDelete = rule
			}
		}
		t.Keys = append(t.Keys, k)
		i = len(t.Keys) - 1
	}
	k := &t.Keys[i]
	if c := f.text("column"); c != "" {
		k.Columns = append(k.Columns, c)
	}
	if c := f.text("ref_column"); c != "" {
		k.RefColumns = append(k.RefColumns, c)
	}
}

func addIndex(t *Table, f fields) {
	name := f.text("name")
	i := slices.IndexFunc(t.Indexes, func(x Index) bool { return x.Name == name })
	if i < 0 {
		method := strings.ToLower(f.text("method"))
		if method == "btree" {
			method = ""
		}
		t.Indexes = append(t.Indexes, Index{Name: name, Unique: f.yes("unique"), Method: method, Where: bounded(f.text("condition"), maxText), Bytes: f.whole("bytes")})
		i = len(t.Indexes) - 1
	}
	if c := f.text("column"); c != "" {
		t.Indexes[i].Columns = append(t.Indexes[i].Columns, bounded(c, maxText))
	}
}

// MarshalJSON writes no null for a list.
func (s Structure) MarshalJSON() ([]byte, error) {
	type plain Structure
	if s.Tables == nil {
		s.Tables = []Table{}
	}
	return json.Marshal(plain(s))
}
