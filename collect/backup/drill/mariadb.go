package drill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/archive"
	"steward/collect/backup/program"
	"steward/collect/backup/scratch"
	"steward/collect/backup/snapshot"
)

// restoreMariaDB restores a dump into an empty server.
func (d *run) restoreMariaDB(ctx context.Context) error {
	data, _ := d.part("data")
	need := 4*data.plainSize() + 300<<20
	if m := d.artefact.Manifest; m != nil && m.Snapshot != nil {
		need = data.plainSize() + 2*m.Snapshot.Bytes + 300<<20
	}
	if err := d.space(need, "the dump and the restored database"); err != nil {
		return err
	}
	path, err := d.fetch(ctx, data)
	if err != nil {
		return err
	}
	log, err := d.binlogs(ctx, path)
	if err != nil {
		var failed *program.Failed
		if errors.As(err, &failed) {
			return d.restoreFailed(ctx, fmt.Errorf("read the log: %w", err))
		}
		return err
	}
	if log == nil && d.Log != "" {
		return nil // it has a hole, which was judged
	}
	var m *scratch.MariaDB
	err = d.phase("start", 0, func() (err error) {
		m, err = d.room.InitMariaDB(ctx)
		return err
	})
	if err != nil {
		return err
	}
	database := ""
	err = d.phase("restore", data.plainSize(), func() (err error) {
		database, err = d.loadMariaDB(ctx, m, path)
		return err
	})
	if err != nil {
		return d.restoreFailed(ctx, err)
	}
	if log != nil {
		if err := d.replay(ctx, m, log, database); err != nil {
			return d.restoreFailed(ctx, fmt.Errorf("replay the log: %w", err))
		}
	}
	d.report.judge(L3, "restore", true, "without an error", "database "+database)
	return d.examineMariaDB(ctx, m, database)
}

// loadMariaDB loads the dump and then the accounts, whose grants name its tables.
func (d *run) loadMariaDB(ctx context.Context, m *scratch.MariaDB, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	database, unnamed := "", false
	if o := d.artefact.Manifest; o != nil && o.Snapshot != nil {
		database = o.Snapshot.Identity.Database
	} else {
		makes, err := createsDatabase(path)
		if err != nil {
			return "", err
		}
		if database, err = mariaDatabase(path); err != nil {
			return "", err
		}
		if !makes && database == "" { // a dump of one database names none
			unnamed, database = true, "restored"
			if d.source != nil && d.source.Identity.Database != "" {
				database = d.source.Identity.Database // accounts name it
			}
		}
	}
	in := io.Reader(f)
	if unnamed {
		name := snapshot.MariaName(database)
		in = io.MultiReader(strings.NewReader("CREATE DATABASE "+name+d.sourceEncoding()+"; USE "+name+";\n"), f)
	}
	if err := m.Load(ctx, in); err != nil {
		return "", err
	}
	var r *archive.Reader
	if u, there := d.part("users"); there {
		r, err = d.reader(u)
	} else if d.Globals != "" {
		if r, err = archive.Open(d.Globals, d.Keys); err != nil {
			err = backup.NewWrong("--globals", "%v", err)
		}
	} else {
		return database, nil
	}
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(stopping{ctx, r}, 64<<20))
	if err != nil {
		return "", err
	}
	if err := m.Load(ctx, strings.NewReader(accountsFor(string(text), database))); err != nil {
		return "", fmt.Errorf("accounts: %w", err)
	}
	return database, nil
}

var encoding = regexp.MustCompile(`^([a-z0-9_]+) ([a-z0-9_]+)$`)

// sourceEncoding is how a database is made that the dump does not make itself: as
// the source is, when it is known.
func (d *run) sourceEncoding() string {
	if d.source == nil {
		return ""
	}
	m := encoding.FindStringSubmatch(d.source.Encoding)
	if m == nil {
		return ""
	}
	return " CHARACTER SET " + m[1] + " COLLATE " + m[2]
}

var grantOn = regexp.MustCompile("^GRANT .+ ON (?:PROCEDURE |FUNCTION |PACKAGE |PACKAGE BODY )?`((?:[^`]|``)*)`\\.")

// accountsFor leaves out grants on other databases of the server: they are not in
// this copy, and a grant on a table that is not there is an error.
func accountsFor(text, database string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if m := grantOn.FindStringSubmatch(line); m != nil {
			if name := strings.ReplaceAll(m[1], "``", "`"); name != database && name != "mysql" {
				continue
			}
		}
		b.WriteString(line)
	}
	return b.String()
}

// mariaDatabase is the database that a dump uses, "" when it names none.
func mariaDatabase(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return "", err
	}
	_, rest, found := strings.Cut(string(head), "\nUSE `")
	if !found {
		return "", nil
	}
	name, _, _ := strings.Cut(rest, "`;")
	return strings.ReplaceAll(name, "``", "`"), nil
}

func (d *run) examineMariaDB(ctx context.Context, m *scratch.MariaDB, database string) error {
	db, err := m.Target(database).MySQL(ctx, 1)
	if err != nil {
		return d.restoreFailed(ctx, err)
	}
	d.room.OnClose(db.Close)
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	d.room.OnClose(c.Close)
	err = d.phase("first query", 0, func() error {
		var version string
		if err := c.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
			return err
		}
		d.version("scratch MariaDB " + version)
		return nil
	})
	if err != nil {
		return err
	}
	if d.source != nil {
		var host, folder string
		if err := c.QueryRowContext(ctx, "SELECT @@hostname, @@datadir").Scan(&host, &folder); err != nil {
			return err
		}
		if host == d.source.Identity.Host && folder == d.source.Identity.Folder {
			return fmt.Errorf("the scratch server keeps its data where the source does, in %s; a drill never restores into its source", folder)
		}
	}
	if err := d.checkTables(ctx, c); err != nil {
		return err
	}
	if err := d.mariaRelations(ctx, c); err != nil {
		return err
	}
	if err := snapshot.PrepareMariaDB(ctx, c); err != nil {
		return err
	}
	state, err := snapshot.MariaDB(ctx, c, snapshot.Options{Prints: true})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d.report.judge(L3, "rows", false, "every table can be read", err.Error())
		return nil
	}
	// The drill's own account is not part of the copy.
	state.Roles, state.Grants = without(state.Roles, scratch.Super), without(state.Grants, scratch.Super)
	d.restored = &restored{state: state, ask: func(ctx context.Context, question string) (string, error) { return askMariaDB(ctx, c, question) }}
	return nil
}

func without(list []string, word string) []string {
	var rest []string
	for _, l := range list {
		if !strings.Contains(l, word) {
			rest = append(rest, l)
		}
	}
	return rest
}

// checkTables has the server check each table and its indexes.
func (d *run) checkTables(ctx context.Context, c *sql.Conn) error {
	rows, err := c.QueryContext(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY 1")
	if err != nil {
		return err
	}
	names, err := column(rows)
	if err != nil {
		return err
	}
	var wrong []string
	for _, name := range names {
		d.say("CHECK TABLE %s", name)
		rows, err := c.QueryContext(ctx, "CHECK TABLE "+snapshot.MariaName(name)+" EXTENDED")
		if err != nil {
			return err
		}
		for rows.Next() {
			var table, op, kind, text string
			if err := rows.Scan(&table, &op, &kind, &text); err != nil {
				rows.Close()
				return err
			}
			if kind == "error" || kind == "status" && text != "OK" && !strings.Contains(text, "doesn't support check") {
				wrong = append(wrong, name+": "+text)
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	d.report.judge(L3, "check table", len(wrong) == 0, "OK for each table", fmt.Sprintf("%d tables, %d not OK", len(names), len(wrong)), wrong...)
	return nil
}

func column(rows *sql.Rows) ([]string, error) {
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// mariaRelations looks for rows that break a foreign key: a dump is loaded with
// these checks off.
func (d *run) mariaRelations(ctx context.Context, c *sql.Conn) error {
	rows, err := c.QueryContext(ctx, `SELECT k.constraint_name, k.table_name, k.referenced_table_name, k.column_name, k.referenced_column_name
		FROM information_schema.key_column_usage k WHERE k.constraint_schema = DATABASE() AND k.referenced_table_name IS NOT NULL AND k.referenced_table_schema = DATABASE()
		ORDER BY k.table_name, k.constraint_name, k.ordinal_position`)
	if err != nil {
		return err
	}
	defer rows.Close()
	type relation struct {
		name, table, parent string
		present, equal      []string
	}
	var list []*relation
	for rows.Next() {
		var name, table, parent, from, to string
		if err := rows.Scan(&name, &table, &parent, &from, &to); err != nil {
			return err
		}
		if n := len(list); n == 0 || list[n-1].name != name || list[n-1].table != table {
			list = append(list, &relation{name: name, table: table, parent: parent})
		}
		r := list[len(list)-1]
		from, to = snapshot.MariaName(from), snapshot.MariaName(to)
		r.present, r.equal = append(r.present, "c."+from+" IS NOT NULL"), append(r.equal, "p."+to+" = c."+from)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	var broken []string
	for _, r := range list {
		var n int64
		q := "SELECT COUNT(*) FROM " + snapshot.MariaName(r.table) + " AS c WHERE " + strings.Join(r.present, " AND ") + " AND NOT EXISTS (SELECT 1 FROM " + snapshot.MariaName(r.parent) + " AS p WHERE " + strings.Join(r.equal, " AND ") + ")"
		if err := c.QueryRowContext(ctx, q).Scan(&n); err != nil {
			return fmt.Errorf("ask %s: %w", r.name, err)
		}
		if n > 0 {
			broken = append(broken, fmt.Sprintf("%d rows of %s break %s", n, r.table, r.name))
		}
	}
	d.report.judge(L3, "valid", len(broken) == 0, "no row breaks a foreign key", fmt.Sprintf("%d foreign keys asked, %d broken", len(list), len(broken)), broken...)
	return nil
}

// askMariaDB asks one question, in the read-only transaction of the connection.
func askMariaDB(ctx context.Context, c *sql.Conn, question string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	return askSQL(ctx, c, question)
}

func askSQL(ctx context.Context, q interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, question string) (string, error) {
	rows, err := q.QueryContext(ctx, question)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	return oneAnswer(rows.Next, func(v *string) error { return rows.Scan(v) }, rows.Err)
}

// neverThisFile refuses a scratch copy that is the source's own file.
func neverThisFile(path string, t *backup.Target) error {
	if t == nil || t.Path == "" {
		return nil
	}
	a, err1 := os.Stat(path)
	b, err2 := os.Stat(t.Path)
	if err1 == nil && err2 == nil && os.SameFile(a, b) {
		return fmt.Errorf("%s is the source itself; a drill never restores into its source", path)
	}
	return nil
}
