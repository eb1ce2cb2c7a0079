package table

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	_ "github.com/go-sql-driver/mysql"  // the driver "mysql"
	_ "github.com/jackc/pgx/v5/stdlib"  // the driver "pgx"
	_ "github.com/microsoft/go-mssqldb" // the driver "sqlserver"
	_ "github.com/sijms/go-ora/v2"      // the driver "oracle"
)

// server is a kind of database server that tables are read from.
type server struct {
	name   string
	driver string
	dsn    func(target string) (string, error)
	before []string       // said when connected: nothing may be written
	tx     *sql.TxOptions // what is read is read in one of these
	begin  []string       // said first in it
	list   string         // query for schema and table
	quote  func(string) string
	stored func(declared) stored
	// after writes a moment as the engine compares it with a column of the type;
	// an empty text: the reader alone compares.
	after func(d declared, at time.Time) string
	// wrapped: any query can stand in brackets after FROM.
	wrapped bool
	// refused are words a query may not hold, since the engine would not refuse
	// to write what they write.
	refused map[string]bool
}

// servers by address scheme.
var servers = map[string]server{
	"postgres": {
		name: "PostgreSQL", driver: "pgx", dsn: postgresDSN,
		before: []string{"SET default_transaction_read_only = on", "SET TIME ZONE 'UTC'"},
		tx:     &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		list: "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') " +
			"UNION SELECT schemaname, matviewname FROM pg_matviews ORDER BY 1, 2",
		quote: quoteName, stored: storedInPostgreSQL, after: afterInPostgreSQL, wrapped: true,
	},
	"mysql": {
		name: "MySQL", driver: "mysql", dsn: mysqlDSN,
		before: []string{"SET SESSION TRANSACTION READ ONLY"},
		tx:     &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		list:   "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1, 2",
		quote:  func(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" },
		stored: storedInMySQL, after: afterInMySQL, wrapped: true,
		refused: wordSet("into outfile dumpfile load_file get_lock release_lock sys_exec sys_eval"),
	},
	// SQL Server has no read-only transaction: a guard stands before the query
	// and the transaction is rolled back.
	"sqlserver": {
		name: "SQL Server", driver: "sqlserver", dsn: sqlServerDSN,
		before: []string{"SET LOCK_TIMEOUT 10000", "SET DEADLOCK_PRIORITY LOW"},
		tx:     &sql.TxOptions{},
		list:   "SELECT TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES ORDER BY 1, 2",
		quote:  func(s string) string { return "[" + strings.ReplaceAll(s, "]", "]]") + "]" },
		stored: storedInSQLServer, after: afterInSQLServer, refused: writing,
	},
	"oracle": {
		name: "Oracle", driver: "oracle", dsn: oracleDSN,
		tx:    &sql.TxOptions{},
		begin: []string{"SET TRANSACTION READ ONLY"}, // the driver knows none; must be its first statement
		list: "SELECT owner, table_name FROM all_tables WHERE dropped = 'NO' AND owner NOT IN (SELECT username FROM all_users WHERE oracle_maintained = 'Y') " +
			"UNION ALL SELECT owner, view_name FROM all_views WHERE owner NOT IN (SELECT username FROM all_users WHERE oracle_maintained = 'Y') ORDER BY 1, 2",
		quote: quoteName, stored: storedInOracle, after: afterInOracle, wrapped: true, refused: writing,
	},
}

// connect opens one connection that cannot write, as far as the engine has it.
func (sv server) connect(ctx context.Context, target string) (*sql.DB, error) {
	dsn, err := sv.dsn(target)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open(sv.driver, dsn)
	if err != nil {
		return nil, hideIn(Wrong("address", "%v", err), target)
	}
	if err := sv.prepare(ctx, db); err != nil {
		db.Close()
		return nil, fmt.Errorf("connect to %s: %w", sv.name, hideIn(err, target))
	}
	return db, nil
}

func (sv server) prepare(ctx context.Context, db *sql.DB) error {
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	db.SetConnMaxLifetime(0)
	if err := db.PingContext(ctx); err != nil {
		return err
	}
	for _, q := range sv.before {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// open begins the transaction everything is read in, so that the rows whose
// types are settled are the rows that are read.
func (sv server) open(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	tx, err := db.BeginTx(ctx, sv.tx)
	if err != nil {
		return nil, fmt.Errorf("begin to read: %w", err)
	}
	for _, q := range sv.begin {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return nil, errors.Join(fmt.Errorf("begin to read: %w", err), tx.Rollback())
		}
	}
	return tx, nil
}

// tables lists what can be read, under its name or, where there are several
// schemas, schema.name; quoted knows both.
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
		full := p.schema + "." + p.name
		quoted[full] = sv.quote(p.schema) + "." + sv.quote(p.name)
		if len(schemas) > 1 {
			names = append(names, full)
			continue
		}
		names = append(names, p.name)
		if _, taken := quoted[p.name]; !taken {
			quoted[p.name] = quoted[full]
		}
	}
	return names, quoted, rows.Err()
}

// newServer reads a table or a query of a database server.
func newServer(ctx context.Context, s Source, kind string) (cellSource, error) {
	sv := servers[kind]
	if err := sv.check(s); err != nil {
		return nil, err
	}
	db, err := sv.connect(ctx, s.Target)
	if err != nil {
		return nil, err
	}
	src, err := sv.read(ctx, db, s)
	if err != nil {
		db.Close()
		return nil, hideIn(err, s.Target)
	}
	return src, nil
}

// check says what is wrong before anybody is asked.
func (sv server) check(s Source) error {
	if s.Query == "" || sv.refused == nil {
		return nil
	}
	if err := guard(s.Query, sv.refused); err != nil {
		return Wrong("query", "%v", err)
	}
	return nil
}

// read begins to read a table or a query through db, which it closes at the end.
func (sv server) read(ctx context.Context, db *sql.DB, s Source) (*sqlSource, error) {
	query := s.Query
	if query == "" {
		names, quoted, err := sv.tables(ctx, db)
		if err != nil {
			return nil, err
		}
		table, ok := quoted[s.Table]
		if !ok || s.Table == "" {
			name, err := chooseTable(s.Table, names)
			if err != nil {
				return nil, err
			}
			table = quoted[name]
		}
		query = "SELECT * FROM " + table
	}
	src := &sqlSource{owned: db, query: query, stored: sv.stored}
	if s.Query == "" || sv.wrapped {
		if above := sv.above(ctx, db, query, s); above != "" {
			src.query = above
		}
	}
	tx, err := sv.open(ctx, db)
	if err != nil {
		return nil, err
	}
	src.db, src.tx = tx, tx
	if err := src.start(ctx); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return src, nil
}

// above lets the database leave out the rows up to where the last reading
// ended, where the column is one of numbers or moments. The reader checks
// again, so this saves time and decides nothing: where it cannot be done, for a
// query that cannot stand in brackets say, the reader alone decides.
func (sv server) above(ctx context.Context, db *sql.DB, query string, s Source) string {
	if s.By == "" || s.After == "" {
		return ""
	}
	rows, err := db.QueryContext(ctx, "SELECT * FROM ("+query+") t WHERE 1 = 0")
	if err != nil {
		return ""
	}
	types, err := rows.ColumnTypes()
	rows.Close()
	if err != nil {
		return ""
	}
	at := slices.IndexFunc(types, func(t *sql.ColumnType) bool { return t.Name() == s.By })
	if at < 0 {
		return ""
	}
	d := declaredOf(types[at])
	literal := ""
	switch kind := sv.stored(d).kind; {
	case kind == Integer || kind == Decimal || kind == "" && isNumeric(d.name):
		literal = numberLiteral(s.After)
	case kind == Date || kind == Moment:
		v, plain := Vector{Ints: make([]int64, 1)}, Column{Kind: Moment, format: format{order: ymd}}
		if plain.value(&v, 0, []byte(s.After)) {
			literal = sv.after(d, time.UnixMicro(v.Ints[0]).UTC())
		}
	}
	if literal == "" {
		return ""
	}
	col := "t." + sv.quote(s.By)
	return "SELECT * FROM (" + query + ") t WHERE " + col + " > " + literal + " OR " + col + " IS NULL"
}

func isNumeric(name string) bool {
	return strings.Contains(name, "INT") || strings.HasPrefix(name, "NUM") || strings.HasPrefix(name, "DEC")
}

// numberLiteral is a number as every engine reads it, or nothing.
func numberLiteral(text string) string {
	digits := strings.TrimPrefix(text, "-")
	whole, frac, _ := strings.Cut(digits, ".")
	for _, part := range []string{whole, frac} {
		if strings.Trim(part, "0123456789") != "" {
			return ""
		}
	}
	if whole == "" || len(digits) > 38 || strings.HasSuffix(digits, ".") {
		return ""
	}
	return text
}

const wall = "2006-01-02 15:04:05.000000"

func afterInPostgreSQL(d declared, at time.Time) string {
	if d.name == "TIMESTAMPTZ" {
		return "TIMESTAMPTZ '" + at.Format(wall) + "+00'"
	}
	return "TIMESTAMP '" + at.Format(wall) + "'"
}

func afterInMySQL(_ declared, at time.Time) string { return "TIMESTAMP '" + at.Format(wall) + "'" }

// afterInSQLServer writes what no language setting reads otherwise. A datetime
// counts in 300ths of a second, so it is compared a little earlier.
func afterInSQLServer(d declared, at time.Time) string {
	switch d.name {
	case "DATETIMEOFFSET":
		return "CAST('" + at.Format("2006-01-02T15:04:05.000000") + "+00:00' AS datetimeoffset(7))"
	case "DATETIME":
		at = at.Add(-10 * time.Millisecond)
	}
	return "CAST('" + at.Format("2006-01-02T15:04:05.000000") + "' AS datetime2(7))"
}

func afterInOracle(d declared, at time.Time) string {
	switch d.name {
	case "DATE", "TIMESTAMPDTY", "TIMESTAMP":
		return "TIMESTAMP '" + at.Format(wall) + "'"
	}
	return "TIMESTAMP '" + at.Format(wall) + " +00:00'"
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
		return nil, hideIn(err, s.Target)
	}
	if len(names) == 0 {
		return nil, usual(NoSuchTable, "table", "the database named in the address holds no table this login may read")
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
