package table

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Bounds of a workbook, against archives made to exhaust memory.
const (
	maxWorkbook = 512 << 20 // packed
	maxUnpacked = 4 << 30
	maxRatio    = 200 // unpacked to packed, of a workbook above 64 MB unpacked
)

// xlsxSource streams the rows of one sheet.
type xlsxSource struct {
	book  *workbook
	file  io.Closer
	sheet sheetPart
	cols  []Column
	rows  *sheetRows
	first int64 // row of the first data
}

func newXLSX(s Source) (x *xlsxSource, err error) {
	f, size, err := s.opener()()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	at, ok := f.(io.ReaderAt)
	if !ok {
		raw, err := readBounded(s.opener(), maxWorkbook)
		if err != nil {
			return nil, err
		}
		at = bytes.NewReader(raw)
	}
	if size > maxWorkbook {
		return nil, usual(FileTooLarge, "", "the file is larger than %d MB", maxWorkbook>>20)
	}
	z, err := checkZip(at, size, min(uint64(s.MaxBytes), maxUnpacked))
	if err != nil {
		return nil, err
	}
	x = &xlsxSource{file: f}
	if x.book, err = openWorkbook(z); err != nil {
		return nil, err
	}
	if err := x.choose(s.Table, s.Header); err != nil {
		return nil, err
	}
	return x, x.start()
}

// choose takes the sheet asked for, or the first to be seen that holds a row.
func (x *xlsxSource) choose(ask string, header *bool) error {
	if ask != "" {
		var names []string
		for _, s := range x.book.sheets {
			names = append(names, s.name)
		}
		name, err := chooseTable(ask, names)
		if err != nil {
			return usual(SheetMissing, "table", "there is no sheet %q; there are %s", ask, strings.Join(names, ", "))
		}
		x.sheet = x.book.sheets[slices.Index(names, name)]
		return x.look(header)
	}
	var empty error
	for _, hidden := range []bool{false, true} {
		for _, s := range x.book.sheets {
			if s.hidden != hidden {
				continue
			}
			x.sheet = s
			err := x.look(header)
			if none := (emptySheet{}); !errors.As(err, &none) {
				return err
			}
			if empty == nil {
				empty = err
			}
		}
	}
	return empty
}

// Sheets names the sheets of a workbook, those that are hidden left out.
func Sheets(s Source) ([]string, error) {
	if s.MaxBytes == 0 {
		s.MaxBytes = DefaultMaxBytes
	}
	x, err := newXLSX(s)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, part := range x.book.sheets {
		if !part.hidden {
			names = append(names, part.name)
		}
	}
	return names, x.close()
}

type emptySheet struct{ error }

func (e emptySheet) Unwrap() error { return e.error }

func readBounded(open opener, most int64) ([]byte, error) {
	f, _, err := open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > most {
		return nil, usual(FileTooLarge, "", "the file is larger than %d MB", most>>20)
	}
	return raw, nil
}

// checkZip refuses archives whose directory promises an absurd size.
func checkZip(at io.ReaderAt, size int64, most uint64) (*zip.Reader, error) {
	z, err := zip.NewReader(at, size)
	if err != nil {
		return nil, usual(FileBroken, "", "the workbook is broken or cut off: %v", err)
	}
	var total uint64
	for _, f := range z.File {
		if total += f.UncompressedSize64; total > most || f.UncompressedSize64 > most {
			return nil, usual(FileUnpacks, "", "the workbook unpacks to more than %d MB", most>>20)
		}
	}
	if total > 64<<20 && total/uint64(size) > maxRatio {
		return nil, usual(FileUnpacks, "", "the workbook unpacks to %d times its size; that is no workbook people make", total/uint64(size))
	}
	return z, nil
}

// look finds header and width in the first rows.
func (x *xlsxSource) look(header *bool) error {
	rows, err := x.book.rows(x.sheet)
	if err != nil {
		return err
	}
	defer rows.close()
	var sample [][]string
	var at []int64
	width := 0
	for len(sample) < 300 {
		err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		sample, at = append(sample, slices.Clone(rows.cells)), append(at, rows.row)
		width = max(width, len(rows.cells))
	}
	if len(sample) == 0 {
		return emptySheet{usual(SheetEmpty, "table", "sheet %q is empty", x.sheet.name)}
	}
	for i := range sample { // a sheet has no ragged rows, only empty cells at the end
		if len(sample[i])*2 >= width {
			for len(sample[i]) < width {
				sample[i] = append(sample[i], "")
			}
		}
	}
	var d Dialect
	names := d.findHeader(sample, header)
	for _, n := range names {
		x.cols = append(x.cols, Column{Name: n})
	}
	x.first = at[min(d.Skipped, len(at)-1)]
	if d.Header {
		x.first = at[min(d.Skipped+d.heads, len(at))-1] + 1
	}
	return nil
}

func (x *xlsxSource) start() (err error) {
	x.rows, err = x.book.rows(x.sheet)
	return err
}

func (x *xlsxSource) columns() []Column { return x.cols }
func (x *xlsxSource) certain() bool     { return false }

// remark says of the columns what their values alone did not say.
func (x *xlsxSource) remark(cols []Column) {
	for i := range cols {
		if n := x.rows.errors[i]; n > 0 {
			cols[i].Note = strings.TrimPrefix(cols[i].Note+"; ", "; ") + fmt.Sprintf("errors of formulas, such as #DIV/0!, are read as no value: %d cells", n)
		}
	}
}

func (x *xlsxSource) close() error {
	if x.file == nil {
		return nil
	}
	return errors.Join(x.rows.close(), x.file.Close())
}

func (x *xlsxSource) again(context.Context) (cellSource, error) {
	n := *x
	err := x.rows.close()
	x.file = nil // the new one closes the file
	return &n, errors.Join(err, n.start())
}

func (x *xlsxSource) next(ctx context.Context, b *block) error {
	b.reset()
	for b.rows < blockRows && len(b.data) < blockBytes {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := x.rows.next(); err != nil {
			return err
		}
		cells := x.rows.cells
		switch {
		case x.rows.row < x.first:
			continue
		case len(cells) > len(x.cols):
			raw, cut := cutRaw([]byte(strings.Join(cells, ",")))
			b.rejected = append(b.rejected, Rejected{Number: x.rows.row, Reason: fmt.Sprintf("has %d columns where %d are wanted", len(cells), len(x.cols)), Raw: raw, Cut: cut})
			continue
		}
		for i := range x.cols {
			if i >= len(cells) || cells[i] == "" {
				b.null()
			} else {
				b.addString(cells[i])
			}
		}
		b.endRow(x.rows.row)
	}
	return nil
}
