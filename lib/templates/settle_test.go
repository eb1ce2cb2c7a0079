package templates

import (
	"fmt"
	"html/template"
	"strings"
	"testing"
)

func TestASettledTemplateWritesTheSameAndCallsNothingThatIsFixed(t *testing.T) {
	calls := 0
	known := template.FuncMap{
		"t": func(key, english string, args ...any) string { calls++; return english + fmt.Sprint(args...) },
		"icon": func(name string) template.HTML {
			calls++
			return template.HTML("<svg><use href=\"#" + name + "\"/></svg>")
		},
		"path": func(name string) string { calls++; return "/s/" + name },
		"num":  func(n int) string { calls++; return fmt.Sprint(n) },
	}
	const page = `{{define "foot"}}{{icon "end"}}{{end}}<p title="{{t "a" "\"Q\" & <A>"}}">{{t "b" "R & D <now>"}}</p>{{range .}}{{if eq . 1}}{{icon "plus"}}{{num .}}{{else}}{{t "c" "of " .}}{{end}}{{end}}` +
		`{{with 1}}<a href="{{path "x.css"}}">{{t "d" "{n}" "n" "fixed"}}</a>{{else}}{{icon "none"}}{{end}}{{template "foot"}}{{$v := t "e" "kept"}}{{$v}}{{t "f" "piped" | print}}`
	write := func(settled bool) (string, int) {
		made := template.Must(template.New("page").Funcs(known).Parse(page))
		if settled {
			Settle(made, known)
		}
		calls = 0
		var b strings.Builder
		if err := made.Execute(&b, []int{1, 2, 1}); err != nil {
			t.Fatal(err)
		}
		return b.String(), calls
	}
	want, before := write(false)
	got, after := write(true)
	if got != want {
		t.Errorf("settled it writes\n%s\nwant\n%s", got, want)
	}
	// What stays is called with what is not known before, num twice and "of" once, or has
	// a form that is left alone.
	if before != 12 || after != 6 {
		t.Errorf("%d calls before and %d after, want 12 and 6", before, after)
	}
}
