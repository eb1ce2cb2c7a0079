package words

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
	tmpl "text/template/parse"
)

// calls are the functions that say a word, and which argument is the key; the
// English text is the next one.
var calls = map[string]int{
	"words.T": 0, "fail.New": 1, "fail.Field": 1, "fail.Named": 1,
}

// Scan finds the words in a tree of Go source and html/template files:
// {{t "key" "English" …}}, {{.T …}} and {{$.T …}} in templates; words.T,
// fail.New, fail.Field and fail.Named in Go. Key and text must be constants,
// since what the checker cannot see nobody translates; others are errors.
// Tests, testdata and hidden folders are passed over. A tree is read in one
// order, so the result is the same each time.
func Scan(fsys fs.FS, root string) ([]Word, error) {
	var out []Word
	var problems []error
	err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (base == "testdata" || base == "node_modules" || base == "dist" || strings.HasPrefix(base, ".")):
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(base, "_test.go"):
			return nil
		}
		var find func(string, []byte) ([]Word, error)
		switch path.Ext(base) {
		case ".go":
			find = scanGo
		case ".html":
			find = scanTemplate
		default:
			return nil
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		words, err := find(name, b)
		if err != nil {
			problems = append(problems, err)
		}
		out = append(out, words...)
		return nil
	})
	return out, errors.Join(append(problems, err)...)
}

// scanGo finds the calls in one Go file.
func scanGo(name string, src []byte) ([]Word, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var out []Word
	var problems []error
	var types []map[string]string // parameter → type, of the functions around
	var visit func(n ast.Node) bool
	inside := func(recv *ast.FieldList, ft *ast.FuncType, body *ast.BlockStmt) {
		types = append(types, parameters(recv, ft))
		if body != nil {
			ast.Inspect(body, visit)
		}
		types = types[:len(types)-1]
	}
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			inside(n.Recv, n.Type, n.Body)
			return false
		case *ast.FuncLit:
			inside(nil, n.Type, n.Body)
			return false
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			at, ok := calls[pkg.Name+"."+sel.Sel.Name]
			if !ok || len(n.Args) < at+2 {
				return true
			}
			line := fset.Position(n.Pos()).Line
			key, ok1 := constant(n.Args[at])
			text, ok2 := constant(n.Args[at+1])
			if !ok1 || !ok2 {
				problems = append(problems, fmt.Errorf("%s:%d: key and English text of %s.%s must be constant strings", name, line, pkg.Name, sel.Sel.Name))
				return true
			}
			w := Word{Key: key, English: text, File: name, Line: line}
			if sel.Sel.Name == "Field" {
				w.Record = typeOf(n.Args[0], types)
				if w.Record == "" {
					problems = append(problems, fmt.Errorf("%s:%d: fail.Field needs the address of a field of a parameter, such as &c.Ends", name, line))
					return true
				}
			}
			out = append(out, w)
		}
		return true
	}
	ast.Inspect(file, visit)
	return out, errors.Join(problems...)
}

// parameters maps receiver and parameters to the name of their type.
func parameters(recv *ast.FieldList, ft *ast.FuncType) map[string]string {
	out := map[string]string{}
	for _, list := range []*ast.FieldList{recv, ft.Params} {
		if list == nil {
			continue
		}
		for _, f := range list.List {
			t := f.Type
			if s, ok := t.(*ast.StarExpr); ok {
				t = s.X
			}
			if id, ok := t.(*ast.Ident); ok {
				for _, n := range f.Names {
					out[n.Name] = id.Name
				}
			}
		}
	}
	return out
}

// typeOf is the type of c in &c.Ends.
func typeOf(e ast.Expr, types []map[string]string) string {
	u, ok := e.(*ast.UnaryExpr)
	if !ok || u.Op != token.AND {
		return ""
	}
	x := u.X
	for {
		switch t := x.(type) {
		case *ast.SelectorExpr:
			x = t.X
			continue
		case *ast.Ident:
			for i := len(types) - 1; i >= 0; i-- {
				if n, ok := types[i][t.Name]; ok {
					return n
				}
			}
		}
		return ""
	}
}

// constant is the value of a string literal or of literals joined by +.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		a, ok1 := constant(e.X)
		b, ok2 := constant(e.Y)
		return a + b, ok1 && ok2 && e.Op == token.ADD
	case *ast.ParenExpr:
		return constant(e.X)
	}
	return "", false
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
	seen := map[token.Pos]bool{}
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
		if !seen[token.Pos(c.Pos)] {
			seen[token.Pos(c.Pos)] = true
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
