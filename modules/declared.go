package modules

import (
	"maps"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/records"
	"steward/lib/words"
)

// Declared are the words that stand in definitions and not in templates or
// calls: names of record types, fields, choices, headings of the navigation,
// roles. With what `words.Scan` finds they are all that the program says.
func Declared(all []app.Module) []words.Word {
	var out []words.Word
	seen := map[string]bool{}
	say := func(key, english string) {
		if english != "" && !seen[key] {
			seen[key] = true
			out = append(out, words.Word{Key: key, English: english})
		}
	}
	for _, t := range app.Types(all) {
		d := t.Def()
		say(d.Name+".one", d.Singular)
		say(d.Name+".many", d.Plural)
		for _, f := range d.Fields {
			sayField(say, d, f)
		}
	}
	for _, g := range app.Groups(all) {
		say("nav."+slug(g.Title), g.Title)
		for _, it := range g.Items {
			if it.Type == nil {
				say("nav."+slug(it.Title), it.Title)
			}
		}
	}
	for _, r := range access.Roles() {
		say("kernel.access.role."+r.Name, r.Title)
		say("kernel.access.role."+r.Name+".about", r.About)
	}
	for _, a := range access.Acts {
		say("kernel.access.act."+string(a), string(a))
	}
	sentences := access.Sentences()
	for _, key := range slices.Sorted(maps.Keys(sentences)) {
		say(key, sentences[key])
	}
	return out
}

func sayField(say func(key, english string), d *records.Def, f *records.Field) {
	at := d.Name + "." + f.Name
	say(at+".label", f.Label)
	say(at+".help", f.HelpText)
	if f.UnitText != "" && f.UnitText != "bytes" {
		say("unit."+f.UnitText, f.UnitText)
	}
	if f.Group != "" {
		say(d.Name+".group."+slug(f.Group), f.Group)
	}
	for _, o := range f.Options {
		say(at+"."+o.Value, o.Label)
	}
}

func slug(s string) string { return strings.ReplaceAll(strings.ToLower(s), " ", "-") }
