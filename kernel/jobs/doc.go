// Package jobs runs background work that survives a crash: jobs lie in a table,
// are leased by a worker of one copy of the program, tried again with growing
// pauses when they fail, resumed where their cursor stands, and put aside as dead
// letters when nothing helps. Several copies of the program share them.
//
// A job is run at least once. One that works in batches writes its cursor in the
// same transaction as the batch (Run.Save), which makes each batch count once: a
// worker that lost its lease cannot commit.
package jobs

import (
	"embed"

	"steward/kernel/storage"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the package's tables.
func Migrations() storage.Migrations { return storage.Embedded("kernel.jobs", files) }
