package web

import (
	"bytes"
	"html/template"
	"sort"
	"sync"
)

// Icon draws an icon of the sprite inline: the name is a file name of
// vendor/icons without its ending (docs/interface.md lists which means what).
// It is decoration and hidden from assistive technology; the text beside it,
// or the button's label, carries the meaning. An unknown name draws the
// question mark, so a wrong name in data never breaks a page; HasIcon and
// IconNames let definitions and tests refuse it earlier.
func Icon(name string) template.HTML {
	if drawn, ok := icons()[name]; ok {
		return drawn
	}
	return icons()["help-circle"]
}

// HasIcon reports whether the sprite holds an icon of that name.
func HasIcon(name string) bool { return icons()[name] != "" }

// IconNames returns the names of all icons, sorted.
func IconNames() []string {
	out := make([]string, 0, len(icons()))
	for n := range icons() {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

var icons = sync.OnceValue(func() map[string]template.HTML {
	out := map[string]template.HTML{}
	for _, part := range bytes.Split(files()["icons.svg"].body, []byte(`<symbol id="`))[1:] {
		name, _, _ := bytes.Cut(part, []byte(`"`))
		out[string(name)] = template.HTML(`<svg class="i" aria-hidden="true"><use href="` + Asset("icons.svg") + "#" + string(name) + `"/></svg>`)
	}
	return out
})
