// Package org holds what every module stands on: the organisation and its
// settings, its units (legal entities, departments, teams), sites, and people.
// Employment, pay and skills are the people module's.
package org

import (
	"embed"

	"steward/kernel/records"
	"steward/kernel/storage"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this package.
func Migrations() storage.Migrations { return storage.Embedded("kernel.org", migrations) }

// Records are the record types of this package.
func Records() []records.Definition {
	return []records.Definition{Sites, Units, Persons, Rates}
}
