package signin

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/storage"
)

// ActorOf assembles what the policies need to know of a person: roles with their
// grants, the units they answer for with all below, the people below them. Who
// heads a unit is a department head, and everybody but a consultant is an employee,
// without being given the role. 'Not found' without an open account.
func ActorOf(r storage.Reader, person string) (*access.Actor, error) {
	v := r.Reading()
	a := &access.Actor{Kind: access.PersonKind, Person: person}
	found, err := v.Row(`SELECT p.name, p.lang, a.party FROM signin_account a JOIN org_person p ON p.id = a.person WHERE a.person = $1 AND NOT a.disabled`,
		[]any{person}, storage.Zero(&a.Name), storage.Zero(&a.Lang), storage.Zero(&a.Party))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, noAccount()
	}
	deputed, err := rolesInForce(v, a)
	if err != nil {
		return nil, err
	}
	heads, err := units(v, a, deputed)
	if err != nil {
		return nil, err
	}
	if heads && !slices.Contains(a.Roles, access.DepartmentHead) {
		a.Roles = append(a.Roles, access.DepartmentHead)
	}
	if !slices.Contains(a.Roles, access.Consultant) && !slices.Contains(a.Roles, access.Employee) {
		a.Roles = append(a.Roles, access.Employee)
	}
	slices.Sort(a.Roles)
	if err := assemble(v, a); err != nil {
		return nil, err
	}
	return a, below(v, a)
}

// TokenActor is the actor of an access token: its person, narrowed.
func TokenActor(r storage.Reader, t *Token) (*access.Actor, error) {
	a, err := ActorOf(r, t.Person)
	if err != nil {
		return nil, err
	}
	a.Kind, a.Token = access.TokenKind, t.Scopes
	return a, nil
}

// rolesInForce fills in the roles given, returning the units for which some were given.
func rolesInForce(v *storage.View, a *access.Actor) (deputed []string, err error) {
	err = v.Each("SELECT role, unit FROM signin_role WHERE person = $1 AND (until_at IS NULL OR until_at > $2) ORDER BY role, id",
		[]any{a.Person, v.Now.UnixMicro()}, func(rows *sql.Rows) error {
			var role, unit string
			if err := rows.Scan(&role, storage.Zero(&unit)); err != nil {
				return err
			}
			if !slices.Contains(a.Roles, role) {
				a.Roles = append(a.Roles, role)
			}
			if unit != "" {
				deputed = append(deputed, unit)
			}
			return nil
		})
	return deputed, err
}

// units fills in the units answered for: those headed and those deputed, with all
// below. It reports whether the person heads any.
func units(v *storage.View, a *access.Actor, deputed []string) (heads bool, err error) {
	marks := ""
	args := []any{a.Person}
	for i, u := range deputed {
		marks += fmt.Sprintf(", $%d", i+2)
		args = append(args, u)
	}
	in := ""
	if marks != "" {
		in = " OR id IN (" + strings.TrimPrefix(marks, ", ") + ")"
	}
	own := "SELECT id, CASE WHEN head = $1 THEN 1 ELSE 0 END AS headed FROM org_unit WHERE head = $1" + in
	err = v.Each("WITH own AS ("+own+`)
		SELECT id, headed FROM own
		UNION
		SELECT c.descendant, 0 FROM org_unit_closure c JOIN own ON own.id = c.ancestor
		ORDER BY 1, 2`, args, func(rows *sql.Rows) error {
		var id string
		var headed int
		if err := rows.Scan(&id, &headed); err != nil {
			return err
		}
		heads = heads || headed == 1
		if n := len(a.Units); n == 0 || a.Units[n-1] != id {
			a.Units = append(a.Units, id)
		}
		return nil
	})
	return heads, err
}

// below fills in the people below: those whose manager is the person, and theirs.
// A circle in the hierarchy ends where it closes.
func below(v *storage.View, a *access.Actor) error {
	return v.Each(`WITH RECURSIVE line (id) AS (
			SELECT id FROM org_person WHERE manager = $1
			UNION
			SELECT p.id FROM org_person p JOIN line ON p.manager = line.id
		) SELECT id FROM line WHERE id <> $1 ORDER BY id`, []any{a.Person}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		a.Below = append(a.Below, id)
		return err
	})
}

// assemble fills in the grants: those that ship with the roles without the
// withdrawn ones, those added to the roles, and the person's own.
func assemble(v *storage.View, a *access.Actor) error {
	marks := make([]string, len(a.Roles))
	args := []any{a.Person}
	for i, role := range a.Roles {
		marks[i] = fmt.Sprintf("$%d", i+2)
		args = append(args, role)
	}
	more, err := grants(v, "person = $1 OR role IN ("+strings.Join(marks, ", ")+")", args...)
	if err != nil {
		return err
	}
	withdrawn := map[access.Grant]bool{}
	for _, g := range more {
		if g.Withdrawn && (g.Until.IsZero() || v.Now.Before(g.Until)) {
			g.Until = time.Time{}
			withdrawn[g.Grant] = true
		}
	}
	for _, name := range a.Roles {
		role, _ := access.RoleNamed(name)
		for _, g := range role.Grants {
			if !withdrawn[g] {
				a.Grants = append(a.Grants, g)
			}
		}
	}
	for _, g := range more {
		if !g.Withdrawn && !g.Waits() {
			a.Grants = append(a.Grants, g.Grant)
		}
	}
	return nil
}
