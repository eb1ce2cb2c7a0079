package words

import (
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// Scan finds the words in a tree of Go source and html/template files:
// {{t "key" "English" …}}, {{.T …}} and {{$.T …}} in templates; words.T,
// fail.New, fail.Field and fail.Named in Go, the functions of a package that
// only hand their own parameters to one of these, and r.T or t with constants.
// Key and text must be constants, since what the checker cannot see nobody
// translates; others are errors, except in r.T and t, which also say the labels
// that the program declares itself. Tests, testdata and hidden folders are passed over. A tree is read in
// one order, so the result is the same each time.
func Scan(fsys fs.FS, root string) ([]Word, error) {
	var out []Word
	var problems []error
	add := func(words []Word, err error) {
		out = append(out, words...)
		if err != nil {
			problems = append(problems, err)
		}
	}
	err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case !d.IsDir() && path.Ext(base) == ".html":
			b, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			add(scanTemplate(name, b))
			return nil
		case !d.IsDir():
			return nil
		case name != root && (base == "testdata" || base == "node_modules" || base == "dist" || strings.HasPrefix(base, ".")):
			return fs.SkipDir
		}
		entries, err := fs.ReadDir(fsys, name)
		if err != nil {
			return err
		}
		src := source{fset: token.NewFileSet()}
		for _, e := range entries {
			if e.IsDir() || path.Ext(e.Name()) != ".go" || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			file := path.Join(name, e.Name())
			b, err := fs.ReadFile(fsys, file)
			if err != nil {
				return err
			}
			f, err := parser.ParseFile(src.fset, file, b, parser.SkipObjectResolution)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			src.files = append(src.files, f)
		}
		add(src.words())
		return nil
	})
	return out, errors.Join(append(problems, err)...)
}
