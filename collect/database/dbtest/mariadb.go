//go:build linux

package dbtest

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	_ "github.com/go-sql-driver/mysql" // the driver "mysql"
)

// MariaDB is a server started for a test. Its administrator root has Password.
type MariaDB struct {
	*Process
	t      testing.TB
	Port   int
	folder string
}

// NewMariaDB makes a server's folder and starts it with the given options.
func NewMariaDB(t testing.TB, options ...string) *MariaDB {
	t.Helper()
	Program(t, "mariadb-server", "/usr/sbin/mariadbd", "mariadbd")
	install := Program(t, "mariadb-server", "mariadb-install-db")
	m := &MariaDB{t: t, folder: Folder(t, "mysql"), Port: Port(t)}
	Do(t, "mysql", m.folder, install, "--no-defaults", "--datadir="+filepath.Join(m.folder, "data"), "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
	m.start(options)
	db := m.Open("")
	defer db.Close()
	Exec(t, db, "ALTER USER root@localhost IDENTIFIED BY '"+Password+"'", "DELETE FROM mysql.global_priv WHERE NOT (User IN ('root', 'mariadb.sys') AND Host = 'localhost')", "FLUSH PRIVILEGES")
	return m
}

func (m *MariaDB) start(options []string) {
	m.t.Helper()
	server := Program(m.t, "mariadb-server", "/usr/sbin/mariadbd", "mariadbd")
	args := append([]string{"--no-defaults", "--datadir=" + filepath.Join(m.folder, "data"), "--socket=" + m.socket(), "--pid-file=" + filepath.Join(m.folder, "pid"),
		"--bind-address=127.0.0.1", fmt.Sprintf("--port=%d", m.Port), "--skip-name-resolve", "--innodb-buffer-pool-size=32M", "--secure-file-priv=" + m.folder}, options...)
	m.Process = Start(m.t, "mysql", m.folder, server, args...)
	for _, password := range []string{"", Password} {
		db := m.open(password, "")
		defer db.Close()
		m.Await(func() error {
			err := db.Ping()
			if err != nil && len(err.Error()) > 10 && err.Error()[:10] == "Error 1045" {
				return nil // it answers; the password is another
			}
			return err
		})
	}
}

func (m *MariaDB) socket() string { return filepath.Join(m.folder, "sock") }

func (m *MariaDB) open(password, database string) *sql.DB {
	m.t.Helper()
	db, err := sql.Open("mysql", fmt.Sprintf("root:%s@unix(%s)/%s?interpolateParams=true", password, m.socket(), database))
	if err != nil {
		m.t.Fatal(err)
	}
	return db
}

// Open opens a database as administrator.
func (m *MariaDB) Open(database string) *sql.DB {
	m.t.Helper()
	db := m.open("", database)
	if db.Ping() == nil {
		return db
	}
	db.Close()
	return m.open(Password, database)
}

// Script runs a file with the server's own client.
func (m *MariaDB) Script(path string) {
	m.t.Helper()
	client := Program(m.t, "mariadb-server", "mariadb", "mysql")
	Do(m.t, "mysql", m.folder, "sh", "-c", fmt.Sprintf("exec %s --no-defaults --socket=%s --user=root --password=%s <%s", client, m.socket(), Password, path))
}

// Address is the URL of a database.
func (m *MariaDB) Address(user, database string) string {
	return fmt.Sprintf("mysql://%s@127.0.0.1:%d/%s", user, m.Port, database)
}
