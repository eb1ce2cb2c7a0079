package table

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// server is a kind of database server that tables are read from.
type server struct {
	driver string
	dsn    func(address string) (string, error)
	before []string // said to the server first: nothing may be written
	list   string   // query for schema and table
	quote  func(string) string
}

// servers by address scheme. SQL Server and Oracle need a driver in the
// program (database/sql drivers "sqlserver" and "oracle"); without it they say so.
var servers = map[string]server{
	"postgres": {
		driver: "pgx", dsn: func(a string) (string, error) { return a, nil },
		before: []string{"SET default_transaction_read_only = on"},
		list:   "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2",
		quote:  quoteName,
	},
	"mysql": {
		driver: "mysql", dsn: mysqlDSN,
		before: []string{"SET SESSION TRANSACTION READ ONLY"},
		list:   "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1, 2",
		quote:  func(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" },
	},
	"sqlserver": {
		driver: "sqlserver", dsn: func(a string) (string, error) { return a, nil },
		list:  "SELECT table_schema, table_name FROM information_schema.tables ORDER BY 1, 2",
		quote: func(s string) string { return "[" + strings.ReplaceAll(s, "]", "]]") + "]" },
	},
	"oracle": {
		driver: "oracle", dsn: func(a string) (string, error) { return a, nil },
		list:  "SELECT owner, table_name FROM all_tables WHERE owner = USER ORDER BY 1, 2",
		quote: quoteName,
	},
}

// mysqlDSN turns mysql://user:password@host:port/database into the driver's form.
func mysqlDSN(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", Wrong("address", "is not mysql://user:password@host:port/database")
	}
	c := mysql.NewConfig()
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.Net, c.Addr = "tcp", u.Host
	if u.Port() == "" {
		c.Addr = net.JoinHostPort(u.Hostname(), "3306")
	}
	if socket := u.Query().Get("socket"); socket != "" {
		c.Net, c.Addr = "unix", socket
	}
	c.DBName = strings.TrimPrefix(u.Path, "/")
	c.ParseTime, c.Loc, c.Timeout = true, time.UTC, 10*time.Second
	if tls := u.Query().Get("tls"); tls != "" {
		c.TLSConfig = tls
	}
	return c.FormatDSN(), nil
}

// connect opens one connection that cannot write.
func (sv server) connect(ctx context.Context, address string) (*sql.DB, error) {
	if !slices.Contains(sql.Drivers(), sv.driver) {
		return nil, Wrong("address", "this program was built without the driver %q", sv.driver)
	}
	dsn, err := sv.dsn(address)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open(sv.driver, dsn)
	if err != nil {
		return nil, hideIn(err, address)
	}
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	db.SetConnMaxLifetime(0)
	for _, q := range sv.before {
		if _, err := db.ExecContext(ctx, q); err != nil {
			db.Close()
			return nil, fmt.Errorf("connect: %w", hideIn(err, address))
		}
	}
	return db, nil
}

// hideIn takes an address with its password out of a driver's message.
func hideIn(err error, address string) error {
	u, perr := url.Parse(address)
	if perr != nil || u.User == nil {
		return err
	}
	text := err.Error()
	if pw, ok := u.User.Password(); ok && pw != "" && strings.Contains(text, pw) {
		return errors.New(strings.ReplaceAll(text, pw, "…"))
	}
	return err
}

func (sv server) tables(ctx context.Context, db *sql.DB) (names []string, quoted map[string]string, err error) {
	rows, err := db.QueryContext(ctx, sv.list)
	if err != nil {
		return nil, nil, fmt.Errorf("list the tables: %w", err)
	}
	defer rows.Close()
	type pair struct{ schema, name string }
	var list []pair
	schemas := map[string]bool{}
	for rows.Next() {
		var p pair
		if err := rows.Scan(&p.schema, &p.name); err != nil {
			return nil, nil, err
		}
		list, schemas[p.schema] = append(list, p), true
	}
	quoted = map[string]string{}
	for _, p := range list {
		name := p.name
		if len(schemas) > 1 {
			name = p.schema + "." + p.name
		}
		names = append(names, name)
		quoted[name] = sv.quote(p.schema) + "." + sv.quote(p.name)
	}
	return names, quoted, rows.Err()
}

// newServer reads a table or a query of a database server.
func newServer(ctx context.Context, s Source, kind string) (cellSource, error) {
	sv := servers[kind]
	db, err := sv.connect(ctx, s.Target)
	if err != nil {
		return nil, err
	}
	query := s.Query
	if query == "" {
		names, quoted, err := sv.tables(ctx, db)
		if err == nil {
			var name string
			if name, err = chooseTable(s.Table, names); err == nil {
				query = "SELECT * FROM " + quoted[name]
			}
		}
		if err != nil {
			db.Close()
			return nil, err
		}
	}
	src := &sqlSource{db: db, owned: true, query: query}
	err = src.after(ctx, sv.quote, s)
	if err == nil {
		err = src.start(ctx)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	for i := range src.cols { // measurements, however few digits these rows have
		switch strings.ToUpper(src.cols[i].Declared) {
		case "FLOAT4", "FLOAT8", "DOUBLE", "FLOAT", "REAL":
			src.cols[i].Kind = Float
		}
	}
	return src, nil
}

// after lets the database leave out the rows up to where the last reading
// ended, where the column is one of numbers. The reader checks again, so this
// saves time and decides nothing; of other columns the reader alone decides.
func (s *sqlSource) after(ctx context.Context, quote func(string) string, src Source) error {
	n, ok := readScaled([]byte(src.After), false, 0)
	if src.By == "" || !ok {
		return nil
	}
	rows, err := s.db.QueryContext(ctx, "SELECT * FROM ("+s.query+") t WHERE 1 = 0")
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	types, err := rows.ColumnTypes()
	rows.Close()
	if err != nil {
		return err
	}
	for _, t := range types {
		name := strings.ToUpper(t.DatabaseTypeName())
		if t.Name() == src.By && (strings.Contains(name, "INT") || strings.HasPrefix(name, "NUM") || strings.HasPrefix(name, "DEC")) {
			col := "t." + quote(src.By)
			s.query = "SELECT * FROM (" + s.query + ") t WHERE " + col + " > " + FormatScaled(n, 0) + " OR " + col + " IS NULL"
		}
	}
	return nil
}

// serverTables lists a server's tables with their columns.
func serverTables(ctx context.Context, s Source, kind string) ([]TableInfo, error) {
	sv := servers[kind]
	db, err := sv.connect(ctx, s.Target)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	names, quoted, err := sv.tables(ctx, db)
	if err != nil {
		return nil, err
	}
	return columnsOf(ctx, db, names, func(n string) string { return quoted[n] })
}

func columnsOf(ctx context.Context, db *sql.DB, names []string, quoted func(string) string) ([]TableInfo, error) {
	var list []TableInfo
	for _, n := range names {
		rows, err := db.QueryContext(ctx, "SELECT * FROM "+quoted(n)+" WHERE 1 = 0")
		if err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			list = append(list, TableInfo{Name: n}) // a view on what is gone, or no right: reading it will say so
			continue
		}
		cols, err := rows.Columns()
		rows.Close()
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", n, err)
		}
		list = append(list, TableInfo{Name: n, Columns: cols})
	}
	return list, nil
}
