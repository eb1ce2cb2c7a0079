package words

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// saying is how a function takes a word: which argument is the key, which the
// English text, what stands before the key, and whether the first argument is
// the address of a record's field.
type saying struct {
	key, text int
	prefix    string
	field     bool
	// loose says that a key or text made at run time is no mistake: r.T with the
	// label of a record, which the program declares itself.
	loose bool
}

var calls = map[string]saying{
	"words.T":    {key: 0, text: 1},
	"fail.New":   {key: 1, text: 2},
	"fail.Field": {key: 1, text: 2, field: true},
	"fail.Named": {key: 1, text: 2},
}

// source is the Go files of one package.
type source struct {
	fset  *token.FileSet
	files []*ast.File
}

// words finds the calls. Functions that pass their own parameters on are found
// first; then their callers are read too.
func (s source) words() ([]Word, error) {
	helpers := map[string]saying{}
	for range 2 { // a helper of a helper
		for _, f := range s.files {
			s.scan(f, helpers, func(call *ast.CallExpr, how saying, in []function) {
				fn := in[len(in)-1]
				if k, t, prefix, ok := fn.passes(call.Args[how.key], call.Args[how.text]); ok && fn.name != "" && !how.field && !how.loose {
					helpers[fn.name] = saying{key: k, text: t, prefix: how.prefix + prefix}
				}
			})
		}
	}
	var out []Word
	var problems []error
	for _, f := range s.files {
		s.scan(f, helpers, func(call *ast.CallExpr, how saying, in []function) {
			at := s.fset.Position(call.Pos())
			key, ok1 := constant(call.Args[how.key])
			text, ok2 := constant(call.Args[how.text])
			w := Word{Key: how.prefix + key, English: text, File: at.Filename, Line: at.Line}
			if how.loose && (!ok1 || !ok2) {
				return
			}
			if !ok1 || !ok2 {
				fn := in[len(in)-1]
				if _, _, _, ok := fn.passes(call.Args[how.key], call.Args[how.text]); ok && fn.name != "" && !how.field {
					return
				}
				problems = append(problems, fmt.Errorf("%s:%d: key and English text must be constant strings", at.Filename, at.Line))
				return
			}
			if how.field && !strings.Contains(key, ".") { // with a dot the key is already whole
				if w.Record = typeOf(call.Args[0], in); w.Record == "" {
					problems = append(problems, fmt.Errorf("%s:%d: fail.Field needs the address of a field of a parameter, such as &c.Ends, or a key with the record's name in front", at.Filename, at.Line))
					return
				}
			}
			out = append(out, w)
		})
	}
	return out, errors.Join(problems...)
}

// function is one that stands around a call: its name, its parameters in order
// and their types.
type function struct {
	name  string
	order []string
	types map[string]string
}

// passes reports whether key (or "prefix" + key) and text are parameters.
func (f function) passes(key, text ast.Expr) (k, t int, prefix string, ok bool) {
	if b, isSum := key.(*ast.BinaryExpr); isSum && b.Op == token.ADD {
		if prefix, ok = constant(b.X); !ok {
			return 0, 0, "", false
		}
		key = b.Y
	}
	k, t = f.index(key), f.index(text)
	return k, t, prefix, k >= 0 && t >= 0
}

func (f function) index(e ast.Expr) int {
	if id, ok := e.(*ast.Ident); ok {
		for i, n := range f.order {
			if n == id.Name {
				return i
			}
		}
	}
	return -1
}

// scan calls found for every call that says a word, with the functions around.
func (s source) scan(file *ast.File, helpers map[string]saying, found func(*ast.CallExpr, saying, []function)) {
	in := []function{{}}
	var visit func(n ast.Node) bool
	inside := func(name string, recv *ast.FieldList, ft *ast.FuncType, body *ast.BlockStmt) {
		in = append(in, signature(name, recv, ft))
		if body != nil {
			ast.Inspect(body, visit)
		}
		in = in[:len(in)-1]
	}
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			inside(n.Name.Name, n.Recv, n.Type, n.Body)
			return false
		case *ast.AssignStmt: // refuse := func(key, text string) error {…}
			for i, r := range n.Rhs {
				lit, ok := r.(*ast.FuncLit)
				if id, named := n.Lhs[min(i, len(n.Lhs)-1)].(*ast.Ident); ok && named {
					inside(id.Name, nil, lit.Type, lit.Body)
				} else {
					ast.Inspect(r, visit)
				}
			}
			return false
		case *ast.FuncLit:
			inside("", nil, n.Type, n.Body)
			return false
		case *ast.CallExpr:
			var how saying
			var ok bool
			switch f := n.Fun.(type) {
			case *ast.Ident:
				if how, ok = helpers[f.Name]; !ok && f.Name == "t" {
					how, ok = saying{key: 0, text: 1, loose: true}, true
				}
			case *ast.SelectorExpr:
				if pkg, isName := f.X.(*ast.Ident); isName {
					how, ok = calls[pkg.Name+"."+f.Sel.Name]
				}
				if !ok && f.Sel.Name == "T" {
					how, ok = saying{key: 0, text: 1, loose: true}, true
				}
			}
			if ok && len(n.Args) > max(how.key, how.text) {
				found(n, how, in)
			}
		}
		return true
	}
	ast.Inspect(file, visit)
}

// signature reads receiver and parameters.
func signature(name string, recv *ast.FieldList, ft *ast.FuncType) function {
	f := function{name: name, types: map[string]string{}}
	for i, list := range []*ast.FieldList{recv, ft.Params} {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			t := field.Type
			if s, ok := t.(*ast.StarExpr); ok {
				t = s.X
			}
			for _, n := range field.Names {
				if id, ok := t.(*ast.Ident); ok {
					f.types[n.Name] = id.Name
				}
				if i == 1 {
					f.order = append(f.order, n.Name)
				}
			}
		}
	}
	return f
}

// typeOf is the type of c in &c.Ends.
func typeOf(e ast.Expr, in []function) string {
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
			for i := len(in) - 1; i >= 0; i-- {
				if n, ok := in[i].types[t.Name]; ok {
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
