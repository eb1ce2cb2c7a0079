package privacy

import (
	"database/sql"
	"encoding/json"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// The answers to an erasure that was asked for.
const (
	eraseIt = "erase"
	keepIt  = "keep"
)

// erasing is the decision about an erasure that somebody asked for: a second person's,
// since nobody decides what they asked for themselves.
var erasing = decisions.Kind{
	Name: "privacy.erasure", Title: words.T("privacy.erasure", "Erasure of a person"), Icon: "trash", Area: access.Compliance,
	Find: findAsked, Apply: applyErasure,
}

// Request asks for a person to be erased; it takes effect when a second person agrees.
func Request(u *records.Tx, person, reason string) error {
	rec, err := mayOn(u, person, access.Archive)
	if err != nil {
		return err
	}
	if reason, err = checkReason(reason); err != nil {
		return err
	}
	asked, err := askedFor(&u.View, rec.ID())
	if err != nil {
		return err
	}
	if asked != nil {
		return fail.New(fail.Conflict, "privacy.asked", "This has been asked for already; it waits for a second person.")
	}
	p, err := Preview(u, rec.ID())
	if err != nil {
		return err
	}
	if len(p.Refused) > 0 {
		return refusal(p.Refused[0])
	}
	counts, err := p.counts()
	if err != nil {
		return err
	}
	_, err = u.Exec("INSERT INTO privacy_erasure (id, person, reason, state, asked_by, asked_name, asked_at, counts, entry) VALUES ($1, $2, $3, 'asked', $4, $5, $6, $7, '')",
		u.NewID(), rec.ID(), reason, storage.Null(u.Actor.Person), u.Actor.Name, u.Now.UnixMicro(), counts)
	if err != nil {
		return err
	}
	if err := org.Persons.Def().Note(u, rec.ID(), 0, "access", map[string]any{"erasure": []any{nil, words.Plain(reason)}}); err != nil {
		return err
	}
	return decisions.Soon(u)
}

// Withdraw takes back what was asked for.
func Withdraw(u *records.Tx, person string) error {
	rec, err := mayOn(u, person, access.Archive)
	if err != nil {
		return err
	}
	n, err := u.Exec("UPDATE privacy_erasure SET state = 'withdrawn', done_by = $1, done_name = $2, done_at = $3 WHERE person = $4 AND state = 'asked'", storage.Null(u.Actor.Person), u.Actor.Name, u.Now.UnixMicro(), rec.ID())
	if err != nil || n == 0 {
		return orNotFound(err)
	}
	return decisions.Soon(u)
}

// asked is an erasure that waits for a second person.
type asked struct {
	id, person, number, reason, by, name string
	at                                   records.Moment
	counts                               map[string]int64
}

func askedWhere(v *storage.View, cond string, args ...any) (out []asked, err error) {
	err = v.Each("SELECT e.id, e.person, p.number, e.reason, e.asked_by, e.asked_name, e.asked_at, e.counts FROM privacy_erasure e JOIN org_person p ON p.id = e.person WHERE e.state = 'asked'"+cond+" ORDER BY e.asked_at, e.id", args, func(rows *sql.Rows) error {
		var a asked
		var number int64
		var counts string
		if err := rows.Scan(&a.id, &a.person, &number, &a.reason, storage.Zero(&a.by), &a.name, (*int64)(&a.at), &counts); err != nil {
			return err
		}
		a.number = org.Persons.Def().HumanNumber(number)
		out = append(out, a)
		return json.Unmarshal([]byte(counts), &out[len(out)-1].counts)
	})
	return out, err
}

// askedFor is what was asked for about a person; nil for nothing.
func askedFor(v *storage.View, person string) (*asked, error) {
	list, err := askedWhere(v, " AND e.person = $1", person)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// findAsked brings what was asked for to decision. It names the record's number alone:
// the decision stays when the name is gone.
func findAsked(v *records.View) (asks []decisions.Ask, err error) {
	list, err := askedWhere(v, "")
	for _, a := range list {
		fact := func(label words.Word, key string) decisions.Fact {
			return decisions.Fact{Label: label.With(), Value: words.T("privacy.erasure.count", "{count}").With("count", a.counts[key])}
		}
		facts := []decisions.Fact{fact(words.T("privacy.cleared", "Cleared"), "cleared"), fact(words.T("privacy.changed", "Changed"), "changed"), fact(words.T("privacy.kept", "Kept"), "kept")}
		asks = append(asks, decisions.Ask{
			Key: a.id, Subject: records.MakeRef(org.Persons.Def().Name, a.person), Requester: a.by,
			Title:   words.T("privacy.erasure.title", "Erase what is held of {number}").With("number", a.number),
			Context: words.T("privacy.erasure.context", "{name} asks for it: {reason} It cannot be undone. What is cleared, changed and kept stands on the person's page, under What is held.").With("name", a.name, "reason", a.reason),
			Facts:   facts,
			Options: []decisions.Option{
				{Key: eraseIt, Label: words.T("privacy.erasure.erase", "Erase").With(), Effect: words.T("privacy.erasure.erase-effect", "The record becomes a nameless stand-in, and the values, texts, files and sign-in of the person are cleared for good.").With(), Changes: facts},
				{Key: keepIt, Label: words.T("privacy.erasure.keep", "Do not erase").With(), Effect: words.T("privacy.erasure.keep-effect", "Everything stays. It can be asked for again.").With(), Harmless: true},
			},
			// A month is what art. 12 GDPR gives to answer.
			DecideBy: records.DateOf(a.at.Time().AddDate(0, 1, -1)),
		})
	}
	return asks, err
}

// applyErasure erases, or notes that it was refused.
func applyErasure(u *records.Tx, d *decisions.Decision, option string) error {
	_, person := d.Subject.Split()
	if option == keepIt {
		_, err := u.Exec("UPDATE privacy_erasure SET state = 'refused', done_by = $1, done_name = $2, done_at = $3 WHERE id = $4 AND state = 'asked'", storage.Null(u.Actor.Person), u.Actor.Name, u.Now.UnixMicro(), d.Key)
		return err
	}
	a, err := askedFor(&u.View, person)
	if err != nil {
		return err
	}
	if a == nil || a.id != d.Key {
		return fail.New(fail.Conflict, "privacy.not-asked", "Nobody asks for this erasure any more.")
	}
	p, err := Erase(u, person, a.reason)
	if err != nil {
		return err
	}
	d.Reason = p.without(d.Reason) // it is yet to be noted in the history
	return nil
}

// stays refuses to change a stand-in or to bring it back: there is nobody it is of.
func stays(u *records.Tx, w records.Written) error {
	if w.Def != org.Persons.Def() || w.Act != "update" && w.Act != "restore" {
		return nil
	}
	at, err := erasedAt(&u.View, w.ID)
	if err != nil || at == 0 {
		return err
	}
	return fail.New(fail.Conflict, "privacy.stays", "This person was erased. The record stays as it is, for what leads to it; enter somebody who comes back anew.")
}
