// Package decisions keeps what waits for somebody's answer: about which record,
// who decides by when, the options and what each would change, and afterwards
// the outcome with its reason.
//
// A module describes a Kind. A job asks it what there is to decide; the same
// matter, by its natural key, is asked once, follows its cause while it is open,
// and withdraws itself when the cause is gone. What was chosen takes effect in the
// transaction that keeps the choice. Above a limit a second person must agree.
package decisions

import (
	"embed"

	"steward/kernel/storage"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the package's tables.
func Migrations() storage.Migrations { return storage.Embedded("kernel.decisions", files) }
