package making

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"

	"modernc.org/sqlite"

	"steward/collect/backup"
	"steward/collect/backup/program"
	"steward/collect/backup/snapshot"
)

// copier is what the driver's connection offers for online backups.
type copier interface {
	NewBackup(destination string) (*sqlite.Backup, error)
}

// sqlite copies a database while others work with it, and takes its fingerprint
// in the same read transaction.
func (w *work) sqlite(ctx context.Context) error {
	db, err := backup.OpenSQLite(ctx, w.Target.Path)
	if err != nil {
		return err
	}
	defer db.Close()
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	w.manifest.Tool = program.Program{Name: "sqlite", Version: driverVersion()}
	var schema int
	// A transaction sees its moment from its first read on.
	if _, err := c.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	if err := c.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&schema); err != nil {
		return fmt.Errorf("read %s: %w", w.Target.Path, err)
	}
	staging := filepath.Join(w.draft.Dir, "staging.db")
	if err := w.copyPages(ctx, c, staging); err != nil {
		return err
	}
	s, err := snapshot.SQLite(ctx, c, w.Target.Path, w.snapshot())
	if err != nil {
		return err
	}
	s.Exact, s.How = true, "in the read transaction that was copied"
	w.manifest.Snapshot = s
	return w.keep(ctx, "data", staging, "data.db", true)
}

func (w *work) copyPages(ctx context.Context, c *sql.Conn, staging string) error {
	return c.Raw(func(driver any) error {
		from, ok := driver.(copier)
		if !ok {
			return errors.New("the SQLite driver offers no online backup")
		}
		b, err := from.NewBackup(staging)
		if err != nil {
			return err
		}
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				return errors.Join(err, b.Finish())
			}
			if more, err = b.Step(2048); err != nil {
				return errors.Join(fmt.Errorf("copy %s: %w", w.Target.Path, err), b.Finish())
			}
			w.progress("%d of %d pages", b.PageCount()-b.Remaining(), b.PageCount())
		}
		return b.Finish()
	})
}

// driverVersion is the version of the SQLite driver in this program.
func driverVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range info.Deps {
		if m.Path == "modernc.org/sqlite" {
			return m.Path + " " + m.Version
		}
	}
	return "modernc.org/sqlite"
}
