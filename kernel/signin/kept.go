package signin

import (
	"cmp"
	"fmt"

	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
)

// keep writes into a person's history what was done to their access: who may come in,
// with which roles and grants, is the first thing an auditor asks. No secret goes in.
func keep(u *storage.Update, person, what string, old, new any) error {
	return org.Persons.Def().Note(u, person, 0, "access", map[string]any{what: []any{old, new}})
}

// keepGrant does so with a grant; one that is given to a role is a setting.
func keepGrant(u *storage.Update, g Grant, what string) error {
	text := fmt.Sprintf("%s: %s %s, %s, %s: %s", what, g.Act, g.Area, g.Scope, cmp.Or(g.Sensitivity, "ordinary"), g.Reason)
	if g.Person != "" {
		return keep(u, g.Person, "grant", nil, text)
	}
	return records.NoteSetting(u, "grant", nil, g.Role+" "+text)
}
