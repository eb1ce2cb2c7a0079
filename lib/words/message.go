package words

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"steward/lib/locale"
)

// message is a text cut at its placeholders.
type message []piece

// piece is literal text, an argument, or a word that follows a number.
type piece struct {
	text  string   // literal, or the placeholder as it stands
	name  string   // of the argument; "" for literal text
	forms []string // {count|day|days}
}

func parse(text string) message {
	var m message
	for text != "" {
		i := strings.IndexByte(text, '{')
		if i < 0 {
			break
		}
		n := strings.IndexByte(text[i:], '}')
		if n < 0 {
			break
		}
		name, rest, plural := strings.Cut(text[i+1:i+n], "|")
		if !isName(name) { // a brace that is no placeholder
			m = append(m, piece{text: text[:i+1]})
			text = text[i+1:]
			continue
		}
		if i > 0 {
			m = append(m, piece{text: text[:i]})
		}
		p := piece{text: text[i : i+n+1], name: name}
		if plural {
			p.forms = strings.Split(rest, "|")
		}
		m = append(m, p)
		text = text[i+n+1:]
	}
	if text != "" {
		m = append(m, piece{text: text})
	}
	return m
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-' || i > 0 && c >= '0' && c <= '9') {
			return false
		}
	}
	return s != ""
}

// fill writes the message with its arguments in a language's manner. An
// argument that is not given leaves its placeholder, so that the mistake shows.
func (m message) fill(l locale.Lang, args Args) string {
	if len(m) == 1 && m[0].name == "" {
		return m[0].text
	}
	var b strings.Builder
	for _, p := range m {
		v, ok := args[p.name]
		switch {
		case p.name == "" || !ok:
			b.WriteString(p.text)
		case p.forms != nil:
			b.WriteString(form(l, p.forms, v))
		default:
			b.WriteString(show(l, v))
		}
	}
	return b.String()
}

// form picks the word that follows the number v; v that is no number counts as
// many.
func form(l locale.Lang, forms []string, v any) string {
	c := locale.Other
	if n, ok := whole(v); ok {
		c = l.Plural(n)
	} else if f, ok := v.(float64); ok {
		c = l.PluralFloat(f)
	} else if f, ok := v.(float32); ok {
		c = l.PluralFloat(float64(f))
	}
	for i, k := range l.Categories() {
		if k == c {
			return forms[min(i, len(forms)-1)]
		}
	}
	return forms[len(forms)-1]
}

// show writes an argument: whole numbers grouped, measurements with at most
// two digits, moments as day and time; text as it is.
func show(l locale.Lang, v any) string {
	if n, ok := whole(v); ok {
		return l.Int(n)
	}
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return l.Short(v, 2)
	case float32:
		return l.Short(float64(v), 2)
	case time.Duration:
		return l.Duration(v)
	case time.Time:
		return l.Moment(v, locale.Medium)
	case nil:
		return locale.Unknown
	}
	return fmt.Sprint(v)
}

func whole(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case int32:
		return int64(n), true
	case int16:
		return int64(n), true
	case int8:
		return int64(n), true
	case uint8:
		return int64(n), true
	case uint16:
		return int64(n), true
	case uint32:
		return int64(n), true
	}
	return 0, false
}

// names lists the arguments a message uses, sorted, each once.
func (m message) names() []string {
	seen := map[string]bool{}
	var out []string
	for _, p := range m {
		if p.name != "" && !seen[p.name] {
			seen[p.name] = true
			out = append(out, p.name)
		}
	}
	sort.Strings(out)
	return out
}
