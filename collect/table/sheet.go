package table

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// sheetRows streams the rows of one sheet that hold cells.
type sheetRows struct {
	errors map[int]int64 // cells that hold an error of a formula, by column
	w      *workbook
	r      *part
	d      *xml.Decoder
	row    int64
	cells  []string // of the row, trailing empty ones left out
}

func (w *workbook) rows(s sheetPart) (*sheetRows, error) {
	f := w.find(s.part)
	if f == nil {
		return nil, usual(FileBroken, "", "the workbook is broken: sheet %q is not in it", s.name)
	}
	r, err := openPart(f, maxUnpacked)
	if err != nil {
		return nil, err
	}
	return &sheetRows{w: w, r: r, d: xml.NewDecoder(r)}, nil
}

func (s *sheetRows) close() error { return s.r.Close() }

// next reads on to the next row with a value; io.EOF after the last.
func (s *sheetRows) next() error {
	for {
		t, err := s.r.rawToken(s.d)
		if err != nil {
			if errors.Is(err, io.EOF) {
				return err
			}
			return s.broken(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local != "row" {
				continue
			}
			s.row++
			if v := attribute(t, "r"); v != "" {
				n, err := strconv.ParseInt(v, 10, 64)
				if err != nil || n < s.row {
					return fmt.Errorf("after row %d: a row is numbered %q", s.row-1, clipText(v))
				}
				s.row = n
			}
			if err := s.readCells(); err != nil {
				return err
			}
			for len(s.cells) > 0 && s.cells[len(s.cells)-1] == "" {
				s.cells = s.cells[:len(s.cells)-1]
			}
			if len(s.cells) > 0 {
				return nil
			}
		case xml.EndElement:
			if t.Name.Local == "sheetData" {
				return io.EOF
			}
		}
	}
}

func (s *sheetRows) broken(err error) error {
	return fmt.Errorf("row %d or after: the sheet cannot be read: %w", s.row, err)
}

func (s *sheetRows) readCells() error {
	s.cells = s.cells[:0]
	for {
		t, err := s.r.rawToken(s.d)
		if err != nil {
			return s.broken(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			if t.Name.Local == "row" {
				return nil
			}
		case xml.StartElement:
			if t.Name.Local != "c" {
				continue
			}
			at := len(s.cells)
			if ref := attribute(t, "r"); ref != "" {
				if at = columnOf(ref); at < 0 {
					return fmt.Errorf("row %d: a cell stands at %q, which is no place in a sheet", s.row, clipText(ref))
				}
			}
			if at >= maxColumns {
				return fmt.Errorf("row %d: has more than %d columns", s.row, maxColumns)
			}
			kind := attribute(t, "t")
			value, err := s.cell(kind, attribute(t, "s"))
			if err != nil {
				return fmt.Errorf("row %d, column %d: %w", s.row, at+1, err)
			}
			if kind == "e" && value != "" { // #DIV/0! is what a formula came to, and no value
				if s.errors == nil {
					s.errors = map[int]int64{}
				}
				s.errors[at]++
				value = ""
			}
			for len(s.cells) <= at {
				s.cells = append(s.cells, "")
			}
			s.cells[at] = value
		}
	}
}

// cell reads to the cell's end. kind is its t, style its s.
func (s *sheetRows) cell(kind, style string) (string, error) {
	var value []byte
	inside, phonetic := false, 0
	for {
		t, err := s.r.rawToken(s.d)
		if err != nil {
			return "", s.broken(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "rPh":
				phonetic++
			case "v", "t":
				inside = phonetic == 0
			}
		case xml.CharData:
			if inside && len(value) <= maxCell {
				value = append(value, t...)
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "rPh":
				phonetic--
			case "v", "t":
				inside = false
			case "c":
				return s.meant(kind, style, string(value))
			}
		}
	}
}

func (s *sheetRows) meant(kind, style, value string) (string, error) {
	if value == "" {
		return "", nil
	}
	switch kind {
	case "s":
		return s.w.text(value)
	case "b":
		if value == "1" {
			return "true", nil
		}
		return "false", nil
	case "", "n":
		var st cellStyle
		if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(s.w.styles) {
			st = s.w.styles[n]
		}
		return st.show(value, s.w.from1904)
	}
	return value, nil // inlineStr, str, e, d
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// columnOf is the column of a place like BC12, from 0; -1 when it is none.
func columnOf(ref string) int {
	letters := strings.TrimRight(ref, "0123456789")
	if letters == "" || len(letters) > 3 {
		return -1
	}
	n := 0
	for _, c := range []byte(letters) {
		if c |= 32; c < 'a' || c > 'z' {
			return -1
		}
		n = n*26 + int(c-'a') + 1
	}
	return n - 1
}
