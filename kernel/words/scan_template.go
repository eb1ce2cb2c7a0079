package words

import (
	"bytes"
	"slices"
	tmpl "text/template/parse"
)

func sorted(s []string) []string { slices.Sort(s); return s }

func lineAt(src []byte, pos int) int { return 1 + bytes.Count(src[:min(pos, len(src))], []byte("\n")) }

// says reports whether a command's first word is t, .T or $.T.
func says(n tmpl.Node) bool {
	switch n := n.(type) {
	case *tmpl.IdentifierNode:
		return n.Ident == "t"
	case *tmpl.FieldNode:
		return n.Ident[len(n.Ident)-1] == "T"
	case *tmpl.VariableNode:
		return len(n.Ident) > 1 && n.Ident[len(n.Ident)-1] == "T"
	}
	return false
}

// walk visits every command of a template, also those in parentheses.
func walk(n tmpl.Node, visit func(*tmpl.CommandNode)) {
	list := func(l *tmpl.ListNode) {
		if l != nil {
			walk(l, visit)
		}
	}
	pipe := func(p *tmpl.PipeNode) {
		if p == nil {
			return
		}
		for _, c := range p.Cmds {
			walk(c, visit)
		}
	}
	switch n := n.(type) {
	case *tmpl.ListNode:
		for _, c := range n.Nodes {
			walk(c, visit)
		}
	case *tmpl.ActionNode:
		pipe(n.Pipe)
	case *tmpl.TemplateNode:
		pipe(n.Pipe)
	case *tmpl.IfNode:
		pipe(n.Pipe)
		list(n.List)
		list(n.ElseList)
	case *tmpl.WithNode:
		pipe(n.Pipe)
		list(n.List)
		list(n.ElseList)
	case *tmpl.RangeNode:
		pipe(n.Pipe)
		list(n.List)
		list(n.ElseList)
	case *tmpl.PipeNode:
		pipe(n)
	case *tmpl.CommandNode:
		visit(n)
		for _, a := range n.Args {
			walk(a, visit)
		}
	case *tmpl.ChainNode:
		walk(n.Node, visit)
	}
}
