package reports

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"steward/kernel/report"
	"steward/lib/chart"
	"steward/lib/locale"
)

// writeXLSX writes a workbook: a sheet for each section, numbers as numbers, and
// under each chart's title its values.
func writeXLSX(out io.Writer, d *report.Document) error {
	f := excelize.NewFile()
	defer f.Close()
	b := &book{file: f, names: map[string]bool{}, formats: map[styled]int{}}
	at := d.At.UTC().Format(time.RFC3339)
	b.do(f.SetDocProps(&excelize.DocProperties{Title: d.Title + " · " + d.Period, Creator: d.Producer, LastModifiedBy: d.Producer, Created: at, Modified: at, Language: string(d.Lang)}))
	b.styles()
	for i, s := range d.Sections {
		b.sheet(i, s.Title)
		if i == 0 {
			b.line(b.title, d.Organisation)
			b.line(b.title, d.Title+" · "+d.Period)
			for _, fact := range d.Facts {
				b.line(0, fact[0], fact[1])
			}
			b.row++
		}
		b.line(b.title, s.Title)
		for _, block := range s.Blocks {
			b.block(block)
		}
		for col, w := range b.widths {
			name, _ := excelize.ColumnNumberToName(col + 1)
			b.do(f.SetColWidth(b.name, name, name, min(max(w+2, 9), 60)))
		}
	}
	if b.err != nil {
		return fmt.Errorf("write the workbook: %w", b.err)
	}
	raw, err := f.WriteToBuffer()
	if err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return rezip(out, raw.Bytes(), d.At)
}

// book is the workbook with the sheet being written.
type book struct {
	file         *excelize.File
	name         string
	row          int
	widths       []float64
	names        map[string]bool
	formats      map[styled]int
	title, head  int
	wrapped, sub int
	err          error
}

func (b *book) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *book) style(s *excelize.Style) int {
	id, err := b.file.NewStyle(s)
	b.do(err)
	return id
}

func (b *book) styles() {
	b.title = b.style(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}})
	b.sub = b.style(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 12}})
	b.head = b.style(&excelize.Style{Font: &excelize.Font{Bold: true}, Border: []excelize.Border{{Type: "bottom", Style: 1, Color: "151922"}}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "bottom"}})
	b.wrapped = b.style(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
}

// format is the style of a number format.
func (b *book) format(f string, bold bool) int {
	if f == "" {
		f = locale.SheetNumber(0)
	}
	key := styled{f, bold}
	if id, ok := b.formats[key]; ok {
		return id
	}
	s := &excelize.Style{CustomNumFmt: &f, Alignment: &excelize.Alignment{Vertical: "top"}}
	if bold {
		s.Font = &excelize.Font{Bold: true}
	}
	id := b.style(s)
	b.formats[key] = id
	return id
}

// styled is a number format, bold or not.
type styled struct {
	format string
	bold   bool
}

// sheet begins a sheet with a name that workbooks take: at most 31 characters,
// none of []:*?/\, and no name twice.
func (b *book) sheet(i int, title string) {
	clean := strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) {
			return ' '
		}
		return r
	}, title), " '")
	runes := []rune(clean)
	name := strings.TrimSpace(string(runes[:min(len(runes), 31)]))
	for n := 2; name == "" || b.names[strings.ToLower(name)]; n++ {
		tail := " " + strconv.Itoa(n)
		name = strings.TrimSpace(string(runes[:min(len(runes), 31-len(tail))])) + tail
	}
	b.names[strings.ToLower(name)] = true
	if i == 0 {
		b.do(b.file.SetSheetName("Sheet1", name))
	} else {
		_, err := b.file.NewSheet(name)
		b.do(err)
	}
	b.name, b.row, b.widths = name, 1, nil
}

func (b *book) put(col int, v any, style int) {
	at, err := excelize.CoordinatesToCellName(col+1, b.row)
	b.do(err)
	if s, ok := v.(string); ok {
		b.do(b.file.SetCellStr(b.name, at, s))
	} else {
		b.do(b.file.SetCellValue(b.name, at, v))
	}
	if style != 0 {
		b.do(b.file.SetCellStyle(b.name, at, at, style))
	}
}

// wide notes how wide a column's text is.
func (b *book) wide(col int, text string) {
	for len(b.widths) <= col {
		b.widths = append(b.widths, 0)
	}
	for _, l := range strings.Split(text, "\n") {
		b.widths[col] = max(b.widths[col], float64(len([]rune(l))))
	}
}

func (b *book) line(style int, values ...string) {
	for i, v := range values {
		b.put(i, v, style)
	}
	b.row++
}

func (b *book) block(block report.Block) {
	switch x := block.(type) {
	case report.Heading:
		b.row++
		b.line(b.sub, x.Text)
	case report.Paragraph:
		b.line(0, x.Text)
	case report.Notes:
		for _, n := range x {
			b.row++
			b.line(b.sub, n.Title)
			for _, l := range n.Lines {
				b.line(0, l)
			}
			if n.Rest != "" {
				b.line(0, n.Rest)
			}
		}
	case report.Keys:
		for _, k := range x {
			b.put(0, k.Label, 0)
			b.wide(0, k.Label)
			b.cell(1, k.Value)
			b.put(2, k.Note, 0)
			b.row++
		}
	case report.Table:
		b.table(x)
	case report.Chart:
		b.numbers(x.Scene)
	case report.Charts:
		for _, one := range x {
			b.numbers(one.Scene)
		}
	}
}

func (b *book) table(t report.Table) {
	if len(t.Rows) == 0 {
		b.line(0, t.Empty)
		return
	}
	b.row++
	for i, c := range t.Columns {
		b.put(i, c.Title, b.head)
		b.wide(i, c.Title)
	}
	b.row++
	for _, row := range t.Rows {
		for i, c := range row {
			b.cell(i, c)
		}
		b.row++
	}
	b.row++
}

// cell writes a value with its format, or a text.
func (b *book) cell(col int, c report.Cell) {
	v, format := c.Value, c.Format
	switch x := v.(type) {
	case nil:
		b.put(col, c.Text, b.wrapped)
		b.wide(col, c.Text)
		return
	case time.Time: // workbooks know no zone: what the clock on the wall said
		v = time.Date(x.Year(), x.Month(), x.Day(), x.Hour(), x.Minute(), x.Second(), 0, time.UTC)
	case float64:
		if strings.Contains(format, "%") {
			v = x / 100
		}
	}
	id := b.format(format, c.Bold)
	b.put(col, v, id)
	at, err := excelize.CoordinatesToCellName(col+1, b.row)
	b.do(err)
	shown, err := b.file.GetCellValue(b.name, at) // fractions that the text leaves out
	b.do(err)
	b.wide(col, c.Text)
	b.wide(col, shown)
}

// numbers writes a chart's values, and its labels as days where they are periods.
func (b *book) numbers(s chart.Scene) {
	b.row++
	b.line(b.sub, s.Title)
	t := s.Numbers
	for i, h := range t.Head {
		b.put(i, h, b.head)
	}
	b.row++
	for n, row := range t.Rows {
		for i, text := range row {
			c := report.Cell{Text: text}
			if n < len(t.Raw) && i < len(t.Raw[n]) {
				c.Value = t.Raw[n][i]
			}
			if i < len(t.Sheet) {
				c.Format = t.Sheet[i]
			}
			b.cell(i, c)
		}
		b.row++
	}
}

// rezip writes a workbook's parts in the order of their names with one date, so
// that the same workbook is the same file.
func rezip(out io.Writer, raw []byte, at time.Time) error {
	in, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	slices.SortFunc(in.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	z := zip.NewWriter(out)
	for _, part := range in.File {
		w, err := z.CreateHeader(&zip.FileHeader{Name: part.Name, Method: zip.Deflate, Modified: at.UTC().Truncate(2 * time.Second)})
		if err != nil {
			return err
		}
		r, err := part.Open()
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, r); err != nil {
			return err
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	return z.Close()
}
