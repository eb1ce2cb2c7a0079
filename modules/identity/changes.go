package identity

import (
	"cmp"
	"database/sql"
	"slices"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/notify"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/lib/words"
)

// What was done because a provider said so.
const (
	changeGone     = "gone"     // it knows them no more: the account was closed
	changeDisabled = "disabled" // it lets them in no more: the account was closed
	changeKept     = "kept"     // so, but it is the last administrator's: sessions ended
	changeBack     = "back"     // it lets them in again: the account was opened
	changeRoles    = "roles"    // its groups give other roles
)

// changeWords say to whom something was done, for administrators.
var changeWords = map[string]words.Word{
	changeGone:     words.T("identity.change.gone", "{name} is no longer in the directory: the account was closed, sessions ended."),
	changeDisabled: words.T("identity.change.disabled", "{name} is disabled in the directory: the account was closed, sessions ended."),
	changeKept:     words.T("identity.change.kept", "{name} is let in by the directory no more. It is the last administrator's account and stays open; its sessions ended."),
	changeBack:     words.T("identity.change.back", "{name} is let in by the directory again: the account was opened."),
	changeRoles:    words.T("identity.change.roles", "The groups of {name} give other roles: {roles}"),
}

// change is something that was done, as it is kept.
type change struct {
	id, person, name, what, detail string
	at                             time.Time
}

func (c change) said() words.Said {
	return changeWords[c.what].With("name", c.name, "roles", c.detail)
}

// tell keeps what was done, in the person's history and for the administrators.
func tell(u *records.Tx, person, what, detail string) error {
	if _, err := u.Exec("INSERT INTO identity_change (id, person, what, detail, at) VALUES ($1, $2, $3, $4, $5)", records.NewID(u.Now), person, what, storage.Null(detail), u.Now.UnixMicro()); err != nil {
		return err
	}
	return org.Persons.Def().Note(u, person, 0, "access", map[string]any{"directory": []any{nil, cmp.Or(detail, what)}})
}

// rolesChanged says which roles came and went, as in "+technician −auditor"; "" for none.
func rolesChanged(before, after []signin.Role) string {
	var out []string
	in := func(list []signin.Role, role signin.Role) bool {
		return slices.ContainsFunc(list, func(r signin.Role) bool { return r.Role == role.Role && r.Unit == role.Unit })
	}
	for _, r := range after {
		if !in(before, r) {
			out = append(out, "+"+r.Role)
		}
	}
	for _, r := range before {
		if !in(after, r) {
			out = append(out, "−"+r.Role)
		}
	}
	return strings.Join(out, " ")
}

// changes are what was done since a moment, the last first.
func changes(r storage.Reader, since time.Time, most int) (out []change, err error) {
	err = r.Reading().Each(`SELECT c.id, c.person, p.name, c.what, c.detail, c.at FROM identity_change c JOIN org_person p ON p.id = c.person
		WHERE c.at >= $1 ORDER BY c.at DESC, c.id DESC LIMIT $2`, []any{since.UnixMicro(), most}, func(rows *sql.Rows) error {
		var c change
		err := rows.Scan(&c.id, &c.person, &c.name, &c.what, storage.Zero(&c.detail), storage.Instant(&c.at))
		out = append(out, c)
		return err
	})
	return out, err
}

// silence is how long a directory may not answer before administrators are told.
const silence = time.Hour

// happened finds what administrators should hear of: who was let in no more or again,
// other roles, and a directory that has long not answered or misses most people at once.
func happened(r records.Reader, since time.Time) (out []notify.Notice, err error) {
	list, err := changes(r, since, 300)
	if err != nil {
		return nil, err
	}
	to := []string{access.Administrator}
	for _, c := range list {
		out = append(out, notify.Notice{Key: "identity " + c.id, Kind: "directory", Roles: to, Href: "/settings/accounts/" + c.person, At: c.at, Said: c.said()})
	}
	s, err := watchOf(r)
	if err != nil || s.Since == 0 {
		return out, err
	}
	now, began := r.Reading().Now, time.UnixMicro(s.Since).UTC()
	n := notify.Notice{Kind: "directory", Roles: to, Href: "/settings/sign-in", At: now}
	switch {
	case s.Missing > 0:
		n.Key, n.Said = "directory missing "+began.String(), missingWord.With("count", s.Missing)
	case s.Detail != "" && now.Sub(began) >= silence:
		n.Key, n.Said = "directory away "+began.String(), words.T("identity.change.away", "The directory has not answered for an hour. Nobody was signed out because of it; who leaves meanwhile keeps what they have.").With()
	default:
		return out, nil
	}
	return append(out, n), nil
}

var missingWord = words.T("identity.change.missing", "The directory knows {count} {count|person|people} no more, all at once and most of those it knew. Nothing was done: look whether its settings still fit.")
