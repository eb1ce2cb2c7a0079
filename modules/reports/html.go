package reports

import (
	_ "embed"
	"html/template"
	"io"

	"steward/kernel/report"
	"steward/lib/chart"
)

var (
	//go:embed pages/report.css
	reportStyle string
	//go:embed pages/document.html
	documentText string

	documentTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
		"kind":  kind,
		"chart": picture,
		"small": func(s chart.Scene) template.HTML { return s.Place(380).SVG() },
	}).Parse(documentText))
)

// writeHTML writes one file that needs no other: style and charts are in it.
func writeHTML(out io.Writer, d *report.Document) error {
	return documentTemplate.Execute(out, struct {
		*report.Document
		Style template.CSS
	}{d, template.CSS(reportStyle)})
}

// kind is the name of a block's type, by which the template tells them apart.
func kind(b report.Block) string {
	switch b.(type) {
	case report.Heading:
		return "heading"
	case report.Paragraph:
		return "paragraph"
	case report.Notes:
		return "notes"
	case report.Keys:
		return "keys"
	case report.Table:
		return "table"
	case report.Chart:
		return "chart"
	case report.Charts:
		return "charts"
	}
	return ""
}

// picture is a chart at the width of the page.
func picture(s chart.Scene) template.HTML { return s.Place(780).SVG() }
