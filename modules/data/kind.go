package data

import (
	"path/filepath"
	"strings"

	"steward/collect/table"
	"steward/kernel/fail"
)

// kindOf says what kind of source a file makes, by the first bytes of it: a
// workbook that is named .csv is a workbook. Its name decides only about texts,
// of which not every one is meant to be a table.
func kindOf(name string, head []byte) (Kind, error) {
	no := func(key, english string) (Kind, error) {
		return "", fail.Named("file", key, english).With("name", name)
	}
	if len(head) == 0 {
		return no("data.empty-file", "The file is empty.")
	}
	switch table.Look(head) {
	case table.XLSX:
		return Workbook, nil
	case table.PlainText:
		switch strings.ToLower(filepath.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz"))) {
		case ".csv", ".txt", ".tsv", ".tab", ".dat", ".xls", ".xlsx", "": // programs name text that spreadsheets open as they like
			return CSV, nil
		}
		return no("data.file-kind", "Choose a CSV file (.csv, .tsv, .txt) or a workbook (.xlsx).")
	case table.OldWorkbook:
		return no("data.file.old-workbook", "“{name}” seems to be an old Excel workbook (.xls), or one locked with a password. Save it as .xlsx without a password, or as CSV.")
	case table.SQLiteFile:
		return HandedIn, nil
	case table.ParquetFile:
		return no("data.file.parquet", "“{name}” seems to be a Parquet file. Save its table as CSV or as a workbook.")
	case table.Document:
		return no("data.file.document", "“{name}” seems to be a document of a word processor, a presentation or an OpenDocument file. Save its table as .xlsx or CSV.")
	case table.Archive:
		return no("data.file.archive", "“{name}” seems to be an archive of packed files. Unpack it and choose the file that holds the table.")
	case table.PDF:
		return no("data.file.pdf", "“{name}” seems to be a PDF. Ask for the same table as CSV or as a workbook.")
	case table.Image:
		return no("data.file.image", "“{name}” seems to be a picture, a sound or a film. Choose the file that holds the table itself.")
	case table.Program:
		return no("data.file.program", "“{name}” seems to be a program. Choose a CSV file or a workbook.")
	case table.HTML:
		return no("data.file.html", "“{name}” seems to be a web page; perhaps a sign-in page was saved in place of the file. Save the table as CSV or as a workbook.")
	case table.XML:
		return no("data.file.xml", "“{name}” seems to be XML. Save its table as CSV or as a workbook.")
	case table.JSON:
		return no("data.file.json", "“{name}” seems to be JSON. Save its table as CSV or as a workbook.")
	}
	return no("data.file.binary", "“{name}” holds bytes that no text has, so it is no CSV file, and of a kind that is not known here. Choose a CSV file or a workbook.")
}

// misnamed says whether a file's name promises another kind than it is.
func (s sent) misnamed() bool {
	switch strings.ToLower(filepath.Ext(s.Name)) {
	case ".csv", ".tsv", ".txt", ".tab":
		return s.Kind != CSV
	case ".xlsx", ".xls":
		return s.Kind != Workbook
	}
	return false
}
