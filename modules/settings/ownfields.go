package settings

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/lib/words"
)

type ownKind struct {
	kind  records.Kind
	title words.Word
}

// ownKinds are what a field of one's own may hold, as a person says it.
var ownKinds = []ownKind{
	{records.Text, words.T("settings.fields.kind.text", "Text, one line")},
	{records.LongText, words.T("settings.fields.kind.long-text", "Text, several lines")},
	{records.Int, words.T("settings.fields.kind.int", "Whole number")},
	{records.Measure, words.T("settings.fields.kind.measure", "Number")},
	{records.Bool, words.T("settings.fields.kind.bool", "Yes or no")},
	{records.DateKind, words.T("settings.fields.kind.date", "Day")},
	{records.Choice, words.T("settings.fields.kind.choice", "One of several choices")},
}

const (
	mostLabel   = 100 // characters of a name and of a choice
	mostChoices = 200
)

var ownKey = regexp.MustCompile(`^x_[a-z][a-z0-9_]{0,40}$`)

// ownField returns the type's own field of that key, open or closed.
func ownField(r records.Reader, d *records.Def, key string) (c records.CustomField, found bool, err error) {
	all, err := d.CustomFields(r)
	if at := slices.IndexFunc(all, func(c records.CustomField) bool { return c.Key == key }); at >= 0 {
		return all[at], true, err
	}
	return c, false, err
}

// addField makes a new field. Its key stays, since files and programs name it.
func addField(u *records.Tx, d *records.Def, c records.CustomField) error {
	var bad []*fail.Error
	if !ownKey.MatchString(c.Key) {
		bad = append(bad, fail.Named("key", "settings.fields.bad-key", "The key must start with x_ and hold only small letters, digits and underscores."))
	}
	if !slices.ContainsFunc(ownKinds, func(k ownKind) bool { return k.kind == c.Kind }) {
		bad = append(bad, fail.Named("kind", "settings.fields.bad-kind", "A field cannot be of this kind."))
	}
	was, found, err := ownField(u, d, c.Key)
	switch {
	case err != nil:
		return err
	case found && was.Closed:
		bad = append(bad, fail.Named("key", "settings.fields.taken-closed", "The closed field “{name}” has this key. Open it again, or choose another key.").With("name", was.Label))
	case found:
		bad = append(bad, fail.Named("key", "settings.fields.taken", "The field “{name}” has this key already. Change that one, or choose another key.").With("name", was.Label))
	}
	return keepField(u, d, records.CustomField{Key: c.Key}, c, bad)
}

// changeField changes how a field is called, what can be chosen and where it is used;
// never what it holds, so that no value is lost.
func changeField(u *records.Tx, d *records.Def, c records.CustomField) error {
	was, found, err := ownField(u, d, c.Key)
	if err != nil || !found {
		return notFound(err)
	}
	c.Kind, c.Closed = was.Kind, was.Closed
	return keepField(u, d, was, c, nil)
}

// closeField takes a field away from forms, lists, imports and the API, or gives it
// back to them. The values that records have of it stay.
func closeField(u *records.Tx, d *records.Def, key string, closed bool) error {
	was, found, err := ownField(u, d, key)
	if err != nil || !found {
		return notFound(err)
	}
	if was.Closed == closed { // asked for twice
		return nil
	}
	c := was
	c.Closed = closed
	return keepField(u, d, was, c, nil)
}

func notFound(err error) error {
	if err == nil {
		err = records.NotFound()
	}
	return err
}

// keepField checks what people write of a field, keeps it, and has its index made or
// dropped in the background.
func keepField(u *records.Tx, d *records.Def, was, c records.CustomField, bad []*fail.Error) error {
	if len(access.HeldScopes(u.Actor, access.Admin, access.Settings, "", u.Now)) == 0 {
		return fail.New(fail.Forbidden, "settings.admin-only", "Only who may change settings may do this.")
	}
	if !printed(c.Label) {
		bad = append(bad, fail.Named("label", "settings.fields.bad-label", "Give the field a name of up to {count} characters.").With("count", mostLabel))
	}
	if e := choicesProblem(c); e != nil {
		bad = append(bad, e)
	}
	if err := fail.Join(bad); err != nil {
		return err
	}
	if c.Kind != records.Choice || c.Options == nil {
		c.Options = []string{}
	}
	options, err := json.Marshal(c.Options)
	if err != nil {
		return err
	}
	var closed any
	if c.Closed {
		closed = u.Now.UnixMicro()
	}
	_, err = u.Exec(`INSERT INTO custom_field (type, key, label, kind, options, required, in_list, position, retired_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (type, key) DO UPDATE SET label = $3, options = $5, required = $6, in_list = $7, position = $8, retired_at = $9`,
		d.Name, c.Key, c.Label, string(c.Kind), string(options), c.Required, c.InList, c.Position, closed)
	if err != nil {
		return err
	}
	if err := records.NoteSetting(u, d.Name+" "+c.Key, was, c); err != nil {
		return err
	}
	_, err = jobs.Enqueue(u, indexKind, nil, jobs.Options{Key: indexKind, Priority: 10})
	return err
}

func choicesProblem(c records.CustomField) *fail.Error {
	if c.Kind != records.Choice {
		return nil
	}
	switch {
	case len(c.Options) == 0:
		return fail.Named("options", "settings.fields.no-choices", "Name at least one choice.")
	case len(c.Options) > mostChoices:
		return fail.Named("options", "settings.fields.many-choices", "Name {count} choices at the most.").With("count", mostChoices)
	}
	seen := map[string]bool{}
	for _, o := range c.Options {
		if !printed(o) {
			return fail.Named("options", "settings.fields.long-choice", "A choice has up to {count} characters.").With("count", mostLabel)
		}
		if seen[o] {
			return fail.Named("options", "settings.fields.twice", "The choice “{name}” is there twice.").With("name", o)
		}
		seen[o] = true
	}
	return nil
}

// printed says whether a name is one that can be shown: of some length, and text.
func printed(s string) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= mostLabel && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' })
}
