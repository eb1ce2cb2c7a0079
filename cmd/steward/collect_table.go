package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"steward/collect/fact"
	"steward/collect/table"
	"steward/engine/calc"
)

const tableHelp = `Usage: steward collect table FILE|ADDRESS… [flags]

Reads business data: CSV of any dialect and encoding (also .gz), XLSX, JSON lines,
Parquet, SQLite, postgres://…, mysql://…, sqlserver://…, oracle://…, http(s)://…
answering JSON. It only reads. Prints one fact a line: 'table' (columns, types,
keys, profile), 'rejected' (each row that does not fit, with the reason), 'check',
'change', 'relation'; with --rows the rows.

Flags:
  --table NAME       table of a database, sheet of a workbook; left out: all tables
  --query SELECT     a statement instead of a table
  --format F         csv, xlsx, jsonl, parquet, sqlite, postgres, mysql, sqlserver,
                     oracle, http
  --encoding E, --delimiter D, --header yes|no    what is not to be found out
  --type COL=KIND    text, integer, decimal, float, bool, date, moment; repeatable
  --by COL --after V read only rows above V in COL; 'last' in the answer is where to go on
  --checks FILE      quality checks as JSON: [{"rule":"complete","column":"amount"},
                     {"rule":"sum","column":"amount","equals":"1234.50"}]
  --expect FILE      an earlier 'table' line: what changed is named and read as before
  --rows             print every row
  --state FILE       with --by: go on after the value kept there, and keep the new one
                     once a table is read whole; after a kill nothing is missed
  --items PATH, --next PATH, --header-line 'K: V'  of an HTTP API: where the rows are,
                     where the next page's address or cursor is, a header to send; repeatable
  --cursor NAME, --offset NAME, --page NAME  of an HTTP API: the parameter that takes the
                     cursor, the number of rows read, the number of the page; {after} in
                     the address stands for the value of --after

Databases: postgres://user:password@host/name, mysql://user:password@host/name,
  sqlserver://user:password@host?database=name, oracle://user:password@host/service;
  give them a login that may only read.

Example: steward collect table sales.csv --checks checks.json`

func tableCollector() collector {
	return collector{name: "table", summary: "business data: CSV, workbooks, databases, APIs: types, keys, profile, quality", help: tableHelp, schema: tableSchema, run: runCollectTable}
}

// tableFact is the data of a 'table' observation.
type tableFact struct {
	Name string `json:"name"`
	*table.Profile
}

// rowFact is the data of a 'row' observation.
type rowFact struct {
	Table  string         `json:"table"`
	Number int64          `json:"number" doc:"line or row of the source"`
	Values map[string]any `json:"values"`
}

func tableSchema() []byte {
	b, err := json.MarshalIndent(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "steward collect table",
		"$defs": map[string]any{
			"table":    calc.TypeSchema(reflect.TypeFor[tableFact]()),
			"rejected": calc.TypeSchema(reflect.TypeFor[table.Rejected]()),
			"check":    calc.TypeSchema(reflect.TypeFor[table.Finding]()),
			"change":   calc.TypeSchema(reflect.TypeFor[table.Change]()),
			"relation": calc.TypeSchema(reflect.TypeFor[table.Relation]()),
			"row":      calc.TypeSchema(reflect.TypeFor[rowFact]()),
			"gap":      calc.TypeSchema(reflect.TypeFor[fact.Gap]()),
		},
	}, "", "  ")
	if err != nil {
		panic(err) // the types above are fixed
	}
	return append(b, '\n')
}

// tableRun is one call of `collect table`.
type tableRun struct {
	source table.Source
	checks []table.Check
	rows   bool
	emit   fact.Emit
	s      streams
	values []table.Values
	keys   []table.Relation // declared by the databases
	state  *tableState      // nil: not kept
}

func runCollectTable(ctx context.Context, s streams, args []string, emit fact.Emit) error {
	fs := newFlags("collect table")
	r := &tableRun{s: s, emit: emit}
	src := &r.source
	fs.StringVar(&src.Table, "table", "", "")
	fs.StringVar(&src.Query, "query", "", "")
	fs.StringVar(&src.Format, "format", "", "")
	fs.StringVar(&src.Dialect.Encoding, "encoding", "", "")
	fs.StringVar(&src.Dialect.Delimiter, "delimiter", "", "")
	fs.StringVar(&src.By, "by", "", "")
	fs.StringVar(&src.After, "after", "", "")
	fs.StringVar(&src.HTTP.Items, "items", "", "")
	fs.StringVar(&src.HTTP.Next, "next", "", "")
	fs.BoolVar(&r.rows, "rows", false, "")
	fs.StringVar(&src.HTTP.Cursor, "cursor", "", "")
	fs.StringVar(&src.HTTP.Offset, "offset", "", "")
	fs.StringVar(&src.HTTP.Page, "page", "", "")
	state := fs.String("state", "", "")
	header := fs.String("header", "", "")
	checks := fs.String("checks", "", "")
	expect := fs.String("expect", "", "")
	var types, headers list
	fs.Var(&types, "type", "")
	fs.Var(&headers, "header-line", "")
	targets, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return wrongUse("name a file or an address; `steward collect table --help` shows an example")
	}
	switch *header {
	case "yes", "no":
		yes := *header == "yes"
		src.Header = &yes
	case "":
	default:
		return wrongUse("--header is %q; use yes or no", *header)
	}
	if src.Dialect.Delimiter == `\t` || src.Dialect.Delimiter == "tab" {
		src.Dialect.Delimiter = "\t"
	}
	src.Types = map[string]table.Kind{}
	for _, t := range types {
		name, kind, ok := strings.Cut(t, "=")
		if !ok {
			return wrongUse("--type %q should be COLUMN=KIND", t)
		}
		src.Types[name] = table.Kind(kind)
	}
	src.HTTP.Headers = headers
	if *checks != "" {
		if err := readJSONFile(*checks, &r.checks); err != nil {
			return err
		}
		for i := range r.checks {
			if r.checks[i].Rule == "timely" && r.checks[i].Now == "" {
				r.checks[i].Now = time.Now().UTC().Format(time.RFC3339)
			}
		}
	}
	if *expect != "" {
		if src.Expect, err = readExpected(*expect); err != nil {
			return err
		}
	}
	if *state != "" {
		if src.By == "" || src.After != "" {
			return wrongUse("--state goes with --by and keeps itself what --after would say")
		}
		if r.state, err = readTableState(*state); err != nil {
			return err
		}
	}
	failed := false
	for _, t := range targets {
		if err := r.target(ctx, t); err != nil {
			if len(targets) == 1 || ctx.Err() != nil {
				return asUsage(err)
			}
			failed = true
			if err := r.say("gap", t, fact.Gap{What: "table", Why: err.Error()}); err != nil {
				return err
			}
		}
	}
	relations := r.keys
	for _, x := range table.Relations(r.values) {
		if !slices.ContainsFunc(r.keys, func(k table.Relation) bool { return k.From == x.From && k.To == x.To }) {
			relations = append(relations, x)
		}
	}
	for _, x := range relations {
		if err := r.say("relation", strings.Join(hidden(targets), " "), x); err != nil {
			return err
		}
	}
	if failed {
		return fmt.Errorf("some of the targets could not be read; the gaps say why")
	}
	return nil
}

func readJSONFile(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return wrongUse("%v", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return wrongUse("%s: %v", path, err)
	}
	return nil
}

// readExpected reads columns from an earlier observation, or a list of them.
func readExpected(path string) ([]table.Column, error) {
	var raw json.RawMessage
	if err := readJSONFile(path, &raw); err != nil { // perhaps several lines: take the first
		b, err2 := os.ReadFile(path)
		line, _, more := strings.Cut(string(b), "\n")
		if err2 != nil || !more || json.Unmarshal([]byte(line), &raw) != nil {
			return nil, err
		}
	}
	var cols []table.Column
	if json.Unmarshal(raw, &cols) == nil {
		return cols, nil
	}
	var seen struct {
		Data struct {
			Columns []table.Column `json:"columns"`
		} `json:"data"`
		Columns []table.Column `json:"columns"`
	}
	if err := json.Unmarshal(raw, &seen); err != nil {
		return nil, wrongUse("%s: %v", path, err)
	}
	if seen.Columns == nil {
		seen.Columns = seen.Data.Columns
	}
	if len(seen.Columns) == 0 {
		return nil, wrongUse("%s holds neither a 'table' line nor a list of columns", path)
	}
	return seen.Columns, nil
}

// target reads one target: its only table, the one named, or all of a database.
func (r *tableRun) target(ctx context.Context, t string) error {
	src := r.source
	src.Target = t
	if t == "-" {
		in, err := readInput(r.s, nil)
		if err != nil {
			return err
		}
		src.Data = in
	}
	names := []string{src.Table}
	if src.Table == "" && src.Query == "" && src.Data == nil {
		infos, err := table.Tables(ctx, src)
		if err != nil {
			return err
		}
		if len(infos) > 0 {
			names = names[:0]
			for _, i := range infos {
				names = append(names, i.Name)
				r.keys = append(r.keys, i.Refers...)
			}
		}
	}
	for _, n := range names {
		src.Table = n
		if err := r.one(ctx, src); err != nil {
			if n != "" && len(names) > 1 {
				return fmt.Errorf("table %s: %w", n, err)
			}
			return err
		}
		if len(names) > 1 {
			fmt.Fprintf(r.s.err, "steward collect table: %s read\n", n)
		}
	}
	return nil
}

func (r *tableRun) one(ctx context.Context, src table.Source) error {
	place := hide(src.Target) + "#" + src.Table
	if r.state != nil {
		src.After = r.state.Last[place]
	}
	reader, err := table.Open(ctx, src)
	if err != nil {
		return err
	}
	defer reader.Close()
	name := src.Table
	if name == "" {
		name = strings.TrimSuffix(filepath.Base(src.Target), filepath.Ext(src.Target))
	}
	var problem error
	say := func(kind string, data any) {
		if problem == nil {
			problem = r.say(kind, src.Target, data)
		}
	}
	reader.OnReject = func(x table.Rejected) { say("rejected", x) }
	if r.rows {
		reader.OnBatch = func(b *table.Batch) {
			for i := range b.Rows {
				say("row", rowFact{name, b.Numbers[i], reader.Row(b, i)})
			}
		}
	}
	p, err := table.ProfileAll(ctx, reader, r.checks)
	if err != nil {
		return err
	}
	for _, f := range p.Findings {
		say("check", f)
	}
	for _, c := range p.Report.Changes {
		say("change", c)
	}
	p.Findings, p.Report.Rejected = nil, nil // said above
	say("table", tableFact{name, p})
	if r.state != nil && problem == nil { // what was read has been handed on
		problem = r.state.keep(place, p.Report.Last)
	}
	r.values = append(r.values, p.Values(name))
	return problem
}

func (r *tableRun) say(kind, target string, data any) error {
	return r.emit(fact.Observation{Kind: kind, Target: hide(target), At: time.Now().UTC(), Source: hide(target), Method: "table", Data: data})
}

// hide takes the password out of an address.
func hide(target string) string {
	u, err := url.Parse(target)
	if scheme, _, ok := strings.Cut(target, "://"); err != nil && ok {
		return scheme + "://…" // where the password stands in it cannot be told
	}
	if err != nil || u.User == nil {
		return target
	}
	u.User = url.User(u.User.Username())
	return u.String()
}

func hidden(targets []string) []string {
	out := make([]string, len(targets))
	for i, t := range targets {
		out[i] = hide(t)
	}
	return out
}
