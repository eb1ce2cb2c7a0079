package records

import (
	"embed"
	"io/fs"

	"steward/kernel/storage"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables that every record type shares.
func Migrations() storage.Migrations {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err)
	}
	return storage.Migrations{Module: "kernel.records", Files: files}
}
