package drill

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"steward/collect/backup"
	"steward/collect/backup/archive"
	"steward/collect/backup/program"
	"steward/collect/backup/repository"
	"steward/collect/backup/scratch"
)

// restorePostgres restores a dump of one database into an empty cluster.
func (d *run) restorePostgres(ctx context.Context) error {
	data, _ := d.part("data")
	need := data.plainSize() + 6*data.plainSize() + 300<<20
	if m := d.artefact.Manifest; m != nil && m.Snapshot != nil {
		need = data.plainSize() + m.Snapshot.Bytes*5/4 + 300<<20
	}
	if err := d.space(need, "the dump and the restored database"); err != nil {
		return err
	}
	path, err := d.fetch(ctx, data)
	if err != nil {
		return err
	}
	var p *scratch.Postgres
	err = d.phase("start", 0, func() (err error) {
		p, err = d.room.InitPostgres(ctx, d.major(), d.superuser(), d.template)
		return err
	})
	if err != nil {
		return err
	}
	if err := d.neverTheSource(ctx, p, false); err != nil {
		return err
	}
	database := ""
	err = d.phase("restore", data.plainSize(), func() (err error) {
		if err := d.loadGlobals(ctx, p); err != nil {
			return err
		}
		database, err = d.load(ctx, p, path)
		return err
	})
	if err != nil {
		return d.restoreFailed(ctx, err)
	}
	d.report.judge(L3, "restore", true, "without an error", "database "+database)
	return d.examine(ctx, p, database)
}

// loadGlobals makes the roles that a dump of a database does not hold.
func (d *run) loadGlobals(ctx context.Context, p *scratch.Postgres) error {
	var in io.ReadCloser
	switch g, there := d.part("globals"); {
	case there:
		r, err := d.reader(g)
		if err != nil {
			return err
		}
		in = r
	case d.Globals != "":
		r, err := archive.Open(d.Globals, d.Keys)
		if err != nil {
			return backup.NewWrong("--globals", "%v", err)
		}
		in = r
	default:
		return nil
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(stopping{ctx, in}, 64<<20))
	if err != nil {
		return err
	}
	moved, err := d.moveTablespaces(string(text))
	if err != nil {
		return err
	}
	// The first superuser is there already.
	for _, name := range []string{p.Super, `"` + strings.ReplaceAll(p.Super, `"`, `""`) + `"`} {
		moved = strings.Replace("\n"+moved, "\nCREATE ROLE "+name+";\n", "\n", 1)
	}
	if err := psql(ctx, p, "template1", strings.NewReader(moved)); err != nil {
		return fmt.Errorf("roles: %w", err)
	}
	return nil
}

// superuser is the source's first superuser, as far as that is known.
func (d *run) superuser() string {
	switch m := d.artefact.Manifest; {
	case d.Superuser != "":
		return d.Superuser
	case m != nil && m.Snapshot != nil && m.Snapshot.Identity.Super != "":
		return m.Snapshot.Identity.Super
	}
	return "postgres"
}

var tablespace = regexp.MustCompile(`(?m)^(CREATE TABLESPACE .* LOCATION )'(?:[^']|'')*';$`)

// moveTablespaces lets tablespaces lie in the room instead of where they lay at the
// source.
func (d *run) moveTablespaces(text string) (string, error) {
	n := 0
	var err error
	moved := tablespace.ReplaceAllStringFunc(text, func(line string) string {
		n++
		folder, ferr := d.room.Folder("tablespaces", strconv.Itoa(n))
		if ferr != nil {
			err = ferr
		}
		return tablespace.FindStringSubmatch(line)[1] + "'" + strings.ReplaceAll(folder, "'", "''") + "';"
	})
	return moved, err
}

// psql runs SQL and fails at the first error: left to itself it goes on and
// ends with 0.
func psql(ctx context.Context, p *scratch.Postgres, database string, in io.Reader) error {
	_, err := p.Tool(ctx, "psql", database, program.Call{In: in, Out: io.Discard, Args: []string{"--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--no-password"}})
	return err
}

// load loads the dump and returns the database it became. A dump brings its
// database with encoding and rights where it can; where it cannot, an empty one
// is made.
func (d *run) load(ctx context.Context, p *scratch.Postgres, path string) (string, error) {
	database := ""
	if m := d.artefact.Manifest; m != nil && m.Snapshot != nil {
		database = m.Snapshot.Identity.Database
	}
	// A new cluster has a database of this name, which the dump brings itself.
	if err := psql(ctx, p, "template1", strings.NewReader("DROP DATABASE IF EXISTS postgres;")); err != nil {
		return "", err
	}
	if d.form == repository.Custom {
		if _, err := p.Tool(ctx, "pg_restore", "template1", program.Call{Args: []string{"--no-password", "--dbname=template1", "--create", "--jobs=" + strconv.Itoa(d.Jobs), path}}); err != nil {
			return "", err
		}
		return onlyDatabase(ctx, p, database)
	}
	creates, err := createsDatabase(path)
	if err != nil {
		return "", err
	}
	into := "template1"
	if !creates {
		if database == "" {
			database = "restored"
		}
		into = database
		if err := psql(ctx, p, "template1", strings.NewReader(`CREATE DATABASE "`+strings.ReplaceAll(database, `"`, `""`)+`" TEMPLATE template0;`)); err != nil {
			return "", err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := psql(ctx, p, into, f); err != nil {
		return "", err
	}
	return onlyDatabase(ctx, p, database)
}

// createsDatabase reports whether a plain dump makes its own database, which it
// does before the first table.
func createsDatabase(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, 4<<20))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "CREATE DATABASE "), strings.HasPrefix(line, `\connect `):
			return true, nil
		case strings.HasPrefix(line, "CREATE TABLE "), strings.HasPrefix(line, "COPY "):
			return false, nil
		}
	}
	return false, nil // a line too long for a statement of a dump's head is data
}

// onlyDatabase is the database of that name or, when there is none, the only one.
func onlyDatabase(ctx context.Context, p *scratch.Postgres, name string) (string, error) {
	names, err := databases(ctx, p)
	switch {
	case err != nil:
		return "", err
	case slices.Contains(names, name):
		return name, nil
	case len(names) == 1:
		return names[0], nil
	case len(names) == 0:
		return "", fmt.Errorf("the dump was loaded and there is no database; it holds none")
	}
	return "", fmt.Errorf("the dump made the databases %s; which one is meant cannot be told", strings.Join(names, ", "))
}

func databases(ctx context.Context, p *scratch.Postgres) ([]string, error) {
	c, err := p.Target("template1").Postgres(ctx, false)
	if err != nil {
		return nil, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	rows, err := c.Query(ctx, "SELECT datname::text FROM pg_database WHERE NOT datistemplate ORDER BY 1")
	if err != nil {
		return nil, err
	}
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// neverTheSource refuses to go on when the scratch server turns out to be the
// source. copied says that the scratch server is a copy of the whole cluster,
// whose identifier is the source's by right.
func (d *run) neverTheSource(ctx context.Context, p *scratch.Postgres, copied bool) error {
	c, err := p.Target("template1").Postgres(ctx, false)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	var system, data, version string
	if err := c.QueryRow(ctx, "SELECT (SELECT system_identifier::text FROM pg_control_system()), current_setting('data_directory'), current_setting('server_version')").Scan(&system, &data, &version); err != nil {
		return err
	}
	d.version("scratch PostgreSQL " + version)
	if d.source == nil {
		return nil
	}
	if !copied && system == d.source.Identity.System {
		return fmt.Errorf("the scratch server has the system identifier of the source, %s; a drill never restores into its source", system)
	}
	if data == d.source.Identity.Folder {
		return fmt.Errorf("the scratch server keeps its data where the source does, in %s; a drill never restores into its source", data)
	}
	return nil
}
