package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/jba/templatecheck"

	"steward/kernel/fail"
	"steward/lib/locale"
	"steward/lib/templates"
	dist "steward/web"
)

//go:embed pages/*.html
var pageFiles embed.FS

// Page is a template that can only be given a T. Its words are spoken in the
// reader's language: the template is compiled once a language, on first use.
type Page[T any] struct {
	files fs.FS
	name  string
	with  []string
	made  *sync.Map // spoken → *templatecheck.CheckedTemplate[T]
}

type spoken struct {
	words Speaker
	lang  locale.Lang
}

// declared are the pages whose templates nobody has checked yet.
var declared struct {
	sync.Mutex
	checks []func() error
}

// MustPage declares a page with its partials. Its template is read on first use:
// a program has many pages, and most commands show none. CheckPages reads them
// all when a server starts, so that what does not fit T stops it there.
func MustPage[T any](files fs.FS, name string, partials ...string) Page[T] {
	p := Page[T]{files, name, partials, &sync.Map{}}
	declared.Lock()
	defer declared.Unlock()
	declared.checks = append(declared.checks, func() error {
		if _, err := p.compile(plainEnglish{}, locale.En); err != nil {
			return fmt.Errorf("web: page %s: %w", p.name, err)
		}
		return nil
	})
	return p
}

// CheckPages checks each declared page against what it is given, once; the error
// names the first page that does not fit.
func CheckPages() error {
	declared.Lock()
	defer declared.Unlock()
	for _, check := range declared.checks {
		if err := check(); err != nil {
			return err
		}
	}
	declared.checks = nil
	return nil
}

func (p Page[T]) compile(words Speaker, lang locale.Lang) (*templatecheck.CheckedTemplate[T], error) {
	known := funcs(words, lang)
	t, err := template.New(path.Base(p.name)).Funcs(known).ParseFS(p.files, append([]string{p.name}, p.with...)...)
	if err != nil {
		return nil, err
	}
	templates.Settle(t, known)
	return templatecheck.NewChecked[T](t)
}

// rendered is the page without the shell, in a buffer to be put back.
func (p Page[T]) rendered(r *Request, v T) (*bytes.Buffer, error) {
	key := spoken{r.Site.Words, r.Lang}
	made, ok := p.made.Load(key)
	if !ok {
		t, err := p.compile(key.words, key.lang)
		if err != nil {
			return nil, err
		}
		made, _ = p.made.LoadOrStore(key, t)
	}
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	if err := made.(*templatecheck.CheckedTemplate[T]).Execute(b, v); err != nil {
		return nil, fmt.Errorf("page %s: %w", p.name, err)
	}
	return b, nil
}

// buffers are used again, or each page would grow one anew.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Body renders the page without the shell.
func (p Page[T]) Body(r *Request, v T) (template.HTML, error) {
	b, err := p.rendered(r, v)
	if err != nil {
		return "", err
	}
	defer buffers.Put(b)
	return template.HTML(b.String()), nil
}

// Part writes the page without the shell, for what script puts into another.
func (p Page[T]) Part(w http.ResponseWriter, r *Request, v T) error {
	b, err := p.rendered(r, v)
	if err == nil {
		defer buffers.Put(b)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, err = w.Write(b.Bytes())
	}
	return err
}

// Show writes the page in its shell.
func (p Page[T]) Show(w http.ResponseWriter, r *Request, s Shell, v T) error {
	return p.Status(w, r, http.StatusOK, s, v)
}

// Status writes the page in its shell with a status.
func (p Page[T]) Status(w http.ResponseWriter, r *Request, code int, s Shell, v T) error {
	body, err := p.Body(r, v)
	if err != nil {
		return err
	}
	return r.wrap(w, code, s, body)
}

// plainEnglish speaks the source text.
type plainEnglish struct{}

func (plainEnglish) Text(_ locale.Lang, _, english string, args map[string]any) string {
	return fail.Fill(english, args)
}

// PlainEnglish speaks the source text only; for tests and before catalogues are loaded.
func PlainEnglish() Speaker { return plainEnglish{} }

// funcs are what every template may call. t takes a key, the English text, and
// pairs of a name and a value.
func funcs(words Speaker, lang locale.Lang) template.FuncMap {
	return template.FuncMap{
		"t":      func(key, english string, args ...any) string { return words.Text(lang, key, english, pairs(args)) },
		"icon":   func(name string) template.HTML { return dist.Icon(name) },
		"asset":  func(name string) string { return dist.Asset(name) },
		"pill":   pill,
		"avatar": avatar,
		"num":    func(n int64) string { return lang.Int(n) },
		"lang":   func() string { return string(lang) },
	}
}

func pairs(args []any) map[string]any {
	if len(args) == 0 {
		return nil
	}
	m := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[fmt.Sprint(args[i])] = args[i+1]
	}
	return m
}

// pill is a state with its word: the colour is never alone.
func pill(state, text string) template.HTML {
	if !slices.Contains([]string{"ok", "warn", "bad", "info"}, state) {
		state = "mute"
	}
	return template.HTML(`<span class="pill ` + state + `">` + template.HTMLEscapeString(text) + `</span>`)
}

// avatar is a person's initials on a colour of the name.
func avatar(name string) template.HTML {
	var initials []rune
	hue := 0
	for _, part := range strings.Fields(name) {
		r := []rune(part)
		if len(initials) < 2 {
			initials = append(initials, r[0])
		}
		for _, c := range r {
			hue = (hue*31 + int(c)) % 5
		}
	}
	return template.HTML(fmt.Sprintf(`<span class="av h%d" aria-hidden="true">%s</span>`, hue, template.HTMLEscapeString(string(initials))))
}
