package importing

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"steward/kernel/fail"
	"steward/lib/locale"
)

// Limits of a file, so that reading one takes bounded memory.
const (
	maxColumns  = 300
	maxRows     = 1_000_000
	maxCell     = 100_000   // bytes
	maxRecord   = 8 << 20   // bytes of a CSV's row, before it is known how many cells it has
	maxUnzipped = 400 << 20 // bytes of a whole XLSX
	maxSheet    = 16 << 20  // bytes kept in memory of a part; more goes to a temporary file
)

// source yields the rows of a file, the head first; io.EOF at the end.
type source interface {
	// Next returns the cells and the line they stand in.
	Next() ([]string, int, error)
	Close() error
}

// open reads CSV in its usual encodings and delimiters, or the first sheet of an
// XLSX. lang says which old encoding is likely.
func open(f *os.File, lang locale.Lang) (source, error) {
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return openSheet(f)
	}
	if bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")) {
		return nil, fail.Named("file", "importing.old-excel", "This is an old Excel file (.xls) or one with a password. Save it as .xlsx or CSV.")
	}
	if !bytes.HasPrefix(head, []byte("\xff\xfe")) && !bytes.HasPrefix(head, []byte("\xfe\xff")) && bytes.IndexByte(head, 0) >= 0 {
		return nil, fail.Named("file", "importing.binary", "This is neither CSV nor Excel: it holds bytes that no text has. Save it as .xlsx or as CSV in UTF-8.")
	}
	return openCSV(f, head, lang)
}

type csvSource struct {
	r    *csv.Reader
	in   *capped
	line int // of the last row
}

func openCSV(f io.Reader, head []byte, lang locale.Lang) (source, error) {
	text := decoder(head, lang)
	if text != nil {
		f = transform.NewReader(f, text.NewDecoder())
		var err error
		if head, err = io.ReadAll(transform.NewReader(bytes.NewReader(head), text.NewDecoder())); err != nil && len(head) == 0 {
			return nil, notCSV(1)
		}
	}
	in := bufio.NewReaderSize(f, 256<<10)
	if b, err := in.Peek(3); err == nil && string(b) == "\xef\xbb\xbf" {
		in.Discard(3)
	}
	most := &capped{r: in, left: maxUnzipped, row: maxRecord}
	r := csv.NewReader(most)
	r.Comma = delimiter(string(head))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	return &csvSource{r: r, in: most}, nil
}

// decoder is the encoding of a text that is not UTF-8; nil if it is.
func decoder(head []byte, lang locale.Lang) encoding.Encoding {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case utf8.Valid(head[:whole(head)]):
		return nil
	case lang == locale.Pl || lang == locale.Hu:
		return charmap.Windows1250
	}
	return charmap.Windows1252
}

// whole is how much of a cut text ends with a whole character.
func whole(b []byte) int {
	for i := 1; i <= 3 && i <= len(b); i++ {
		if c := b[len(b)-i]; c >= 0xc0 {
			if !utf8.FullRune(b[len(b)-i:]) {
				return len(b) - i
			}
			break
		}
	}
	return len(b)
}

// delimiter is the character that splits the first line most often, quoted
// parts left out.
func delimiter(head string) rune {
	line, quoted := map[rune]int{}, false
	for _, c := range strings.TrimPrefix(head, "\ufeff") {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			quoted = true // the rest counts no more
			goto done
		case strings.ContainsRune(",;\t|", c):
			line[c]++
		}
	}
done:
	best, n := ',', 0
	for _, c := range []rune{',', ';', '\t', '|'} {
		if line[c] > n {
			best, n = c, line[c]
		}
	}
	return best
}

func notCSV(line int) error {
	return fail.Named("file", "importing.not-csv", "Line {line} is not CSV: a quotation mark stands where none can be.").With("line", line)
}

func (s *csvSource) Next() ([]string, int, error) {
	s.in.row = maxRecord
	cells, err := s.r.Read()
	if errors.Is(err, errLong) {
		return nil, s.line + 1, longCell(s.line + 1)
	}
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return nil, bad.Line, notCSV(bad.Line)
	}
	if err != nil {
		return nil, 0, err
	}
	s.line, _ = s.r.FieldPos(0)
	return cells, s.line, checkRow(cells, s.line)
}

func (s *csvSource) Close() error { return nil }

func checkRow(cells []string, line int) error {
	if len(cells) > maxColumns {
		return fail.Named("file", "importing.columns", "Line {line} has more than {max} columns.").With("line", line).With("max", maxColumns)
	}
	for _, c := range cells {
		if len(c) > maxCell {
			return longCell(line)
		}
	}
	return nil
}

func longCell(line int) error {
	return fail.Named("file", "importing.cell", "Line {line} has a cell of more than {max} bytes; is a closing quotation mark missing?").With("line", line).With("max", maxCell)
}

// errLong ends the reading of a row that has no end.
var errLong = errors.New("a row is too long")

// capped refuses to read on for ever.
type capped struct {
	r    io.Reader
	left int64
	row  int64 // what may still be read for one row
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, fail.New(fail.TooLarge, "importing.too-large", "The file holds more than can be taken in at once.")
	}
	if c.row <= 0 {
		return 0, errLong
	}
	n, err := c.r.Read(p)
	c.left, c.row = c.left-int64(n), c.row-int64(n)
	return n, err
}

type sheetSource struct {
	file *excelize.File
	rows *excelize.Rows
	line int
}

// openSheet opens an XLSX after its directory says that it is no bomb.
func openSheet(f *os.File) (source, error) {
	bad := fail.Named("file", "importing.not-xlsx", "This is not an Excel file that can be read. Save it as .xlsx or CSV.")
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, bad.Because(err)
	}
	var sum uint64
	for _, part := range z.File {
		sum += part.UncompressedSize64
	}
	if sum > maxUnzipped || len(z.File) > 2000 {
		return nil, fail.New(fail.TooLarge, "importing.too-large", "The file holds more than can be taken in at once.")
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	x, err := excelize.OpenReader(f, excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxSheet, RawCellValue: true})
	if err != nil {
		return nil, bad.Because(err)
	}
	names := x.GetSheetList()
	if len(names) == 0 {
		x.Close()
		return nil, bad
	}
	rows, err := x.Rows(names[0])
	if err != nil {
		x.Close()
		return nil, bad.Because(err)
	}
	return &sheetSource{file: x, rows: rows}, nil
}

func (s *sheetSource) Next() ([]string, int, error) {
	if !s.rows.Next() {
		if err := s.rows.Error(); err != nil {
			return nil, s.line, fail.Named("file", "importing.not-xlsx", "This is not an Excel file that can be read. Save it as .xlsx or CSV.").Because(err)
		}
		return nil, s.line, io.EOF
	}
	s.line++
	cells, err := s.rows.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, s.line, fail.Named("file", "importing.not-xlsx", "This is not an Excel file that can be read. Save it as .xlsx or CSV.").Because(err)
	}
	return cells, s.line, checkRow(cells, s.line)
}

func (s *sheetSource) Close() error { return errors.Join(s.rows.Close(), s.file.Close()) }
