package scratch

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"syscall"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/program"
)

// Super is the drill's own account on a scratch MariaDB. No source has one of
// this name.
const Super = "steward_drill"

// MariaDB is a scratch server.
type MariaDB struct {
	Data   string
	room   *Room
	socket string
	server *program.Server
}

// InitMariaDB makes an empty server.
func (r *Room) InitMariaDB(ctx context.Context) (*MariaDB, error) {
	install, err := program.Find(ctx, "mariadb-install-db", "mariadb-server")
	if err != nil {
		return nil, err
	}
	server, err := program.Find(ctx, "mariadbd", "mariadb-server")
	if err != nil {
		return nil, err
	}
	folder, err := r.socket()
	if err != nil {
		return nil, err
	}
	files, err := r.Folder("files")
	if err != nil {
		return nil, err
	}
	m := &MariaDB{Data: r.Path("data"), room: r, socket: filepath.Join(folder, "mariadb")}
	if _, err := program.Run(ctx, program.Call{Program: install, As: r.Owner, Dir: r.Dir, Env: []string{"TMPDIR=" + r.Dir}, Args: []string{"--no-defaults", "--datadir=" + m.Data, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"}}); err != nil {
		return nil, err
	}
	m.server, err = program.Start(ctx, program.Call{Program: server, As: r.Owner, Dir: r.Dir, Args: []string{"--no-defaults", "--datadir=" + m.Data, "--socket=" + m.socket, "--pid-file=" + r.Path("pid"), "--tmpdir=" + r.Dir,
		"--skip-networking", "--skip-log-bin", "--event-scheduler=OFF", "--skip-slave-start", "--local-infile=0", "--secure-file-priv=" + files, "--log-error=" + r.Path("server.log"),
		// A scratch server need not survive anything.
		"--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--sync-binlog=0", "--performance-schema=OFF", "--max-allowed-packet=1G"}})
	if err != nil {
		return nil, fmt.Errorf("start the scratch server: %w", err)
	}
	r.OnClose(m.Stop)
	return m, m.wait(ctx)
}

func (m *MariaDB) wait(ctx context.Context) error {
	root := backup.SocketMariaDB(m.socket, "root", "mysql")
	for {
		db, err := root.MySQL(ctx, 1)
		if err == nil {
			defer db.Close()
			var data string
			var off bool
			if err := db.QueryRowContext(ctx, "SELECT @@datadir, @@skip_networking").Scan(&data, &off); err != nil {
				return err
			}
			if filepath.Clean(data) != m.Data || !off {
				return fmt.Errorf("the server at %s is not the scratch server: it keeps its data in %s", m.socket, data)
			}
			// The accounts of a backup bring root's password with them, so the drill
			// has an account of its own.
			for _, q := range []string{"CREATE USER " + Super + "@localhost", "GRANT ALL PRIVILEGES ON *.* TO " + Super + "@localhost WITH GRANT OPTION",
				"GRANT PROXY ON ''@'%' TO " + Super + "@localhost WITH GRANT OPTION"} {
				if _, err := db.ExecContext(ctx, q); err != nil {
					return err
				}
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-m.server.Done():
			return fmt.Errorf("the scratch server ended: %s", last(m.server.Said(), 6))
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// Target is a database of the server.
func (m *MariaDB) Target(database string) backup.Target {
	return backup.SocketMariaDB(m.socket, Super, database)
}

// Load runs SQL from in. The client stops at the first error, which is returned.
func (m *MariaDB) Load(ctx context.Context, in io.Reader) error {
	tool, err := program.Find(ctx, "mariadb", "mariadb-client")
	if err != nil {
		return err
	}
	_, err = program.Run(ctx, program.Call{Program: tool, As: m.room.Owner, Dir: m.room.Dir, In: in,
		Args: []string{"--no-defaults", "--socket=" + m.socket, "--protocol=socket", "--user=" + Super, "--batch", "--binary-mode", "--default-character-set=utf8mb4", "--max-allowed-packet=1G"}})
	return err
}

// Stop ends the server.
func (m *MariaDB) Stop() error { return m.server.Stop(syscall.SIGTERM, 30*time.Second) }

// Pid is the server's process id.
func (m *MariaDB) Pid() int { return m.server.Pid() }
