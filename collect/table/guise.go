package table

import (
	"bytes"
	"compress/gzip"
	"io"
	"unicode/utf8"
)

// Guise is what a file seems to be by its first bytes, whatever its name says.
type Guise string

const (
	PlainText   Guise = "text" // in any encoding, UTF-16 without a mark too: it may hold a table
	XLSX        Guise = "xlsx"
	OldWorkbook Guise = "xls" // or a workbook locked with a password, which lies in the same wrapping
	SQLiteFile  Guise = "sqlite"
	ParquetFile Guise = "parquet"
	Document    Guise = "document" // of a word processor, a presentation, an OpenDocument
	Archive     Guise = "archive"
	PDF         Guise = "pdf"
	Image       Guise = "image"
	Program     Guise = "program"
	HTML        Guise = "html"
	XML         Guise = "xml"
	JSON        Guise = "json"
	Binary      Guise = "binary" // bytes that no text has, of a kind not known here
)

// GuiseBytes is how much of a file's beginning Look wants.
const GuiseBytes = 64 << 10

// signatures are first bytes that only one kind of file has.
var signatures = []struct {
	begins string
	guise  Guise
}{
	{"SQLite format 3\x00", SQLiteFile}, {"PAR1", ParquetFile}, {"\xd0\xcf\x11\xe0", OldWorkbook}, {"%PDF-", PDF},
	{"\x89PNG\r\n", Image}, {"\xff\xd8\xff", Image}, {"GIF8", Image}, {"II*\x00", Image}, {"MM\x00*", Image}, {"RIFF", Image}, {"\x00\x00\x01\x00", Image},
	{"\x7fELF", Program}, {"MZ", Program}, {"\xcf\xfa\xed\xfe", Program}, {"\xca\xfe\xba\xbe", Program}, {"\x00asm", Program},
	{"7z\xbc\xaf", Archive}, {"Rar!", Archive}, {"BZh", Archive}, {"\xfd7zXZ", Archive}, {"\x28\xb5\x2f\xfd", Archive}, {"PK\x05\x06", Archive},
}

// Look says what a file seems to be. Text packed with gzip is text, as the reader
// of CSV unpacks it.
func Look(head []byte) Guise {
	if bytes.HasPrefix(head, []byte("\x1f\x8b")) {
		if g := unpackedGuise(head); g == PlainText {
			return g
		}
		return Archive
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return zipGuise(head)
	}
	strange := strangeBytes(head)
	for _, s := range signatures {
		// A few letters alone, such as MZ, may begin a text too.
		if bytes.HasPrefix(head, []byte(s.begins)) && (strange || len(s.begins) > 4 || !plainLetters(s.begins)) {
			return s.guise
		}
	}
	if strange {
		return Binary
	}
	return textGuise(head)
}

// unpackedGuise looks at what gzip packed; what is cut off at the head's end
// counts as far as it goes.
func unpackedGuise(head []byte) Guise {
	z, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return Archive
	}
	inner, _ := io.ReadAll(io.LimitReader(z, GuiseBytes))
	if bytes.HasPrefix(inner, []byte("\x1f\x8b")) {
		return Archive
	}
	return Look(inner)
}

// zipGuise tells workbooks from other archives by the names of the first files
// inside, which stand unpacked.
func zipGuise(head []byte) Guise {
	switch {
	case bytes.Contains(head, []byte("xl/")):
		return XLSX
	case bytes.Contains(head, []byte("word/")), bytes.Contains(head, []byte("ppt/")), bytes.Contains(head, []byte("mimetypeapplication/vnd.oasis")):
		return Document
	}
	return Archive
}

// textGuise tells tables from pages and data that are text as well.
func textGuise(head []byte) Guise {
	name, mark := detectEncoding(head)
	if name == "utf-16le" || name == "utf-16be" {
		return PlainText
	}
	text := bytes.ToLower(bytes.TrimSpace(head[mark:]))
	for _, begins := range []string{"<!doctype html", "<html", "<table", "<head", "<body", "<meta"} {
		if bytes.HasPrefix(text, []byte(begins)) {
			return HTML
		}
	}
	first := func(signs string) bool { return len(text) > 0 && bytes.IndexByte([]byte(signs), text[0]) >= 0 }
	rest := []byte{}
	if len(text) > 0 {
		rest = bytes.TrimSpace(text[1:])
	}
	switch {
	case bytes.HasPrefix(text, []byte("<?xml")):
		return XML
	case first("{") && bytes.HasPrefix(rest, []byte(`"`)), first("[") && (bytes.HasPrefix(rest, []byte("{")) || bytes.HasPrefix(rest, []byte("["))):
		return JSON
	}
	return PlainText
}

func plainLetters(s string) bool {
	for _, c := range []byte(s) {
		if c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return true
}

// strangeBytes says whether more than one in fifty bytes is one that no text has.
// A few stray ones, as exports of old programs hold them, do no harm.
func strangeBytes(head []byte) bool {
	if name, _ := detectEncoding(head); name == "utf-16le" || name == "utf-16be" {
		return strangeUnits(head, name == "utf-16be")
	}
	strange := 0
	for _, c := range head {
		if control(rune(c)) {
			strange++
		}
	}
	return strange*50 > len(head)
}

// strangeUnits is strangeBytes for UTF-16.
func strangeUnits(head []byte, big bool) bool {
	strange, units := 0, len(head)/2
	for i := range units {
		c := rune(head[2*i]) | rune(head[2*i+1])<<8
		if big {
			c = rune(head[2*i])<<8 | rune(head[2*i+1])
		}
		if control(c) || c == 0xfffe || c == utf8.RuneError {
			strange++
		}
	}
	return strange*50 > units
}

// control tells signs that stand in no text; tab, line ends, form feed, the sign
// that ends files of old programs and those that begin sequences are usual.
func control(c rune) bool {
	switch c {
	case '\t', '\n', '\r', '\f', '\v', 0x1a, 0x1b:
		return false
	}
	return c < 0x20
}
