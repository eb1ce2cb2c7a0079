package scratch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/program"
)

// port names the socket; nothing listens on it.
const port = 5432

// Postgres is a scratch server.
type Postgres struct {
	Data   string
	Super  string
	Major  int
	room   *Room
	socket string
	server *program.Server
}

// Recovery says how far a copy of a cluster is rolled forward. The zero value
// takes the log that lies in the copy and no more.
type Recovery struct {
	Log   string // folder with the archived log, readable by the room's owner
	Until string // recovery_target_time, _lsn or _name with its value: "lsn 0/3000148"; "" is the end of the log
}

// InitPostgres makes an empty server of that major version; 0 is the newest here.
// super is its first superuser, who must be the source's: roles were granted by
// him. template, if given, is a folder that initdb made before, which is copied.
func (r *Room) InitPostgres(ctx context.Context, major int, super, template string) (*Postgres, error) {
	initdb, err := program.Postgres(ctx, "initdb", major, false)
	if err != nil {
		return nil, err
	}
	data := r.Path("data")
	if template != "" {
		if err := os.CopyFS(data, os.DirFS(template)); err != nil {
			return nil, err
		}
		if err := errors.Join(os.Chmod(data, 0o700), r.Owner.Own(data)); err != nil {
			return nil, err
		}
	} else if _, err := program.Run(ctx, program.Call{Program: initdb, As: r.Owner, Dir: r.Dir, Args: []string{"-D", data, "-U", super, "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync", "--no-instructions", "--data-checksums"}}); err != nil {
		return nil, err
	}
	p := &Postgres{Data: data, Super: super, Major: initdb.Major, room: r}
	return p, p.start(ctx, "max_prepared_transactions=0") // a dump brings none, and each takes memory
}

// AdoptPostgres starts the copy of a cluster that lies at data in the room, as
// the superuser it has. The copy's own settings are not used.
func (r *Room) AdoptPostgres(ctx context.Context, data, super string, recovery Recovery) (*Postgres, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err != nil {
		return nil, fmt.Errorf("the copy is no cluster: %w", err)
	}
	p := &Postgres{Data: data, Super: super, room: r}
	if _, err := fmt.Sscanf(string(text), "%d", &p.Major); err != nil {
		return nil, fmt.Errorf("the copy's PG_VERSION is %q", first(string(text), 1))
	}
	// What was set with ALTER SYSTEM would be heeded: archive commands, preloaded
	// libraries, addresses.
	if err := os.WriteFile(filepath.Join(data, "postgresql.auto.conf"), nil, 0o600); err != nil {
		return nil, err
	}
	for _, name := range []string{"standby.signal", "postmaster.pid", "postmaster.opts"} {
		if err := os.Remove(filepath.Join(data, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	var more []string
	signal := filepath.Join(data, "recovery.signal")
	if err := os.Remove(signal); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if recovery.Log != "" {
		if err := os.WriteFile(signal, nil, 0o600); err != nil {
			return nil, err
		}
		more = append(more, "restore_command=cp '"+strings.ReplaceAll(recovery.Log, "'", `'\''`)+"/%f' '%p'", "recovery_target_action=promote", "recovery_target_timeline=latest")
		if kind, value, found := strings.Cut(recovery.Until, " "); found {
			more = append(more, "recovery_target_"+kind+"="+value)
		}
	}
	if err := r.Owner.Own(data); err != nil {
		return nil, err
	}
	return p, p.start(ctx, more...)
}

func (p *Postgres) start(ctx context.Context, more ...string) error {
	var err error
	if p.socket, err = p.room.socket(); err != nil {
		return err
	}
	server, err := program.Postgres(ctx, "postgres", p.Major, true)
	if err != nil {
		return err
	}
	hba, empty := p.room.Path("hba.conf"), p.room.Path("empty.conf")
	// Nobody but the room's owner and root can enter the folder of the socket.
	if err := errors.Join(os.WriteFile(hba, []byte("local all all trust\n"), 0o600), os.WriteFile(empty, nil, 0o600), p.room.Owner.Own(hba), p.room.Owner.Own(empty)); err != nil {
		return err
	}
	args := []string{"-D", p.Data}
	settings := []string{"config_file=" + empty, "hba_file=" + hba, "ident_file=" + empty,
		"listen_addresses=", "port=" + fmt.Sprint(port), "unix_socket_directories=" + p.socket, "unix_socket_permissions=0700",
		// A scratch server need not survive anything.
		"fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_wal_size=4GB", "checkpoint_timeout=1h", "autovacuum=off",
		"shared_buffers=128MB", "maintenance_work_mem=128MB", "max_connections=30", "max_prepared_transactions=200", "max_locks_per_transaction=128",
		// It calls nobody, runs no jobs, archives nothing.
		"max_logical_replication_workers=0", "max_wal_senders=0", "archive_mode=off", "primary_conninfo=", "shared_preload_libraries=", "session_preload_libraries=", "hot_standby=off",
		"logging_collector=off", "log_destination=stderr", "lc_messages=C", "timezone=UTC", "ssl=off", "jit=off"}
	for _, s := range append(settings, more...) {
		args = append(args, "-c", s)
	}
	if p.server, err = program.Start(ctx, program.Call{Program: server, Args: args, Dir: p.room.Dir, As: p.room.Owner}); err != nil {
		return fmt.Errorf("start the scratch server: %w", err)
	}
	p.room.OnClose(p.Stop)
	return p.wait(ctx)
}

// wait returns when the server answers, which is after its recovery, and has shown
// that it is the one that was started.
func (p *Postgres) wait(ctx context.Context) error {
	for {
		c, err := p.Target("template1").Postgres(ctx, false)
		if err == nil {
			defer c.Close(context.WithoutCancel(ctx))
			var data, listens string
			if err := c.QueryRow(ctx, "SELECT current_setting('data_directory'), current_setting('listen_addresses')").Scan(&data, &listens); err != nil {
				return err
			}
			if data != p.Data || listens != "" {
				return fmt.Errorf("the server at %s is not the scratch server: it keeps its data in %s and listens on %q", p.socket, data, listens)
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.server.Done():
			return fmt.Errorf("the scratch server ended: %s", last(p.server.Said(), 6))
		case <-time.After(30 * time.Millisecond):
		}
		if said := err.Error(); strings.Contains(said, "does not exist") || strings.Contains(said, "not permitted to log in") {
			return err // it answers, and this role or database will not come
		}
	}
}

// Target is a database of the server.
func (p *Postgres) Target(database string) backup.Target {
	return backup.SocketPostgres(p.socket, port, p.Super, database)
}

// Tool runs one of PostgreSQL's programs on the server, as the room's owner.
func (p *Postgres) Tool(ctx context.Context, name, database string, call program.Call) (program.Result, error) {
	tool, err := program.Postgres(ctx, name, p.Major, false)
	if err != nil {
		return program.Result{}, err
	}
	env, secret, err := program.PostgresAccess(p.Target(database))
	if err != nil {
		return program.Result{}, err
	}
	defer secret.Remove()
	call.Program, call.As, call.Dir = tool, p.room.Owner, p.room.Dir
	call.Env = append(env, call.Env...)
	return program.Run(ctx, call)
}

// Stop ends the server.
func (p *Postgres) Stop() error {
	if p.server == nil {
		return nil
	}
	err := p.server.Stop(os.Interrupt, 30*time.Second)
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	return err
}

// Said is what the server has said, when it has ended.
func (p *Postgres) Said() string { return p.server.Said() }

// Pid is the server's process id.
func (p *Postgres) Pid() int { return p.server.Pid() }

func last(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}
