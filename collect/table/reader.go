package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"unicode/utf8"
)

// Reader yields a table's rows in typed batches. It is not safe for use by
// several goroutines at once.
type Reader struct {
	s      Source
	source cellSource
	cols   []Column // of the source
	shown  []int    // for each column yielded, the source's, or -1; nil: as they are
	out    []Column
	feed   *feed
	batch  Batch
	view   Batch
	report Report
	by     int // column to go on from, -1 without
	last   lastValue
	from   *lastValue // given to go on after
	wanted []expected
	// OnReject is given every row that is kept aside, when it is set before the
	// first Next. Report keeps the first MaxRejected in any case.
	OnReject func(Rejected)
	// OnBatch is given every batch before Next returns it, when it is set.
	OnBatch func(*Batch)
}

// Report is what reading came to so far.
type Report struct {
	Rows          int64      `json:"rows" doc:"rows yielded"`
	RejectedCount int64      `json:"rejected_count" doc:"rows kept aside"`
	Rejected      []Rejected `json:"rejected,omitempty" doc:"the first 1,000 of them"`
	CutCells      int64      `json:"cut_cells,omitempty" doc:"cells longer than 1 MB, read up to there"`
	Dialect       *Dialect   `json:"dialect,omitempty"`
	Changes       []Change   `json:"changes,omitempty" doc:"what differs from the columns expected"`
	By            string     `json:"by,omitempty" doc:"the column to go on from"`
	Last          string     `json:"last,omitempty" doc:"its greatest value read: give it as 'after' to read on"`
}

// MaxRejected is how many rows kept aside a report holds.
const MaxRejected = 1000

// Columns are the columns of every batch.
func (r *Reader) Columns() []Column {
	if r.shown != nil {
		return r.out
	}
	return r.cols
}

// Report says what was read and kept aside so far.
func (r *Reader) Report() Report { return r.report }

// Close ends reading.
func (r *Reader) Close() error {
	if r.feed != nil {
		r.feed.stop()
	}
	return r.source.close()
}

// settle finds the kinds of the columns, reading the source once if need be.
func (r *Reader) settle(ctx context.Context) error {
	if err := checkTypes(r.cols, r.s.Types); err != nil {
		return err
	}
	for i := range r.cols {
		if k, ok := r.s.Types[r.cols[i].Name]; ok {
			r.cols[i].Kind = k
		}
	}
	r.expectKinds()
	if !r.source.certain() {
		tallies := make([]tally, len(r.cols))
		f := startFeed(r.source)
		for {
			b, err := f.next(ctx)
			if b != nil {
				n := len(r.cols)
				parallel(n, func(c int) {
					t := &tallies[c]
					for i, row := c, 0; row < b.rows; i, row = i+n, row+1 {
						if b.to[i] < b.from[i] {
							t.rows++
							t.null++
							continue
						}
						t.add(b.data[b.from[i]:b.to[i]], b.number[row])
					}
				})
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				f.stop()
				return err
			}
			f.recycle(b)
		}
		f.stop()
		delimiter := ""
		if r.report.Dialect != nil {
			delimiter = r.report.Dialect.Delimiter
		}
		settle(r.cols, tallies, delimiter)
		if s, ok := r.source.(interface{ remark([]Column) }); ok {
			s.remark(r.cols)
		}
		fresh, err := r.source.again(ctx)
		if err != nil {
			return err
		}
		r.source.close()
		r.source = fresh
	}
	r.applyExpected()
	return r.startFrom()
}

func checkTypes(cols []Column, types map[string]Kind) error {
	for name, k := range types {
		known := false
		for _, c := range cols {
			known = known || c.Name == name
		}
		if !known {
			return Wrong("types", "there is no column %q", name)
		}
		switch k {
		case Text, Integer, Decimal, Float, Bool, Date, Moment:
		default:
			return Wrong("types", "%q is no type; use text, integer, decimal, float, bool, date or moment", k)
		}
	}
	return nil
}

// Next returns the next rows, and io.EOF after the last. The batch is valid
// until the next call. Rows that do not fit the columns are left out and kept
// in the report.
func (r *Reader) Next(ctx context.Context) (*Batch, error) {
	if r.feed == nil {
		r.feed = startFeed(r.source)
		r.batch.Columns = make([]Vector, len(r.cols))
	}
	for {
		b, err := r.feed.next(ctx)
		if b == nil {
			return nil, err
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		r.convert(b)
		if r.batch.Rows > 0 {
			out := r.shape()
			if r.OnBatch != nil {
				r.OnBatch(out)
			}
			return out, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// Row is row i of a batch by column names, for JSON: decimals, dates and
// moments as text, so that no digit is lost.
func (r *Reader) Row(b *Batch, i int) map[string]any {
	row := make(map[string]any, len(b.Columns))
	for k, c := range r.Columns() {
		v := &b.Columns[k]
		switch {
		case v.Null[i]:
			row[c.Name] = nil
		case c.Kind == Text:
			row[c.Name] = string(v.Bytes(i))
		case c.Kind == Float:
			row[c.Name] = v.Floats[i]
		case c.Kind == Integer:
			row[c.Name] = v.Ints[i]
		case c.Kind == Bool:
			row[c.Name] = v.Ints[i] != 0
		default:
			row[c.Name] = c.Show(v.Ints[i])
		}
	}
	return row
}

// convert makes typed vectors of a block and leaves out what does not fit.
func (r *Reader) convert(b *block) {
	for _, x := range b.rejected {
		r.reject(x)
	}
	r.report.CutCells += b.cut
	n := len(r.cols)
	faults := make([][]fault, n)
	parallel(n, func(c int) { faults[c] = r.cols[c].read(&r.batch.Columns[c], b, c, n) })
	r.batch.Rows, r.batch.Numbers = b.rows, b.number
	drop := make(map[int]bool)
	for c, list := range faults {
		for _, f := range list {
			if !drop[f.row] {
				drop[f.row] = true
				raw, cut := b.raw(f.row, n)
				r.reject(Rejected{Number: b.number[f.row], Column: r.cols[c].Name, Reason: f.reason, Raw: raw, Cut: cut})
			}
		}
	}
	r.skipOld(drop)
	if len(drop) > 0 {
		r.batch.leaveOut(drop)
	}
	r.report.Rows += int64(r.batch.Rows)
}

func (r *Reader) reject(x Rejected) {
	r.report.RejectedCount++
	if len(r.report.Rejected) < MaxRejected {
		r.report.Rejected = append(r.report.Rejected, x)
	}
	if r.OnReject != nil {
		r.OnReject(x)
	}
}

func (b *Batch) leaveOut(drop map[int]bool) {
	keep := 0
	for i := range b.Rows {
		if drop[i] {
			continue
		}
		b.Numbers[keep] = b.Numbers[i]
		for c := range b.Columns {
			v := &b.Columns[c]
			v.Null[keep] = v.Null[i]
			switch {
			case len(v.Floats) > 0:
				v.Floats[keep] = v.Floats[i]
			case len(v.From) > 0:
				v.From[keep], v.To[keep] = v.From[i], v.To[i]
			default:
				v.Ints[keep] = v.Ints[i]
			}
		}
		keep++
	}
	b.Rows, b.Numbers = keep, b.Numbers[:keep]
}

// fault is a cell that does not fit its column.
type fault struct {
	row    int
	reason string
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// read converts column c of n of a block.
func (col *Column) read(v *Vector, b *block, c, n int) (faults []fault) {
	v.Null = resize(v.Null, b.rows)
	switch col.Kind {
	case Text:
		v.Data = b.data
		v.From, v.To = resize(v.From, b.rows), resize(v.To, b.rows)
	case Float:
		v.Floats = resize(v.Floats, b.rows)
	default:
		v.Ints = resize(v.Ints, b.rows)
	}
	for i, row := c, 0; row < b.rows; i, row = i+n, row+1 {
		from, to := b.from[i], b.to[i]
		null := to < from
		var cell []byte
		if !null {
			cell = b.data[from:to]
		}
		if col.Kind == Text {
			if null {
				from, to = 0, 0
			} else if !utf8.Valid(cell) {
				faults = append(faults, fault{row, "is not valid text in the file's encoding"})
			}
			v.Null[row], v.From[row], v.To[row] = null, from, to
			continue
		}
		cell = trim(cell)
		if null = len(cell) == 0; !null {
			ok := col.value(v, row, cell)
			if !ok {
				if null = isNothing(cell); !null {
					faults = append(faults, fault{row, col.misfit(cell)})
					null = true
				}
			}
		}
		if v.Null[row] = null; null {
			if col.Kind == Float {
				v.Floats[row] = 0
			} else {
				v.Ints[row] = 0
			}
		}
	}
	return faults
}

// value reads one trimmed cell into row of v.
func (col *Column) value(v *Vector, row int, cell []byte) (ok bool) {
	switch col.Kind {
	case Integer:
		v.Ints[row], ok = readInt(cell, col.format.comma)
	case Decimal:
		v.Ints[row], ok = readScaled(cell, col.format.comma, col.Scale)
	case Float:
		v.Floats[row], ok = readFloat(cell, col.format.comma)
	case Bool:
		var yes bool
		if yes, ok = lookBool(cell); !ok && len(cell) == 1 && (cell[0] == '0' || cell[0] == '1') {
			yes, ok = cell[0] == '1', true
		}
		v.Ints[row] = 0
		if yes {
			v.Ints[row] = 1
		}
	case Date, Moment:
		var d day
		switch {
		case col.format.days == serial:
			if v.Ints[row], ok = serialDate(cell); ok && col.Kind == Moment {
				v.Ints[row] *= dayMicros
			}
			return ok
		case col.format.days == compact:
			d, ok = compactDate(cell)
		default:
			d, ok = lookDate(cell)
		}
		if ok {
			if ok = d.orders&col.format.order != 0; ok {
				if v.Ints[row] = d.days(col.format.order); col.Kind == Moment {
					v.Ints[row] = d.moment(col.format.order)
				}
			}
		}
	}
	return ok
}

func (col *Column) misfit(cell []byte) string {
	shown := string(cell[:min(len(cell), 60)])
	what := map[Kind]string{Integer: "a whole number", Decimal: "a number", Float: "a number", Bool: "yes or no", Date: "a date", Moment: "a date with time"}[col.Kind]
	switch {
	case col.Kind == Decimal:
		what += fmt.Sprintf(" with up to %d digits after the decimal sign", col.Scale)
	case col.format.order != 0:
		what += " as " + col.format.order.String()
	}
	return fmt.Sprintf("%q is not %s", shown, what)
}

// parallel calls do for 0 to n-1 on two goroutines.
func parallel(n int, do func(int)) {
	if n == 1 {
		do(0)
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for c := 1; c < n; c += 2 {
			do(c)
		}
	})
	for c := 0; c < n; c += 2 {
		do(c)
	}
	wg.Wait()
}
