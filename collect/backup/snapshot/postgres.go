package snapshot

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"steward/collect/backup"
	"steward/collect/fact"
)

// sameText makes values read as the same text on every server.
const sameText = `SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET extra_float_digits = 3;
SET bytea_output = 'hex'; SET lc_monetary = 'C'; SET row_security = off; SET search_path = ''; SET lock_timeout = '30s'; SET xmloption = content`

// Prepare sets a session so that two servers print values alike, and begins a
// transaction that sees one moment.
func Prepare(ctx context.Context, c *pgx.Conn) (pgx.Tx, error) {
	if _, err := c.Exec(ctx, sameText); err != nil {
		return nil, err
	}
	return c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
}

// Postgres takes the snapshot that tx sees; tx comes from Prepare.
func Postgres(ctx context.Context, tx pgx.Tx, o Options) (*Snapshot, error) {
	s := &Snapshot{Engine: backup.PostgreSQL, Tables: []Table{}}
	if err := s.postgresIdentity(ctx, tx); err != nil {
		return nil, err
	}
	for _, l := range []struct {
		what, query string
		into        *[]string
	}{
		{"extensions", "SELECT extname || ' ' || extversion FROM pg_catalog.pg_extension ORDER BY extname COLLATE \"C\"", &s.Extensions},
		{"roles", rolesQuery, &s.Roles},
		{"grants", grantsQuery, &s.Grants},
		{"objects", objectsQuery, &s.Objects},
	} {
		if err := texts(ctx, tx, l.query, l.into); err != nil {
			return nil, fmt.Errorf("read the %s: %w", l.what, err)
		}
	}
	if err := s.postgresConstraints(ctx, tx); err != nil {
		return nil, err
	}
	if err := s.postgresSequences(ctx, tx); err != nil {
		return nil, err
	}
	return s, s.postgresTables(ctx, tx, o)
}

// PostgresIdentity takes only who the server is and how large the database is.
func PostgresIdentity(ctx context.Context, tx pgx.Tx) (*Snapshot, error) {
	s := &Snapshot{Engine: backup.PostgreSQL, Tables: []Table{}}
	return s, s.postgresIdentity(ctx, tx)
}

func (s *Snapshot) postgresIdentity(ctx context.Context, tx pgx.Tx) error {
	id := &s.Identity
	var number int
	err := tx.QueryRow(ctx, `SELECT pg_catalog.now(), pg_catalog.current_setting('server_version'), pg_catalog.current_setting('server_version_num')::int, pg_catalog.current_database(),
		pg_catalog.pg_database_size(pg_catalog.current_database()), (SELECT rolname FROM pg_catalog.pg_roles WHERE oid = 10), pg_catalog.current_setting('data_checksums') = 'on'`).
		Scan(&s.At, &id.Version, &number, &id.Database, &s.Bytes, &id.Super, &id.Checksum)
	if err != nil {
		return fmt.Errorf("read the server's identity: %w", err)
	}
	s.At, id.Major = s.At.UTC(), number/10000
	locale := "''"
	switch {
	case id.Major >= 17:
		locale = "d.datlocprovider::text || ' ' || coalesce(d.datlocale, '')"
	case id.Major >= 15:
		locale = "d.datlocprovider::text || ' ' || coalesce(d.daticulocale, '')"
	}
	if err := tx.QueryRow(ctx, `SELECT rtrim(pg_catalog.pg_encoding_to_char(d.encoding) || ' ' || d.datcollate || ' ' || d.datctype || ' ' || `+locale+`)
		FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`).Scan(&s.Encoding); err != nil {
		return fmt.Errorf("read the encoding: %w", err)
	}
	// Each of these may be denied without spoiling the rest: within a savepoint.
	s.try(ctx, tx, "system identifier and timeline", "EXECUTE on pg_control_system() and pg_control_checkpoint()",
		`SELECT system_identifier::text, (pg_catalog.pg_control_checkpoint()).timeline_id::bigint FROM pg_catalog.pg_control_system()`, &id.System, &id.Timeline)
	s.try(ctx, tx, "the server's data folder", "membership in pg_read_all_settings", `SELECT pg_catalog.current_setting('data_directory')`, &id.Folder)
	return nil
}

// try asks for what may be denied, which then is a gap.
func (s *Snapshot) try(ctx context.Context, tx pgx.Tx, what, needs, query string, into ...any) {
	inner, err := tx.Begin(ctx)
	if err != nil {
		s.gap(what, needs, err)
		return
	}
	defer inner.Rollback(ctx)
	if err := inner.QueryRow(ctx, query).Scan(into...); err != nil {
		s.gap(what, needs, err)
	}
}

func texts(ctx context.Context, tx pgx.Tx, query string, into *[]string) error {
	rows, err := tx.Query(ctx, query)
	if err != nil {
		return err
	}
	*into, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return err
}

// own is the condition that a relation's schema is the user's.
const own = `n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'`

// notOf leaves out what an extension made: it comes with the extension.
func notOf(class, oid string) string {
	return ` AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.` + class + `'::regclass AND x.objid = ` + oid + ` AND x.deptype = 'e')`
}

const rolesQuery = `SELECT r.rolname || ':' || CASE WHEN r.rolsuper THEN ' superuser' ELSE '' END || CASE WHEN r.rolcanlogin THEN ' login' ELSE '' END
	|| CASE WHEN r.rolcreaterole THEN ' createrole' ELSE '' END || CASE WHEN r.rolcreatedb THEN ' createdb' ELSE '' END || CASE WHEN r.rolreplication THEN ' replication' ELSE '' END
	|| CASE WHEN r.rolbypassrls THEN ' bypassrls' ELSE '' END || CASE WHEN r.rolinherit THEN '' ELSE ' noinherit' END || CASE WHEN r.rolconnlimit >= 0 THEN ' limit ' || r.rolconnlimit ELSE '' END
	|| coalesce((SELECT ' in ' || string_agg(DISTINCT g.rolname::text, ', ' ORDER BY g.rolname::text) FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid), '')
	FROM pg_catalog.pg_roles r WHERE r.rolname NOT LIKE 'pg\_%' ORDER BY r.rolname COLLATE "C"`

// grantsQuery lists who may do what; a grant that was never changed reads the
// same as the default that stands for it.
var grantsQuery = `SELECT what || ': ' || coalesce(nullif(g.grantee, 0)::regrole::text, 'public') || ' ' || string_agg(DISTINCT g.privilege_type || CASE WHEN g.is_grantable THEN '*' ELSE '' END, ', ') AS line FROM (
	SELECT 'schema ' || n.nspname AS what, coalesce(n.nspacl, acldefault('n', n.nspowner)) AS acl FROM pg_catalog.pg_namespace n WHERE ` + own + notOf("pg_namespace", "n.oid") + `
	UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'sequence ' ELSE 'table ' END || n.nspname || '.' || c.relname, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't' AND ` + own + notOf("pg_class", "c.oid") + `
	UNION ALL SELECT 'column ' || n.nspname || '.' || c.relname || '.' || a.attname, a.attacl
		FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND ` + own + notOf("pg_class", "c.oid") + `
	UNION ALL SELECT 'function ' || n.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')', coalesce(p.proacl, acldefault('f', p.proowner))
		FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE ` + own + notOf("pg_proc", "p.oid") + `
	UNION ALL SELECT 'database', coalesce(d.datacl, acldefault('d', d.datdba)) FROM pg_catalog.pg_database d WHERE d.datname = current_database()
	) AS list CROSS JOIN LATERAL aclexplode(list.acl) AS g GROUP BY what, g.grantee ORDER BY 1`

var objectsQuery = `SELECT line FROM (
	SELECT 'index ' || n.nspname || '.' || c.relname || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END || ' ' || md5(pg_catalog.pg_get_indexdef(c.oid)) AS line
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid WHERE ` + own + notOf("pg_class", "i.indrelid") + `
	UNION ALL SELECT 'function ' || n.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ') ' || md5(coalesce(p.prosrc, '') || coalesce(p.probin, ''))
		FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE ` + own + notOf("pg_proc", "p.oid") + `
	UNION ALL SELECT 'trigger ' || n.nspname || '.' || c.relname || '.' || g.tgname || ' ' || g.tgenabled::text
		FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT g.tgisinternal AND ` + own + `
	UNION ALL SELECT 'type ' || n.nspname || '.' || t.typname || ' ' || t.typtype::text || coalesce((SELECT ' ' || string_agg(e.enumlabel::text, ',' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), '')
		FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
		WHERE (t.typrelid = 0 OR c.relkind = 'c') AND t.typelem = 0 AND ` + own + notOf("pg_type", "t.oid") + `
	UNION ALL SELECT 'policy ' || n.nspname || '.' || c.relname || '.' || p.polname FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	UNION ALL SELECT 'view ' || n.nspname || '.' || c.relname || ' ' || md5(pg_catalog.pg_get_viewdef(c.oid))
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND ` + own + notOf("pg_class", "c.oid") + `
	UNION ALL SELECT 'large objects ' || count(*) FROM pg_catalog.pg_largeobject_metadata HAVING count(*) > 0
	) AS list ORDER BY line COLLATE "C"`

func (s *Snapshot) postgresConstraints(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `SELECT n.nspname || '.' || c.relname, k.conname, CASE k.contype WHEN 'p' THEN 'primary' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign' WHEN 'c' THEN 'check' ELSE 'exclude' END,
		pg_catalog.pg_get_constraintdef(k.oid), k.convalidated
		FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND `+own+notOf("pg_class", "c.oid")+` ORDER BY 1, 2`)
	if err != nil {
		return fmt.Errorf("read the constraints: %w", err)
	}
	s.Constraints, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Constraint])
	return err
}

const sequencesQuery = `SELECT q.schemaname || '.' || q.sequencename, coalesce(q.last_value, 0), coalesce(q.last_value, 0), q.increment_by FROM pg_catalog.pg_sequences q ORDER BY 1`

func (s *Snapshot) postgresSequences(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, sequencesQuery)
	if err != nil {
		return fmt.Errorf("read the sequences: %w", err)
	}
	s.Sequences, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Sequence])
	return err
}

// SequencesBefore reads the sequences before the dump begins.
func SequencesBefore(ctx context.Context, tx pgx.Tx) (map[string]int64, error) {
	s := &Snapshot{}
	err := s.postgresSequences(ctx, tx)
	values := map[string]int64{}
	for _, q := range s.Sequences {
		values[q.Name] = q.Value
	}
	return values, err
}

// SequencesSince has the sequences' values begin with those read before the dump.
func (s *Snapshot) SequencesSince(before map[string]int64) {
	for i, q := range s.Sequences {
		if v, there := before[q.Name]; there {
			s.Sequences[i].Value = v
		}
	}
}

// SequencesAfter reads the sequences once more, after the dump.
func (s *Snapshot) SequencesAfter(ctx context.Context, tx pgx.Tx) error {
	after := &Snapshot{}
	if err := after.postgresSequences(ctx, tx); err != nil {
		return err
	}
	until := map[string]int64{}
	for _, q := range after.Sequences {
		until[q.Name] = q.Value
	}
	for i, q := range s.Sequences {
		if v, there := until[q.Name]; there {
			s.Sequences[i].Until = v
		}
	}
	return nil
}

func (s *Snapshot) postgresTables(ctx context.Context, tx pgx.Tx, o Options) error {
	type relation struct {
		Schema, Name, Kind, Persistence, Owner string
		Readable                               bool
		Columns                                []string
		Shape                                  string
	}
	rows, err := tx.Query(ctx, `SELECT n.nspname, c.relname, c.relkind::text, c.relpersistence::text, pg_catalog.pg_get_userbyid(c.relowner), pg_catalog.has_table_privilege(c.oid, 'SELECT'),
		coalesce((SELECT array_agg(a.attname::text ORDER BY a.attname COLLATE "C") FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '{}'),
		coalesce((SELECT md5(string_agg(a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
			|| coalesce(' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), ''), ', ' ORDER BY a.attname COLLATE "C"))
			FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '')
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND `+own+notOf("pg_class", "c.oid")+` ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`)
	if err != nil {
		return fmt.Errorf("list the tables: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[relation])
	if err != nil {
		return fmt.Errorf("list the tables: %w", err)
	}
	kinds := map[string]string{"r": "table", "p": "partitioned", "v": "view", "m": "materialized", "f": "foreign"}
	for i, r := range list {
		t := Table{Name: r.Schema + "." + r.Name, Kind: kinds[r.Kind], Columns: r.Shape, Owner: r.Owner, Rows: -1, Unlogged: r.Persistence == "u"}
		o.progress(i, len(list), t.Name)
		switch {
		case r.Kind != "r":
		case !r.Readable:
			s.Gaps = append(s.Gaps, fact.Gap{What: "rows of " + t.Name, Why: "permission denied", Needs: "SELECT on " + t.Name + ", as the role pg_read_all_data has it"})
		default:
			if err := tx.QueryRow(ctx, printQuery(r.Schema, r.Name, r.Columns, o.Prints)).Scan(&t.Rows, &t.Print); err != nil {
				return fmt.Errorf("read %s: %w", t.Name, err)
			}
			if r.Name == MarkerTable {
				if err := s.postgresMarker(ctx, tx, r.Schema); err != nil {
					return err
				}
			}
		}
		s.Tables = append(s.Tables, t)
	}
	o.progress(len(list), len(list), "")
	return nil
}

// printQuery counts a table's own rows and sums the first 60 bits of each row's
// MD5. Columns stand in the order of their names, which a restore does not change.
func printQuery(schema, name string, columns []string, prints bool) string {
	from := " FROM ONLY " + pgx.Identifier{schema, name}.Sanitize() + " AS t"
	if !prints || len(columns) == 0 {
		return "SELECT count(*), ''" + from
	}
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = "t." + pgx.Identifier{c}.Sanitize()
	}
	return "SELECT count(*), coalesce(sum(('x' || substr(md5(ROW(" + strings.Join(quoted, ", ") + ")::text), 1, 15))::bit(60)::bigint), 0)::text" + from
}

func (s *Snapshot) postgresMarker(ctx context.Context, tx pgx.Tx, schema string) error {
	var id, at string
	err := tx.QueryRow(ctx, "SELECT id::text, at::text FROM "+pgx.Identifier{schema, MarkerTable}.Sanitize()+" ORDER BY at DESC, id LIMIT 1").Scan(&id, &at)
	if err == pgx.ErrNoRows {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the newest marker: %w", err)
	}
	s.marker(id, at)
	return nil
}

// marker takes a heartbeat that was read; one whose moment cannot be read is a gap.
func (s *Snapshot) marker(id, at string) {
	moment, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(at))
	if err != nil {
		s.gap("the newest marker", "moments as RFC 3339 in UTC in "+MarkerTable, err)
		return
	}
	if s.Marker == nil || moment.After(s.Marker.At) {
		s.Marker = &Marker{strings.TrimSpace(id), moment.UTC()}
	}
}
