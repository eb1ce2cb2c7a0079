package cube

import (
	"fmt"
	"slices"
	"strings"
)

// ranks says whether an aggregate needs to know a row's place in its group.
func (c *compiled) ranks() bool {
	return slices.ContainsFunc(c.atoms, func(a *atom) bool { return a.agg == "percentile" || a.agg == "last" })
}

// ranked puts two layers under the grouping: the inner one keeps the rows asked
// for with their dimensions and what the aggregates are taken of, the outer one
// adds each value's place in its group and the group's latest day. ROW_NUMBER and
// COUNT OVER are spoken by both databases; PERCENTILE_CONT is not.
// It returns what to select from, and how dimensions and operands are called there.
func (s *statement) ranked(from string, dims []string, of []operand) (string, []string, []operand) {
	var inner, outer layer
	for i, d := range dims {
		dims[i] = inner.add(d, "d")
	}
	group := ""
	if len(dims) > 0 {
		group = "PARTITION BY " + strings.Join(dims, ", ")
	}
	for i, a := range s.c.atoms {
		o := &of[i]
		if a.agg == "rows" {
			continue
		}
		o.x = inner.add(o.x, "x")
		switch a.agg {
		case "percentile": // where no value stands differs between databases: last here
			order := "ORDER BY CASE WHEN " + o.x + " IS NULL THEN 1 ELSE 0 END, " + o.x
			o.rank = outer.add("ROW_NUMBER() OVER ("+strings.TrimSpace(group+" "+order)+")", "r")
			o.size = outer.add("COUNT("+o.x+") OVER ("+group+")", "n")
		case "last":
			o.day = inner.add(s.day(s.c.time), "t")
			o.last = outer.add("MAX(CASE WHEN "+o.x+" IS NOT NULL THEN "+o.day+" END) OVER ("+group+")", "l")
		}
	}
	text := "(SELECT " + strings.Join(append(slices.Clone(inner.names), outer.terms()...), ",\n       ") +
		"\nFROM (SELECT " + strings.Join(inner.terms(), ",\n       ") + "\nFROM " + from + ") AS picked) AS ranked"
	return text, dims, of
}

// layer is the columns of a SELECT, each expression once.
type layer struct{ exprs, names []string }

// add names an expression by a letter and a number.
func (l *layer) add(e, letter string) string {
	if i := slices.Index(l.exprs, e); i >= 0 {
		return l.names[i]
	}
	name := fmt.Sprintf("%s%d", letter, len(l.exprs)+1)
	l.exprs, l.names = append(l.exprs, e), append(l.names, name)
	return name
}

func (l *layer) terms() []string {
	out := make([]string, len(l.exprs))
	for i, e := range l.exprs {
		out[i] = e + " AS " + l.names[i]
	}
	return out
}

// neighbours writes the values on both sides of rank (n-1)·p and their count.
// The rank is computed there exactly as percentileRank does, one product of
// floats, and compared with whole numbers only, so the two agree on which
// values these are; the interpolation is left to this package.
func (s *statement) neighbours(a *atom, of operand) string {
	rank := s.arg(a.percent/100) + " * (" + of.size + " - 1)"
	pick := func(place, next string) string {
		return "MAX(CASE WHEN " + place + " <= " + rank + " AND " + next + " > " + rank + " THEN " + of.x + " END)"
	}
	return "COUNT(" + of.x + "), " + pick(of.rank+" - 1", of.rank) + ", " + pick(of.rank+" - 2", of.rank+" - 1")
}

// percentile reads what neighbours asked for.
func (c *cells) percentile(a *atom) acc {
	n := c.int()
	_, low, _ := c.number(c.next())
	_, high, _ := c.number(c.next())
	if n == 0 {
		return acc{}
	}
	_, part := percentileRank(a.percent, int(n))
	return acc{n: n, f: interpolate(low, high, part) / a.expr.unit()}
}
