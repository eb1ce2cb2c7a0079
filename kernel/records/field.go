package records

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"steward/kernel/access"
)

// Kind says how a field is stored, edited and shown.
type Kind string

const (
	Text     Kind = "text"
	LongText Kind = "long-text"
	Int      Kind = "int"
	Measure  Kind = "measure" // a measurement; never money
	Bool     Kind = "bool"
	DateKind Kind = "date"
	Instant  Kind = "moment"
	Amount   Kind = "money"
	Decimal  Kind = "decimal" // Scaled
	Choice   Kind = "choice"
	Link     Kind = "link"
	RefKind  Kind = "ref"
	Secret   Kind = "secret"
)

// Field describes one field of a record. Its methods are used inside Define.
type Field struct {
	Name     string // as the API, the form and the column spell it
	Label    string // English; its key is <type>.<name>.label
	Kind     Kind
	Optional bool // Go type Opt[T]: may be unknown
	HelpText string
	Options  []Option     // of a choice
	Target   reflect.Type // of a link
	Targets  []string     // of a ref: names of the types it may point to
	MaxLen   int          // of a text, in characters
	Low      *int64       // of a number
	High     *int64
	Scale    int    // digits after the point of a Decimal
	UnitText string // shown beside a number: "days", "GB", "%"
	Format   string // of a text: email, url, ip, cidr, mac, phone, timezone, language, currency, country; of a number: year
	IsTitle  bool
	InList   bool // shown in the list unless the reader chose other columns
	Filters  bool // filters and sorts, with an index
	Unique   bool
	IsHidden bool // neither form nor list: computed by the program
	ReadOnly bool // shown, but not edited by people
	Retired  bool // closed by the organisation that added it: shown where it has a value
	Closed   access.Sensitivity
	Scope    access.Scope // the field that says how far this scope reaches
	Group    string       // heading it stands under in form and page
	index    []int
}

// Option is one value of a choice, with its English label and state colour.
type Option struct {
	Value, Label string
	State        string // ok, warn, bad, info, mute or "" for none
}

func (f *Field) Max(n int) *Field                      { f.MaxLen = n; return f }
func (f *Field) List() *Field                          { f.InList = true; return f }
func (f *Field) Filter() *Field                        { f.Filters = true; return f }
func (f *Field) Only() *Field                          { f.Unique, f.Filters = true, true; return f }
func (f *Field) Help(text string) *Field               { f.HelpText = text; return f }
func (f *Field) Unit(text string) *Field               { f.UnitText = text; return f }
func (f *Field) As(format string) *Field               { f.Format = format; return f }
func (f *Field) Hidden() *Field                        { f.IsHidden = true; return f }
func (f *Field) Computed() *Field                      { f.ReadOnly = true; return f }
func (f *Field) Sensitive(s access.Sensitivity) *Field { f.Closed = s; return f }
func (f *Field) Between(low, high int64) *Field        { f.Low, f.High = &low, &high; return f }
func (f *Field) From(low int64) *Field                 { f.Low = &low; return f }
func (f *Field) State(value, state string) *Field      { f.option(value).State = state; return f }
func (f *Field) Called(value, label string) *Field     { f.option(value).Label = label; return f }
func (f *Field) ScopeOf(s access.Scope) *Field         { f.Scope = s; f.Filters = true; return f }

func (f *Field) option(value string) *Option {
	for i := range f.Options {
		if f.Options[i].Value == value {
			return &f.Options[i]
		}
	}
	panic(fmt.Sprintf("records: %s has no choice %q", f.Name, value))
}

// Fields collects the fields of one record, in the order they are shown.
type Fields struct {
	proto reflect.Value
	addrs map[uintptr]addressed
	list  []*Field
	group string
	under *Field
}

type addressed struct {
	index []int
	typ   reflect.Type
}

// Group puts the fields that follow under a heading.
func (fs *Fields) Group(title string) { fs.group = title }

// add describes the field p points to. T or Opt[T] must be the kind's Go type.
func (fs *Fields) add(p any, label string, k Kind) *Field {
	v := reflect.ValueOf(p)
	at, ok := fs.addrs[v.Pointer()]
	if !ok || at.typ != v.Type().Elem() {
		panic(fmt.Sprintf("records: %q does not name a field of %s by its address", label, fs.proto.Type()))
	}
	sf := fs.proto.Type().FieldByIndex(at.index)
	f := &Field{Name: snake(sf.Name), Label: label, Kind: k, index: at.index, Group: fs.group}
	if _, ok := v.Elem().Interface().(interface{ optional() }); ok {
		f.Optional = true
	}
	fs.list = append(fs.list, f)
	return f
}

// oneOf is a pointer to T or to Opt[T].
type oneOf[T any] interface{ *T | *Opt[T] }

// Title adds the text that names the record: shown as its heading, in links and in search.
func (fs *Fields) Title(p *string, label string) *Field {
	f := fs.add(p, label, Text)
	f.IsTitle, f.InList, f.Filters, f.MaxLen = true, true, true, 200
	return f
}

// Str adds a line of text, Long a text of several lines.
func Str[P oneOf[string]](fs *Fields, p P, label string) *Field {
	return fs.add(p, label, Text).Max(200)
}

// Long adds a text of several lines.
func Long[P oneOf[string]](fs *Fields, p P, label string) *Field {
	return fs.add(p, label, LongText).Max(20000)
}

// Whole adds a whole number.
func Whole[P oneOf[int64]](fs *Fields, p P, label string) *Field { return fs.add(p, label, Int) }

// Measured adds a measurement. Money and rates are never measurements.
func Measured[P oneOf[float64]](fs *Fields, p P, label string) *Field {
	return fs.add(p, label, Measure)
}

// Flag adds a yes or no.
func Flag[P oneOf[bool]](fs *Fields, p P, label string) *Field { return fs.add(p, label, Bool) }

// Day adds a calendar day.
func Day[P oneOf[Date]](fs *Fields, p P, label string) *Field { return fs.add(p, label, DateKind) }

// When adds a moment.
func When[P oneOf[Moment]](fs *Fields, p P, label string) *Field { return fs.add(p, label, Instant) }

// Price adds an amount of money with its currency.
func Price[P oneOf[Money]](fs *Fields, p P, label string) *Field { return fs.add(p, label, Amount) }

// Dec adds a decimal number with a fixed count of digits after the point.
func Dec[P oneOf[Scaled]](fs *Fields, p P, label string, digits int) *Field {
	f := fs.add(p, label, Decimal)
	f.Scale = digits
	return f
}

// Linked adds a link to one record of another type; p points to an ID or an Opt of one.
func Linked(fs *Fields, p linker, label string) *Field {
	f := fs.add(p, label, Link)
	if f.Target = p.target(); f.Target == nil {
		panic(fmt.Sprintf("records: %q is not an ID of a record", label))
	}
	f.Filters = true
	return f
}

// Refers adds a link to a record of one of the named types.
func Refers[P oneOf[Ref]](fs *Fields, p P, label string, types ...string) *Field {
	f := fs.add(p, label, RefKind)
	f.Targets, f.Filters = types, true
	return f
}

// Sealed adds a secret: write-only, kept encrypted, in no history, export or log.
func Sealed[P oneOf[string]](fs *Fields, p P, label string) *Field { return fs.add(p, label, Secret) }

// Choices adds a value that is one of the given ones; each is labelled by its
// value with a capital unless Called says otherwise.
func Choices[S ~string, P oneOf[S]](fs *Fields, p P, label string, values ...S) *Field {
	f := fs.add(p, label, Choice)
	for _, v := range values {
		f.Options = append(f.Options, Option{Value: string(v), Label: sentence(string(v))})
	}
	f.Filters = true
	return f
}

// Under makes the linked record the parent: rights to the parent are rights to this.
func (fs *Fields) Under(p any) {
	at := fs.addrs[reflect.ValueOf(p).Pointer()]
	for _, f := range fs.list {
		if fmt.Sprint(f.index) == fmt.Sprint(at.index) {
			fs.under = f
			return
		}
	}
	panic("records: Under must name a link described before")
}

func walk(v reflect.Value, at []int, out map[uintptr]addressed) {
	for i := range v.NumField() {
		idx := append(append([]int{}, at...), i)
		sf := v.Type().Field(i)
		if sf.Anonymous {
			walk(v.Field(i), idx, out)
			continue
		}
		out[v.Field(i).Addr().Pointer()] = addressed{idx, sf.Type}
	}
}

// snake spells a Go name as a column: EndsOn, VendorID → ends_on, vendor_id.
func snake(s string) string {
	var b strings.Builder
	rs := []rune(s)
	for i, r := range rs {
		if unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(rs[i-1]) || (i+1 < len(rs) && unicode.IsLower(rs[i+1]))) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// sentence spells a stored value for reading: in-progress → In progress.
func sentence(s string) string {
	s = strings.ReplaceAll(s, "-", " ")
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Needed reports whether a program must give the field to make a record. A number that
// is not sent would otherwise be kept as 0, which nobody said.
func (f *Field) Needed() bool {
	return !f.Optional && !f.IsHidden && !f.ReadOnly && f.Kind != Bool
}
