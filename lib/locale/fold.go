package locale

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the form of s that text is searched and sorted by on every
// database: lower case, without diacritics or compatibility forms, spaces
// collapsed. "Łódź  Straße" → "lodz strasse". Two texts that a person would
// type the same way fold to the same key; the key of a key is itself.
//
// One key serves readers of all five languages, so å, ä and ö sort with a and
// o, not after z. It compares bytewise (COLLATE "C" on PostgreSQL).
func Fold(s string) string {
	if plainASCII(s) {
		return s
	}
	for range 4 { // lower-casing may bring forth marks once more; in practice once is enough
		t := foldOnce(s)
		if t == s {
			break
		}
		s = t
	}
	return s
}

// plainASCII reports whether s is already its own key.
func plainASCII(s string) bool {
	space := true
	for i := range len(s) {
		c := s[i]
		if c >= 0x80 || c < ' ' || 'A' <= c && c <= 'Z' || c == ' ' && space || c == 0x7f {
			return false
		}
		space = c == ' '
	}
	return !space || s == ""
}

func foldOnce(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := true
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "")) {
		switch {
		case unicode.IsSpace(r):
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc):
			continue
		}
		space = false
		r = unicode.ToLower(r)
		if t, ok := letters[r]; ok {
			b.WriteString(t)
			continue
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(strings.TrimSuffix(b.String(), " "))
}

// letters are those that Unicode does not take apart.
var letters = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'ł': "l", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe",
	'ı': "i", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ĸ': "k", 'ς': "σ",
	'‘': "'", '’': "'", '‚': "'", '“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`,
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '−': "-", '⁄': "/",
}
