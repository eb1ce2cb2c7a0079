//go:build linux

package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// PostgreSQL is a server started for a test, with a superuser "postgres" whose
// password is Password and who signs in as HBA lets him.
type PostgreSQL struct {
	*Process
	t      testing.TB
	Port   int
	Data   string
	folder string
	bin    string
}

// Password of every role the tests make.
const Password = "test-Secret/1:@"

// NewPostgreSQL makes a server's folder; prepare may write into it before Start.
// lines are added to postgresql.conf, hba is the whole of pg_hba.conf.
func NewPostgreSQL(t testing.TB, hba string, lines ...string) *PostgreSQL {
	t.Helper()
	initdb := Program(t, "postgresql", "/usr/lib/postgresql/*/bin/initdb", "initdb")
	p := &PostgreSQL{t: t, bin: filepath.Dir(initdb), folder: Folder(t, "postgres"), Port: Port(t)}
	p.Data = filepath.Join(p.folder, "data")
	secret := filepath.Join(p.folder, "password")
	p.write(secret, Password)
	Do(t, "postgres", p.folder, initdb, "-D", p.Data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--data-checksums", "--auth=scram-sha-256", "--pwfile="+secret, "--no-sync", "--no-instructions")
	p.configure(hba, lines)
	return p
}

func (p *PostgreSQL) write(path, text string) {
	p.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	Own(p.t, path, "postgres")
}

func (p *PostgreSQL) configure(hba string, lines []string) {
	p.write(filepath.Join(p.Data, "pg_hba.conf"), hba)
	conf := fmt.Sprintf("listen_addresses = '127.0.0.1'\nport = %d\nunix_socket_directories = ''\ntimezone = UTC\nlc_messages = C\n", p.Port)
	for _, l := range lines {
		conf += l + "\n"
	}
	p.write(filepath.Join(p.Data, "postgresql.conf"), conf)
}

// Tool runs one of PostgreSQL's own programs as the server's user.
func (p *PostgreSQL) Tool(name string, args ...string) string {
	p.t.Helper()
	return Do(p.t, "postgres", p.folder, filepath.Join(p.bin, name), args...)
}

// Start starts the server and returns when it answers.
func (p *PostgreSQL) Start() *PostgreSQL {
	p.t.Helper()
	p.Process = Start(p.t, "postgres", p.folder, filepath.Join(p.bin, "postgres"), "-D", p.Data)
	db := p.Open("postgres")
	defer db.Close()
	p.Await(func() error { return db.Ping() })
	return p
}

// Replica makes a streaming copy of the server; start it with Start.
func (p *PostgreSQL) Replica(hba string, lines ...string) *PostgreSQL {
	p.t.Helper()
	r := &PostgreSQL{t: p.t, bin: p.bin, folder: Folder(p.t, "postgres"), Port: Port(p.t)}
	r.Data = filepath.Join(r.folder, "data")
	pass := filepath.Join(r.folder, ".pgpass") // HOME of what is run
	r.write(pass, fmt.Sprintf("127.0.0.1:%d:*:postgres:%s\n", p.Port, "test-Secret/1\\:@"))
	r.Tool("pg_basebackup", "-D", r.Data, "-h", "127.0.0.1", "-p", fmt.Sprint(p.Port), "-U", "postgres", "-X", "stream", "-c", "fast", "--no-sync")
	r.configure(hba, append(lines, fmt.Sprintf("primary_conninfo = 'host=127.0.0.1 port=%d user=postgres passfile=''%s'' application_name=copy'", p.Port, pass)))
	r.write(filepath.Join(r.Data, "standby.signal"), "")
	return r
}

// Address is the URL of a database without user and password.
func (p *PostgreSQL) Address(user, database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s", user, p.Port, database)
}

// Open opens a database as superuser.
func (p *PostgreSQL) Open(database string) *sql.DB {
	p.t.Helper()
	db, err := sql.Open("pgx", fmt.Sprintf("host=127.0.0.1 port=%d user=postgres password='%s' dbname=%s sslmode=disable", p.Port, Password, database))
	if err != nil {
		p.t.Fatal(err)
	}
	return db
}

// Exec runs statements as superuser in a database and closes the connection.
func (p *PostgreSQL) Exec(database string, statements ...string) {
	p.t.Helper()
	db := p.Open(database)
	defer db.Close()
	Exec(p.t, db, statements...)
}

// Exec runs statements, each on its own.
func Exec(t testing.TB, db *sql.DB, statements ...string) {
	t.Helper()
	for _, q := range statements {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		_, err := db.ExecContext(ctx, q)
		cancel()
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}
