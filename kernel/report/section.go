package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/locale"
	"steward/lib/words"
)

// Section is a part of the monthly report. Modules list theirs in
// app.Module.ReportSections; docs/report.md shows how.
type Section struct {
	Key   string // "vendors.contracts"
	Title words.Word
	// Area leaves the section out for readers who may view nothing in it; "" is for
	// everybody. What remains is filtered by the records the section reads.
	Area string
	// Order is its place: 100 figures, 200 systems, 300 security, 400 contracts,
	// 500 money, 600 forecast, 800 data quality, 900 annex.
	Order int
	// Fresh begins a page of its own.
	Fresh bool
	// Build makes its blocks; without any the section is left out.
	Build func(c *Context) ([]Block, error)
}

// Context is for whom, of which month and in which language a report is made.
// Sections never ask for the time: View.Now moves, the month does not.
type Context struct {
	View   *storage.View
	Org    org.Organisation
	Lang   locale.Lang
	Words  Speaker
	Month  figures.Month
	Closed time.Time // when the month was closed; zero: preliminary
	once   map[string]any
}

// Once makes something that several sections need, the first time it is asked for.
func Once[T any](c *Context, key string, make func(c *Context) (T, error)) (T, error) {
	if v, ok := c.once[key].(T); ok {
		return v, nil
	}
	v, err := make(c)
	if err == nil {
		if c.once == nil {
			c.once = map[string]any{}
		}
		c.once[key] = v
	}
	return v, err
}

// Speaker finds the words of a language for a key.
type Speaker interface {
	Text(lang locale.Lang, key, english string, args map[string]any) string
}

// T says a text in the report's language.
func (c *Context) T(key, english string, pairs ...any) string {
	args := words.Args{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return c.Words.Text(c.Lang, key, english, args)
}

// Tell says a kept sentence.
func (c *Context) Tell(s words.Said) string { return s.At(c.Org.Zone()).In(c.Words, c.Lang) }

// Say says a declared word.
func (c *Context) Say(w words.Word) string { return c.Words.Text(c.Lang, w.Key, w.English, nil) }

// Preliminary reports whether the month's figures may still change.
func (c *Context) Preliminary() bool { return c.Closed.IsZero() }

// Past is what a section reads records of Versioned types through: once the month
// is closed, as they stood then, so that a later correction leaves its report alone.
func (c *Context) Past() *storage.View {
	if c.Preliminary() {
		return c.View
	}
	return records.AsOf(c.View, c.Closed)
}

// End is the month's last day: what sections count deadlines from.
func (c *Context) End() records.Date { return c.Month.Last() }

// EndOfDay is the first moment after the month, of the organisation.
func (c *Context) EndOfDay() time.Time {
	t := c.Month.Next().First().Time()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, c.Org.Zone())
}

// Day writes a day in the report's language, on one line.
func (c *Context) Day(d records.Date) string {
	return strings.ReplaceAll(c.Lang.Day(string(d), locale.Short), " ", "\u00a0")
}

// DayCell is a day in a table: a date for workbooks, written as the language does;
// MomentCell a moment in the organisation's zone, IntCell a count.
func (c *Context) DayCell(d records.Date) Cell {
	return Cell{Text: c.Day(d), Value: d.Time(), Format: c.Lang.SheetDay()}
}

func (c *Context) MomentCell(t time.Time) Cell {
	if t.IsZero() {
		return Cell{Text: locale.Unknown, Quiet: true}
	}
	return Cell{Text: c.Moment(t), Value: t.In(c.Org.Zone()), Format: c.Lang.SheetMoment()}
}

func (c *Context) IntCell(n int64) Cell { return Cell{Text: c.Lang.Int(n), Value: n} }

// Moment writes a moment in the organisation's zone; it may break before the time
// of day alone.
func (c *Context) Moment(t time.Time) string {
	if t.IsZero() {
		return locale.Unknown
	}
	text := c.Lang.Moment(t.In(c.Org.Zone()), locale.Short)
	day := max(strings.LastIndex(text, " "), 0)
	return strings.ReplaceAll(text[:day], " ", "\u00a0") + text[day:]
}

// Money writes an amount with its currency.
func (c *Context) Money(m records.Money) string { return c.Lang.Money(m.Minor, m.Currency) }

// MoneyCell is an amount in a table.
func (c *Context) MoneyCell(m records.Money) Cell {
	return Cell{Text: c.Lang.MoneyRound(m.Minor, m.Currency), Value: locale.Units(m.Minor, m.Currency), Format: c.Lang.SheetMoney(m.Currency)}
}

// Option is a choice's label in the report's language, and the state it is
// coloured by.
func (c *Context) Option(d *records.Def, field, value string) (label, state string) {
	f := d.Field(field)
	if f == nil {
		return value, ""
	}
	for _, o := range f.Options {
		if o.Value == value {
			return c.Words.Text(c.Lang, d.Name+"."+f.Name+"."+o.Value, o.Label, nil), o.State
		}
	}
	return value, ""
}

// Set is all sections of the program.
type Set struct{ list []Section }

// NewSet checks the sections and puts them in their order; it panics on one that
// cannot be right, at program start.
func NewSet(list []Section) *Set {
	s := &Set{slices.Clone(list)}
	seen := map[string]bool{}
	for _, one := range s.list {
		if one.Key == "" || seen[one.Key] || one.Title.English == "" || one.Build == nil || one.Area != "" && !slices.Contains(access.Areas, one.Area) {
			panic("report: the section " + one.Key + " lacks something, or is there twice")
		}
		seen[one.Key] = true
	}
	slices.SortStableFunc(s.list, func(a, b Section) int {
		return cmp.Or(a.Order-b.Order, cmp.Compare(a.Key, b.Key))
	})
	return s
}

// All are the sections in their order.
func (s *Set) All() []Section { return s.list }

// Attach makes the sections known to everybody who works on the database.
func (s *Set) Attach(db *storage.Database) { storage.Share(db, s) }

// SetOf returns the sections of a transaction's database; an empty set without any.
func SetOf(r storage.Reader) *Set { return storage.Shared[Set](r) }
