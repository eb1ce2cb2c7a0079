// Package signin keeps who may sign in: accounts with passwords and second
// factors, sessions, one-time links, access tokens, the roles and grants given to
// persons. It turns a person into the access.Actor that every decision is about.
package signin

import (
	"embed"

	"steward/kernel/storage"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the package's tables. They stand alone; ActorOf also reads the
// organisation's org_unit, org_unit_closure and org_person.
func Migrations() storage.Migrations { return storage.Embedded("kernel.signin", files) }
