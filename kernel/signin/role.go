package signin

import (
	"cmp"
	"database/sql"
	"strings"
	"time"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
)

// Role is a role given to a person.
type Role struct {
	ID, Person, Role string
	Unit             string    // for roles that can be given for a unit: its subtree
	Until            time.Time // zero: no end
	GivenBy          string    // a person, or "provider:" and whose groups gave it; empty: who writes
	GivenAt          time.Time
}

// GiveRole gives a person a role; given again, its end is changed. A role that
// neither ships nor has a grant is refused: it would be a misspelling.
func GiveRole(u *storage.Update, r Role) error {
	shipped, known := access.RoleNamed(r.Role)
	if !known {
		var n int
		if _, err := u.Row("SELECT COUNT(*) FROM signin_grant WHERE role = $1", []any{r.Role}, &n); err != nil {
			return err
		}
		if n == 0 {
			return fail.Named("role", "kernel.signin.no-role", "There is no role “{role}”.").With("role", r.Role)
		}
	}
	if r.Unit != "" && !shipped.ForUnit {
		return fail.Named("unit", "kernel.signin.not-for-unit", "The role “{role}” is not given for a unit.").With("role", r.Role)
	}
	if !r.Until.IsZero() && !r.Until.After(u.Now) {
		return fail.Named("until", "kernel.signin.ended", "The end lies in the past.")
	}
	if _, err := AccountOf(u, r.Person); err != nil {
		return err
	}
	if r.Role == access.Administrator && !r.Until.IsZero() {
		if err := notTheLast(u, r.Person); err != nil {
			return err
		}
	}
	_, err := u.Exec(`INSERT INTO signin_role (id, person, role, unit, until_at, given_by, given_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (person, role, COALESCE(unit, '')) DO UPDATE SET until_at = excluded.until_at, given_by = excluded.given_by, given_at = excluded.given_at`,
		u.NewID(), r.Person, r.Role, storage.Null(r.Unit), storage.Null(r.Until), storage.Null(cmp.Or(r.GivenBy, u.Actor.Person)), u.Now.UnixMicro())
	if err != nil {
		return err
	}
	return keep(u, r.Person, "role", nil, r.Role)
}

// TakeRole takes a role from a person. It refuses to take the last administrator's,
// after which nobody could give it back.
func TakeRole(u *storage.Update, id string) error {
	var person, role string
	found, err := u.Row("SELECT person, role FROM signin_role WHERE id = $1", []any{id}, &person, &role)
	if err != nil {
		return err
	}
	if !found {
		return fail.New(fail.NotFound, "kernel.signin.role-gone", "This role was taken away already.")
	}
	if role == access.Administrator {
		if err := notTheLast(u, person); err != nil {
			return err
		}
	}
	if _, err = u.Exec("DELETE FROM signin_role WHERE id = $1", id); err != nil {
		return err
	}
	return keep(u, person, "role", role, nil)
}

// notTheLast refuses what would leave nobody but the person, who is about to lose it,
// administrator for good with an open account: nobody could give it back.
func notTheLast(u *storage.Update, person string) error {
	var is, others int
	_, err := u.Row(`SELECT COUNT(CASE WHEN r.person = $2 THEN 1 END), COUNT(CASE WHEN r.person <> $2 THEN 1 END)
		FROM signin_role r JOIN signin_account a ON a.person = r.person
		WHERE r.role = $1 AND NOT a.disabled AND r.until_at IS NULL`, []any{access.Administrator, person}, &is, &others)
	if err == nil && is > 0 && others == 0 {
		err = fail.New(fail.Conflict, "kernel.signin.last-administrator", "This is the last administrator. Give the role to somebody else first.")
	}
	return err
}

// Roles lists the roles given to a person, or to everybody for "".
func Roles(r storage.Reader, person string) (out []Role, err error) {
	err = r.Reading().Each("SELECT id, person, role, unit, until_at, given_by, given_at FROM signin_role WHERE $1 = '' OR person = $1 ORDER BY role, person, id", []any{person},
		func(rows *sql.Rows) error {
			var g Role
			err := rows.Scan(&g.ID, &g.Person, &g.Role, storage.Zero(&g.Unit), storage.Instant(&g.Until), storage.Zero(&g.GivenBy), storage.Instant(&g.GivenAt))
			out = append(out, g)
			return err
		})
	return out, err
}

// Grant is a grant beside those that ship with the roles.
type Grant struct {
	ID string
	access.Grant
	Person     string // whom it is given to, if not to a role
	Withdrawn  bool   // takes a shipped grant of the role away
	Reason     string
	GivenBy    string
	GivenAt    time.Time
	ApprovedBy string // the second person, for closed records
	ApprovedAt time.Time
}

// Waits reports whether the grant still needs a second person's approval.
func (g *Grant) Waits() bool { return g.Sensitivity.Closed() && !g.Withdrawn && g.ApprovedBy == "" }

// AddGrant adds a grant to a role or a person, or withdraws a shipped one, and
// returns its id. A grant that opens closed records to one person needs an end; any
// that opens closed records counts only once ApproveGrant was called by somebody else.
func AddGrant(u *storage.Update, g Grant) (string, error) {
	if err := g.Check(); err != nil {
		return "", err
	}
	switch {
	case (g.Role == "") == (g.Person == ""):
		return "", fail.Named("role", "kernel.signin.grant-to", "A grant goes either to a role or to a person.")
	case strings.TrimSpace(g.Reason) == "" || utf8.RuneCountInString(g.Reason) > 1000:
		return "", fail.Named("reason", "kernel.signin.grant-reason", "Say why, in at most 1,000 characters.")
	case g.Withdrawn && g.Role == "":
		return "", fail.Named("role", "kernel.signin.withdraw-role", "Grants are withdrawn from roles.")
	case g.Withdrawn && g.Role == access.Administrator && (g.Act == access.Admin || g.Act == access.View):
		return "", fail.Named("role", "kernel.signin.withdraw-administrator", "Administrators keep seeing and changing the settings: nobody could give it back.")
	case g.Person != "" && g.Sensitivity.Closed() && g.Until.IsZero():
		return "", fail.Named("until", "kernel.signin.closed-end", "What opens closed records to a person needs an end.")
	case !g.Until.IsZero() && !g.Until.After(u.Now):
		return "", fail.Named("until", "kernel.signin.ended", "The end lies in the past.")
	case len(g.Role) > 60 || strings.ContainsFunc(g.Role, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }):
		return "", fail.Named("role", "kernel.signin.role-name", "A role's name has small letters, figures and hyphens, at most 60.")
	}
	if g.Person != "" {
		if _, err := AccountOf(u, g.Person); err != nil {
			return "", err
		}
	}
	id := storage.NewID(u.Now)
	_, err := u.Exec(`INSERT INTO signin_grant (id, role, person, area, act, scope, sensitivity, withdrawn, until_at, reason, given_by, given_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		id, storage.Null(g.Role), storage.Null(g.Person), g.Area, string(g.Act), string(g.Scope), storage.Null(string(g.Sensitivity)), g.Withdrawn, storage.Null(g.Until), g.Reason, storage.Null(u.Actor.Person), u.Now.UnixMicro())
	if err != nil {
		return "", err
	}
	return id, keepGrant(u, g, "given")
}

// ApproveGrant is the second person's yes to a grant that opens closed records:
// neither who gave it nor who receives it.
func ApproveGrant(u *storage.Update, id string) error {
	g, err := grants(u, "id = $1", id)
	if err != nil {
		return err
	}
	by := u.Actor.Person
	switch {
	case len(g) == 0:
		return fail.New(fail.NotFound, "kernel.signin.no-grant", "There is no such grant.")
	case !g[0].Waits():
		return fail.New(fail.Conflict, "kernel.signin.not-waiting", "This grant does not wait for approval.")
	case by == "" || by == g[0].GivenBy || by == g[0].Person:
		return fail.New(fail.Forbidden, "kernel.signin.second-person", "A second person has to approve this: neither who gave it nor who receives it.")
	}
	if _, err = u.Exec("UPDATE signin_grant SET approved_by = $1, approved_at = $2 WHERE id = $3 AND approved_by IS NULL", by, u.Now.UnixMicro(), id); err != nil {
		return err
	}
	return keepGrant(u, g[0], "approved")
}

// RemoveGrant takes back what AddGrant did.
func RemoveGrant(u *storage.Update, id string) error {
	g, err := grants(u, "id = $1", id)
	if err != nil {
		return err
	}
	if len(g) == 0 {
		return fail.New(fail.NotFound, "kernel.signin.no-grant", "There is no such grant.")
	}
	if _, err := u.Exec("DELETE FROM signin_grant WHERE id = $1", id); err != nil {
		return err
	}
	return keepGrant(u, g[0], "taken back")
}

// Grants lists all grants beside the shipped ones.
func Grants(r storage.Reader) ([]Grant, error) { return grants(r, "1 = 1") }

func grants(r storage.Reader, where string, args ...any) (out []Grant, err error) {
	err = r.Reading().Each("SELECT id, role, person, area, act, scope, sensitivity, withdrawn, until_at, reason, given_by, given_at, approved_by, approved_at FROM signin_grant WHERE "+where+" ORDER BY id", args,
		func(rows *sql.Rows) error {
			var g Grant
			var sensitivity string
			err := rows.Scan(&g.ID, storage.Zero(&g.Role), storage.Zero(&g.Person), &g.Area, &g.Act, &g.Scope, storage.Zero(&sensitivity), &g.Withdrawn, storage.Instant(&g.Until), &g.Reason,
				storage.Zero(&g.GivenBy), storage.Instant(&g.GivenAt), storage.Zero(&g.ApprovedBy), storage.Instant(&g.ApprovedAt))
			g.Sensitivity = access.Sensitivity(sensitivity)
			out = append(out, g)
			return err
		})
	return out, err
}
