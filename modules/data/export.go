package data

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"

	"github.com/xuri/excelize/v2"

	"steward/engine/cube"
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
)

// mostExported bounds the rows of a file made of an exploration.
const mostExported = 100_000

// exportAnswer sends an exploration's table as a file: CSV as programs read it, or
// a workbook.
func exportAnswer(w http.ResponseWriter, r *web.Request) error {
	m, err := Metrics.Get(r.View, records.ID[Metric](r.PathValue("id")))
	if err != nil {
		return err
	}
	if ok, err := Metrics.Def().May(r.View, access.Export, m); err != nil || !ok {
		if err == nil {
			err = fail.New(fail.Forbidden, "data.may-not-export", "You may look at this but not take it away as a file.")
		}
		return err
	}
	q, err := parseAsked(r, m)
	if err != nil {
		return err
	}
	cols, err := columnsOf(r.View, m.Source)
	if err != nil {
		return err
	}
	full, err := q.question(m, m.dims(cols))
	if err != nil {
		return err
	}
	full.Limit = mostExported
	a, err := ask(r.Context(), r.View, m, full)
	if err != nil {
		return err
	}
	head := headOf(r, a, q, full)
	name := url.PathEscape(m.Name + " " + string(r.Today()))
	h := w.Header()
	if r.URL.Query().Get("format") == "csv" {
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+name+".csv")
		return writeCSV(w, head, a.Rows)
	}
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+name+".xlsx")
	return writeXLSX(w, r, a, q, head, full)
}

// headOf names the columns of an answer for the reader.
func headOf(r *web.Request, a *answer, q asked, full question) (head []string) {
	for _, d := range full.By {
		if d.Grain != "" {
			head = append(head, grainWord(r, d.Grain))
		} else {
			head = append(head, d.Column)
		}
	}
	return append(head, q.measures(r, a)...)
}

func writeCSV(w http.ResponseWriter, head []string, rows [][]cube.Value) error {
	out := csv.NewWriter(w)
	line := make([]string, len(head))
	for i, h := range head {
		line[i] = web.Harmless(h)
	}
	if err := out.Write(line); err != nil {
		return err
	}
	for _, row := range rows {
		for i := range line {
			switch v := row[i]; {
			case v.Null:
				line[i] = ""
			case v.Kind == cube.Text:
				line[i] = web.Harmless(v.String())
			default:
				line[i] = v.String()
			}
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeXLSX makes a workbook whose first sheet is the table and whose second says
// what it was made of.
func writeXLSX(w http.ResponseWriter, r *web.Request, a *answer, q asked, head []string, full question) error {
	f := excelize.NewFile()
	defer f.Close()
	sheet, about := r.T("data.explore.numbers", "Numbers"), r.T("data.explore.explained", "The number explained")
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	n := len(full.By)
	var values []float64
	for _, row := range a.Rows {
		values = append(values, float(row[n]))
	}
	formats := map[string]string{"amount": a.Metric.sheet(r.Lang, values...), "percent": r.Lang.SheetPercent(1), "month": r.Lang.SheetMonth(), "day": r.Lang.SheetDay()}
	styles := map[string]int{}
	for name, format := range formats {
		if styles[name], err = f.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return err
		}
	}
	s, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	if err := s.SetColWidth(1, len(head), 22); err != nil {
		return err
	}
	line := make([]any, len(head))
	for i, h := range head {
		line[i] = excelize.Cell{StyleID: bold, Value: h}
	}
	if err := s.SetRow("A1", line); err != nil {
		return err
	}
	for at, row := range a.Rows {
		for i := range head {
			switch v := row[i]; {
			case i < n:
				line[i] = label(r, r.Lang, v, full.By[i])
				if g := full.By[i].Grain; g == cube.Month || g == cube.Day {
					if first, _, ok := span(g, v.Text); ok {
						line[i] = excelize.Cell{StyleID: styles[string(g)], Value: records.Date(first).Time()}
					}
				}
			case v.Null:
				line[i] = nil
			case q.inPercent(i - n):
				line[i] = excelize.Cell{StyleID: styles["percent"], Value: v.Float / 100}
			case a.Metric.Unit == Percent:
				line[i] = excelize.Cell{StyleID: styles["amount"], Value: float(v) / 100}
			default:
				line[i] = excelize.Cell{StyleID: styles["amount"], Value: float(v)}
			}
		}
		if err := s.SetRow(fmt.Sprintf("A%d", at+2), line); err != nil {
			return err
		}
	}
	if err := s.Flush(); err != nil {
		return err
	}
	if _, err := f.NewSheet(about); err != nil {
		return err
	}
	why, err := explanation(r, a)
	if err != nil {
		return err
	}
	for i, x := range why {
		if err := f.SetSheetRow(about, fmt.Sprintf("A%d", i+1), &[]any{x.Label, x.Text}); err != nil {
			return err
		}
	}
	_, err = f.WriteTo(w)
	return err
}
