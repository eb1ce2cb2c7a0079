package decisions

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/lib/words"
)

// MaxReason is the most characters a reason has.
const MaxReason = 2000

// Choice is somebody's answer.
type Choice struct {
	Option string `json:"option"`
	Reason string `json:"reason"`
	// Version is that of the decision as the person read it; 0 takes any.
	Version int64 `json:"version"`
}

// Decide answers a decision for u.Actor. Below the limit the option takes effect
// now; at or above it the decision waits for a second person (see Agree).
func Decide(u *records.Tx, id string, c Choice) error {
	d, err := deciding(u, id, c.Version)
	if err != nil {
		return err
	}
	if d.State == Second {
		return fail.New(fail.Conflict, "kernel.decisions.second-waits", "{name} has decided this already; it waits for a second person to agree.").With("name", d.DecidedName)
	}
	o := d.Option(c.Option)
	if o == nil {
		return fail.Named("option", "kernel.decisions.option", "Choose one of the options.")
	}
	reason, err := CheckReason(c.Reason, MaxReason)
	if err != nil {
		return err
	}
	second, err := NeedsSecond(u, d, o)
	if err != nil {
		return err
	}
	d.Outcome, d.Reason, d.DecidedBy, d.DecidedName, d.DecidedAt = o.Key, reason, u.Actor.Person, u.Actor.Name, u.Now
	state := Decided
	if second {
		state = Second
	}
	if err := d.move(u, state); err != nil {
		return err
	}
	if err := d.happened(u, "decided", reason, o.Key); err != nil || second {
		return err
	}
	return d.apply(u, o)
}

// Agree is the second person's answer to what the first has decided: with it the
// option takes effect, without it the decision is open again. The first person and
// who asked for it are refused.
func Agree(u *records.Tx, id string, agrees bool, reason string, version int64) error {
	d, err := deciding(u, id, version)
	if err != nil {
		return err
	}
	if d.State != Second {
		return fail.New(fail.Conflict, "kernel.decisions.not-second", "Nobody has decided this yet, so there is nothing to agree to.")
	}
	if u.Actor.Person == d.DecidedBy {
		return fail.New(fail.Forbidden, "kernel.decisions.four-eyes", "You decided this yourself; somebody else must agree.")
	}
	if reason, err = CheckReason(reason, MaxReason); err != nil {
		return err
	}
	if !agrees {
		if err := d.happened(u, "refused", reason, d.Outcome); err != nil {
			return err
		}
		return d.reopen(u)
	}
	o := d.Option(d.Outcome)
	if o == nil {
		return fmt.Errorf("decision %s: its outcome %q is no option", d.ID, d.Outcome)
	}
	d.SecondBy, d.SecondName, d.SecondReason, d.SecondAt = u.Actor.Person, u.Actor.Name, reason, u.Now
	if err := d.move(u, Decided); err != nil {
		return err
	}
	if err := d.happened(u, "agreed", reason, o.Key); err != nil {
		return err
	}
	return d.apply(u, o)
}

// Delegate gives a decision to another person until a day, that day included; to
// nobody takes it back. A delegate does not pass it on.
func Delegate(u *records.Tx, id, to string, until records.Date, reason string) error {
	d, err := deciding(u, id, 0)
	if err != nil {
		return err
	}
	if may, err := MayDelegate(u, d); err != nil {
		return err
	} else if !may {
		return fail.New(fail.Forbidden, "kernel.decisions.delegate-again", "This was delegated to you; give it back rather than on.")
	}
	name := ""
	if to != "" {
		if name, err = delegatee(u, d, to, until); err != nil {
			return err
		}
		if reason, err = CheckReason(reason, MaxReason); err != nil {
			return err
		}
	} else {
		until, reason = "", strings.TrimSpace(reason)
	}
	_, err = u.Exec("UPDATE decision SET delegate = $1, delegated_until = $2, delegated_by = $3, changed_at = $4, version = version + 1 WHERE id = $5",
		storage.Null(to), storage.Null(string(until)), storage.Null(u.Actor.Person), u.Now.UnixMicro(), d.ID)
	if err != nil {
		return err
	}
	return d.happened(u, "delegated", reason, name)
}

// AskBack asks a person something that must be known before deciding. The decision
// stays open; who was asked may read it and Answer.
func AskBack(u *records.Tx, id, of, question string) error {
	d, err := deciding(u, id, 0)
	if err != nil {
		return err
	}
	if question, err = CheckReason(question, MaxReason); err != nil {
		return err
	}
	if of == u.Actor.Person {
		return fail.Named("of", "kernel.decisions.ask-self", "Ask somebody else.")
	}
	name, err := colleague(u, "of", of)
	if err != nil {
		return err
	}
	if _, err := u.Exec("UPDATE decision SET asked_of = $1, changed_at = $2, version = version + 1 WHERE id = $3", of, u.Now.UnixMicro(), d.ID); err != nil {
		return err
	}
	return d.happened(u, "asked-back", question, name)
}

// Answer is the answer of the person who was asked.
func Answer(u *records.Tx, id, text string) error {
	d, err := Get(u, id)
	if err != nil {
		return err
	}
	if d.AskedOf == "" || d.AskedOf != u.Actor.Person || !d.Waits() {
		return fail.New(fail.Forbidden, "kernel.decisions.not-asked", "Nobody has asked you anything here.")
	}
	if text, err = CheckReason(text, MaxReason); err != nil {
		return err
	}
	if _, err := u.Exec("UPDATE decision SET asked_of = NULL, changed_at = $1, version = version + 1 WHERE id = $2", u.Now.UnixMicro(), d.ID); err != nil {
		return err
	}
	return d.happened(u, "answered", text, "")
}

// Reopen asks a decided matter anew, because it was decided on what turned out to be
// wrong. What the option did stays until it is decided otherwise. If its cause is gone
// meanwhile, it withdraws itself as any open decision does.
func Reopen(u *records.Tx, id, reason string) error {
	d, err := Get(u, id)
	if err != nil {
		return err
	}
	if d.State != Decided {
		return fail.New(fail.Conflict, "kernel.decisions.not-decided", "Only what is decided can be opened again.")
	}
	if may, err := MayDecide(u, d); err != nil || !may {
		return cmp.Or(err, mayNot())
	}
	if reason, err = CheckReason(reason, MaxReason); err != nil {
		return err
	}
	asked, err := query(u, "WHERE kind = $1 AND natural_key = $2 AND state IN ('open', 'second')", d.Kind, d.Key)
	if err != nil {
		return err
	}
	if len(asked) > 0 {
		return fail.New(fail.Conflict, "kernel.decisions.asked-anew", "This has been asked anew already.")
	}
	if err := d.reopen(u); err != nil {
		return err
	}
	return d.happened(u, "reopened", reason, d.Outcome)
}

// delegatee checks whom a decision is to be given to, and returns the name.
func delegatee(u *records.Tx, d *Decision, to string, until records.Date) (string, error) {
	o, _, err := org.Get(u)
	if err != nil {
		return "", err
	}
	switch {
	case to == u.Actor.Person || to == d.Requester:
		return "", fail.Named("to", "kernel.decisions.delegate-self", "Choose somebody else: neither yourself nor who asked for it.")
	case !until.Valid():
		return "", fail.Named("until", "kernel.decisions.until", "Say until which day.")
	case until < o.Today(u):
		return "", fail.Named("until", "kernel.decisions.until-past", "This day is past.")
	}
	return colleague(u, "to", to)
}

// colleague checks that a person can sign in, and returns the name.
func colleague(u *records.Tx, field, to string) (string, error) {
	person, err := org.Persons.Get(u.As(access.System()), records.ID[org.Person](to))
	if fail.Is(err, fail.NotFound) {
		return "", fail.Named(field, "kernel.decisions.no-person", "There is no such person.")
	}
	if err != nil {
		return "", err
	}
	account, err := signin.AccountOf(u, to)
	if err != nil && !fail.Is(err, fail.NotFound) {
		return "", err
	}
	if account == nil || account.Disabled {
		return "", fail.Named(field, "kernel.decisions.no-account", "{name} cannot sign in, and so could not decide.").With("name", person.Name)
	}
	return person.Name, nil
}

// deciding loads a decision that waits and that u.Actor may answer.
func deciding(u *records.Tx, id string, version int64) (*Decision, error) {
	d, err := Get(u, id)
	if err != nil {
		return nil, err
	}
	may, err := MayDecide(u, d)
	switch {
	case err != nil:
		return nil, err
	case d.State == Withdrawn:
		return nil, fail.New(fail.Conflict, "kernel.decisions.withdrawn", "This needs no decision any more: its cause is gone.")
	case d.State == Decided:
		return nil, fail.New(fail.Conflict, "kernel.decisions.decided", "{name} has decided this already.").With("name", d.DecidedName)
	case !may:
		return nil, mayNot()
	case version != 0 && version != d.Version:
		return nil, fail.New(fail.Conflict, "kernel.decisions.stale", "This has changed since you opened it. Read it again before you decide.")
	}
	return d, nil
}

func mayNot() error {
	return fail.New(fail.Forbidden, "kernel.decisions.may-not", "You may read this decision but not make it.")
}

// CheckReason returns a reason as it is kept, of at most so many characters; none is
// refused.
func CheckReason(s string, most int) (string, error) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	switch {
	case s == "":
		return "", fail.Named("reason", "kernel.decisions.reason", "Say why, in a sentence.")
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		return "", fail.Named("reason", "kernel.records.not-text", "This contains bytes that are not text.")
	case utf8.RuneCountInString(s) > most:
		return "", fail.Named("reason", "kernel.records.too-long", "This is longer than {max} characters.").With("max", most)
	}
	return s, nil
}

// move stores the answer, unless somebody else was faster.
func (d *Decision) move(u *records.Tx, to State) error {
	n, err := u.Exec(`UPDATE decision SET state = $1, outcome = $2, reason = $3, decided_by = $4, decided_name = $5, decided_at = $6, second_by = $7, second_name = $8, second_reason = $9, second_at = $10, changed_at = $11, version = version + 1
WHERE id = $12 AND version = $13`, string(to), d.Outcome, d.Reason, d.DecidedBy, d.DecidedName, d.DecidedAt.UnixMicro(), storage.Null(d.SecondBy), storage.Null(d.SecondName), storage.Null(d.SecondReason), storage.Null(d.SecondAt), u.Now.UnixMicro(), d.ID, d.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return fail.New(fail.Conflict, "kernel.decisions.stale", "This has changed since you opened it. Read it again before you decide.")
	}
	d.State = to
	return nil
}

// apply makes the option true and tells the subject's history.
func (d *Decision) apply(u *records.Tx, o *Option) error {
	k := SetOf(u).Kind(d.Kind)
	if k == nil {
		return fail.New(fail.Conflict, "kernel.decisions.no-kind", "The program no longer makes this sort of decision.")
	}
	if k.Apply != nil {
		if err := k.Apply(u, d, o.Key); err != nil {
			return err
		}
	}
	typeName, id := d.Subject.Split()
	def := records.RegistryOf(u).Def(typeName)
	if def == nil {
		return nil
	}
	changes := map[string]any{"decision": []any{nil, d.Title}, "outcome": []any{nil, o.Label}, "reason": []any{nil, words.Plain(d.Reason)}}
	if d.SecondBy != "" {
		changes["second"] = []any{nil, words.Plain(d.DecidedName + ", " + d.SecondName)}
	}
	return def.Note(u, id, 0, "decide", changes)
}
