package privacy

import (
	"encoding/json"
	"fmt"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// Plan is what an erasure would do, or has done: the preview that is shown before.
type Plan struct {
	Person Ref `json:"person"`
	// Refused says what stands against it and what to do first; empty when nothing does.
	Refused []words.Said `json:"-"`
	Why     []string     `json:"refused"`
	Cleared []Part       `json:"cleared"`
	Changed []Part       `json:"changed"`
	Kept    []Part       `json:"kept"`
	Notes   []words.Said `json:"-"`
	Says    []string     `json:"notes"`

	without func(text string) string // without the person's name
}

// Part is one kind of what is held, and how much of it there is.
type Part struct {
	What  words.Said `json:"-"`
	Text  string     `json:"what"`
	Count int64      `json:"count"`
	// Why says why it is kept.
	Why     words.Said `json:"-"`
	WhyText string     `json:"why,omitempty"`

	def   *records.Def // of records that lead to the person by the field
	field *records.Field
}

// The verdicts over what is held.
const (
	cleared = iota
	changed
	kept
)

func (p *Plan) add(verdict int, what words.Said, n int64, why words.Said) {
	if n == 0 {
		return
	}
	list := []*[]Part{&p.Cleared, &p.Changed, &p.Kept}[verdict]
	for i := range *list {
		if (*list)[i].Text == english(what) {
			(*list)[i].Count += n
			return
		}
	}
	one := Part{What: what, Text: english(what), Count: n, Why: why}
	if !why.Zero() {
		one.WhyText = english(why)
	}
	*list = append(*list, one)
}

// Preview says what an erasure would do, and what stands against it. It reads as Steward
// itself: what is cleared is counted, not told.
func Preview(r records.Reader, id string) (*Plan, error) {
	return (&work{v: r.Reading().As(access.System())}).through(id)
}

// refusals are what stands against an erasure.
func refusals(v *storage.View, id string) (out []words.Said, err error) {
	say := func(s words.Said) { out = append(out, s) }
	rec, err := org.Persons.Get(v, records.ID[org.Person](id))
	if err != nil {
		return nil, err
	}
	if done, err := erasedAt(v, id); err != nil || done != 0 {
		say(words.T("privacy.refused.done", "This person is erased already.").With())
		return out, err
	}
	if !rec.ArchivedAt.Set {
		say(words.T("privacy.refused.active", "The person is still active. Archive the record first: that says that they have left, and closes the account.").With())
	}
	var n int64
	if _, err := v.Row("SELECT COUNT(*) FROM signin_account WHERE person = $1 AND NOT disabled", []any{id}, &n); err != nil {
		return nil, err
	}
	if n > 0 && rec.ArchivedAt.Set {
		say(words.T("privacy.refused.account", "The account is open. Close it first, under Sign-in and roles.").With())
	}
	heads, err := v.Texts("SELECT name FROM org_unit WHERE head = $1 AND archived_at IS NULL ORDER BY name_key, id", id)
	if err != nil {
		return nil, err
	}
	for i, name := range heads {
		if i == 5 {
			break
		}
		say(words.T("privacy.refused.head", "The person heads {unit}. Give the unit another head first.").With("unit", name))
	}
	if _, err := v.Row(`SELECT COUNT(*) FROM signin_role r JOIN signin_account a ON a.person = r.person WHERE r.role = $1 AND NOT a.disabled AND r.until_at IS NULL AND r.person <> $2`, []any{access.Administrator, id}, &n); err != nil {
		return nil, err
	}
	var own int64
	if _, err := v.Row("SELECT COUNT(*) FROM signin_role r JOIN signin_account a ON a.person = r.person WHERE r.role = $1 AND NOT a.disabled AND r.person = $2", []any{access.Administrator, id}, &own); err != nil {
		return nil, err
	}
	if n == 0 && own > 0 {
		say(words.T("privacy.refused.administrator", "This is the last administrator. Give the role to somebody else first.").With())
	}
	holds, err := Holds(v, id)
	if err != nil {
		return nil, err
	}
	for _, h := range holds {
		if !h.InForce(v) {
			continue
		}
		if h.Until == "" {
			say(words.T("privacy.refused.hold", "A legal hold keeps what is held until it is lifted: {reason}").With("reason", h.Reason))
		} else {
			say(words.T("privacy.refused.hold-until", "A legal hold keeps what is held until {day}: {reason}").With("day", words.Day(h.Until), "reason", h.Reason))
		}
	}
	return out, nil
}

// counts are a plan's numbers as they are kept with an erasure.
func (p *Plan) counts() (string, error) {
	sum := func(list []Part) (n int64) {
		for _, part := range list {
			n += part.Count
		}
		return n
	}
	raw, err := json.Marshal(map[string]int64{"cleared": sum(p.Cleared), "changed": sum(p.Changed), "kept": sum(p.Kept)})
	return string(raw), err
}

// links are the records that lead to the person and go on doing so.
func (w *work) links() error {
	reg := records.RegistryOf(w.v)
	persons := org.Persons.Def()
	why := words.T("privacy.kept.links", "They keep their link, to the stand-in: what they are needed for does not end with a person.").With()
	for _, b := range reg.LinksTo(persons) {
		if b.Field.Scope == access.Line {
			continue // records about the person: they go
		}
		value := w.who.ID
		if b.Field.Kind == records.RefKind {
			value = string(records.MakeRef(persons.Name, value))
		}
		var n int64
		if _, err := w.v.Row(fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE %s = $1", b.Def.Table, b.Field.Name), []any{value}, &n); err != nil {
			return err
		}
		if n > 0 {
			w.plan.Kept = append(w.plan.Kept, Part{Text: b.Def.Plural + " · " + b.Field.Label, Count: n, Why: why, WhyText: english(why), def: b.Def, field: b.Field})
		}
	}
	return nil
}
