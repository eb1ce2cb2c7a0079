package privacy

import (
	"database/sql"
	"strings"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// Hold keeps what is held of a person against an erasure: a duty to keep it, a suit.
type Hold struct {
	ID       string         `json:"id"`
	Person   string         `json:"person"`
	Reason   string         `json:"reason"`
	Until    string         `json:"until,omitempty"` // its last day; "" until it is lifted
	SetBy    string         `json:"set_by"`          // a name
	SetAt    records.Moment `json:"set_at"`
	LiftedBy string         `json:"lifted_by,omitempty"`
	LiftedAt records.Moment `json:"lifted_at,omitzero"`
}

// InForce says whether the hold stands against an erasure today.
func (h Hold) InForce(v *storage.View) bool {
	o, _, err := org.Get(v)
	return h.LiftedAt == 0 && (h.Until == "" || err != nil || h.Until >= string(o.Today(v)))
}

// Holds are those of a person, the latest first.
func Holds(r storage.Reader, person string) (out []Hold, err error) {
	err = r.Reading().Each("SELECT id, person, reason, until, set_name, set_at, lifted_name, lifted_at FROM privacy_hold WHERE person = $1 ORDER BY set_at DESC, id DESC", []any{person}, func(rows *sql.Rows) error {
		var h Hold
		err := rows.Scan(&h.ID, &h.Person, &h.Reason, storage.Zero(&h.Until), &h.SetBy, (*int64)(&h.SetAt), storage.Zero(&h.LiftedBy), storage.Zero((*int64)(&h.LiftedAt)))
		out = append(out, h)
		return err
	})
	return out, err
}

// MayHold says whether the actor may set and lift holds: who may edit all that concerns
// personal data.
func MayHold(r records.Reader) bool { return mayAll(r, access.Edit) }

// SetHold keeps what is held of a person until a day, or "" until it is lifted.
func SetHold(u *records.Tx, person, reason string, until records.Date) error {
	rec, err := mayOn(u, person, access.Edit)
	if err != nil {
		return err
	}
	if reason, err = checkReason(reason); err != nil {
		return err
	}
	o, _, err := org.Get(u)
	switch {
	case err != nil:
		return err
	case until != "" && !until.Valid():
		return fail.Named("until", "privacy.hold.day", "Give the last day as year-month-day, such as 2026-12-31, or none.")
	case until != "" && until < o.Today(u):
		return fail.Named("until", "privacy.hold.past", "This day is past.")
	}
	if done, err := erasedAt(&u.View, rec.ID()); err != nil {
		return err
	} else if done != 0 {
		return fail.New(fail.Conflict, "privacy.refused.done", "This person is erased already.")
	}
	_, err = u.Exec("INSERT INTO privacy_hold (id, person, reason, until, set_by, set_name, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		u.NewID(), rec.ID(), reason, storage.Null(string(until)), storage.Null(u.Actor.Person), u.Actor.Name, u.Now.UnixMicro())
	if err != nil {
		return err
	}
	return org.Persons.Def().Note(u, rec.ID(), 0, "access", map[string]any{"hold": []any{nil, words.Plain(strings.TrimSpace(reason + " " + string(until)))}})
}

// LiftHold ends a hold.
func LiftHold(u *records.Tx, person, id string) error {
	rec, err := mayOn(u, person, access.Edit)
	if err != nil {
		return err
	}
	var reason string
	found, err := u.Row("UPDATE privacy_hold SET lifted_by = $1, lifted_name = $2, lifted_at = $3 WHERE id = $4 AND person = $5 AND lifted_at IS NULL RETURNING reason",
		[]any{storage.Null(u.Actor.Person), u.Actor.Name, u.Now.UnixMicro(), id, rec.ID()}, &reason)
	if err != nil || !found {
		return orNotFound(err)
	}
	return org.Persons.Def().Note(u, rec.ID(), 0, "access", map[string]any{"hold": []any{words.Plain(reason), nil}})
}

// mayOn returns a person's record for who may do an act to all that concerns personal
// data and sees the person.
func mayOn(u *records.Tx, person string, act access.Act) (records.Record, error) {
	rec, err := org.Persons.Def().Find(u, person)
	if err != nil {
		return rec, err
	}
	if !MayRead(u, rec.ID()) {
		return rec, records.NotFound()
	}
	if !mayAll(u, act) {
		return rec, fail.New(fail.Forbidden, "privacy.may-not", "You may not do this: it is for who keeps personal data.")
	}
	return rec, nil
}

// maxReason is the most characters a reason has.
const maxReason = 1000

func checkReason(s string) (string, error) { return decisions.CheckReason(s, maxReason) }

// erasedAt is when a person was erased; 0 if they were not.
func erasedAt(v *storage.View, person string) (at int64, err error) {
	_, err = v.Row("SELECT done_at FROM privacy_erasure WHERE person = $1 AND state = 'done'", []any{person}, &at)
	return at, err
}
