package agentproto

import "fmt"

// What a body may hold, besides its size. An inventory nests eight deep; the
// largest machines have some 20,000 packages of a dozen values each.
const (
	maxDepth  = 24
	maxRows   = 32_000  // objects
	maxValues = 400_000 // of objects and lists together
	maxString = 256 << 10
)

// bounds holds JSON against what a body may hold while it arrives, before
// anything of it is built: a list of empty objects takes a hundred times its
// length once it is read. It tells strings from structure and nothing more;
// whether it is JSON at all, the reader says.
type bounds struct {
	size, rows, values, depth int
	text                      int // length of the string that is being read
	within, escaped           bool
}

// take counts the next bytes; an error, which wraps ErrTooLarge, says which bound they break.
func (b *bounds) take(p []byte) error {
	b.size += len(p)
	for _, c := range p {
		if b.within {
			b.text++
			switch {
			case b.escaped:
				b.escaped = false
			case c == '\\':
				b.escaped = true
			case c == '"':
				b.within = false
			case c == '<', c == '>', c == '&':
				b.size += len(`\u003c`) - 1 // so it is written
			}
			if b.text > maxString {
				return fmt.Errorf("%w: one text has more than %d KB", ErrTooLarge, maxString>>10)
			}
			continue
		}
		switch c {
		case '"':
			b.within, b.text = true, 0
		case '{':
			b.rows++
			b.depth++
		case '[':
			b.values++
			b.depth++
		case ',':
			b.values++
		case '}', ']':
			b.depth--
		}
		if b.depth > maxDepth {
			return fmt.Errorf("%w: it nests deeper than %d", ErrTooLarge, maxDepth)
		}
	}
	switch {
	case b.size > MaxBody:
		return fmt.Errorf("%w: it unpacks to more than %d MB", ErrTooLarge, MaxBody>>20)
	case b.rows > maxRows:
		return fmt.Errorf("%w: it has more than %d objects", ErrTooLarge, maxRows)
	case b.values > maxValues:
		return fmt.Errorf("%w: it has more than %d values", ErrTooLarge, maxValues)
	}
	return nil
}
