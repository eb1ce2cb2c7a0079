package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"steward/kernel/backup"
	"steward/kernel/storage"
)

// upgrade brings the schema up to date. Before it changes a database that an older
// version made it writes a backup, brings that into an empty place with the schema of
// then, upgrades the copy and verifies it. What fails there changes nothing.
func (p *Program) upgrade(ctx context.Context) error {
	sets := Migrations(p.Modules)
	missing, had, err := p.DB.Pending(ctx, sets...)
	if err != nil || missing == 0 {
		return err
	}
	kept := "You had no backup made (--no-upgrade-backup)."
	if had > 0 && !p.NoBackup {
		file := filepath.Join(p.Data, "backups", "before-upgrade-"+p.DB.Now().Format("20060102-150405")+".tar.zst")
		p.Log.Info("upgrading; a backup is made and tried first", "migrations", missing, "backup", file)
		if err := p.rehearse(ctx, file, sets); err != nil {
			return fmt.Errorf("nothing was changed: the backup before the upgrade could not be made, or the upgrade does not work on it: %w\n"+
				"Run the version that was here before, and free space or mend what is named above. With a backup of your own that you have tried, --no-upgrade-backup goes on without this one", err)
		}
		kept = "The backup from before is " + file + "."
	}
	if err := p.DB.Migrate(ctx, sets...); err != nil {
		return fmt.Errorf("the upgrade failed and nothing of it was kept; run the version that was here before. %s %w", kept, err)
	}
	return nil
}

// rehearse makes the backup and does the upgrade on what is restored from it.
func (p *Program) rehearse(ctx context.Context, file string, sets []storage.Migrations) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if _, err := backup.Write(ctx, p.DB, p.Files.Path, file, p.AuditKeys()...); err != nil {
		return err
	}
	place, err := os.MkdirTemp(p.Data, ".upgrade-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(place)
	m, err := p.restored(ctx, place, file, sets)
	if err != nil {
		return err
	}
	copied, err := Open(ctx, Config{Data: place, Now: p.Now, Log: p.Log, NoBackup: true}, p.Modules)
	if err != nil {
		return err
	}
	defer copied.Close()
	if err := copied.KnowAuditKeys(m.Keys); err != nil {
		return err
	}
	proof, err := copied.Verify(ctx)
	if err == nil && !proof.Clean() {
		err = errors.New("what is restored is not whole: " + strings.Join(append(proof.Faults, proof.Audit.Log...), "; "))
	}
	return err
}

// restored brings a backup into an empty place, with the schema that the database has.
func (p *Program) restored(ctx context.Context, place, file string, sets []storage.Migrations) (backup.Manifest, error) {
	db, err := storage.Open(ctx, storage.Config{Path: SQLitePath(place), Now: p.Now})
	if err != nil {
		return backup.Manifest{}, err
	}
	defer db.Close()
	if err := db.MigrateAs(ctx, p.DB, sets...); err != nil {
		return backup.Manifest{}, err
	}
	return backup.Restore(ctx, db, filepath.Join(place, "files"), file)
}
