// Package audit makes the history of all records verifiable. Entries are written
// by the records' write path without a number; one sealer numbers what was
// committed, appends the salted hash of each entry to a transparency log and signs
// a checkpoint of it. Verify finds what was altered, and what is missing.
//
// Whoever can write to the database but has not the key file cannot alter a sealed
// entry unseen. Whoever has both cannot against a checkpoint kept elsewhere: hand
// them to a witness. What was committed but not yet sealed (a minute's worth) is not
// protected, and Verify says how much that is.
package audit

import (
	"embed"

	"steward/kernel/storage"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the package's tables; the records' migrations bring the history.
func Migrations() storage.Migrations { return storage.Embedded("kernel.audit", files) }
