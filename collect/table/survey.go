package table

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Survey is what a database holds and what the account that looks may do there.
type Survey struct {
	Database string // its name, or the file's path
	Account  string // "" for a file
	Version  string
	// Encrypted says whether the connection to a server is; Local, that it does not
	// leave the machine.
	Encrypted, Local bool
	// Writes are tables the account may write to, the first of them; WritesAll says
	// that it may do anything, as the server's superuser.
	Writes    []string
	WriteMany int
	WritesAll bool
	Tables    []SurveyTable
}

// SurveyTable is one table or view.
type SurveyTable struct {
	Name     string // as Source.Table takes it
	View     bool
	Readable bool  // the account may read it
	Rows     int64 // -1: not known
	About    bool  // Rows is the server's estimate
	Bytes    int64 // on disk with its indexes; -1: not known
	Comment  string
	Columns  []SurveyColumn
	Refers   []ForeignKey
	quoted   string
}

// SurveyColumn is one column as the database declares it.
type SurveyColumn struct {
	Name, Type, Comment string
	Key                 bool // part of the primary key
}

// ForeignKey says that columns of a table hold the key of another.
type ForeignKey struct {
	Columns []string
	To      string // the other table's Name
	Keys    []string
}

// surveyWithin bounds how long rows are counted.
const surveyWithin = 3 * time.Second

// LookAt surveys a SQLite file, also one that was handed in, or a PostgreSQL database. Nothing of the tables'
// content is returned.
func LookAt(ctx context.Context, s Source) (*Survey, error) {
	switch s.Format {
	case "sqlite":
		return surveySQLite(ctx, s.Target, OpenSQLite)
	case HandedIn:
		return surveySQLite(ctx, s.Target, openHandedIn)
	case "postgres":
		return surveyPostgres(ctx, s.Target)
	}
	return nil, Wrong("format", "a database of the kind %q cannot be looked at", s.Format)
}

func surveySQLite(ctx context.Context, path string, open func(context.Context, string) (*sql.DB, error)) (*Survey, error) {
	db, err := open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	out := &Survey{Database: path, Local: true, Encrypted: true}
	if err := db.QueryRowContext(ctx, "SELECT 'SQLite ' || sqlite_version()").Scan(&out.Version); err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, "SELECT name, type = 'view' FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
	if err != nil {
		return nil, err
	}
	err = each(rows, func() error {
		t := SurveyTable{Rows: -1, Bytes: -1, Readable: true}
		if err := rows.Scan(&t.Name, &t.View); err != nil {
			return err
		}
		t.quoted = quoteName(t.Name)
		out.Tables = append(out.Tables, t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	until := time.Now().Add(surveyWithin)
	for i := range out.Tables {
		t := &out.Tables[i]
		if err := sqliteColumns(ctx, db, t); err != nil {
			return nil, err
		}
		t.count(ctx, db, until)
		within, stop := context.WithDeadline(ctx, until)
		var size sql.NullInt64
		if err := db.QueryRowContext(within, "SELECT SUM(pgsize) FROM dbstat WHERE name = ?1 OR name IN (SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ?1)", t.Name).Scan(&size); err == nil && size.Valid {
			t.Bytes = size.Int64
		}
		stop()
	}
	for i := range out.Tables { // a key that is not named is the primary one
		for k := range out.Tables[i].Refers {
			f := &out.Tables[i].Refers[k]
			if to := out.find(f.To); to != nil {
				f.To = to.Name
				if slices.Contains(f.Keys, "") {
					f.Keys = to.key()
				}
			}
		}
	}
	return out, ctx.Err()
}

func sqliteColumns(ctx context.Context, db *sql.DB, t *SurveyTable) error {
	rows, err := db.QueryContext(ctx, "SELECT name, lower(type), pk > 0 FROM pragma_table_info(?1) ORDER BY cid", t.Name)
	if err != nil {
		t.Readable = false // a view on what is gone
		return ctx.Err()
	}
	if err := each(rows, func() error {
		t.Columns = append(t.Columns, SurveyColumn{})
		c := &t.Columns[len(t.Columns)-1]
		return rows.Scan(&c.Name, &c.Type, &c.Key)
	}); err != nil {
		return err
	}
	rows, err = db.QueryContext(ctx, `SELECT id, "from", "table", COALESCE("to", '') FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq`, t.Name)
	if err != nil {
		return err
	}
	last := int64(-1)
	return each(rows, func() error {
		var id int64
		var from, to, key string
		if err := rows.Scan(&id, &from, &to, &key); err != nil {
			return err
		}
		if id != last {
			t.Refers, last = append(t.Refers, ForeignKey{To: to}), id
		}
		f := &t.Refers[len(t.Refers)-1]
		f.Columns, f.Keys = append(f.Columns, from), append(f.Keys, key)
		return nil
	})
}

// count counts the rows, if that can be done in time.
func (t *SurveyTable) count(ctx context.Context, db *sql.DB, until time.Time) {
	within, stop := context.WithDeadline(ctx, until)
	defer stop()
	var n int64
	if err := db.QueryRowContext(within, "SELECT COUNT(*) FROM "+t.quoted).Scan(&n); err == nil {
		t.Rows, t.About = n, false
	}
}

func each(rows *sql.Rows, fn func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := fn(); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (s *Survey) find(name string) *SurveyTable {
	for i := range s.Tables {
		if strings.EqualFold(s.Tables[i].Name, name) {
			return &s.Tables[i]
		}
	}
	return nil
}

func (t *SurveyTable) key() (out []string) {
	for _, c := range t.Columns {
		if c.Key {
			out = append(out, c.Name)
		}
	}
	return out
}

// countedBelow is the size up to which rows are counted where the server only
// estimates them, in bytes.
const countedBelow = 32 << 20

func surveyPostgres(ctx context.Context, target string) (*Survey, error) {
	sv := servers["postgres"]
	db, err := sv.connect(ctx, target)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	out := &Survey{}
	if err := out.fillPostgres(ctx, db); err != nil {
		return nil, hideIn(fmt.Errorf("look at the database: %w", err), target)
	}
	return out, nil
}

func (s *Survey) fillPostgres(ctx context.Context, db *sql.DB) error {
	err := db.QueryRowContext(ctx, `SELECT current_database(), current_user, 'PostgreSQL ' || current_setting('server_version'), COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
	inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)`).
		Scan(&s.Database, &s.Account, &s.Version, &s.Encrypted, &s.Local, &s.WritesAll)
	if err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, `SELECT c.oid::bigint, n.nspname, c.relname, c.relkind IN ('v', 'm'), has_table_privilege(c.oid, 'SELECT'),
	c.relkind IN ('r', 'p', 'f') AND (has_table_privilege(c.oid, 'INSERT') OR has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE')),
	c.reltuples::bigint,
	CASE c.relkind WHEN 'p' THEN (SELECT COALESCE(SUM(pg_total_relation_size(i.inhrelid)), 0)::bigint FROM pg_inherits i WHERE i.inhparent = c.oid) WHEN 'v' THEN -1 WHEN 'f' THEN -1 ELSE pg_total_relation_size(c.oid) END,
	COALESCE(obj_description(c.oid, 'pg_class'), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'
	AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY n.nspname, c.relname`)
	if err != nil {
		return err
	}
	at := map[int64]int{}
	schemas := map[string]bool{}
	var inSchema []string
	err = each(rows, func() error {
		var oid int64
		var schema string
		var writes bool
		t := SurveyTable{}
		if err := rows.Scan(&oid, &schema, &t.Name, &t.View, &t.Readable, &writes, &t.Rows, &t.Bytes, &t.Comment); err != nil {
			return err
		}
		t.quoted = quoteName(schema) + "." + quoteName(t.Name)
		t.About = t.Rows >= 0
		at[oid], schemas[schema], inSchema = len(s.Tables), true, append(inSchema, schema)
		if writes {
			if s.WriteMany++; len(s.Writes) < 5 {
				s.Writes = append(s.Writes, t.Name)
			}
		}
		s.Tables = append(s.Tables, t)
		return nil
	})
	if err != nil {
		return err
	}
	if len(schemas) > 1 {
		for i := range s.Tables {
			s.Tables[i].Name = inSchema[i] + "." + s.Tables[i].Name
		}
	}
	if err := s.postgresColumns(ctx, db, at); err != nil {
		return err
	}
	if err := s.postgresKeys(ctx, db, at); err != nil {
		return err
	}
	until := time.Now().Add(surveyWithin)
	for i := range s.Tables {
		if t := &s.Tables[i]; t.Readable && (t.Bytes >= 0 && t.Bytes < countedBelow || t.Rows < 0) {
			t.count(ctx, db, until)
		}
	}
	return ctx.Err()
}

func (s *Survey) postgresColumns(ctx context.Context, db *sql.DB, at map[int64]int) error {
	rows, err := db.QueryContext(ctx, `SELECT a.attrelid::bigint, a.attname, format_type(a.atttypid, a.atttypmod), COALESCE(col_description(a.attrelid, a.attnum), ''),
	EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'p' AND a.attnum = ANY (k.conkey))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'
ORDER BY a.attrelid, a.attnum`)
	if err != nil {
		return err
	}
	return each(rows, func() error {
		var oid int64
		var c SurveyColumn
		if err := rows.Scan(&oid, &c.Name, &c.Type, &c.Comment, &c.Key); err != nil {
			return err
		}
		if i, ok := at[oid]; ok {
			s.Tables[i].Columns = append(s.Tables[i].Columns, c)
		}
		return nil
	})
}

func (s *Survey) postgresKeys(ctx context.Context, db *sql.DB, at map[int64]int) error {
	rows, err := db.QueryContext(ctx, `SELECT k.oid::bigint, k.conrelid::bigint, k.confrelid::bigint, a.attname, b.attname
FROM pg_constraint k CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u (c, f, nth)
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.c
JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.f
WHERE k.contype = 'f' ORDER BY k.conrelid, k.oid, u.nth`)
	if err != nil {
		return err
	}
	last := int64(-1)
	return each(rows, func() error {
		var id, from, to int64
		var column, key string
		if err := rows.Scan(&id, &from, &to, &column, &key); err != nil {
			return err
		}
		i, ok := at[from]
		j, known := at[to]
		if !ok || !known {
			return nil
		}
		t := &s.Tables[i]
		if id != last {
			t.Refers, last = append(t.Refers, ForeignKey{To: s.Tables[j].Name}), id
		}
		f := &t.Refers[len(t.Refers)-1]
		f.Columns, f.Keys = append(f.Columns, column), append(f.Keys, key)
		return nil
	})
}
