package table

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Bounds of a workbook, against archives made to exhaust memory.
const (
	maxWorkbook = 512 << 20 // packed
	maxUnpacked = 4 << 30
	maxRatio    = 200 // unpacked to packed, of a workbook above 64 MB unpacked
)

// xlsxSource streams the rows of one sheet.
type xlsxSource struct {
	file  *excelize.File
	sheet string
	cols  []Column
	rows  *excelize.Rows
	row   int64
	first int64 // row of the first data
	head  bool
}

func newXLSX(s Source) (*xlsxSource, error) {
	raw, err := readBounded(s.opener(), maxWorkbook)
	if err != nil {
		return nil, err
	}
	if err := checkZip(raw); err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(raw), excelize.Options{RawCellValue: false, ShortDatePattern: "yyyy-mm-dd", UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: 16 << 20})
	if err != nil {
		if errors.Is(err, excelize.ErrWorkbookFileFormat) || strings.Contains(err.Error(), "password") {
			return nil, Wrong(s.Target, "cannot be read as a workbook: %v", err)
		}
		return nil, fmt.Errorf("read the workbook: %w", err)
	}
	x := &xlsxSource{file: f}
	if x.sheet, err = chooseSheet(s.Table, f.GetSheetList()); err != nil {
		f.Close()
		return nil, err
	}
	if err := x.look(s.Header); err != nil {
		f.Close()
		return nil, err
	}
	return x, x.start()
}

func chooseSheet(ask string, names []string) (string, error) {
	if ask == "" && len(names) > 0 {
		return names[0], nil
	}
	return chooseTable(ask, names)
}

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
		return nil, Wrong("", "the file is larger than %d MB", most>>20)
	}
	return raw, nil
}

// checkZip refuses archives whose directory promises an absurd size.
func checkZip(raw []byte) error {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return Wrong("", "the workbook is broken or cut off: %v", err)
	}
	var total uint64
	for _, f := range z.File {
		if total += f.UncompressedSize64; total > maxUnpacked || f.UncompressedSize64 > maxUnpacked {
			return Wrong("", "the workbook unpacks to more than %d GB", maxUnpacked>>30)
		}
	}
	if total > 64<<20 && total/uint64(len(raw)) > maxRatio {
		return Wrong("", "the workbook unpacks to %d times its size; that is no workbook people make", total/uint64(len(raw)))
	}
	return nil
}

// look finds header and width in the first rows.
func (x *xlsxSource) look(header *bool) error {
	rows, err := x.file.Rows(x.sheet)
	if err != nil {
		return fmt.Errorf("sheet %s: %w", x.sheet, err)
	}
	defer rows.Close()
	var sample [][]string
	var at []int64
	width := 0
	for n := int64(1); rows.Next() && len(sample) < 300; n++ {
		cells, err := rows.Columns()
		if err != nil {
			return fmt.Errorf("row %d: %w", n, err)
		}
		for len(cells) > 0 && cells[len(cells)-1] == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) > 0 {
			sample, at = append(sample, cells), append(at, n)
			width = max(width, len(cells))
		}
	}
	if len(sample) == 0 {
		return Wrong("table", "sheet %q is empty", x.sheet)
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
	x.head = d.Header
	x.first = at[min(d.Skipped, len(at)-1)]
	if d.Header {
		x.first++
	}
	return nil
}

func (x *xlsxSource) start() (err error) {
	x.row = 0
	x.rows, err = x.file.Rows(x.sheet)
	return err
}

func (x *xlsxSource) columns() []Column { return x.cols }
func (x *xlsxSource) certain() bool     { return false }

func (x *xlsxSource) close() error {
	if x.file == nil {
		return nil
	}
	return errors.Join(x.rows.Close(), x.file.Close())
}

func (x *xlsxSource) again(context.Context) (cellSource, error) {
	n := *x
	err := x.rows.Close()
	x.file = nil // the new one closes the file
	return &n, errors.Join(err, n.start())
}

func (x *xlsxSource) next(ctx context.Context, b *block) error {
	b.reset()
	for b.rows < blockRows && len(b.data) < blockBytes {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !x.rows.Next() {
			if err := x.rows.Error(); err != nil {
				return fmt.Errorf("after row %d: %w", x.row, err)
			}
			return io.EOF
		}
		x.row++
		cells, err := x.rows.Columns()
		if err != nil {
			return fmt.Errorf("row %d: %w", x.row, err)
		}
		if x.row < x.first {
			continue
		}
		for len(cells) > 0 && cells[len(cells)-1] == "" {
			cells = cells[:len(cells)-1]
		}
		switch {
		case len(cells) == 0:
			continue
		case len(cells) > len(x.cols):
			raw, cut := cutRaw([]byte(strings.Join(cells, ",")))
			b.rejected = append(b.rejected, Rejected{Number: x.row, Reason: fmt.Sprintf("has %d columns where %d are wanted", len(cells), len(x.cols)), Raw: raw, Cut: cut})
			continue
		}
		for i := range x.cols {
			if i >= len(cells) || cells[i] == "" {
				b.null()
			} else {
				b.addString(cells[i])
			}
		}
		b.endRow(x.row)
	}
	return nil
}
