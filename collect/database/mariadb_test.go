//go:build linux

package database_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"steward/collect/database"
	"steward/collect/database/dbtest"
)

var mariaShop = []string{
	"CREATE DATABASE shop",
	"CREATE TABLE shop.customer (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(80) NOT NULL COMMENT 'as on the letter', note VARCHAR(40)) ENGINE=InnoDB COMMENT='who buys'",
	"CREATE TABLE shop.sale (id BIGINT AUTO_INCREMENT PRIMARY KEY, customer INT UNSIGNED NOT NULL, total DECIMAL(10,2), CONSTRAINT sale_customer FOREIGN KEY (customer) REFERENCES shop.customer (id) ON DELETE CASCADE) ENGINE=InnoDB",
	"INSERT INTO shop.customer (name) SELECT CONCAT('c', seq) FROM shop.seq_1_to_500",
	"INSERT INTO shop.sale (customer, total) SELECT 1 + seq % 500, seq % 90 FROM shop.seq_1_to_2000",
}

func giveMariaRole(t *testing.T, m *dbtest.MariaDB) {
	t.Helper()
	folder := dbtest.Folder(t, "mysql")
	m.Script(write(t, folder, "role.sql", strings.ReplaceAll(database.RoleScript(database.MySQL), "CHANGE-ME", dbtest.Password)))
}

func TestAHealthyMariaDBIsSilentWithExactlyTheRoleThatIsPrinted(t *testing.T) {
	t.Parallel()
	m := dbtest.NewMariaDB(t, "--log-bin=log", "--server-id=1", "--sync-binlog=1", "--expire-logs-days=7", "--performance-schema=ON", "--slow-query-log=ON", "--local-infile=OFF")
	db := m.Open("")
	dbtest.Exec(t, db, mariaShop...)
	db.Close()
	giveMariaRole(t, m)
	s := look(t, m.Address("steward", "shop"), dbtest.Password, database.Options{})
	s.silent(t, 29)
	who := of[database.Server](s)[0]
	if who.Product != "mariadb" || !strings.HasPrefix(who.User, "steward@") || who.Role != "primary" || who.Support == nil || who.Started == nil {
		t.Errorf("the server says of itself %+v", who)
	}
	if list := of[database.Statement](s); len(list) == 0 || list[0].Calls == nil {
		t.Errorf("slow statements: %+v", list)
	}
	var tables []string
	for _, x := range of[database.Table](s) {
		tables = append(tables, fmt.Sprintf("%s %q", x.FullName(), x.Comment))
		if x.Name == "sale" {
			want := []database.Key{{Name: "PRIMARY", Kind: "primary", Columns: []string{"id"}}, {Name: "sale_customer", Kind: "foreign", Columns: []string{"customer"}, RefTable: "shop.customer", RefColumns: []string{"id"}, OnDelete: "cascade"}}
			if got := fmt.Sprint(x.Keys); got != fmt.Sprint(want) {
				t.Errorf("keys of sale: %s, want %v", got, want)
			}
			if got := fmt.Sprint(x.Columns); got != "[{id bigint(20) false  auto_increment } {customer int(10) unsigned false   } {total decimal(10,2) true   }]" {
				t.Errorf("columns of sale: %s", got)
			}
		}
	}
	if got, want := strings.Join(tables, ", "), `shop.customer "who buys", shop.sale ""`; got != want {
		t.Errorf("tables %s, want %s", got, want)
	}
}

const ownMariaDB = `{"engine": "mysql", "checks": [
  {"id": "my-long-transaction", "warning": 1}, {"id": "my-idle-in-transaction", "warning": 1}, {"id": "my-full-scans", "warning": 1, "set": {"rows": 1000}}, {"id": "my-blocked", "warning": 1}, {"id": "my-history", "warning": 10},
  {"id": "my-buffer-pool", "warning": 99.999, "set": {"requests": 1000}}, {"id": "my-disk-temporary", "warning": 5, "set": {"tables": 5}}, {"id": "my-joins-without-index", "warning": 1, "set": {"joins": 5}},
  {"id": "my-fragmentation", "set": {"free_mb": 2}}, {"id": "my-replication-lag", "warning": 1}, {"id": "my-refused-connections", "warning": 1, "set": {"refused": 3}}]}`

func TestEachFaultOfAMariaDBIsFound(t *testing.T) {
	t.Parallel()
	m := dbtest.NewMariaDB(t, "--max-connections=12", "--innodb-flush-log-at-trx-commit=2", "--sql-mode=", "--performance-schema=ON", "--general-log=ON", "--local-infile=ON", "--log-bin=log", "--server-id=1",
		"--expire-logs-days=0", "--bind-address=127.0.0.1,127.0.0.2", "--tls-version=TLSv1.1,TLSv1.2")
	db := m.Open("")
	defer db.Close()
	db.SetMaxOpenConns(1)
	dbtest.Exec(t, db, append(mariaShop,
		"CREATE TABLE shop.nokey (n INT, word VARCHAR(20))",
		"CREATE TABLE shop.old (n TINYINT AUTO_INCREMENT PRIMARY KEY) ENGINE=MyISAM", "INSERT INTO shop.old VALUES (125)",
		"CREATE INDEX short ON shop.sale (customer)", "CREATE INDEX longer ON shop.sale (customer, total)", "CREATE INDEX lonely ON shop.customer (note)",
		"CREATE TABLE shop.gone (n INT AUTO_INCREMENT PRIMARY KEY, word CHAR(200))", "INSERT INTO shop.gone (word) SELECT REPEAT('x', 200) FROM shop.seq_1_to_40000", "DELETE FROM shop.gone",
		"CREATE TABLE shop.narrow (n INT PRIMARY KEY, word VARCHAR(20)) CHARACTER SET utf8mb3", "CREATE USER guessed@localhost IDENTIFIED BY 'password'",
		"CREATE USER mighty@localhost IDENTIFIED BY '"+dbtest.Password+"'", "GRANT ALL ON *.* TO mighty@localhost",
		"CREATE USER nopass@'%'", "CREATE USER same@localhost IDENTIFIED BY 'same'", "CREATE USER ''@localhost", "CREATE DATABASE test",
		"CREATE USER app@'%' IDENTIFIED BY '"+dbtest.Password+"'", "GRANT ALL ON *.* TO app@'%'", "GRANT SELECT, INSERT ON shop.* TO PUBLIC",
		"INSERT INTO shop.nokey SELECT seq, CONCAT('w', seq % 9) FROM shop.seq_1_to_300",
		"SET SESSION tmp_memory_table_size = 1024")...)
	for range 12 {
		for _, q := range []string{"SELECT COUNT(*) FROM shop.nokey a JOIN shop.nokey b ON b.word = a.word AND b.n = a.n + 1", "SELECT name, COUNT(*) FROM shop.customer GROUP BY name"} {
			drain(t, db, q)
		}
	}
	for i := range 1100 {
		drain(t, db, fmt.Sprintf("SELECT name FROM shop.customer WHERE id = %d", i%500+1))
	}
	giveMariaRole(t, m)
	for range 6 { // somebody tries passwords
		bad, _ := sql.Open("mysql", fmt.Sprintf("root:wrong@tcp(127.0.0.1:%d)/", m.Port))
		bad.Ping()
		bad.Close()
	}
	tooMany(t, m, db)
	application, err := sql.Open("mysql", fmt.Sprintf("app:%s@tcp(127.0.0.1:%d)/shop", dbtest.Password, m.Port))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	for i, q := range [][]string{{"START TRANSACTION WITH CONSISTENT SNAPSHOT", "UPDATE customer SET note = 'a' WHERE id = 1"}, {"UPDATE customer SET note = 'secret value' WHERE id = 1"}, {"SELECT 1"}, {"SELECT 1"}, {"SELECT 1"}, {"SELECT 1"}, {"SELECT 1"}, {"SELECT 1"}} {
		c, err := application.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range q {
			if i == 1 {
				go c.ExecContext(ctx, x)
			} else if _, err := c.ExecContext(ctx, x); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 15 {
		dbtest.Exec(t, db, "UPDATE shop.sale SET total = total + 1 WHERE id < 5")
	}
	dbtest.Await(t, "a session waits for a second", func() error {
		return db.QueryRow("SELECT w.trx_id FROM information_schema.innodb_trx w, information_schema.innodb_trx i JOIN information_schema.processlist p ON p.id = i.trx_mysql_thread_id AND p.command = 'Sleep' AND p.time >= 1 " +
			"WHERE w.trx_state = 'LOCK WAIT' AND TIMESTAMPDIFF(SECOND, w.trx_wait_started, NOW()) >= 1").Scan(new(string))
	})
	checks := with(t, ownMariaDB)
	s := look(t, m.Address("steward", ""), dbtest.Password, database.Options{Checks: checks})
	onPrimary := []finding{
		{"my-connections", database.Warning, "allowed=12"},
		{"my-refused-connections", database.Warning, "refused"},
		{"my-too-many", database.Warning, "allowed=12"},
		{"my-long-transaction", database.Warning, "user=app"},
		{"my-idle-in-transaction", database.Warning, "user=app"},
		{"my-blocked", database.Warning, "UPDATE customer SET note = '…' WHERE id = …"},
		{"my-history", database.Warning, "trx_rseg_history_len"},
		{"my-buffer-pool", database.Warning, "pool_mb"},
		{"my-disk-temporary", database.Warning, "on_disk"},
		{"my-joins-without-index", database.Warning, "joins"},
		{"my-full-scans", database.Warning, "whole_reads"},
		{"my-collation", database.Warning, "shop.narrow"},
		{"my-auto-increment", database.Critical, "shop.old.n"},
		{"my-fragmentation", database.Warning, "shop.gone"},
		{"my-primary-key", database.Warning, "shop.nokey"},
		{"my-engine", database.Warning, "shop.old"},
		{"my-duplicate-index", database.Warning, "index=short"},
		{"my-unused-index", database.Warning, "lonely"},
		{"my-durability", database.Critical, "innodb_flush_log_at_trx_commit"},
		{"my-passwords", database.Critical, "nopass@%"},
		{"my-strong-accounts", database.Critical, "app@%"},
		{"my-public-grants", database.Critical, "database=shop"},
		{"my-encryption", database.Warning, "TLS 1.0 or 1.1"},
		{"my-files", database.Warning, "local_infile"},
		{"my-logging", database.Warning, "general_log"},
		{"my-binary-log", database.Warning, "never cleaned up"},
	}
	s.finds(t, onPrimary)
	s.allSeen(t)
	for _, word := range []string{"same@localhost", "anybody may sign in"} {
		if got := evidence(s.checks["my-passwords"]); !strings.Contains(got, word) {
			t.Errorf("weak passwords: no %q in %s", word, got)
		}
	}
	if got := evidence(s.checks["my-passwords"]); !strings.Contains(got, "guessed@localhost") {
		t.Errorf("a common password is not found: %s", got)
	}
	if got := evidence(s.checks["my-strong-accounts"]); !strings.Contains(got, "mighty@localhost") || strings.Contains(got, "root@localhost") {
		t.Errorf("accounts with all rights: %s", got)
	}
	if all := fmt.Sprint(s.facts); strings.Contains(all, "secret value") || strings.Contains(all, dbtest.Password) {
		t.Error("a value or a password was shown")
	}
	mariaLimits(t, m)
	copied := mariaReplica(t, m, db)
	s = look(t, copied.Address("steward", ""), dbtest.Password, database.Options{Checks: checks})
	onReplica := []finding{{"my-replica", database.Critical, "applies is No"}}
	s.finds(t, onReplica)
	if r := s.checks["my-replication-lag"]; r.State != database.Unknown || r.Why != "a thread does not run" {
		t.Errorf("lag of a stopped replica: %+v", r)
	}
	if who := of[database.Server](s)[0]; who.Role != "replica" {
		t.Errorf("the replica says it is %q", who.Role)
	}
	rdb := copied.Open("")
	defer rdb.Close()
	dbtest.Exec(t, rdb, "STOP SLAVE", "CHANGE MASTER TO MASTER_DELAY = 3600", "START SLAVE")
	dbtest.Exec(t, db, "INSERT INTO shop.nokey VALUES (1, 'late')")
	dbtest.Await(t, "the replica is behind", func() error {
		s = look(t, copied.Address("steward", ""), dbtest.Password, database.Options{Checks: checks, Parts: []string{"checks"}})
		if r := s.checks["my-replication-lag"]; r.State != database.Warning && r.State != database.Critical {
			return fmt.Errorf("%+v", r)
		}
		return nil
	})
	late := []finding{{"my-replication-lag", s.checks["my-replication-lag"].State, "source"}}
	s.finds(t, late)
	everyLiveCheckSpeaks(t, database.MySQL, append(append(onPrimary, onReplica...), late...))
}

// tooMany opens connections until the server refuses one, and closes them.
func tooMany(t *testing.T, m *dbtest.MariaDB, db *sql.DB) {
	t.Helper()
	pool, err := sql.Open("mysql", fmt.Sprintf("app:%s@tcp(127.0.0.1:%d)/", dbtest.Password, m.Port))
	if err != nil {
		t.Fatal(err)
	}
	var open []*sql.Conn
	for range 14 { // 12 and one for an administrator
		c, err := pool.Conn(t.Context())
		if err != nil {
			break
		}
		open = append(open, c)
	}
	if len(open) == 14 {
		t.Fatal("no connection was refused")
	}
	for _, c := range open {
		c.Close()
	}
	pool.Close()
	dbtest.Await(t, "the sessions have ended", func() error {
		var n int
		err := db.QueryRow("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'app'").Scan(&n)
		if err == nil && n > 0 {
			err = fmt.Errorf("%d are left", n)
		}
		return err
	})
}

// mariaLimits holds that what takes too long, waits for a lock or wants to write
// is stopped by the server.
func mariaLimits(t *testing.T, m *dbtest.MariaDB) {
	t.Helper()
	db := m.Open("shop")
	defer db.Close()
	db.SetMaxOpenConns(1)
	dbtest.Exec(t, db, "SET GLOBAL log_bin_trust_function_creators = 1", "CREATE FUNCTION shop.writes() RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO shop.nokey VALUES (-1, 'written'); RETURN 1; END", "LOCK TABLES shop.old WRITE")
	own := func(id, query string) string {
		return fmt.Sprintf(`{"id": %q, "title": "t", "group": "security", "unit": "count", "severity": "low", "warning": 1, "remedy": "r", "query": %q}`, id, query)
	}
	checks := with(t, `{"engine": "mysql", "checks": [`+own("our-slow", "SELECT COUNT(*) AS value FROM seq_1_to_1000000 a, seq_1_to_1000000 b")+","+own("our-lock", "SELECT COUNT(*) AS value FROM shop.old")+","+
		own("our-write", "SELECT shop.writes() AS value")+`]}`)
	checks = slices.DeleteFunc(checks, func(c database.Check) bool { return c.Engine == database.MySQL && !strings.HasPrefix(c.ID, "our-") })
	s := look(t, m.Address("app", "shop"), dbtest.Password, database.Options{Checks: checks, Statement: 1500 * time.Millisecond, Lock: time.Second, Parts: []string{"checks"}})
	for id, why := range map[string]string{"our-slow": "took longer than allowed", "our-lock": "waited longer for a lock", "our-write": "wanted to write"} {
		if r := s.checks[id]; r.State != database.Unknown || !strings.Contains(r.Why, why) {
			t.Errorf("%s: %+v, want %q", id, r, why)
		}
	}
	var n int
	dbtest.Exec(t, db, "UNLOCK TABLES")
	if err := db.QueryRow("SELECT COUNT(*) FROM shop.nokey WHERE n = -1").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows were written: %v", n, err)
	}
}

// mariaReplica starts a replica of m whose thread that applies is stopped.
func mariaReplica(t *testing.T, m *dbtest.MariaDB, db *sql.DB) *dbtest.MariaDB {
	t.Helper()
	var file, position, ignored1, ignored2 string
	dbtest.Exec(t, db, "CREATE USER copy@'127.0.0.1' IDENTIFIED BY '"+dbtest.Password+"'", "GRANT REPLICATION SLAVE ON *.* TO copy@'127.0.0.1'")
	if err := db.QueryRow("SHOW MASTER STATUS").Scan(&file, &position, &ignored1, &ignored2); err != nil {
		t.Fatal(err)
	}
	c := dbtest.NewMariaDB(t, "--server-id=2", "--read-only=ON", "--performance-schema=ON")
	giveMariaRole(t, c)
	rdb := c.Open("")
	defer rdb.Close()
	dbtest.Exec(t, rdb, mariaShop...)
	dbtest.Exec(t, rdb, "CREATE TABLE shop.nokey (n INT, word VARCHAR(20))",
		fmt.Sprintf("CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = %d, MASTER_USER = 'copy', MASTER_PASSWORD = '%s', MASTER_LOG_FILE = '%s', MASTER_LOG_POS = %s", m.Port, dbtest.Password, file, position),
		"START SLAVE", "STOP SLAVE SQL_THREAD")
	return c
}

func drain(t *testing.T, db *sql.DB, q string) {
	t.Helper()
	rows, err := db.Query(q)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
	}
	rows.Close()
}
