// Package figures keeps numbers that explain themselves: each has a definition
// in words, a formula, a target, an owner, and for every value its inputs, its
// moment, its sources and what is missing.
//
// A module describes a Figure and the program computes it, as Steward itself and
// never for a person, for the organisation or for a unit or system. Each day's last
// value is kept, so there is a trend; when a month is closed its values are copied
// to where nothing changes them any more, and the month's report reads only those.
// Who may see a figure holds a grant on its area; inputs which a reader may not
// see are counted and not named.
package figures

import (
	"embed"

	"steward/kernel/storage"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the package's tables.
func Migrations() storage.Migrations { return storage.Embedded("kernel.figures", files) }
