package cube

import "strings"

// SplitList cuts a list at commas that stand outside brackets and quotes.
func SplitList(s string) []string {
	var list []string
	depth, from := 0, 0
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"' || c == '`':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == ',' && depth <= 0:
			list, from = append(list, s[from:i]), i+1
		}
	}
	list = append(list, s[from:])
	out := list[:0]
	for _, x := range list {
		if x = strings.TrimSpace(x); x != "" {
			out = append(out, x)
		}
	}
	return out
}

// Names are the columns a query names, so that only these need be loaded. The
// date column it may go by unsaid is not among them.
func (q Query) Names() []string {
	var names []string
	for _, m := range q.Measures {
		names = m.node.names(names)
	}
	for _, d := range q.By {
		if d.Column != "" {
			names = append(names, d.Column)
		}
	}
	if q.Where != nil {
		names = q.Where.names(names)
	}
	if q.Time != "" {
		names = append(names, q.Time)
	}
	return names
}

func (n *node) names(list []string) []string {
	if n == nil {
		return list
	}
	if n.atom != nil {
		list = n.atom.expr.names(list)
	}
	return n.right.names(n.left.names(list))
}

func (e *expr) names(list []string) []string {
	if e == nil {
		return list
	}
	if e.op == 'c' {
		list = append(list, e.name)
	}
	return e.right.names(e.left.names(list))
}

func (c *Cond) names(list []string) []string {
	if c.Column != "" {
		list = append(list, c.Column)
	}
	for i := range c.And {
		list = c.And[i].names(list)
	}
	for i := range c.Or {
		list = c.Or[i].names(list)
	}
	return list
}
