package table

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"unicode/utf16"
)

// wide is a text in UTF-16 without a mark.
func wide(text string, order binary.ByteOrder) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, 0, 0)
		order.PutUint16(out[len(out)-2:], u)
	}
	return out
}

func packed(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAFileIsKnownByItsBytesAndNotByItsName(t *testing.T) {
	noise := make([]byte, 5000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	zeros := make([]byte, 4096)
	half := bytes.Repeat([]byte{0, 7, 0, 'a'}, 500) // zeros at every second place, and no text
	const csv = "order;day;amount\n1;05.11.2025;10,50\n2;06.11.2025;20,00\n"
	for name, x := range map[string]struct {
		head []byte
		want Guise
	}{
		"csv": {[]byte(csv), PlainText}, "empty": {nil, PlainText}, "one column": {[]byte("MZ\n1\n2\n"), PlainText},
		"utf-16 without mark": {wide(csv, binary.LittleEndian), PlainText}, "utf-16 the other way": {wide(csv, binary.BigEndian), PlainText},
		"utf-16 with mark":      {append([]byte("\xff\xfe"), wide("sor;ár\n1;2\n", binary.LittleEndian)...), PlainText},
		"latin":                 {[]byte("kund;ort\nK\xf6nig;M\xe4lm\xf6\n"), PlainText},
		"a stray sign":          {append(bytes.Repeat([]byte(csv), 10), 0x01, 0x1a), PlainText},
		"packed csv":            {packed(t, []byte(csv)), PlainText},
		"packed noise":          {packed(t, noise), Archive},
		"packed twice":          {packed(t, packed(t, []byte(csv))), Archive},
		"workbook":              {[]byte("PK\x03\x04\x14\x00\x06\x00[Content_Types].xml..PK\x03\x04xl/workbook.xml"), XLSX},
		"letter":                {[]byte("PK\x03\x04\x14\x00word/document.xml"), Document},
		"opendocument":          {[]byte("PK\x03\x04\x14\x00\x00\x00mimetypeapplication/vnd.oasis.opendocument.spreadsheet"), Document},
		"zip":                   {[]byte("PK\x03\x04\x14\x00\x00\x00orders.csv"), Archive},
		"old workbook":          {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), zeros...), OldWorkbook},
		"sqlite":                {append([]byte("SQLite format 3\x00"), zeros...), SQLiteFile},
		"parquet":               {append([]byte("PAR1"), noise...), ParquetFile},
		"pdf":                   {[]byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"), PDF},
		"png":                   {append([]byte("\x89PNG\r\n\x1a\n"), zeros...), Image},
		"jpeg":                  {append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"), noise...), Image},
		"elf":                   {append([]byte("\x7fELF\x02\x01\x01"), zeros...), Program},
		"windows program":       {append([]byte("MZ\x90\x00\x03"), zeros...), Program},
		"page":                  {[]byte("\n<!DOCTYPE html><html><body>Sign in"), HTML},
		"table of a page":       {[]byte("\xef\xbb\xbf<table><tr><td>1"), HTML},
		"xml":                   {[]byte(`<?xml version="1.0"?><orders/>`), XML},
		"json":                  {[]byte(`[{"order": 1}]`), JSON},
		"json lines":            {[]byte(`{ "order": 1 }` + "\n"), JSON},
		"a text in a bracket":   {[]byte("[order],[day]\n1,2\n"), PlainText},
		"noise":                 {noise, Binary},
		"zeros":                 {zeros, Binary},
		"zeros at every second": {half, Binary},
	} {
		if got := Look(x.head); got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
}

func FuzzLook(f *testing.F) {
	f.Add([]byte("a;b\n1;2\n"))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte("PK\x03\x04xl/"))
	f.Add([]byte("\xff\xfea\x00"))
	f.Fuzz(func(t *testing.T, head []byte) {
		if Look(head) == "" {
			t.Error("nothing said")
		}
	})
}
