package upkeep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"steward/kernel/app"
	"steward/kernel/storage"
)

// rehearse writes a backup before the schema is changed, brings it into an empty place
// with the schema of then, upgrades the copy and verifies it. It returns the backup.
func rehearse(ctx context.Context, p *app.Program) (kept string, err error) {
	file := filepath.Join(p.Data, "backups", "before-upgrade-"+p.DB.Now().Format("20060102-150405")+".tar.zst")
	p.Log.Info("upgrading; a backup is made and tried first", "backup", file)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	if _, err := Write(ctx, p.DB, p.Files.Path, file, AuditKeys(p)...); err != nil {
		return "", err
	}
	place, err := os.MkdirTemp(p.Data, ".upgrade-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(place)
	m, err := restored(ctx, p, place, file)
	if err != nil {
		return "", err
	}
	copied, err := app.Open(ctx, app.Config{Data: place, Now: p.Now, Log: p.Log, NoBackup: true}, p.Modules)
	if err != nil {
		return "", err
	}
	defer copied.Close()
	if err := KnowAuditKeys(copied, m.Keys); err != nil {
		return "", err
	}
	proof, err := Verify(ctx, copied)
	if err != nil {
		return "", err
	}
	// Files that were damaged before are no reason to stay with the old version.
	for _, d := range m.Damaged {
		p.Log.Warn("the backup is incomplete", "file", d.String())
	}
	proof.Damaged = slices.DeleteFunc(proof.Damaged, func(d Damage) bool {
		return slices.ContainsFunc(m.Damaged, func(known Damage) bool { return known.Hash == d.Hash })
	})
	if !proof.Clean() {
		return "", errors.New("what is restored is not whole: " + strings.Join(proof.Wrong(), "; "))
	}
	return fmt.Sprintf("The backup from before is %s.", file), nil
}

// restored brings a backup into an empty place, with the schema that the database has.
func restored(ctx context.Context, p *app.Program, place, file string) (m Manifest, err error) {
	db, err := storage.Open(ctx, storage.Config{Path: app.SQLitePath(place), Now: p.Now})
	if err != nil {
		return m, err
	}
	defer db.Close()
	return Restore(ctx, db, filepath.Join(place, "files"), file, app.Migrations(p.Modules)...)
}
