// Package templates makes pages quick to write: what a template would call anew for each
// reader, though it is the same each time, is called once when the template is read.
package templates

import (
	"html/template"
	"text/template/parse"
)

// Settle writes into an HTML template, before it is first executed, what the functions
// known give that are called with nothing but texts: fixed words and icons. A text takes
// a tenth of what calling a function does. It serves functions that return a string,
// which is escaped as text or as an attribute in quotes, or template.HTML.
func Settle(t *template.Template, known template.FuncMap) {
	for _, part := range t.Templates() {
		if part.Tree != nil {
			settle(part.Tree.Root, known)
		}
	}
}

func settle(list *parse.ListNode, known template.FuncMap) {
	if list == nil {
		return
	}
	inner := func(b parse.BranchNode) { settle(b.List, known); settle(b.ElseList, known) }
	for i, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.IfNode:
			inner(n.BranchNode)
		case *parse.RangeNode:
			inner(n.BranchNode)
		case *parse.WithNode:
			inner(n.BranchNode)
		case *parse.ActionNode:
			if text, ok := said(n.Pipe, known); ok {
				list.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(text)}
			}
		}
	}
}

// said is what a call with nothing but texts writes.
func said(p *parse.PipeNode, known template.FuncMap) (string, bool) {
	call := p.Cmds[0].Args
	name, ok := call[0].(*parse.IdentifierNode)
	if !ok || len(p.Decl) > 0 || len(p.Cmds) > 1 || len(call) < 2 {
		return "", false
	}
	var texts []string
	for _, arg := range call[1:] {
		text, ok := arg.(*parse.StringNode)
		if !ok {
			return "", false
		}
		texts = append(texts, text.Text)
	}
	switch f := known[name.Ident].(type) {
	case func(key, english string, args ...any) string:
		return template.HTMLEscapeString(f(texts[0], texts[len(texts)-1])), len(texts) == 2
	case func(string) template.HTML:
		return string(f(texts[0])), len(texts) == 1
	case func(string) string:
		return template.HTMLEscapeString(f(texts[0])), len(texts) == 1
	}
	return "", false
}
