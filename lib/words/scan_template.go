package words

import (
	"bytes"
	"errors"
	"fmt"
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

// scanTemplate finds t in one template file.
func scanTemplate(name string, src []byte) ([]Word, error) {
	tree := tmpl.New(name)
	tree.Mode = tmpl.SkipFuncCheck
	set := map[string]*tmpl.Tree{}
	if _, err := tree.Parse(string(src), "", "", set); err != nil {
		return nil, err
	}
	var out []Word
	var problems []error
	seen := map[tmpl.Pos]bool{}
	command := func(c *tmpl.CommandNode) {
		if len(c.Args) < 3 || !says(c.Args[0]) {
			if len(c.Args) > 0 && says(c.Args[0]) {
				problems = append(problems, fmt.Errorf("%s:%d: t needs a key and an English text", name, lineAt(src, int(c.Pos))))
			}
			return
		}
		line := lineAt(src, int(c.Pos))
		key, ok1 := c.Args[1].(*tmpl.StringNode)
		text, ok2 := c.Args[2].(*tmpl.StringNode)
		if !ok1 || !ok2 {
			problems = append(problems, fmt.Errorf("%s:%d: key and English text of t must be constant strings", name, line))
			return
		}
		if !seen[c.Pos] {
			seen[c.Pos] = true
			out = append(out, Word{Key: key.Text, English: text.Text, File: name, Line: line})
		}
	}
	names := make([]string, 0, len(set))
	for n := range set {
		names = append(names, n)
	}
	for _, n := range sorted(names) {
		if set[n].Root != nil {
			walk(set[n].Root, command)
		}
	}
	return out, errors.Join(problems...)
}
