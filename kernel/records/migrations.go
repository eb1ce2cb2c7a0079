package records

import (
	"embed"

	"steward/kernel/storage"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables that every record type shares.
func Migrations() storage.Migrations { return storage.Embedded("kernel.records", migrations) }
