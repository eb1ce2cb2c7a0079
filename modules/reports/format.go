package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/report"
	"steward/modules/reports/pdf"
)

// Format is what a report is written as.
type Format string

const (
	PDF  Format = "pdf"
	XLSX Format = "xlsx"
	HTML Format = "html"
)

// Formats are all, the usual first.
var Formats = []Format{PDF, XLSX, HTML}

// ParseFormat reads the name of a format.
func ParseFormat(s string) (Format, error) {
	if f := Format(strings.ToLower(s)); slices.Contains(Formats, f) {
		return f, nil
	}
	return "", fail.Named("format", "reports.format", "{value} is not a format of the report; choose pdf, xlsx or html.").With("value", s)
}

// Type is the media type.
func (f Format) Type() string {
	switch f {
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case HTML:
		return "text/html; charset=utf-8"
	}
	return "application/pdf"
}

// Write writes a document in a format. The same document gives the same bytes.
func Write(out io.Writer, d *report.Document, f Format) error {
	switch f {
	case PDF:
		return pdf.Write(out, d)
	case XLSX:
		return writeXLSX(out, d)
	case HTML:
		return writeHTML(out, d)
	}
	return fmt.Errorf("write the report: no format %q", f)
}

// fileName is what a report is saved as: "Monthly report 2026-11.pdf".
func fileName(title string, month figures.Month, f Format) string {
	return title + " " + string(month) + "." + string(f)
}
