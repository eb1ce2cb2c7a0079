package importing

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/lib/locale"
	"steward/lib/words"
)

// Plan says how the columns of a file become fields.
type Plan struct {
	Head   []string `json:"head"`            // the file's first row
	Fields []string `json:"fields"`          // a field's name for each column; "" leaves the column out
	Match  []string `json:"match"`           // fields that together tell which record a row is; none: every row is new
	Lang   string   `json:"lang"`            // of the spelling of numbers and days
	Sheet  bool     `json:"sheet,omitempty"` // a spreadsheet: numbers and days are values, not texts
}

// speaker says a label in a language.
type speaker func(lang locale.Lang, key, english string) string

// ofCurrency ends the name of the column that gives an amount's currency.
const ofCurrency = ".currency"

// fields are those of a type that an import can write, with those that the
// organisation added, number and id, by which it can match, and the currencies of
// amounts, which files often have in a column of their own.
func fields(r records.Reader, d *records.Def, say speaker) ([]*records.Field, error) {
	out := []*records.Field{{Name: "id", Label: "Id", Kind: records.Text, Optional: true}, {Name: "number", Label: "Number", Kind: records.Text, Optional: true}}
	all, err := d.All(r)
	for _, f := range all {
		if f.IsHidden || f.ReadOnly || !f.Shows(r, d) && f.Kind != records.Secret {
			continue
		}
		if out = append(out, f); f.Kind == records.Amount {
			out = append(out, &records.Field{Name: f.Name + ofCurrency, Label: labelled(d, f, say, locale.En), Kind: records.Text, Optional: true})
		}
	}
	return out, err
}

var currency = words.T("importing.currency", "currency")

// labelled is what the column of an amount's currency is called: "Yearly cost: currency".
func labelled(d *records.Def, f *records.Field, say speaker, l locale.Lang) string {
	return say(l, d.Name+"."+f.Name+".label", f.Label) + ": " + say(l, currency.Key, currency.English)
}

// named is the field of that name, nil without one.
func named(all []*records.Field, name string) *records.Field {
	if at := slices.IndexFunc(all, func(f *records.Field) bool { return f.Name == name }); at >= 0 {
		return all[at]
	}
	return nil
}

// Guess maps columns to the fields they name, by the API's name or by the label in
// any language, and matches by what identifies a record best.
func Guess(r records.Reader, d *records.Def, head []string, say speaker) (Plan, error) {
	p := Plan{Head: head, Fields: make([]string, len(head))}
	known := map[string]string{}
	all, err := fields(r, d, say)
	if err != nil {
		return p, err
	}
	for _, f := range all {
		for _, l := range locale.Langs() {
			label := f.Label
			if amount, of := strings.CutSuffix(f.Name, ofCurrency); of {
				label = labelled(d, d.Field(amount), say, l)
			} else if d.Field(f.Name) != nil {
				label = say(l, d.Name+"."+f.Name+".label", f.Label)
			}
			if f.Name == "number" {
				label = say(l, "importing.number", "Number")
			}
			if key := records.Key(label); known[key] == "" {
				known[key] = f.Name
			}
		}
	}
	for _, f := range all {
		known[records.Key(f.Name)] = f.Name
		known[records.Key(strings.ReplaceAll(f.Name, "_", " "))] = f.Name
	}
	used := map[string]bool{}
	for i, h := range head {
		if name := known[records.Key(strings.TrimSpace(h))]; name != "" && !used[name] {
			p.Fields[i], used[name] = name, true
		}
	}
	for _, f := range all {
		if f.Unique && used[f.Name] {
			p.Match = []string{f.Name}
		}
	}
	if d.Title != nil && used[d.Title.Name] && p.Match == nil {
		p.Match = []string{d.Title.Name}
	}
	for _, name := range []string{"number", "id"} {
		if used[name] {
			p.Match = []string{name}
		}
	}
	return p, nil
}

// check refuses a plan that cannot be carried out.
func (p *Plan) check(r records.Reader, d *records.Def, say speaker) error {
	all, err := fields(r, d, say)
	if err != nil {
		return err
	}
	var bad []*fail.Error
	used := map[string]bool{}
	for i, name := range p.Fields {
		switch {
		case name == "":
			continue
		case i >= len(p.Head) || named(all, name) == nil:
			bad = append(bad, fail.Named("map", "importing.no-field", "There is no field {field} to import into.").With("field", name))
		case used[name]:
			bad = append(bad, fail.Named("map", "importing.twice", "Two columns are to go into {field}.").With("field", name))
		}
		used[name] = true
	}
	for _, name := range p.Match {
		f := d.Field(name)
		switch {
		case !used[name]:
			bad = append(bad, fail.Named("match", "importing.match-column", "No column gives {field}, by which rows are to be matched.").With("field", name))
		case name != "id" && name != "number" && (f == nil || !f.Filters || f.Kind == records.Amount):
			bad = append(bad, fail.Named("match", "importing.match-field", "Rows cannot be matched by {field}.").With("field", name))
		}
	}
	for name := range used {
		if amount, of := strings.CutSuffix(name, ofCurrency); of && !used[amount] {
			bad = append(bad, fail.Named("map", "importing.no-amount", "A column gives the currency of {field}, and none the amount.").With("field", amount))
		}
	}
	if len(bad) == 0 && !slices.ContainsFunc(p.Fields, func(n string) bool { return n != "" && n != "id" && n != "number" }) {
		bad = append(bad, fail.Named("map", "importing.nothing", "Say for at least one column which field it goes into."))
	}
	return fail.Join(bad)
}

// row is one row of the file, read.
type row struct {
	line     int
	cells    []string
	values   []any         // by column
	problems []*fail.Error // by column, nil where none; after the last column what concerns the whole row
	key      string
	existing *records.Record
	outcome  string // create, update, same or wrong
}

func (r *row) wrong(column int, e *fail.Error) {
	for len(r.problems) <= len(r.cells) {
		r.problems = append(r.problems, nil)
	}
	r.outcome = "wrong"
	if column < 0 || column > len(r.cells) {
		column = len(r.cells)
	}
	if r.problems[column] == nil {
		r.problems[column] = e
	}
}

// reading turns cells into values, remembering the links it has looked up.
type reading struct {
	plan     Plan
	def      *records.Def
	byName   []*records.Field // by column; nil for id, number, currencies and what is left out
	currency []int            // by column: the column of the amount's currency, -1 without one
	typist   records.Typist
	links    map[string]linked
	choices  map[string]string // values by field and label, in any language
}

type linked struct {
	value any
	err   *fail.Error
}

func newReading(p Plan, d *records.Def, all []*records.Field, typist records.Typist, say speaker) *reading {
	g := &reading{plan: p, def: d, typist: typist, links: map[string]linked{}, choices: map[string]string{}, byName: make([]*records.Field, len(p.Head)), currency: make([]int, len(p.Head))}
	if l := locale.Lang(p.Lang); l.Valid() {
		g.typist.Lang = l
	}
	for i, name := range p.Fields {
		if i >= len(g.byName) || name == "" || name == "id" || name == "number" || strings.HasSuffix(name, ofCurrency) {
			continue
		}
		f := named(all, name)
		g.byName[i], g.currency[i] = f, slices.Index(p.Fields, name+ofCurrency)
		if f == nil || f.Kind != records.Choice {
			continue
		}
		for _, l := range append(locale.Langs(), g.typist.Lang) { // the file's own language counts most
			for _, o := range f.Options {
				label := o.Label
				if !f.Custom() {
					label = say(l, d.Name+"."+f.Name+"."+o.Value, o.Label)
				}
				g.choices[name+"\x00"+records.Key(label)] = o.Value
			}
		}
	}
	return g
}

// row reads a row's cells.
func (g *reading) row(r records.Reader, cells []string, line int) (*row, error) {
	out := &row{line: line, cells: make([]string, len(g.plan.Head)), values: make([]any, len(g.plan.Head))}
	copy(out.cells, cells)
	var key strings.Builder
	for i, f := range g.byName {
		text := strings.TrimSpace(out.cells[i])
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			out.wrong(i, fail.Named(g.plan.Fields[i], "kernel.records.not-text", "This contains bytes that are not text."))
			out.cells[i] = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "?")
			continue
		}
		if len(text) > 1 && text[0] == '\'' && strings.ContainsRune("=+-@", rune(text[1])) {
			text = text[1:] // export puts it there, so that a spreadsheet shows a text
		}
		out.cells[i] = text
		if f == nil {
			continue
		}
		if c := g.currency[i]; c >= 0 && text != "" && f.Kind == records.Amount {
			text += " " + strings.TrimSpace(out.cells[c])
		}
		v, err := g.value(r, f, text)
		if e := fail.As(err); e != nil {
			out.wrong(i, e)
			continue
		} else if err != nil {
			return nil, err
		}
		if v == nil && f.Kind == records.Bool {
			v = false
		}
		if e := f.Problem(v); e != nil {
			out.wrong(i, e)
			continue
		}
		out.values[i] = v
	}
	for _, name := range g.plan.Match {
		i := slices.Index(g.plan.Fields, name)
		if v := out.values[i]; v != nil {
			key.WriteString(g.spell(g.byName[i], v))
		} else {
			key.WriteString(out.cells[i])
		}
		key.WriteByte(0)
	}
	out.key = key.String()
	if strings.Trim(out.key, "\x00") == "" {
		out.key = ""
	}
	return out, nil
}

func (g *reading) spell(f *records.Field, v any) string { return records.ToText(f, v) }

// value reads one cell.
func (g *reading) value(r records.Reader, f *records.Field, text string) (any, error) {
	if text == "" {
		return nil, nil
	}
	if f.Kind == records.Link || f.Kind == records.RefKind {
		return g.link(r, f, text)
	}
	if g.plan.Sheet {
		if v, ok := sheetValue(f, text, g.typist.Zone); ok {
			return v, nil
		}
	}
	if f.Kind == records.Choice {
		for _, o := range f.Options {
			if o.Value == text {
				return text, nil
			}
		}
		if v := g.choices[f.Name+"\x00"+records.Key(text)]; v != "" {
			return v, nil
		}
	}
	v, err := records.FromTyped(g.typist, f, text)
	if err == nil {
		return v, nil
	}
	// Exports are in the API's spelling.
	if w, other := records.FromText(f, text); other == nil && f.Kind != records.Text && f.Kind != records.LongText {
		return w, nil
	}
	return nil, err
}

// sheetValue reads what a spreadsheet keeps as a number: days count from 1900.
func sheetValue(f *records.Field, text string, zone *time.Location) (any, bool) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, false
	}
	switch f.Kind {
	case records.DateKind, records.Instant:
		if n < 1 || n > 2_958_465 {
			return nil, false
		}
		at, err := excelize.ExcelDateToTime(n, false)
		if err != nil {
			return nil, false
		}
		if f.Kind == records.Instant {
			at = at.Round(time.Second) // what a clock on the wall showed
			return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, zone).UnixMicro(), true
		}
		return at.Format(time.DateOnly), true
	case records.Int, records.Decimal, records.Measure:
		v, err := records.FromText(f, strconv.FormatFloat(n, 'f', -1, 64))
		return v, err == nil
	case records.Bool:
		return n != 0, n == 0 || n == 1
	}
	return nil, false
}

// link finds the record that a cell names by title, number or id.
func (g *reading) link(r records.Reader, f *records.Field, text string) (any, error) {
	known := f.Name + "\x00" + text
	got, ok := g.links[known]
	if !ok {
		var err error
		if got, err = g.lookUp(r, f, text); err != nil {
			return nil, err
		}
		if len(g.links) > 50_000 {
			clear(g.links)
		}
		g.links[known] = got
	}
	if got.err != nil {
		return nil, got.err
	}
	return got.value, nil
}

func (g *reading) lookUp(r records.Reader, f *records.Field, text string) (linked, error) {
	var found []string
	for _, target := range records.RegistryOf(r).Targets(f) {
		wrap := func(id string) string {
			if f.Kind == records.RefKind {
				return string(records.MakeRef(target.Name, id))
			}
			return id
		}
		id := strings.TrimPrefix(text, target.Name+"/")
		rec, err := target.Find(r, id)
		if err == nil {
			return linked{value: wrap(rec.ID())}, nil
		}
		if !fail.Is(err, fail.NotFound) {
			return linked{}, err
		}
		if target.Title == nil {
			continue
		}
		page, err := target.List(r, records.Query{Where: []records.Cond{{Field: target.Title.Name, Op: records.OpIs, Value: text}}, Limit: 2})
		if err != nil {
			return linked{}, err
		}
		for _, rec := range page.Rows {
			found = append(found, wrap(rec.ID()))
		}
	}
	switch len(found) {
	case 0:
		return linked{err: fail.Named(f.Name, "importing.no-link", "There is no “{name}” to link to.").With("name", text)}, nil
	case 1:
		return linked{value: found[0]}, nil
	}
	return linked{err: fail.Named(f.Name, "importing.many-links", "There are several called “{name}”; give the number instead.").With("name", text)}, nil
}
