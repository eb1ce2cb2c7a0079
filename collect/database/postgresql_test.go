//go:build linux

package database_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"steward/collect/database"
	"steward/collect/database/dbtest"
	"steward/collect/fact"
)

const scramOnly = "host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n"

// giveRole runs the script that --role prints, with the superuser's psql.
func giveRole(t *testing.T, p *dbtest.PostgreSQL, db string) {
	t.Helper()
	folder := dbtest.Folder(t, "postgres")
	script := write(t, folder, "role.sql", strings.ReplaceAll(database.RoleScript(database.PostgreSQL), "CHANGE-ME", dbtest.Password))
	write(t, folder, "pass", "")
	p.Tool("psql", "-X", "-v", "ON_ERROR_STOP=1", "-q", "-f", script,
		fmt.Sprintf("host=127.0.0.1 port=%d user=postgres dbname=%s password='%s'", p.Port, db, dbtest.Password))
}

var shop = []string{
	`CREATE TABLE public.customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, note varchar(40) DEFAULT 'none')`,
	`COMMENT ON TABLE public.customer IS 'who buys'`,
	`COMMENT ON COLUMN public.customer.name IS 'as on the letter'`,
	`CREATE TABLE public.sale (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint NOT NULL REFERENCES public.customer ON DELETE CASCADE, at timestamptz NOT NULL DEFAULT now(), total numeric(10,2) CHECK (total >= 0))`,
	`CREATE INDEX sale_customer ON public.sale (customer)`,
	`CREATE UNIQUE INDEX customer_name ON public.customer (lower(name)) WHERE note IS NOT NULL`,
	`INSERT INTO public.customer (name) SELECT 'c' || n FROM generate_series(1, 500) n`,
	`INSERT INTO public.sale (customer, total) SELECT 1 + n % 500, n % 90 FROM generate_series(1, 40000) n`,
}

func TestAHealthyPostgreSQLIsSilentWithExactlyTheRoleThatIsPrinted(t *testing.T) {
	t.Parallel()
	p := dbtest.NewPostgreSQL(t, scramOnly, "archive_mode = on", "archive_command = '/bin/true'", "log_min_duration_statement = 5s", "log_lock_waits = on",
		"log_checkpoints = on", "log_connections = on", "log_autovacuum_min_duration = 10min", "shared_preload_libraries = 'pg_stat_statements'").Start()
	p.Exec("postgres", "CREATE DATABASE shop")
	p.Exec("shop", append(shop, "CREATE EXTENSION pg_stat_statements")...)
	p.Exec("shop", "ANALYZE") // on a connection of its own: the first one's counts are in by then
	giveRole(t, p, "shop")
	s := look(t, p.Address("steward", "shop"), dbtest.Password, database.Options{})
	s.silent(t, 33)
	who := of[database.Server](s)[0]
	if who.Product != "postgresql" || who.User != "steward" || who.Role != "primary" || who.Database != "shop" || who.Support == nil || who.Started == nil || *who.Encrypted {
		t.Errorf("the server says of itself %+v", who)
	}
	tables := map[string]database.Table{}
	for _, x := range of[database.Table](s) {
		tables[x.FullName()] = x
	}
	customer, sale := tables["public.customer"], tables["public.sale"]
	if len(tables) != 4 || tables["steward.role_password"].Kind != "view" || customer.Comment != "who buys" || customer.Columns[1].Comment != "as on the letter" || *customer.Rows != 500 || *sale.Bytes < *sale.IndexBytes {
		t.Errorf("tables %+v", tables)
	}
	if got, want := fmt.Sprint(customer.Columns), "[{id bigint false  identity } {name text false   as on the letter} {note character varying(40) true 'none'::character varying  }]"; got != want {
		t.Errorf("columns %s, want %s", got, want)
	}
	if got, want := describe(sale.Keys, database.Key.Describe), "primary (id); foreign (customer) → public.customer (id) on delete cascade; check CHECK (total >= 0::numeric)"; got != want {
		t.Errorf("keys %s, want %s", got, want)
	}
	if got, want := describe(customer.Indexes, database.Index.Describe), "unique (lower(name)) where note IS NOT NULL; unique (id)"; got != want {
		t.Errorf("indexes %s, want %s", got, want)
	}
	statements := of[database.Statement](s)
	if len(statements) == 0 || statements[0].Total == nil || statements[0].From != "pg_stat_statements" || strings.Contains(fmt.Sprint(statements), dbtest.Password) {
		t.Errorf("slow statements %+v", statements)
	}
	sizes := of[database.Size](s)
	if len(sizes) < 3 || sizes[0].Object != "database" || *sizes[0].Bytes == 0 {
		t.Errorf("sizes %+v", sizes)
	}
}

func describe[T any](list []T, f func(T) string) string {
	var out []string
	for _, x := range list {
		out = append(out, f(x))
	}
	return strings.Join(out, "; ")
}

// What takes too long, waits for a lock or wants to write is stopped by the
// server, told as unknown, and nothing of it is left.
func TestWhatTakesTooLongOrWritesIsStopped(t *testing.T) {
	t.Parallel()
	p := dbtest.NewPostgreSQL(t, scramOnly).Start()
	p.Exec("postgres", "CREATE TABLE public.t (n int)", "CREATE TABLE public.u (n int)", "GRANT ALL ON public.t, public.u TO PUBLIC",
		"CREATE FUNCTION public.writes() RETURNS int LANGUAGE sql AS 'INSERT INTO public.u VALUES (1) RETURNING n'", "CREATE ROLE writer LOGIN PASSWORD '"+dbtest.Password+"'")
	db := p.Open("postgres")
	defer db.Close()
	lock, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Rollback()
	if _, err := lock.Exec("LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	own := func(id, query string) string {
		return fmt.Sprintf(`{"id": %q, "title": "t", "group": "security", "unit": "count", "severity": "low", "warning": 1, "remedy": "r", "query": %q}`, id, query)
	}
	checks := with(t, `{"engine": "postgresql", "checks": [`+own("our-slow", "SELECT count(*) AS value FROM generate_series(1, 10000000000)")+","+own("our-lock", "SELECT count(*) AS value FROM public.t")+","+
		own("our-write", "SELECT public.writes() AS value")+`]}`)
	s := look(t, p.Address("writer", "postgres"), dbtest.Password, database.Options{Checks: checks, Statement: 300 * time.Millisecond, Lock: 100 * time.Millisecond})
	for id, why := range map[string]string{"our-slow": "took longer than allowed", "our-lock": "waited longer for a lock", "our-write": "wanted to write"} {
		if r := s.checks[id]; r.State != database.Unknown || !strings.Contains(r.Why, why) || r.Proven != "own" {
			t.Errorf("%s: %+v, want %q", id, r, why)
		}
	}
	if gaps := of[fact.Gap](s); len(gaps) == 0 || !strings.Contains(fmt.Sprint(gaps), "waited longer for a lock") {
		t.Errorf("the locked table is not told as a gap: %+v", gaps)
	}
	if r := s.checks["pg-connections"]; r.State != database.OK {
		t.Errorf("the others do not go on: %+v", r)
	}
	var n int
	if err := lock.QueryRow("SELECT count(*) FROM public.u").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows were written: %v", n, err)
	}
}

// With a role that may only sign in, what cannot be seen is said with the right
// that is missing, and the others go on.
func TestAMissingRightIsNamedAndTheOtherChecksGoOn(t *testing.T) {
	t.Parallel()
	p := dbtest.NewPostgreSQL(t, scramOnly, "fsync = off").Start()
	p.Exec("postgres", "CREATE ROLE weak LOGIN PASSWORD '"+dbtest.Password+"'", "CREATE TABLE public.t (id serial PRIMARY KEY)")
	s := look(t, p.Address("weak", "postgres"), dbtest.Password, database.Options{})
	for id, needs := range map[string]string{"pg-passwords": "steward.role_password", "pg-access-rules": "pg_hba_file_rules", "pg-archive": "pg_monitor", "pg-sequence": "SELECT on the sequences"} {
		r := s.checks[id]
		if r.State != database.Unknown || !strings.Contains(r.Needs, needs) || r.Why == "" {
			t.Errorf("%s: %+v, want unknown and the right %q", id, r, needs)
		}
	}
	if r := s.checks["pg-durability"]; r.State != database.Critical {
		t.Errorf("what needs no right was not looked at: %+v", r)
	}
}

// own lowers the times and sizes that a test cannot wait for.
const ownPostgreSQL = `{"engine": "postgresql", "checks": [
  {"id": "pg-idle-in-transaction", "warning": 0.05}, {"id": "pg-long-transaction", "warning": 0.05}, {"id": "pg-blocked", "warning": 0.05},
  {"id": "pg-cache-hit", "warning": 99, "set": {"pages": 1000}}, {"id": "pg-checkpoints", "set": {"checkpoints": 3}},
  {"id": "pg-memory", "set": {"database_mb": 1, "temporary_mb": 0.1}}, {"id": "pg-bloat", "set": {"waste_mb": 0.2}}, {"id": "pg-replication-behind", "warning": 0.01}, {"id": "pg-replication-lag", "warning": 0.05}, {"id": "pg-slots", "warning": 1}]}`

func TestEachFaultOfAPostgreSQLIsFound(t *testing.T) {
	t.Parallel()
	hba := "host all nobody 0.0.0.0/0 trust\nhost all old 10.0.0.0/8 md5\n" + scramOnly
	p := dbtest.NewPostgreSQL(t, hba, "max_connections = 15", "superuser_reserved_connections = 3", "fsync = off", "autovacuum = off", "autovacuum_freeze_max_age = 2000000000",
		"shared_buffers = 1MB", "archive_mode = on", "archive_command = '/bin/false'", "log_statement = all", "wal_level = replica", "max_wal_senders = 3", "max_prepared_transactions = 2",
		"listen_addresses = '127.0.0.1, ip6-localhost'")
	// A billion transactions later: the clog's page for them is made by hand.
	segment := filepath.Join(p.Data, "pg_xact", fmt.Sprintf("%04X", 1000341504/1048576))
	if err := os.WriteFile(segment, make([]byte, 256<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	dbtest.Own(t, segment, "postgres")
	p.Tool("pg_resetwal", "-x", "1000341504", "-D", p.Data)
	p.Start()
	p.Exec("postgres", "CREATE DATABASE shop")
	p.Exec("shop", append(shop,
		"CREATE TABLE public.damaged AS SELECT n FROM generate_series(1, 100) n", "CHECKPOINT",
		"CREATE TABLE public.line (id serial, sale bigint REFERENCES public.sale, word text)",
		"INSERT INTO public.line (sale, word) SELECT 1 + n % 40000, 'w' || n % 7 FROM generate_series(1, 60000) n",
		"SELECT setval('public.line_id_seq', 2000000000)",
		"DELETE FROM public.line WHERE id % 2 = 0",
		"CREATE INDEX sale_customer_again ON public.sale (customer)",
		"CREATE INDEX sale_total ON public.sale (total, at, id)",
		"CREATE TABLE public.air AS SELECT n, repeat('x', 100) AS word FROM generate_series(1, 20000) n", "CREATE INDEX air_n ON public.air (n)",
		"DELETE FROM public.air WHERE n % 10 > 0", "VACUUM ANALYZE public.air",
		"ALTER TABLE public.line SET (autovacuum_enabled = off)", "CREATE UNLOGGED TABLE public.scratch (n int)",
		"ALTER TABLE public.scratch ADD CONSTRAINT never CHECK (n > 0) NOT VALID", "ALTER TABLE public.sale DISABLE TRIGGER ALL",
		"SET work_mem = '64kB'; SELECT count(*) FROM (SELECT word, id FROM public.line ORDER BY word, id DESC OFFSET 1) x",
		"GRANT SELECT, INSERT ON public.line TO PUBLIC", "GRANT CREATE ON SCHEMA public TO PUBLIC",
		"CREATE FUNCTION public.risky() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
		"CREATE ROLE app SUPERUSER LOGIN PASSWORD '"+dbtest.Password+"'",
		"CREATE ROLE nobody LOGIN", "CREATE ROLE guessed LOGIN PASSWORD 'password'", "CREATE ROLE near LOGIN PASSWORD 'near123'", "GRANT pg_execute_server_program TO near",
		"SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD 'x'; CREATE ROLE same LOGIN PASSWORD 'same'",
		"DO $$ BEGIN FOR i IN 1..1100 LOOP PERFORM FROM public.sale WHERE id = i; END LOOP; END $$",
		"SELECT pg_create_physical_replication_slot('forgotten', true)",
		"CHECKPOINT", "CHECKPOINT", "CHECKPOINT", "SELECT pg_switch_wal()", "DO $$ BEGIN FOR i IN 1..60 LOOP PERFORM sum(length(word)) FROM public.line; END LOOP; END $$", "CREATE TABLE public.later (n int)")...)
	db := p.Open("shop")
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec("CREATE UNIQUE INDEX CONCURRENTLY line_word ON public.line (word)"); err == nil {
		t.Fatal("the unique index was made")
	}
	deadlock(t, p)
	var path string
	if err := db.QueryRow("SELECT pg_relation_filepath('public.damaged')").Scan(&path); err != nil {
		t.Fatal(err)
	}
	giveRole(t, p, "shop")
	replica := p.Replica(hba, "hot_standby = on", "max_connections = 15", "max_wal_senders = 3", "max_prepared_transactions = 2").Start()
	damage(t, filepath.Join(p.Data, path))
	db.Exec("SELECT * FROM public.damaged")
	sessions := []string{
		"BEGIN; UPDATE public.customer SET note = 'x' WHERE id = 1", // idle in transaction, and the blocker
		"UPDATE public.customer SET note = 'secret value' WHERE id = 1",
		"SELECT pg_sleep(60)", "SELECT 1", "SELECT 1", "SELECT 1", "SELECT 1", "SELECT 1",
	}
	application := open(t, "app", p.Port)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	for i, q := range sessions {
		c, err := application.Conn(ctx) // given back by stop and the end of application
		if err != nil {
			t.Fatal(err)
		}
		if i == 1 || i == 2 {
			go c.ExecContext(ctx, q)
		} else if _, err := c.ExecContext(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	rdb := replica.Open("shop")
	defer rdb.Close()
	dbtest.Exec(t, db, "INSERT INTO public.later VALUES (0)")
	dbtest.Await(t, "the replica replays", func() error { return rdb.QueryRow("SELECT n FROM public.later").Scan(new(int)) })
	dbtest.Exec(t, rdb, "SELECT pg_wal_replay_pause()")
	dbtest.Exec(t, db, "INSERT INTO public.later SELECT generate_series(1, 1000)")
	var waiting, behind, failed int
	dbtest.Await(t, "the faults are there", func() error {
		err := db.QueryRow("SELECT count(*), (SELECT failed_count FROM pg_stat_archiver) FROM pg_locks WHERE NOT granted AND waitstart < clock_timestamp() - interval '100 ms'").Scan(&waiting, &failed)
		if err == nil {
			err = rdb.QueryRow("SELECT CASE WHEN pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn() AND pg_is_wal_replay_paused() THEN 1 ELSE 0 END").Scan(&behind)
		}
		if err == nil && (waiting == 0 || behind == 0 || failed == 0) {
			err = fmt.Errorf("%d waiting, %d behind, %d failed", waiting, behind, failed)
		}
		return err
	})
	checks := with(t, ownPostgreSQL)
	s := look(t, p.Address("steward", "shop"), dbtest.Password, database.Options{Checks: checks})
	onPrimary := []finding{
		{"pg-connections", database.Warning, "used"},
		{"pg-idle-in-transaction", database.Warning, "UPDATE public.customer SET note = '…'"},
		{"pg-long-transaction", database.Warning, "pg_sleep(…)"},
		{"pg-blocked", database.Warning, "blocking_statement=BEGIN; UPDATE public.customer"},
		{"pg-deadlocks", database.Warning, "shop"},
		{"pg-cache-hit", database.Warning, "shop"},
		{"pg-memory", database.Warning, "work_mem"},
		{"pg-checkpoints", database.Warning, "requested"},
		{"pg-foreign-key-index", database.Warning, "CREATE INDEX CONCURRENTLY ON public.line (sale)"},
		{"pg-sequential-scans", database.Warning, "public.line"},
		{"pg-unused-index", database.Warning, "sale_total"},
		{"pg-duplicate-index", database.Warning, "sale_customer_again"},
		{"pg-sequence", database.Critical, "public.line.id"},
		{"pg-dead-rows", database.Critical, "public.line"},
		{"pg-bloat", database.Warning, "public.air"},
		{"pg-tables", database.Critical, "sale_customer_fkey"},
		{"pg-statistics", database.Warning, "public.line"},
		{"pg-wraparound", database.Warning, "shop"},
		{"pg-broken-index", database.Warning, "public.line_word"},
		{"pg-durability", database.Critical, "fsync"},
		{"pg-checksum-failures", database.Critical, "shop"},
		{"pg-superusers", database.Critical, "app"},
		{"pg-passwords", database.Critical, "same"},
		{"pg-access-rules", database.Critical, "lets in without a password"},
		{"pg-public-grants", database.Critical, "public.line"},
		{"pg-encryption", database.Warning, "ssl is off"},
		{"pg-logging", database.Warning, "every statement is logged"},
		{"pg-archive", database.Critical, "archiving fails"},
		{"pg-slots", database.Warning, "forgotten"},
		{"pg-replica", database.Warning, "forgotten"},
	}
	s.finds(t, onPrimary)
	s.allSeen(t)
	for check, words := range map[string]string{"pg-passwords": "guessed near commonest", "pg-tables": "scratch never line", "pg-memory": "shared_buffers", "pg-superusers": "near", "pg-bloat": "index"} {
		for word := range strings.FieldsSeq(words) {
			if got := evidence(s.checks[check]); !strings.Contains(got, word) {
				t.Errorf("%s: no %q in %s", check, word, got)
			}
		}
	}
	for _, word := range []string{"old", "nobody", "first"} {
		if got := evidence(s.checks["pg-passwords"]); strings.Contains(got, word) == (word == "first") {
			t.Errorf("weak passwords: %q in %s", word, got)
		}
	}
	if all := fmt.Sprint(s.facts); strings.Contains(all, "secret value") || strings.Contains(all, dbtest.Password) {
		t.Error("a value or a password was shown")
	}
	onReplica := []finding{
		{"pg-replica", database.Warning, "paused"},
		{"pg-replication-lag", database.Warning, "this replica"},
		{"pg-replication-behind", database.Warning, "this replica"},
	}
	s = look(t, replica.Address("steward", "shop"), dbtest.Password, database.Options{Checks: checks})
	s.finds(t, onReplica)
	s.allSeen(t)
	if who := of[database.Server](s)[0]; who.Role != "replica" {
		t.Errorf("the replica says it is %q", who.Role)
	}
	everyLiveCheckSpeaks(t, database.PostgreSQL, append(onPrimary, onReplica...))
}

// deadlock has two sessions wait for each other until the server ends one.
func deadlock(t *testing.T, p *dbtest.PostgreSQL) {
	t.Helper()
	ctx := t.Context()
	db := p.Open("shop")
	defer db.Close() // a session tells its counts when it ends
	one, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	two, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	for c, q := range map[*sql.Conn]string{one: "SET deadlock_timeout = '50ms'; BEGIN; SELECT pg_advisory_xact_lock(1)", two: "SET deadlock_timeout = '50ms'; BEGIN; SELECT pg_advisory_xact_lock(2)"} {
		if _, err := c.ExecContext(ctx, q, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	go func() {
		_, err := one.ExecContext(ctx, "SELECT pg_advisory_xact_lock(2)")
		one.ExecContext(ctx, "ROLLBACK")
		ended <- err
	}()
	_, err = two.ExecContext(ctx, "SELECT pg_advisory_xact_lock(1)")
	two.ExecContext(ctx, "ROLLBACK")
	if err == nil && <-ended == nil {
		t.Fatal("there was no deadlock")
	}
}

// damage overwrites a part of a table's first page.
func damage(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(strings.Repeat("damage", 20)), 8000); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, user string, port int) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", fmt.Sprintf("host=127.0.0.1 port=%d user=%s password='%s' dbname=shop sslmode=disable application_name=till default_query_exec_mode=simple_protocol", port, user, dbtest.Password))
	if err != nil {
		t.Fatal(err)
	}
	return db // its sessions end with the server
}

// A superuser who did not run the script sees weak passwords, sequences and
// empty space all the same: what the script makes is only for lesser roles.
func TestASuperuserNeedsNoScript(t *testing.T) {
	t.Parallel()
	p := dbtest.NewPostgreSQL(t, scramOnly).Start()
	p.Exec("postgres", "CREATE TABLE public.t (id serial PRIMARY KEY, word text)", "SELECT setval('public.t_id_seq', 2000000000)", "CREATE ROLE nobody LOGIN",
		"INSERT INTO public.t (id, word) SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n", "DELETE FROM public.t WHERE id % 10 > 0", "VACUUM ANALYZE public.t")
	s := look(t, p.Address("postgres", "postgres"), dbtest.Password, database.Options{Parts: []string{"checks"}})
	s.finds(t, []finding{{"pg-sequence", database.Critical, "public.t.id"}, {"pg-passwords", database.Warning, "nobody"}, {"pg-bloat", database.Warning, "public.t"}})
	s.allSeen(t)
	// the session that made the tables may take a moment to go
	for try := 0; try < 20 && s.checks["pg-superusers"].State != database.OK; try++ {
		time.Sleep(100 * time.Millisecond)
		s = look(t, p.Address("postgres", "postgres"), dbtest.Password, database.Options{Parts: []string{"checks"}})
	}
	if r := s.checks["pg-superusers"]; r.State != database.OK {
		t.Errorf("the session that asks is told as an application: %+v", r)
	}
}
