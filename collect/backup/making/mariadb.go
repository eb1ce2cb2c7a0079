package making

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"steward/collect/backup/archive"
	"steward/collect/backup/program"
	"steward/collect/backup/snapshot"
	"steward/collect/fact"
)

// mariadbDump dumps one database in one snapshot of its transactional tables. The
// tool opens that snapshot itself, so ours is taken before and once more after:
// a table that is the same in both is what was dumped.
func (w *work) mariadbDump(ctx context.Context) error {
	tool, err := program.Find(ctx, "mariadb-dump", "mariadb-client")
	var missing *program.Missing
	if errors.As(err, &missing) {
		if tool, err = program.Find(ctx, "mysqldump", "mysql-client"); err != nil {
			err = missing
		}
	}
	if err != nil {
		return err
	}
	w.manifest.Tool = tool
	access, secret, err := program.MariaDBAccess(w.Target)
	if err != nil {
		return err
	}
	defer secret.Remove()

	position, err := w.logPosition(ctx)
	if err != nil {
		return err
	}
	var before *snapshot.Snapshot
	opened := make(chan struct{}) // closed when our snapshot stands: the dump's must not be older
	err = both(ctx, func(ctx context.Context) error {
		select {
		case <-opened:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		w.progress("%s %s of %s", tool.Name, tool.Version, w.Target.Shown)
		return w.file("data", "data.sql", true, func(out *archive.Writer) error {
			end := &ending{}
			_, err := program.Run(ctx, program.Call{Program: tool, Out: tee{out, end}, Lines: w.logged(tool.Name), Args: slices.Concat([]string{access, "--single-transaction", "--quick", "--routines", "--events", "--triggers",
				"--hex-blob", "--tz-utc", "--default-character-set=utf8mb4"}, position, []string{"--databases", w.Target.Database})})
			if err == nil && !end.holds("Dump completed") {
				err = errors.New("the dump ended without its last line; it is cut")
			}
			return w.hide(err)
		})
	}, func(ctx context.Context) error {
		before, err = w.mariadbNow(ctx, func() { close(opened) })
		return err
	})
	if err != nil {
		return err
	}
	after, err := w.mariadbNow(ctx, nil)
	if err != nil {
		return err
	}
	w.window(before, after, "in a snapshot before the dump's and one after it")
	if err := w.history(ctx); err != nil {
		return err
	}
	return w.users(ctx, tool, access)
}

// history says that of system-versioned tables only the rows of now are dumped.
func (w *work) history(ctx context.Context) error {
	db, err := w.Target.MySQL(ctx, 1)
	if err != nil {
		return err
	}
	defer db.Close()
	var names sql.NullString
	if err := db.QueryRowContext(ctx, "SELECT GROUP_CONCAT(table_name ORDER BY table_name SEPARATOR ', ') FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'SYSTEM VERSIONED'").Scan(&names); err != nil {
		return err
	}
	if names.String != "" {
		w.manifest.Gaps = append(w.manifest.Gaps, fact.Gap{What: "former rows of the system-versioned " + names.String, Why: "a dump holds the rows of now", Needs: "a copy of the server's files (mariadb-backup)"})
	}
	return nil
}

// logPosition has the dump say where in the binary log it was taken, so that it
// can be rolled forward. MariaDB knows that of a snapshot; elsewhere it would take
// a lock on all tables, so it is left out.
func (w *work) logPosition(ctx context.Context) ([]string, error) {
	db, err := w.Target.MySQL(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var name, file string
	err = db.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'binlog_snapshot_file'").Scan(&name, &file)
	if errors.Is(err, sql.ErrNoRows) || err == nil && file == "" {
		return nil, nil
	}
	return []string{"--master-data=2"}, err
}

func (w *work) mariadbNow(ctx context.Context, opened func()) (*snapshot.Snapshot, error) {
	db, err := w.Target.MySQL(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := snapshot.PrepareMariaDB(ctx, c); err != nil {
		return nil, err
	}
	if opened != nil {
		opened()
	}
	return snapshot.MariaDB(ctx, c, w.snapshot())
}

// users dumps accounts and grants, which no dump of a database has.
func (w *work) users(ctx context.Context, tool program.Program, access string) error {
	if tool.Name != "mariadb-dump" {
		w.manifest.Gaps = append(w.manifest.Gaps, fact.Gap{What: "accounts and grants", Why: tool.Name + " cannot dump them", Needs: "mariadb-dump"})
		return nil
	}
	var text bytes.Buffer
	_, err := program.Run(ctx, program.Call{Program: tool, Args: []string{access, "--system=users", "--insert-ignore"}, Out: &text, Lines: w.logged(tool.Name)})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.manifest.Gaps = append(w.manifest.Gaps, fact.Gap{What: "accounts and grants", Why: w.Target.Hide(err.Error()), Needs: "SELECT on the database mysql"})
		return nil
	}
	return w.file("users", "users.sql", true, func(out *archive.Writer) error {
		if _, err := out.Write(text.Bytes()); err != nil {
			return fmt.Errorf("write the accounts: %w", err)
		}
		return nil
	})
}
