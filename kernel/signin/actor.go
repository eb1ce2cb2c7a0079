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

// ActorsOf is ActorOf for many, in their order.
func ActorsOf(r storage.Reader, people []string) (out []*access.Actor, err error) {
	for _, person := range people {
		a, err := ActorOf(r, person)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// ActorOf assembles what the policies need to know of a person: roles with their
// grants, the units they answer for with all below, the people below them. Who
// heads a unit is a department head, and everybody but a consultant is an employee,
// without being given the role. 'Not found' without an open account.
func ActorOf(r storage.Reader, person string) (*access.Actor, error) {
	v := r.Reading()
	a := &access.Actor{Kind: access.PersonKind, Person: person}
	known, heads := false, false
	err := v.Each(actorQuery, []any{person, v.Now.UnixMicro()}, func(rows *sql.Rows) error {
		var what, name, lang, party string
		if err := rows.Scan(&what, storage.Zero(&name), storage.Zero(&lang), storage.Zero(&party)); err != nil {
			return err
		}
		switch what {
		case "1 account":
			known, a.Name, a.Lang, a.Party = true, name, lang, party
		case "2 role":
			a.Roles = append(a.Roles, name)
		case "3 heads":
			heads = true
		case "4 unit":
			a.Units = append(a.Units, name)
		case "5 below":
			a.Below = append(a.Below, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, noAccount()
	}
	if heads && !slices.Contains(a.Roles, access.DepartmentHead) {
		a.Roles = append(a.Roles, access.DepartmentHead)
	}
	if !slices.Contains(a.Roles, access.Consultant) && !slices.Contains(a.Roles, access.Employee) {
		a.Roles = append(a.Roles, access.Employee)
	}
	slices.Sort(a.Roles)
	return a, assemble(v, a)
}

// actorQuery finds at once what belongs to an actor: the account; the roles in force;
// whether units are headed, and those answered for, headed or deputed, with all below;
// and the people below, those whose manager the person is and theirs. A circle in the
// hierarchy ends where it closes.
const actorQuery = `WITH RECURSIVE
	given AS (SELECT role, unit FROM signin_role WHERE person = $1 AND (until_at IS NULL OR until_at > $2)),
	own AS (SELECT id FROM org_unit WHERE head = $1 UNION SELECT u.id FROM given JOIN org_unit u ON u.id = given.unit),
	line (id) AS (
		SELECT id FROM org_person WHERE manager = $1
		UNION
		SELECT p.id FROM org_person p JOIN line ON p.manager = line.id
	)
	SELECT '1 account' AS what, p.name AS name, p.lang, a.party FROM signin_account a JOIN org_person p ON p.id = a.person WHERE a.person = $1 AND NOT a.disabled
	UNION ALL SELECT DISTINCT '2 role', role, NULL, NULL FROM given
	UNION ALL SELECT '3 heads', NULL, NULL, NULL WHERE EXISTS (SELECT 1 FROM org_unit WHERE head = $1)
	UNION ALL SELECT '4 unit', id, NULL, NULL FROM (SELECT id FROM own UNION SELECT c.descendant FROM org_unit_closure c JOIN own ON own.id = c.ancestor) u
	UNION ALL SELECT '5 below', id, NULL, NULL FROM line WHERE id <> $1
	ORDER BY 1, 2`

// TokenActor is the actor of an access token: its person, narrowed.
func TokenActor(r storage.Reader, t *Token) (*access.Actor, error) {
	a, err := ActorOf(r, t.Person)
	if err != nil {
		return nil, err
	}
	a.Kind, a.Token = access.TokenKind, t.Scopes
	return a, nil
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
