package drill

import (
	"context"
	"database/sql"

	"steward/collect/backup"
	"steward/collect/backup/snapshot"
)

// sourceNow is the source as it is now: read-only, and only as far as is asked.
type sourceNow struct {
	*snapshot.Snapshot        // identity and size; rows are counted when full was asked for
	full               bool   // tables were read
	folder             string // of its data, which no scratch instance may touch
}

// lookAtSource reads the source's identity; its tables too when no manifest says
// what they were.
func (d *run) lookAtSource(ctx context.Context) (*sourceNow, error) {
	full := (d.file != "" || d.followsLog()) && d.Level >= L3
	s, err := Look(ctx, *d.Source, full)
	if err != nil {
		return nil, err
	}
	return &sourceNow{Snapshot: s, full: full, folder: s.Identity.Folder}, nil
}

// Look takes a database or folder as it is now, without fingerprints: what only
// counts rows may differ from a backup anyway.
func Look(ctx context.Context, t backup.Target, full bool) (*snapshot.Snapshot, error) {
	o := snapshot.Options{}
	switch t.Kind {
	case backup.PostgreSQL:
		c, err := t.Postgres(ctx, true)
		if err != nil {
			return nil, err
		}
		defer c.Close(context.WithoutCancel(ctx))
		tx, err := snapshot.Prepare(ctx, c)
		if err != nil {
			return nil, err
		}
		defer tx.Rollback(context.WithoutCancel(ctx))
		if !full {
			return snapshot.PostgresIdentity(ctx, tx)
		}
		return snapshot.Postgres(ctx, tx, o)
	case backup.MariaDB:
		db, err := t.MySQL(ctx, 1)
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
		return snapshot.MariaDB(ctx, c, o)
	case backup.SQLite:
		db, err := backup.OpenSQLite(ctx, t.Path)
		if err != nil {
			return nil, err
		}
		defer db.Close()
		return snapshot.SQLite(ctx, db, t.Path, o)
	}
	tree := snapshot.NewTree(t.Path)
	return tree.Snapshot(), ctx.Err()
}

// knowsMarker asks the source whether it wrote a heartbeat.
func knowsMarker(ctx context.Context, t backup.Target, id string) (bool, error) {
	var n int
	switch t.Kind {
	case backup.PostgreSQL:
		c, err := t.Postgres(ctx, true)
		if err != nil {
			return false, err
		}
		defer c.Close(context.WithoutCancel(ctx))
		err = c.QueryRow(ctx, "SELECT count(*) FROM "+snapshot.MarkerTable+" WHERE id = $1", id).Scan(&n)
		return n > 0, err
	case backup.MariaDB:
		db, err := t.MySQL(ctx, 1)
		if err != nil {
			return false, err
		}
		return oneMarker(ctx, db, id)
	case backup.SQLite:
		db, err := backup.OpenSQLite(ctx, t.Path)
		if err != nil {
			return false, err
		}
		return oneMarker(ctx, db, id)
	}
	return false, nil
}

func oneMarker(ctx context.Context, db *sql.DB, id string) (bool, error) {
	defer db.Close()
	var n int
	err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+snapshot.MarkerTable+" WHERE id = ?", id).Scan(&n)
	return n > 0, err
}
