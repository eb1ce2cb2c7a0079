package table

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// encodings by the names they are asked for and reported as.
var encodings = map[string]encoding.Encoding{
	"utf-8":        nil,
	"utf-16le":     unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"utf-16be":     unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	"iso-8859-1":   charmap.ISO8859_1,
	"iso-8859-2":   charmap.ISO8859_2,
	"iso-8859-15":  charmap.ISO8859_15,
	"windows-1250": charmap.Windows1250,
	"windows-1252": charmap.Windows1252,
	"ibm850":       charmap.CodePage850,
	"macintosh":    charmap.Macintosh,
}

func encodingNamed(name string) (string, error) {
	n := strings.ToLower(strings.ReplaceAll(name, "_", "-"))
	switch n {
	case "latin1", "latin-1":
		n = "iso-8859-1"
	case "utf8":
		n = "utf-8"
	case "cp1250", "cp1252":
		n = "windows-" + n[2:]
	}
	if _, ok := encodings[n]; !ok {
		return "", Wrong("encoding", "there is no encoding %q; known are utf-8, utf-16le, utf-16be, iso-8859-1, iso-8859-2, iso-8859-15, windows-1250, windows-1252, ibm850, macintosh", name)
	}
	return n, nil
}

// detectEncoding names the encoding of a file by its beginning, and the size
// of its byte order mark. Without a mark: UTF-16 by its zeros, UTF-8 where it is
// valid, otherwise the single-byte page whose letters stand where letters do.
func detectEncoding(head []byte) (name string, mark int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return "utf-8", 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return "utf-16le", 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return "utf-16be", 2
	}
	var zeros [2]int
	for i, c := range head[:min(len(head), 4096)] {
		if c == 0 {
			zeros[i&1]++
		}
	}
	if half := min(len(head), 4096) / 2; half > 1 {
		if zeros[1] > half*7/10 && zeros[0] < half/10 {
			return "utf-16le", 0
		}
		if zeros[0] > half*7/10 && zeros[1] < half/10 {
			return "utf-16be", 0
		}
	}
	if validHead(head) || mostlyUTF8(head) {
		return "utf-8", 0
	}
	return singleByte(head), 0
}

// mostlyUTF8 says whether bytes that are no UTF-8 are rare among letters that
// are: a damaged row is kept aside then, instead of every letter misread.
func mostlyUTF8(b []byte) bool {
	good, wrong := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			wrong++
		case n > 1:
			good++
		}
		b = b[n:]
	}
	return good >= 20*wrong
}

// validHead is utf8.Valid that forgives a rune cut at the end.
func validHead(b []byte) bool {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= 0xc0 && !utf8.FullRune(b[len(b)-i:]) {
				b = b[:len(b)-i]
			}
			break
		}
	}
	return utf8.Valid(b)
}

// singleByte chooses between the western and the central European pages by
// bytes that are a letter in one and a sign in the other, counted inside words.
func singleByte(head []byte) string {
	var c1, central, iso2, western int
	letter := func(i int) bool { return i >= 0 && i < len(head) && head[i]|32 >= 'a' && head[i]|32 <= 'z' }
	for i, c := range head {
		if c < 0x80 {
			continue
		}
		word := letter(i-1) || letter(i+1)
		inside := letter(i-1) && letter(i+1)
		switch {
		case c < 0xa0:
			c1++ // signs and some letters in the Windows pages, unused in ISO
			if word && (c == 0x9c || c == 0x9f || c == 0x8c || c == 0x8f || c == 0x9e || c == 0x9a) {
				central++ // ś ź Ś Ź ž š; of these only œ and Ÿ, š, ž exist in 1252
			}
		case inside && (c == 0xb3 || c == 0xb9 || c == 0xbf), word && !inside && (c == 0xb3 || c == 0xb9) && letter(i-1):
			central += 2 // ł ą ż; in 1252 ³ ¹ ¿
			if c == 0xb9 {
				iso2--
			}
		case inside && (c == 0xb1 || c == 0xb6 || c == 0xbc):
			iso2 += 3 // ą ś ź; in 1252 ± ¶ ¼
		case word && (c == 0xea || c == 0xe6 || c == 0xf5 || c == 0xfb):
			central++ // ę ć ő ű, or ê æ õ û
		case word && (c == 0xe5 || c == 0xe3 || c == 0xe7 || c == 0xe8 || c == 0xf8 || c == 0xe0 || c == 0xf1 || c == 0xc5):
			western++ // å ã ç è ø à ñ
		}
	}
	switch {
	case iso2 > 0 && c1 == 0:
		return "iso-8859-2"
	case central > western:
		return "windows-1250"
	case c1 > 0:
		return "windows-1252"
	}
	return "iso-8859-1"
}

// decoded reads r in the named encoding as UTF-8, past a byte order mark.
func decoded(r io.Reader, name string, mark int) (io.Reader, error) {
	if mark > 0 {
		if _, err := io.CopyN(io.Discard, r, int64(mark)); err != nil {
			return nil, fmt.Errorf("read past the byte order mark: %w", err)
		}
	}
	if e := encodings[name]; e != nil {
		return e.NewDecoder().Reader(r), nil
	}
	return r, nil
}
