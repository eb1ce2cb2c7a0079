package report

import "steward/lib/chart"

// Block is one of Heading, Paragraph, Notes, Table, Chart, Charts, Keys; or one of
// Highlight and Source, which the report collects from all sections.
type Block interface{ block() }

// Heading opens a part of a section.
type Heading struct{ Text string }

// Paragraph is running text. Lead is set larger; Note smaller, such as what a
// table leaves out.
type Paragraph struct {
	Text       string
	Lead, Note bool
}

// Notes are short texts side by side.
type Notes []Note

// Note is one column of Notes. State colours its title.
type Note struct {
	Title, State string
	Lines        []string
	Numbered     bool
	Rest         string // what is left out, without a number
}

// Table has a head that is repeated on every page it reaches.
type Table struct {
	Columns []Column
	Rows    [][]Cell
	Empty   string // said instead of a table without rows
}

// Column is one column of a table; widths follow what is in it.
type Column struct {
	Title  string
	Number bool // set to the right
}

// Cell is one field of a table.
type Cell struct {
	Text  string
	State string // ok, warn, bad, info, mute: a dot in the state's colour before the text
	Bold  bool
	Quiet bool
	// Value is what a workbook keeps instead of the text: a float64, an int64 or a time.Time.
	// Format is its number format, "#,##0" when empty; with % in it Value is in percent.
	Value  any
	Format string
}

// T is a cell of text.
func T(text string) Cell { return Cell{Text: text} }

// Chart is a picture with its title over it and its numbers as a table where
// they can be shown.
type Chart struct {
	Scene   chart.Scene
	Caption string // under it
}

// Charts are small pictures side by side, two in a row: many trends at a glance.
type Charts []Chart

// Keys are the few numbers that matter most, side by side.
type Keys []Key

// Key is one number of Keys.
type Key struct {
	Label, Note, State string
	Value              Cell
}

// Highlight is a sentence for the management summary: what went well (ok), what
// needs attention (warn, bad), or what must be known ("").
type Highlight struct{ State, Text string }

// Source tells for a number in the section, for the annex, how it is computed,
// from what, and as of when.
type Source struct {
	Title, Formula, From string
	At                   Cell
}

func (Heading) block()   {}
func (Paragraph) block() {}
func (Notes) block()     {}
func (Table) block()     {}
func (Chart) block()     {}
func (Charts) block()    {}
func (Keys) block()      {}
func (Highlight) block() {}
func (Source) block()    {}
