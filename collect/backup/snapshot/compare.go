package snapshot

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Check is one question of a comparison and its answer.
type Check struct {
	Name     string   // tables, columns, rows, contents, constraints, objects, sequences, extensions, roles, grants, owners, encoding
	Compared int      // how many things were compared
	Wrong    []string // what differs, each a sentence; at most maxWrong
	More     int      // how many more differ
	Unknown  string   // why it could not be answered, or not in full
}

// maxWrong bounds the sentences of one check.
const maxWrong = 25

func (c *Check) wrong(format string, args ...any) {
	if len(c.Wrong) < maxWrong {
		c.Wrong = append(c.Wrong, fmt.Sprintf(format, args...))
		return
	}
	c.More++
}

// Terms are how strictly two snapshots are compared.
type Terms struct {
	// Physical: the copy is of a whole cluster, where unlogged tables are empty
	// and sequences stand up to 32 steps ahead (SEQ_LOG_VALS of PostgreSQL).
	Physical bool
	// Live: want is the source as it is now and not the snapshot that was dumped.
	// Rows may differ by Tolerance (0.1 is a tenth, and always 10 rows), contents
	// are not compared, and a table that has rows must not be empty.
	Live      bool
	Tolerance float64
	// Later is the source at a moment after the one that the copy was rolled
	// forward to: the copy stands between want and it. What only one of the two
	// has may be there or not, and rows lie between both. nil: not known.
	Later *Snapshot
}

// later lists what the later source has, nil when it is not known.
func (t Terms) later(list func(*Snapshot) []string) *[]string {
	if t.Later == nil {
		return nil
	}
	return new(list(t.Later))
}

// Compare says in what got, a restored copy, differs from want, its source.
func Compare(want, got *Snapshot, t Terms) []Check {
	return append(compareTables(want, got, t),
		sameOf("constraints", constraintLines(want), constraintLines(got), t.later(constraintLines)),
		sameOf("objects", want.Objects, got.Objects, t.later(func(s *Snapshot) []string { return s.Objects })),
		compareSequences(want, got, t),
		sameOf("extensions", want.Extensions, got.Extensions, t.later(func(s *Snapshot) []string { return s.Extensions })),
		compareRoles(want, got, t),
		sameOf("grants", want.Grants, got.Grants, t.later(func(s *Snapshot) []string { return s.Grants })),
		compareEncoding(want, got),
	)
}

func compareTables(want, got *Snapshot, t Terms) []Check {
	tables, columns, owners, rows, contents := Check{Name: "tables"}, Check{Name: "columns"}, Check{Name: "owners"}, Check{Name: "rows"}, Check{Name: "contents"}
	there := map[string]Table{}
	for _, g := range got.Tables {
		there[g.Name] = g
	}
	expected, later := map[string]bool{}, map[string]Table{}
	if t.Later != nil {
		for _, l := range t.Later.Tables {
			later[l.Name] = l
		}
	}
	inexact := 0
	for _, w := range want.Tables {
		expected[w.Name] = true
		tables.Compared++
		g, ok := there[w.Name]
		l, stays := later[w.Name]
		if !ok {
			if t.Later == nil || stays {
				tables.wrong("%s %s is missing", w.Kind, w.Name)
			}
			continue
		}
		if w.Kind != g.Kind {
			tables.wrong("%s is a %s, not a %s", w.Name, g.Kind, w.Kind)
		}
		columns.Compared++
		if w.Columns != g.Columns && !(stays && l.Columns == g.Columns) {
			columns.wrong("%s has other columns", w.Name)
		}
		owners.Compared++
		if w.Owner != g.Owner && !(stays && l.Owner == g.Owner) {
			owners.wrong("%s belongs to %s, not to %s", w.Name, g.Owner, w.Owner)
		}
		if w.Rows < 0 || g.Rows < 0 {
			continue
		}
		rows.Compared++
		if w.Unlogged && t.Physical {
			if g.Rows != 0 {
				rows.wrong("%s is unlogged and has %d rows in a copy of the cluster, where it must be empty", w.Name, g.Rows)
			}
			continue
		}
		if stays && l.Rows >= 0 {
			w.Most = max(l.Rows, 1)
		}
		compareRows(&rows, w, g, t)
		switch {
		case t.Live || w.Most != 0 || w.Print == "" || g.Print == "":
			inexact++
		default:
			contents.Compared++
			if w.Print != g.Print {
				contents.wrong("%s holds other rows than its source did (%d and %d)", w.Name, g.Rows, w.Rows)
			}
		}
	}
	for _, g := range got.Tables {
		if _, came := later[g.Name]; !expected[g.Name] && !came {
			tables.wrong("%s %s was not in the source", g.Kind, g.Name)
		}
	}
	if inexact > 0 {
		contents.Unknown = fmt.Sprintf("%d of %d tables have no fingerprint of the dump's own moment to compare with", inexact, inexact+contents.Compared)
	}
	return []Check{tables, columns, owners, rows, contents}
}

func compareRows(c *Check, w, g Table, t Terms) {
	least, most := w.Rows, w.Rows
	switch {
	case t.Live:
		if w.Most != 0 { // it stands between two moments of the source
			least, most = min(w.Rows, w.Most), max(w.Rows, w.Most)
		}
		slack := max(10, int64(math.Ceil(float64(most)*t.Tolerance)))
		least, most = least-slack, most+slack
	case w.Most != 0:
		// Not taken in one snapshot: rows came and went while it was dumped.
		least, most = min(w.Rows, w.Most), max(w.Rows, w.Most)
		slack := int64(math.Ceil(float64(most) * 0.01))
		least, most = least-slack, most+slack
	}
	switch {
	case g.Rows == 0 && w.Rows > 0 && !(t.Live && w.Most == 1): // 1: the source has none now
		c.wrong("%s is empty; the source has %d rows", w.Name, w.Rows)
	case g.Rows < least || g.Rows > most:
		if least == most {
			c.wrong("%s has %d rows, not %d", w.Name, g.Rows, w.Rows)
		} else {
			c.wrong("%s has %d rows, not %d to %d", w.Name, g.Rows, max(least, 0), most)
		}
	}
}

func constraintLines(s *Snapshot) []string {
	lines := make([]string, 0, len(s.Constraints))
	for _, c := range s.Constraints {
		valid := ""
		if !c.Valid {
			valid = " (not valid)"
		}
		lines = append(lines, c.Kind+" "+c.Name+" on "+c.Table+": "+c.Definition+valid)
	}
	return lines
}

// sameOf compares two lists as sets; see Terms.Later.
func sameOf(name string, want, got []string, later *[]string) Check {
	c := Check{Name: name, Compared: len(want)}
	for _, w := range want {
		if !slices.Contains(got, w) && (later == nil || slices.Contains(*later, w)) {
			c.wrong("missing: %s", w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) && (later == nil || !slices.Contains(*later, g)) {
			c.wrong("not in the source: %s", g)
		}
	}
	return c
}

func compareRoles(want, got *Snapshot, t Terms) Check {
	c := Check{Name: "roles", Compared: len(want.Roles)}
	there := map[string]string{}
	for _, g := range got.Roles {
		name, rest, _ := strings.Cut(g, ": ")
		there[strings.TrimSuffix(name, ":")] = rest
	}
	for _, w := range want.Roles {
		name, rest, _ := strings.Cut(w, ": ")
		name = strings.TrimSuffix(name, ":")
		if t.Later != nil && !slices.Contains(t.Later.Roles, w) {
			continue // it was changed or dropped since
		}
		switch g, ok := there[name]; {
		case !ok:
			c.wrong("role %s is missing", name)
		case g != rest:
			c.wrong("role %s is '%s', not '%s'", name, g, rest)
		}
	}
	return c
}

func compareSequences(want, got *Snapshot, t Terms) Check {
	c := Check{Name: "sequences", Compared: len(want.Sequences)}
	there := map[string]Sequence{}
	for _, g := range got.Sequences {
		there[g.Name] = g
	}
	for _, w := range want.Sequences {
		g, ok := there[w.Name]
		if !ok && t.Later != nil && !slices.ContainsFunc(t.Later.Sequences, func(s Sequence) bool { return s.Name == w.Name }) {
			continue
		}
		if !ok {
			c.wrong("sequence %s is missing", w.Name)
			continue
		}
		least, most := min(w.Value, w.Until), max(w.Value, w.Until)
		if t.Physical {
			ahead := 33 * w.Step
			least, most = least+min(ahead, 0), most+max(ahead, 0)
		}
		if !t.Live && (g.Value < least || g.Value > most) {
			c.wrong("sequence %s stands at %d, not at %d", w.Name, g.Value, w.Value)
		}
	}
	return c
}

func compareEncoding(want, got *Snapshot) Check {
	c := Check{Name: "encoding", Compared: 1}
	if want.Encoding != got.Encoding {
		c.wrong("it is %q, not %q", got.Encoding, want.Encoding)
	}
	return c
}

// Window folds in a second snapshot, taken after the dump, into one taken before
// it: a table that is the same in both is what was dumped; of one that is not, its
// rows are known within a window, and its contents are not.
func (s *Snapshot) Window(after *Snapshot) (differ int) {
	there := map[string]Table{}
	for _, t := range after.Tables {
		there[t.Name] = t
	}
	for i, t := range s.Tables {
		if a, ok := there[t.Name]; ok && (a.Print != t.Print || a.Rows != t.Rows) {
			s.Tables[i].Most, s.Tables[i].Print = max(a.Rows, 1), ""
			differ++
		}
	}
	return differ
}
