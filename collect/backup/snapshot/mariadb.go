package snapshot

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/backup"
)

// queryer is a connection or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// PrepareMariaDB sets a session so that two servers print values alike and begins
// a transaction that sees one moment of all transactional tables. RollBack ends it.
func PrepareMariaDB(ctx context.Context, c *sql.Conn) error {
	for _, q := range []string{
		"SET SESSION time_zone = '+00:00', sql_mode = '', character_set_results = 'utf8mb4', lock_wait_timeout = 30",
		"SET NAMES utf8mb4 COLLATE utf8mb4_bin",
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
		"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
	} {
		if _, err := c.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	return nil
}

// MariaDB takes the state of the connection's database.
func MariaDB(ctx context.Context, q queryer, o Options) (*Snapshot, error) {
	s := &Snapshot{Engine: backup.MariaDB, Tables: []Table{}}
	id := &s.Identity
	var at string
	err := q.QueryRowContext(ctx, "SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ'), VERSION(), DATABASE(), @@hostname, @@datadir").Scan(&at, &id.Version, &id.Database, &id.Host, &id.Folder)
	if err != nil {
		return nil, fmt.Errorf("read the server's identity: %w", err)
	}
	if s.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return nil, err
	}
	major, _, _ := strings.Cut(id.Version, ".")
	id.Major, _ = strconv.Atoi(major)
	// MariaDB 10.11 has server_uid, MySQL server_uuid, older ones neither.
	if q.QueryRowContext(ctx, "SELECT @@server_uid").Scan(&id.System) != nil {
		if err := q.QueryRowContext(ctx, "SELECT @@server_uuid").Scan(&id.System); err != nil {
			s.gap("the server's own id", "MariaDB 10.11 or MySQL 5.6", err)
		}
	}
	if id.System != "" {
		// The id is of the machine and port; the folder tells two servers apart.
		id.System += " " + id.Folder
	}
	if err := q.QueryRowContext(ctx, "SELECT CONCAT(default_character_set_name, ' ', default_collation_name) FROM information_schema.schemata WHERE schema_name = DATABASE()").Scan(&s.Encoding); err != nil {
		return nil, fmt.Errorf("read the encoding: %w", err)
	}
	for _, l := range []struct {
		query string
		into  *[]string
	}{
		{`SELECT CONCAT('index ', table_name, '.', index_name, ' ', GROUP_CONCAT(column_name ORDER BY seq_in_index)) FROM information_schema.statistics WHERE table_schema = DATABASE() GROUP BY table_name, index_name`, &s.Objects},
		{`SELECT CONCAT(LOWER(routine_type), ' ', routine_name, ' ', MD5(IFNULL(routine_definition, ''))) FROM information_schema.routines WHERE routine_schema = DATABASE()`, &s.Objects},
		{`SELECT CONCAT('trigger ', event_object_table, '.', trigger_name, ' ', MD5(action_statement)) FROM information_schema.triggers WHERE trigger_schema = DATABASE()`, &s.Objects},
		{`SELECT CONCAT('event ', event_name) FROM information_schema.events WHERE event_schema = DATABASE()`, &s.Objects},
		{`SELECT CONCAT('view ', table_name) FROM information_schema.views WHERE table_schema = DATABASE()`, &s.Objects},
		{`SELECT CONCAT('schema ', table_schema, ': ', grantee, ' ', GROUP_CONCAT(privilege_type ORDER BY privilege_type SEPARATOR ', ')) FROM information_schema.schema_privileges WHERE table_schema = DATABASE() GROUP BY table_schema, grantee`, &s.Grants},
		{`SELECT CONCAT('table ', table_name, ': ', grantee, ' ', GROUP_CONCAT(privilege_type ORDER BY privilege_type SEPARATOR ', ')) FROM information_schema.table_privileges WHERE table_schema = DATABASE() GROUP BY table_name, grantee`, &s.Grants},
		{`SELECT DISTINCT grantee FROM information_schema.schema_privileges WHERE table_schema = DATABASE() UNION SELECT grantee FROM information_schema.table_privileges WHERE table_schema = DATABASE()`, &s.Roles},
	} {
		if err := mariaTexts(ctx, q, l.query, l.into); err != nil {
			return nil, fmt.Errorf("%s: %w", l.query, err)
		}
		slices.Sort(*l.into)
	}
	if err := s.mariaConstraints(ctx, q); err != nil {
		return nil, err
	}
	return s, s.mariaTables(ctx, q, o)
}

func mariaTexts(ctx context.Context, q queryer, query string, into *[]string) error {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		*into = append(*into, text)
	}
	return rows.Err()
}

func (s *Snapshot) mariaConstraints(ctx context.Context, q queryer) error {
	rows, err := q.QueryContext(ctx, `SELECT c.table_name, c.constraint_name, LOWER(c.constraint_type),
		IFNULL((SELECT GROUP_CONCAT(k.column_name, '>', IFNULL(k.referenced_table_name, ''), '.', IFNULL(k.referenced_column_name, '') ORDER BY k.ordinal_position)
			FROM information_schema.key_column_usage k WHERE k.constraint_schema = c.constraint_schema AND k.table_name = c.table_name AND k.constraint_name = c.constraint_name), '')
		FROM information_schema.table_constraints c WHERE c.constraint_schema = DATABASE() ORDER BY 1, 2`)
	if err != nil {
		return fmt.Errorf("read the constraints: %w", err)
	}
	defer rows.Close()
	kinds := map[string]string{"primary key": "primary", "foreign key": "foreign"}
	for rows.Next() {
		c := Constraint{Valid: true}
		if err := rows.Scan(&c.Table, &c.Name, &c.Kind, &c.Definition); err != nil {
			return err
		}
		if k := kinds[c.Kind]; k != "" {
			c.Kind = k
		}
		s.Constraints = append(s.Constraints, c)
	}
	return rows.Err()
}

// MariaName quotes a name.
func MariaName(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }

func (s *Snapshot) mariaTables(ctx context.Context, q queryer, o Options) error {
	rows, err := q.QueryContext(ctx, `SELECT t.table_name, t.table_type, IFNULL(t.engine, ''), IFNULL(t.data_length + t.index_length, 0), c.column_name, c.data_type, c.column_type, c.is_nullable, IFNULL(c.column_default, '')
		FROM information_schema.tables t JOIN information_schema.columns c ON c.table_schema = t.table_schema AND c.table_name = t.table_name
		WHERE t.table_schema = DATABASE() ORDER BY t.table_name, c.column_name`)
	if err != nil {
		return fmt.Errorf("list the tables: %w", err)
	}
	defer rows.Close()
	type one struct {
		Table
		engine  string
		columns []string
		shape   strings.Builder
	}
	var list []*one
	for rows.Next() {
		var name, kind, engine, column, dataType, columnType, nullable, standard string
		var size int64
		if err := rows.Scan(&name, &kind, &engine, &size, &column, &dataType, &columnType, &nullable, &standard); err != nil {
			return err
		}
		if len(list) == 0 || list[len(list)-1].Name != name {
			t := &one{Table: Table{Name: name, Kind: "table", Rows: -1}, engine: engine}
			if strings.HasSuffix(kind, "VIEW") {
				t.Kind = "view"
			}
			list = append(list, t)
			s.Bytes += size
		}
		t := list[len(list)-1]
		t.columns = append(t.columns, mariaText(MariaName(column), dataType))
		fmt.Fprintf(&t.shape, "%s %s %s %s, ", column, columnType, nullable, standard)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	for i, t := range list {
		o.progress(i, len(list), t.Name)
		t.Columns = shortHash(t.shape.String())
		if t.Kind == "table" {
			sum := "''"
			if o.Prints {
				sum = "IFNULL(SUM(CAST(CONV(LEFT(MD5(CONCAT_WS('#', " + strings.Join(t.columns, ", ") + ")), 15), 16, 10) AS DECIMAL(65))), 0)"
			}
			if err := q.QueryRowContext(ctx, "SELECT COUNT(*), "+sum+" FROM "+MariaName(t.Name)).Scan(&t.Rows, &t.Print); err != nil {
				return fmt.Errorf("read %s: %w", t.Name, err)
			}
			switch strings.ToLower(t.engine) {
			case "innodb", "sequence", "":
			default:
				s.gap("one moment of "+t.Name, "tables of the engine InnoDB", fmt.Errorf("%s keeps no snapshot", t.engine))
			}
			if t.Name == MarkerTable {
				var id, at string
				err := q.QueryRowContext(ctx, "SELECT id, at FROM "+MariaName(t.Name)+" ORDER BY at DESC, id LIMIT 1").Scan(&id, &at)
				if err == nil {
					s.marker(id, at)
				} else if err != sql.ErrNoRows {
					return fmt.Errorf("read the newest marker: %w", err)
				}
			}
		}
		s.Tables = append(s.Tables, t.Table)
	}
	o.progress(len(list), len(list), "")
	return nil
}

// mariaText is the text of a column that goes into a row's hash. Long values go
// in by their own hash: a text longer than max_allowed_packet would be NULL.
// '~' stands for NULL, which no hash and no number is.
func mariaText(column, dataType string) string {
	switch strings.ToLower(dataType) {
	case "point", "linestring", "polygon", "geometry", "multipoint", "multilinestring", "multipolygon", "geometrycollection":
		return "IFNULL(MD5(ST_AsWKB(" + column + ")), '~')"
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "json", "enum", "set":
		return "IFNULL(MD5(CONVERT(" + column + " USING utf8mb4)), '~')"
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
		return "IFNULL(MD5(" + column + "), '~')"
	case "bit":
		return "IFNULL(" + column + " + 0, '~')"
	}
	return "IFNULL(CAST(" + column + " AS CHAR), '~')"
}
