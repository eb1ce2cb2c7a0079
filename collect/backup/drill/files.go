package drill

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/archive"
	"steward/collect/backup/snapshot"
)

// integrity has SQLite read every page of the database and of its indexes.
func (d *run) integrity(ctx context.Context) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	p, _ := d.part("data")
	if err := d.space(p.plainSize()+1<<20, "the database"); err != nil {
		return err
	}
	path, err := d.fetch(ctx, p)
	if err != nil {
		return d.readable(ctx, "PRAGMA integrity_check: ok", err)
	}
	db, err := backup.OpenSQLite(ctx, path)
	if err != nil {
		return d.readable(ctx, "PRAGMA integrity_check: ok", err)
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, "PRAGMA integrity_check(25)")
	if err != nil {
		return d.readable(ctx, "PRAGMA integrity_check: ok", err)
	}
	lines, err := column(rows)
	if err != nil {
		return d.readable(ctx, "PRAGMA integrity_check: ok", err)
	}
	if len(lines) == 1 && lines[0] == "ok" {
		lines = nil
		d.report.judge(L2, "readable", true, "PRAGMA integrity_check: ok", "ok")
		return nil
	}
	d.report.judge(L2, "readable", false, "PRAGMA integrity_check: ok", fmt.Sprintf("%d faults: %v", len(lines), lines[0]), lines...)
	return nil
}

// restoreSQLite opens the copy that l2 unpacked, and looks at what it holds.
func (d *run) restoreSQLite(ctx context.Context) error {
	p, _ := d.part("data")
	path, err := d.fetch(ctx, p)
	if err != nil {
		return err
	}
	if err := neverThisFile(path, d.Source); err != nil {
		return err
	}
	db, err := backup.OpenSQLite(ctx, path)
	if err != nil {
		return d.restoreFailed(ctx, err)
	}
	d.room.OnClose(db.Close)
	err = d.phase("first query", 0, func() error {
		var n int
		return db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n)
	})
	if err != nil {
		return d.restoreFailed(ctx, err)
	}
	d.report.judge(L3, "restore", true, "without an error", "the database opens")
	var broken []string
	rows, err := db.QueryContext(ctx, "SELECT \"table\" || ' breaks its key ' || fkid || ' to ' || parent || ': ' || count(*) || ' rows' FROM pragma_foreign_key_check GROUP BY \"table\", fkid, parent")
	if err == nil {
		broken, err = column(rows)
	}
	if err != nil {
		return d.restoreFailed(ctx, err)
	}
	d.report.judge(L3, "valid", len(broken) == 0, "no row breaks a foreign key", fmt.Sprintf("%d broken", len(broken)), broken...)
	state, err := snapshot.SQLite(ctx, db, path, snapshot.Options{Prints: true})
	if err != nil {
		return d.restoreFailed(ctx, err)
	}
	d.restored = &restored{state: state, ask: func(ctx context.Context, question string) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
		defer cancel()
		return askSQL(ctx, db, question)
	}}
	return nil
}

// restoreTar unpacks an archive of a folder.
func (d *run) restoreTar(ctx context.Context) error {
	p, _ := d.part("data")
	if err := d.space(p.plainSize()*11/10+1<<20, "the files"); err != nil {
		return err
	}
	to := d.room.Path("files")
	err := d.phase("restore", p.Size, func() error { return d.unpack(ctx, p, to) })
	if err != nil {
		return d.restoreFailed(ctx, err)
	}
	return d.examineFolder(ctx, to)
}

// restoreRestic has restic restore the snapshot.
func (d *run) restoreRestic(ctx context.Context) error {
	r, err := d.resticRepository(ctx)
	if err != nil {
		return err
	}
	m := d.artefact.Manifest
	if m.Snapshot != nil {
		if err := d.space(m.Snapshot.Bytes*11/10+1<<20, "the files"); err != nil {
			return err
		}
	}
	to := d.room.Path("files")
	err = d.phase("restore", 0, func() error {
		_, err := r.Run(ctx, nil, nil, "restore", m.ResticID, "--target", to)
		return err
	})
	if err != nil {
		return d.restoreFailed(ctx, err)
	}
	return d.examineFolder(ctx, to)
}

// examineFolder holds the restored files against the fingerprint, and against the
// live folder as far as its files have not changed since.
func (d *run) examineFolder(ctx context.Context, folder string) error {
	d.report.judge(L3, "restore", true, "without an error", "the files are there")
	var state *snapshot.Snapshot
	err := d.phase("first query", 0, func() (err error) {
		state, err = snapshot.Folder(ctx, folder)
		return err
	})
	if err != nil {
		return err
	}
	d.restored = &restored{state: state}
	if d.Source == nil || d.Source.Kind != backup.Folder {
		return nil
	}
	return d.beside(ctx, folder)
}

// beside compares each restored file with the live one of the same path, size and
// time, byte by byte through its hash.
func (d *run) beside(ctx context.Context, folder string) error {
	type file struct {
		size int64
		time time.Time
		hash [32]byte
	}
	restored := map[string]file{}
	ignore := func(string, string) {}
	err := archive.Walk(ctx, folder, func(e archive.Entry) error {
		if e.Mode.IsRegular() && len(restored) < 1_000_000 {
			restored[e.Path] = file{e.Size, e.Time, e.SHA256}
		}
		return nil
	}, ignore)
	if err != nil {
		return err
	}
	same, changed := 0, 0
	var wrong []string
	for path, f := range restored {
		live := filepath.Join(d.Source.Path, filepath.FromSlash(path))
		info, err := os.Lstat(live)
		if errors.Is(err, fs.ErrNotExist) || err == nil && (info.Size() != f.size || !info.ModTime().Truncate(time.Second).Equal(f.time.Truncate(time.Second))) {
			changed++
			continue
		}
		if err != nil {
			changed++
			continue
		}
		sum, err := archive.Hash(ctx, live)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			changed++
		case sum != f.hash:
			wrong = append(wrong, path+" has the size and time of the live file and other bytes")
		default:
			same++
		}
	}
	slices.Sort(wrong)
	d.report.judge(L3, "live", len(wrong) == 0, "files with the live ones' size and time have their bytes", fmt.Sprintf("%d the same, %d changed since, %d wrong", same, changed, len(wrong)), wrong[:min(len(wrong), 25)]...)
	return nil
}
