package database

import "strings"

// Redact takes the values out of a statement: texts, numbers and comments, read
// as the engine reads them. Names, also quoted ones, stay. What does not end is
// cut there, so that a text cut in half shows nothing.
func Redact(e Engine, q string) string {
	var b strings.Builder
	space := false
	for i := 0; i < len(q); {
		c := q[i]
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			space = b.Len() > 0
			i++
			continue
		}
		if comment := strings.HasPrefix(q[i:], "--") || strings.HasPrefix(q[i:], "/*"); space && !comment {
			b.WriteByte(' ')
			space = false
		}
		switch {
		case strings.HasPrefix(q[i:], "--"), strings.HasPrefix(q[i:], "/*"):
			end, length := "*/", 2
			if c == '-' {
				end, length = "\n", 1
			}
			n := strings.Index(q[i+2:], end)
			if n < 0 {
				return strings.TrimSpace(b.String())
			}
			i += 2 + n + length
			space = b.Len() > 0
		case c == '\'', c == '"' && e == MySQL:
			escapes := e == MySQL || i > 0 && (q[i-1] == 'E' || q[i-1] == 'e')
			j := i + 1
			for ; j < len(q); j++ {
				if q[j] == '\\' && escapes {
					j++
				} else if q[j] == c {
					if j+1 >= len(q) || q[j+1] != c {
						break
					}
					j++
				}
			}
			b.WriteString("'…'")
			i = min(j+1, len(q))
		case c == '#' && e == MySQL:
			return strings.TrimSpace(b.String())
		case c == '"', c == '`', c == '[' && e == SQLServer:
			last := c
			if c == '[' {
				last = ']'
			}
			n := strings.IndexByte(q[i+1:], last)
			if n < 0 {
				b.WriteString("…")
				return b.String()
			}
			b.WriteString(q[i : i+n+2])
			i += n + 2
		case c == '$' && e == PostgreSQL && i+1 < len(q) && (q[i+1] == '$' || isLetter(q[i+1])):
			tag := strings.IndexByte(q[i+1:], '$')
			if tag < 0 {
				b.WriteString("…")
				return b.String()
			}
			mark := q[i : i+tag+2]
			b.WriteString("'…'")
			n := strings.Index(q[i+len(mark):], mark)
			if n < 0 {
				return b.String()
			}
			i += len(mark)*2 + n
		case c == '$' || c == ':' || c == '@' || c == '?': // a parameter or a variable
			j := i + 1
			for j < len(q) && (isLetter(q[j]) || q[j] >= '0' && q[j] <= '9') {
				j++
			}
			b.WriteString(q[i:j])
			i = j
		case c >= '0' && c <= '9':
			j := i
			for j < len(q) && (isLetter(q[j]) || q[j] >= '0' && q[j] <= '9' || q[j] == '.') {
				j++
			}
			b.WriteString("…")
			i = j
		case isLetter(c):
			j := i
			for j < len(q) && (isLetter(q[j]) || q[j] >= '0' && q[j] <= '9' || q[j] == '$' || q[j] == '#') {
				j++
			}
			b.WriteString(q[i:j])
			i = j
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}
