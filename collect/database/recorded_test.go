package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/collect/fact"
)

// recording is a server as its maker's documentation describes it; see
// testdata/recorded/README.md.
type recording struct {
	Engine  Engine
	Version string
	Source  string
	Server  []ordered
	Asks    map[string]struct{ Healthy, Faulty []ordered }
	Checks  map[string]struct {
		Healthy, Faulty []ordered
		State, Evidence string
	}
}

// ordered is a row with its columns in the order of the file.
type ordered struct {
	names  []string
	values []driver.Value
}

func (o *ordered) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	d.Token()
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return err
		}
		var v any
		if err := d.Decode(&v); err != nil {
			return err
		}
		switch x := v.(type) {
		case json.Number:
			if n, err := x.Int64(); err == nil {
				v = n
			} else if v, err = x.Float64(); err != nil {
				return err
			}
		case string:
			if at, err := time.Parse(time.RFC3339, x); err == nil {
				v = at
			}
		}
		o.names, o.values = append(o.names, k.(string)), append(o.values, v)
	}
	return nil
}

func TestTheChecksThatNoRealServerProvesAreHeldToRecordedAnswers(t *testing.T) {
	files, err := filepath.Glob("testdata/recorded/*.json")
	if err != nil {
		t.Fatal(err)
	}
	proven := map[string]bool{}
	for _, file := range files {
		if strings.Contains(file, "mongodb") {
			continue // spoken over the wire, below
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var rec recording
		if err := json.Unmarshal(raw, &rec); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, faulty := range []bool{false, true} {
			for id, r := range playback(t, rec, faulty) {
				want, known := rec.Checks[id]
				if id == "support" {
					continue
				}
				if r.Proven != "recorded" {
					if known {
						t.Errorf("%s: %s is proven %q", file, id, r.Proven)
					}
					continue
				}
				proven[id+" "+r.Source] = true
				switch {
				case !known:
					t.Errorf("%s: %s has no recorded answer", file, id)
				case !faulty && r.State != OK:
					t.Errorf("%s: %s is %s on a healthy server: %+v", file, id, r.State, r)
				case faulty && (r.State != want.State || !strings.Contains(fmt.Sprint(r.Evidence), want.Evidence) || r.Remedy == ""):
					t.Errorf("%s: got %s %v, want %s and %q: %s", file, r.State, r.Evidence, want.State, want.Evidence, r.Why)
				}
			}
		}
	}
	for _, c := range Checks() {
		if c.Proven == "recorded" && c.Engine != MongoDB && c.ID != "lite-network-disk" && !proven[c.ID+" "+c.Source] {
			t.Errorf("%s from %q to %q is marked recorded, but no recording has it", c.ID, c.Min, c.Max)
		}
	}
}

// playback runs over a recording; the checks it does not have are not run.
func playback(t *testing.T, rec recording, faulty bool) map[string]Result {
	t.Helper()
	p := &player{answers: map[string][]ordered{}}
	all := []Check{}
	for _, c := range Checks() {
		if c.Engine != rec.Engine || c.Proven != "recorded" || !c.fits(Server{Engine: c.Engine, Product: c.Product, Version: rec.Version}) {
			continue
		}
		r, ok := rec.Checks[c.ID]
		if !ok && rec.Engine != PostgreSQL && rec.Engine != MySQL {
			t.Errorf("%s has no recorded answer", c.ID)
		}
		all = append(all, c)
		p.answers[c.text()] = r.Healthy
		if faulty {
			p.answers[c.text()] = r.Faulty
		}
	}
	for ask, r := range rec.Asks {
		p.answers[ask] = r.Healthy
		if faulty {
			p.answers[ask] = r.Faulty
		}
	}
	p.server = rec.Server
	db := sql.OpenDB(p)
	target := Target{Engine: rec.Engine, Name: string(rec.Engine) + "://recorded"}
	o := Options{Checks: all, Parts: []string{"checks"}, Now: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}.whole()
	var s session
	switch rec.Engine {
	case SQLServer:
		s = newSQLServer(db, target, o)
	case Oracle:
		s = newOracle(db, target, o)
	case PostgreSQL:
		s = &sqlSession{db: db, target: target, options: o, readOnly: true, refused: refusedByPostgreSQL, whoami: whoIsPostgreSQL}
	default:
		s = &sqlSession{db: db, target: target, options: o, readOnly: true, refused: refusedByMySQL, whoami: whoIsMySQL}
	}
	results := map[string]Result{}
	err := runOver(t.Context(), s, target, o, func(f fact.Observation) error {
		switch d := f.Data.(type) {
		case Result:
			results[d.Check] = d
		case Server:
			if compareVersions(cutVersion(d.Version, "1"), cutVersion(rec.Version, "1")) != 0 || d.Support == nil {
				t.Errorf("the server says of itself %+v", d)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(results) < len(all) {
		t.Errorf("%d of %d checks ran", len(results), len(all))
	}
	if p.wrote != "" {
		t.Errorf("the server was told %q", p.wrote)
	}
	return results
}

// player is a database/sql driver that plays a recording back.
type player struct {
	answers map[string][]ordered
	server  []ordered
	wrote   string
}

func (p *player) Connect(context.Context) (driver.Conn, error) { return p, nil }
func (p *player) Driver() driver.Driver                        { return nil }
func (p *player) Prepare(string) (driver.Stmt, error)          { return nil, driver.ErrSkip }
func (p *player) Close() error                                 { return nil }
func (p *player) Begin() (driver.Tx, error)                    { return p, nil }
func (p *player) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) {
	return p, nil
}
func (p *player) Commit() error   { p.wrote = "COMMIT"; return nil }
func (p *player) Rollback() error { return nil }

func (p *player) ExecContext(_ context.Context, q string, _ []driver.NamedValue) (driver.Result, error) {
	if !strings.HasPrefix(q, "SET ") {
		p.wrote = q
	}
	return driver.RowsAffected(0), nil
}

func (p *player) QueryContext(_ context.Context, q string, _ []driver.NamedValue) (driver.Rows, error) {
	rows, ok := p.answers[q]
	if !ok && (strings.Contains(q, " AS version") || strings.Contains(q, `AS "database", SYS_CONTEXT`)) {
		rows, ok = p.server, true
	}
	if !ok {
		return nil, fmt.Errorf("not recorded: %s", q)
	}
	return &played{rows: rows}, nil
}

type played struct {
	rows []ordered
	at   int
}

func (r *played) Columns() []string {
	if len(r.rows) == 0 {
		return []string{"value"}
	}
	return r.rows[0].names
}
func (r *played) Close() error { return nil }
func (r *played) Next(into []driver.Value) error {
	if r.at == len(r.rows) {
		return io.EOF
	}
	copy(into, r.rows[r.at].values)
	r.at++
	return nil
}
