package cube

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

func quoteJSON(s string) []byte { b, _ := json.Marshal(s); return b }

// token is a word of a measure, dimension or filter.
type token struct {
	kind byte // 'n' name, '"' quoted name, '\'' text, '0' number or bare value, 'p' punctuation, 0 the end
	text string
	at   int
}

// tokens cuts an expression. Names may be quoted as "…", `…` or […], texts as '…'.
// A bare date such as 2024-05-31 is one token.
func tokens(s string) ([]token, error) {
	var list []token
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		start := i
		switch {
		case unicode.IsSpace(r):
			i += size
			continue
		case r == '"' || r == '`' || r == '[' || r == '\'':
			closing := byte(r)
			if r == '[' {
				closing = ']'
			}
			var b strings.Builder
			i++
			for ; ; i++ {
				if i >= len(s) {
					return nil, fmt.Errorf("%q at position %d is opened and not closed", string(r), start+1)
				}
				if s[i] == closing {
					if i+1 < len(s) && s[i+1] == closing && closing != ']' {
						i++
					} else {
						break
					}
				}
				b.WriteByte(s[i])
			}
			i++
			kind := byte('"')
			if r == '\'' {
				kind = '\''
			}
			list = append(list, token{kind, b.String(), start})
		case r >= '0' && r <= '9':
			for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.') {
				i++
			}
			if d := s[start:]; len(d) >= 7 && len(s[start:i]) == 4 && d[4] == '-' && (isDigit(d[5]) || d[5] == 'Q' || d[5] == 'W') {
				for i < len(s) && (isDigit(s[i]) || strings.IndexByte("-:TQWZ", s[i]) >= 0) {
					i++
				}
			}
			list = append(list, token{'0', s[start:i], start})
		case unicode.IsLetter(r) || r == '_':
			for i < len(s) {
				r, size := utf8.DecodeRuneInString(s[i:])
				if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && !unicode.IsMark(r) {
					break
				}
				i += size
			}
			list = append(list, token{'n', s[start:i], start})
		default:
			i += size
			if i < len(s) && (strings.HasPrefix(s[start:], "<=") || strings.HasPrefix(s[start:], ">=") || strings.HasPrefix(s[start:], "!=") || strings.HasPrefix(s[start:], "<>") || strings.HasPrefix(s[start:], "==")) {
				i++
			}
			list = append(list, token{'p', s[start:i], start})
		}
	}
	return append(list, token{0, "", len(s)}), nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// parser walks over tokens. Depth bounds nesting.
type parser struct {
	list  []token
	depth int
}

func (p *parser) peek() token { return p.list[0] }

func (p *parser) next() token {
	t := p.list[0]
	if t.kind != 0 {
		p.list = p.list[1:]
	}
	return t
}

// take consumes punctuation or a keyword, case aside.
func (p *parser) take(text string) bool {
	t := p.peek()
	if (t.kind == 'p' || t.kind == 'n') && strings.EqualFold(t.text, text) {
		p.next()
		return true
	}
	return false
}

func (p *parser) wrong(want string) error {
	t := p.peek()
	if t.kind == 0 {
		return fmt.Errorf("it ends where %s is wanted", want)
	}
	return fmt.Errorf("%q at position %d stands where %s is wanted", t.text, t.at+1, want)
}

const maxDepth = 100

func (p *parser) deeper() error {
	if p.depth++; p.depth > maxDepth {
		return fmt.Errorf("it is nested more than %d deep", maxDepth)
	}
	return nil
}
