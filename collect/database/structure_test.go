package database

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"steward/engine/calc"
)

func sample() []Table {
	return []Table{
		{Name: "customer", Kind: "table", Comment: "who | buys <b>", Rows: new(int64(1200)), Bytes: new(int64(1 << 20)), Columns: []Column{{Name: "id", Type: "bigint", Generated: "identity"}, {Name: "name", Type: "text", Comment: "as on the letter"}},
			Keys: []Key{{Name: "customer_pkey", Kind: "primary", Columns: []string{"id"}}}, Indexes: []Index{{Name: "customer_pkey", Columns: []string{"id"}, Unique: true}}},
		{Name: "sale", Kind: "table", Columns: []Column{{Name: "id", Type: "bigint"}, {Name: "customer", Type: "bigint"}, {Name: "total", Type: "numeric(10,2)", Nullable: true, Default: "0"}},
			Keys: []Key{{Name: "sale_pkey", Kind: "primary", Columns: []string{"id"}}, {Name: "sale_customer_fkey", Kind: "foreign", Columns: []string{"customer"}, RefTable: "customer", RefColumns: []string{"id"}, OnDelete: "cascade"}}},
	}
}

func TestWhatChangedInTheStructureIsNamed(t *testing.T) {
	before, after := sample(), sample()
	after[0].Columns[1].Type = "varchar(80)"
	after[0].Columns[1].Nullable = true
	after[0].Columns = append(after[0].Columns, Column{Name: "mail", Type: "text"})
	after[0].Rows = new(int64(99))
	after[0].Indexes = append(after[0].Indexes, Index{Name: "customer_mail", Columns: []string{"lower(mail)"}, Unique: true, Where: "mail <> ''"})
	after[1].Columns = after[1].Columns[:2]
	after[1].Keys[1].OnDelete = ""
	after = append(after, Table{Name: "line", Kind: "table"})
	var got []string
	for _, c := range Compare(before, after) {
		got = append(got, c.String())
	}
	want := []string{
		"added column customer mail: text",
		"changed column customer name, type: text → varchar(80)",
		"changed column customer name, nullable: false → true",
		"added index customer customer_mail: unique (lower(mail)) where mail <> ''",
		"added table line: table",
		"dropped column sale total: numeric(10,2)",
		"changed key sale sale_customer_fkey, on_delete: cascade",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c := Compare(before, sample()); len(c) != 0 {
		t.Errorf("nothing changed, got %v", c)
	}
	if c := Compare(after, nil); len(c) != 3 || c[0].Change != "dropped" {
		t.Errorf("all dropped: %v", c)
	}
}

func TestAnEarlierRunIsReadAsLinesOrAsAStructure(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	lines := `{"kind":"database","target":"x","at":"2026-01-01T00:00:00Z","data":{"engine":"postgresql"}}
{"kind":"table","target":"x","at":"2026-01-01T00:00:00Z","data":{"name":"customer","kind":"table"}}
{"kind":"size","target":"x","at":"2026-01-01T00:00:00Z","data":{"object":"database","name":"shop","bytes":1000}}
`
	e, err := ReadEarlier([]byte(lines))
	if err != nil || len(e.structureOf("x")) != 1 || len(e.structureOf("y")) != 0 {
		t.Fatalf("got %+v, %v", e, err)
	}
	g := e.growth("x", []Size{{Object: "database", Name: "shop", Bytes: new(int64(3000))}, {Object: "database", Name: "new", Bytes: new(int64(5))}}, at.Add(48*time.Hour))
	if len(g) != 1 || g[0].Before != 1000 || g[0].After != 3000 || *g[0].PerDay != 1000 {
		t.Errorf("growth %+v", g)
	}
	if g := e.growth("x", []Size{{Object: "database", Name: "shop", Bytes: new(int64(3000))}}, at.Add(time.Minute)); g[0].PerDay != nil {
		t.Errorf("growth a day out of a minute: %+v", g)
	}
	raw, err := json.MarshalIndent(Structure{Target: "x", Tables: sample()}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if e, err := ReadEarlier(raw); err != nil || len(Compare(e.structureOf("x"), sample())) != 0 {
		t.Errorf("a structure is not read as it was written: %v", err)
	}
	for _, bad := range []string{"", "x", "{}", `{"kind":"table","data":5}`, `{"kind":"check","target":"x","data":{}}`} {
		if _, err := ReadEarlier([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func FuzzReadEarlier(f *testing.F) {
	f.Add(`{"kind":"size","target":"x","at":"2026-01-01T00:00:00Z","data":{"object":"database","name":"shop","bytes":1000}}`)
	f.Add(`{"target":"x","tables":[{"name":"a","keys":[{"kind":"foreign","ref_table":"a","columns":["b"]}]}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ReadEarlier([]byte(s))
		if err != nil {
			return
		}
		for _, target := range e.Targets() {
			tables := e.structureOf(target)
			if len(tables) > 50 {
				continue
			}
			Compare(tables, tables)
			var b bytes.Buffer
			if err := WriteSVG(&b, &Structure{Tables: tables}); err == nil {
				wellFormed(t, b.String())
			}
			WriteMarkdown(io.Discard, &Structure{Tables: tables})
		}
	})
}

func TestTheDocumentNamesAllAndItsSignsStandForThemselves(t *testing.T) {
	var b bytes.Buffer
	if err := WriteMarkdown(&b, &Structure{Target: "postgres://db1/shop", At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Server: Server{Product: "postgresql", Version: "15.1"}, Tables: sample()}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# Tables of postgres://db1/shop\n\npostgresql 15.1, as of 2026-01-01 00:00 UTC. 2 tables.",
		"| [customer](#customer) | table | 1,200 | 1.0 MiB | who \\| buys &lt;b> |", "| [sale](#sale) | table | – | – |  |",
		"| total | numeric(10,2) | yes | 0 |  |", "- foreign (customer) → [customer](#customer) (id), on delete cascade", "Referred to by [sale](#sale) (customer).", "- customer\\_pkey: unique (id)",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// many makes tables that refer to each other at random, in cycles too.
func many(n int, seed uint64) []Table {
	r := rand.New(rand.NewPCG(seed, 1))
	var tables []Table
	for i := range n {
		t := Table{Schema: "public", Name: fmt.Sprintf("table_%03d", i), Kind: "table"}
		for c := range 1 + r.IntN(25) {
			t.Columns = append(t.Columns, Column{Name: fmt.Sprintf("column_%d", c), Type: "character varying(40)", Nullable: c%2 == 0})
		}
		t.Keys = append(t.Keys, Key{Kind: "primary", Columns: []string{"column_0"}})
		for range r.IntN(4) {
			if r.IntN(5) > 0 {
				t.Keys = append(t.Keys, Key{Name: fmt.Sprint("f", r.IntN(99)), Kind: "foreign", Columns: []string{fmt.Sprintf("column_%d", r.IntN(len(t.Columns)))}, RefTable: fmt.Sprintf("public.table_%03d", r.IntN(n)), RefColumns: []string{"column_0"}})
			}
		}
		tables = append(tables, t)
	}
	return tables
}

// Nothing overlaps: no two boxes, no line a box but its own two, no text its box.
func TestInADiagramNothingOverlaps(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 40, 150} {
		for seed := range uint64(4) {
			tables := many(n, seed)
			d, err := layOut(tables)
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range d.boxes {
				if a.x < 0 || a.y < 0 || a.x+a.w > d.width || a.y+a.h > d.height {
					t.Fatalf("%d tables: %s is outside the picture", n, a.table.Name)
				}
				for _, b := range d.boxes[:i] {
					if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
						t.Fatalf("%d tables, seed %d: %s and %s overlap", n, seed, a.table.Name, b.table.Name)
					}
				}
				for j, name := range a.rows {
					if wide(name)+wide(a.types[j])+wide(a.marks[j])+2*boxPad > a.w {
						t.Fatalf("%s is too narrow for %s", a.table.Name, name)
					}
				}
			}
			for _, l := range d.lines {
				for _, p := range l.sampled() {
					for _, b := range d.boxes {
						if p.x > b.x+.5 && p.x < b.x+b.w-.5 && p.y > b.y+.5 && p.y < b.y+b.h-.5 {
							t.Fatalf("%d tables, seed %d: the line from %s to %s goes through %s", n, seed, l.from.table.Name, l.to.table.Name, b.table.Name)
						}
					}
				}
			}
			s := &Structure{Target: "x", Tables: tables}
			var one, two bytes.Buffer
			if err := WriteSVG(&one, s); err != nil {
				t.Fatal(err)
			}
			if err := WriteSVG(&two, s); err != nil || one.String() != two.String() {
				t.Fatal("the same tables are drawn differently")
			}
			wellFormed(t, one.String())
		}
	}
}

// sampled are points along the line.
func (l wire) sampled() []point {
	var out []point
	for i := 1; i < len(l.points); i++ {
		a, b := l.points[i-1], l.points[i]
		for s := 0; s <= 20; s++ {
			u := float64(s) / 20
			switch {
			case l.loop:
				k := 3 * u * (1 - u) * 36
				out = append(out, point{a.x + k, a.y + (b.y-a.y)*u*u*(3-2*u)})
			case i%2 == 1:
				out = append(out, point{a.x + (b.x-a.x)*u, a.y + (b.y-a.y)*u})
			default: // a cubic whose handles are half way
				m := (b.x - a.x) / 2
				v := 1 - u
				out = append(out, point{v*v*v*a.x + 3*v*v*u*(a.x+m) + 3*v*u*u*(b.x-m) + u*u*u*b.x, v*v*v*a.y + 3*v*v*u*a.y + 3*v*u*u*b.y + u*u*u*b.y})
			}
		}
	}
	return out
}

func wellFormed(t *testing.T, s string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(s))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("the picture is not well formed: %v", err)
		}
	}
}

func TestMoreTablesThanCanBeDrawnAreRefusedInWords(t *testing.T) {
	var wrong *calc.Invalid
	if err := WriteSVG(io.Discard, &Structure{Tables: many(2001, 1)}); !errors.As(err, &wrong) {
		t.Errorf("got %v", err)
	}
}
