package lists

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/locale"
)

// xlsxFile is a workbook as a person reads it: the list's columns under their names,
// numbers, days and amounts as such. Rows beyond what a sheet takes go to a further
// one. Of a large list only the latest 16 MB are in memory, the rest is in a temporary file.
type xlsxFile struct {
	w      http.ResponseWriter
	r      *web.Request
	d      *records.Def
	book   *excelize.File
	sheet  *excelize.StreamWriter
	sheets int
	at     int // row of the sheet that was written last
	fields []*records.Field
	styles map[string]int // by number format
	head   int            // style of the head
}

// mostSheetRows is how many rows a sheet of a workbook takes.
const mostSheetRows = 1 << 20

func openXLSX(w http.ResponseWriter, r *web.Request, d *records.Def, in url.Values) (file, []*records.Field, error) {
	all, n, err := r.Columns(d, in)
	if err != nil {
		return nil, nil, err
	}
	if in.Get("col") == "*" {
		n = len(all)
	}
	x := &xlsxFile{w: w, r: r, d: d, book: excelize.NewFile(), styles: map[string]int{}}
	for _, f := range all[:n] {
		if f.Kind != records.Secret {
			x.fields = append(x.fields, f)
		}
	}
	x.head, err = x.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Border: []excelize.Border{{Type: "bottom", Style: 1, Color: "151922"}}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "bottom"}})
	if err == nil {
		err = x.begin()
	}
	return x, x.fields, err
}

// begin opens the next sheet with its head, which stays in sight.
func (x *xlsxFile) begin() (err error) {
	x.sheets++
	name := sheetName(x.r.Plural(x.d), x.sheets)
	if x.sheets == 1 {
		err = x.book.SetSheetName("Sheet1", name)
	} else if err = x.sheet.Flush(); err == nil {
		_, err = x.book.NewSheet(name)
	}
	if err != nil {
		return err
	}
	if x.sheet, err = x.book.NewStreamWriter(name); err != nil {
		return err
	}
	title := x.r.T("kernel.web.name", "Name")
	if x.d.Title != nil {
		title = x.r.Label(x.d, x.d.Title)
	}
	row := []any{title, x.r.T("lists.number", "Number")}
	widths := []float64{36, 12}
	for _, f := range x.fields {
		label := x.r.Label(x.d, f)
		row = append(row, label)
		widths = append(widths, width(f, label))
		if f.Kind == records.Amount { // to be reckoned with, and imported again
			row, widths = append(row, label+": "+x.r.T("lists.currency", "currency")), append(widths, 12)
		}
	}
	for i, w := range widths {
		if err := x.sheet.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	if err := x.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i := range row {
		row[i] = excelize.Cell{StyleID: x.head, Value: row[i]}
	}
	x.at = 1
	return x.sheet.SetRow("A1", row)
}

func (x *xlsxFile) row(rec records.Record, labels web.Labels) error {
	if x.at == mostSheetRows {
		if err := x.begin(); err != nil {
			return err
		}
	}
	x.at++
	row := []any{x.r.NameOf(rec, labels), rec.Human()}
	for _, f := range x.fields {
		cell, err := x.cell(f, rec.Value(f), labels)
		if err != nil {
			return err
		}
		row = append(row, cell)
		if f.Kind == records.Amount {
			m, _ := rec.Value(f).(records.Money)
			row = append(row, m.Currency)
		}
	}
	return x.sheet.SetRow(fmt.Sprintf("A%d", x.at), row)
}

func (x *xlsxFile) end() error {
	defer x.book.Close()
	if err := x.sheet.Flush(); err != nil {
		return err
	}
	_, err := x.book.WriteTo(x.w)
	return err
}

// firstDay is the first that a workbook counts as everybody does.
var firstDay = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)

// cell is a value as a workbook keeps it; what it cannot keep is a text.
func (x *xlsxFile) cell(f *records.Field, v any, labels web.Labels) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case float64:
		return x.styled(v, "#,##0.####"+x.unit(f))
	case records.Money:
		digits, _ := locale.Digits(v.Currency)
		return x.styled(float64(v.Minor)/math.Pow10(digits), "#,##0"+point(digits)+` "`+v.Currency+`"`)
	case int64:
		switch {
		case f.Kind == records.Instant:
			return x.moment(records.Moment(v).Time().In(x.r.Zone), x.dayFormat()+" hh:mm")
		case f.Kind == records.Decimal:
			return x.styled(float64(v)/math.Pow10(f.Scale), "#,##0"+point(f.Scale)+x.unit(f))
		case f.Format == "year":
			return x.styled(v, "0")
		}
		return x.styled(v, "#,##0"+x.unit(f))
	case string:
		if f.Kind == records.DateKind && v != "" {
			return x.moment(records.Date(v).Time(), x.dayFormat())
		}
		if v == "" {
			return nil, nil
		}
		if f.Kind == records.Text || f.Kind == records.LongText {
			return v, nil
		}
	}
	return x.r.Cell(x.d, f, v, labels).Text, nil
}

// moment writes a day or moment of the reader's clock.
func (x *xlsxFile) moment(t time.Time, format string) (any, error) {
	there := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	if there.Before(firstDay) {
		return there.Format(time.DateOnly), nil
	}
	return x.styled(float64(there.Unix()-firstDay.Unix())/86400+61, format)
}

func (x *xlsxFile) styled(v any, format string) (any, error) {
	id, ok := x.styles[format]
	if !ok {
		var err error
		if id, err = x.book.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return nil, err
		}
		x.styles[format] = id
	}
	return excelize.Cell{StyleID: id, Value: v}, nil
}

// dayFormat is how the reader's language writes a day: dd.mm.yyyy.
func (x *xlsxFile) dayFormat() string {
	return strings.NewReplacer("2026", "yyyy", "03", "mm", "05", "dd", ".", `\.`, " ", `\ `, "\u00a0", `\ `).Replace(x.r.Lang.Day("2026-03-05", locale.Short))
}

// unit writes a field's unit behind its numbers.
func (x *xlsxFile) unit(f *records.Field) string {
	if f.UnitText == "" {
		return ""
	}
	return ` "` + strings.ReplaceAll(x.r.T("unit."+f.UnitText, f.UnitText), `"`, "") + `"`
}

func point(digits int) string {
	if digits == 0 {
		return ""
	}
	return "." + strings.Repeat("0", digits)
}

// width is how many characters wide a column is.
func width(f *records.Field, label string) float64 {
	w := 14.0
	switch f.Kind {
	case records.Text, records.Link, records.RefKind:
		w = 24
	case records.LongText:
		w = 50
	case records.Instant, records.Amount:
		w = 18
	}
	return min(max(w, float64(len([]rune(label)))+2), 50)
}

// sheetName is a name that workbooks take: at most 31 characters, none of []:*?/\.
func sheetName(title string, n int) string {
	clean := []rune(strings.Trim(strings.Map(func(c rune) rune {
		if strings.ContainsRune(`[]:*?/\`, c) {
			return ' '
		}
		return c
	}, title), " '"))
	name := strings.TrimSpace(string(clean[:min(len(clean), 26)]))
	if n > 1 {
		name = fmt.Sprintf("%s %d", name, n)
	}
	return name
}
