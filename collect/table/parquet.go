package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	pq "github.com/parquet-go/parquet-go/format"
)

// parquetSource reads the flat columns of a Parquet file; of lists, maps and
// groups each leaf is a column with a dotted name, repeated ones are left out.
type parquetSource struct {
	f      io.Closer
	file   *parquet.File
	cols   []Column
	leaf   []int // column of each leaf, -1 for repeated ones
	kinds  []parquet.Type
	groups []parquet.RowGroup
	rows   parquet.Rows
	at     int
	buf    []parquet.Row
	row    int64
}

func newParquet(s Source) (src *parquetSource, err error) {
	r, size, err := s.opener()()
	if err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil { // the library panics on some broken files
			err = Wrong(s.Target, "is broken: %v", p)
		}
		if err != nil {
			r.Close()
		}
	}()
	at, ok := r.(io.ReaderAt)
	if !ok {
		at, size = newBytesAt(s.Data)
	}
	file, err := parquet.OpenFile(at, size)
	if err != nil {
		return nil, Wrong(s.Target, "is no Parquet file or cut off: %v", err)
	}
	src = &parquetSource{f: r, file: file, groups: file.RowGroups(), buf: make([]parquet.Row, 256)}
	for _, path := range file.Schema().Columns() {
		leaf, ok := file.Schema().Lookup(path...)
		if !ok || leaf.MaxRepetitionLevel > 0 {
			src.leaf = append(src.leaf, -1)
			src.kinds = append(src.kinds, nil)
			continue
		}
		src.leaf = append(src.leaf, len(src.cols))
		src.kinds = append(src.kinds, leaf.Node.Type())
		src.cols = append(src.cols, parquetColumn(strings.Join(path, "."), leaf.Node.Type()))
	}
	if len(src.cols) == 0 {
		return nil, Wrong(s.Target, "holds no flat column")
	}
	if len(src.cols) > maxColumns {
		return nil, Wrong(s.Target, "has %d columns; %d are the most", len(src.cols), maxColumns)
	}
	return src, nil
}

// parquetColumn takes the kind from the type where it says so; text and plain
// numbers are looked at like those of other files.
func parquetColumn(name string, t parquet.Type) Column {
	c := Column{Name: name, Declared: t.String(), native: true}
	switch l := logical(t).(type) {
	case *pq.DecimalType:
		if l.Precision <= maxDigits {
			if c.Kind, c.Scale = Decimal, int(l.Scale); c.Scale == 0 {
				c.Kind = Integer
			}
		}
	case *pq.DateType:
		c.Kind = Date
	case *pq.TimestampType:
		c.Kind = Moment
	case *pq.StringType, *pq.EnumType, *pq.UUIDType, *pq.JsonType:
		c.Kind = Text
	}
	if c.Kind == "" {
		switch t.Kind() {
		case parquet.Boolean:
			c.Kind = Bool
		case parquet.Int32, parquet.Int64:
			c.Kind = Integer
		case parquet.Float, parquet.Double:
			c.Kind = Float
		case parquet.Int96:
			c.Kind = Moment
		default:
			c.Kind = Text
		}
	}
	if c.Kind == Date || c.Kind == Moment {
		c.format.order = ymd
	}
	return c
}

func logical(t parquet.Type) pq.LogicalTypeValue {
	if l := t.LogicalType(); l != nil {
		return l.Value
	}
	return nil
}

func (p *parquetSource) columns() []Column { return p.cols }
func (p *parquetSource) certain() bool     { return true }

func (p *parquetSource) close() error {
	var err error
	if p.rows != nil {
		err = p.rows.Close()
	}
	return errors.Join(err, p.f.Close())
}

func (p *parquetSource) again(context.Context) (cellSource, error) {
	return nil, errors.New("a Parquet file is read once")
}

func (p *parquetSource) next(ctx context.Context, b *block) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("after row %d the file is broken: %v", p.row, r)
		}
	}()
	b.reset()
	for b.rows < blockRows-len(p.buf) && len(b.data) < blockBytes {
		if err := ctx.Err(); err != nil {
			return err
		}
		if p.rows == nil {
			if p.at == len(p.groups) {
				return io.EOF
			}
			p.rows = p.groups[p.at].Rows()
			p.at++
		}
		n, err := p.rows.ReadRows(p.buf)
		for _, row := range p.buf[:n] {
			p.row++
			p.addRow(b, row)
		}
		if errors.Is(err, io.EOF) {
			err = p.rows.Close()
			p.rows = nil
		}
		if err != nil {
			return fmt.Errorf("after row %d: %w", p.row, err)
		}
	}
	return nil
}

func (p *parquetSource) addRow(b *block, row parquet.Row) {
	start := len(b.from)
	for range p.cols {
		b.null()
	}
	for _, v := range row {
		leaf := v.Column()
		c := p.leaf[leaf]
		if c < 0 || v.IsNull() {
			continue
		}
		if k := p.kinds[leaf].Kind(); p.cols[c].Kind == Text && (k == parquet.ByteArray || k == parquet.FixedLenByteArray) {
			if _, uuid := logical(p.kinds[leaf]).(*pq.UUIDType); !uuid {
				at := len(b.from)
				b.addLong(v.ByteArray())
				b.from[start+c], b.to[start+c] = b.from[at], b.to[at]
				b.from, b.to = b.from[:at], b.to[:at]
				continue
			}
		}
		from := len(b.data)
		b.data = appendParquet(b.data, v, p.kinds[leaf], p.cols[c])
		b.from[start+c], b.to[start+c] = uint32(from), uint32(len(b.data))
	}
	b.endRow(p.row)
}

func appendParquet(out []byte, v parquet.Value, t parquet.Type, c Column) []byte {
	l := logical(t)
	switch c.Kind {
	case Bool:
		return strconv.AppendBool(out, v.Boolean())
	case Float:
		if t.Kind() == parquet.Float {
			return strconv.AppendFloat(out, float64(v.Float()), 'g', -1, 32)
		}
		return strconv.AppendFloat(out, v.Double(), 'g', -1, 64)
	case Date:
		return append(out, FormatDate(int64(v.Int32()))...)
	case Moment:
		n := v.Int64()
		if t.Kind() == parquet.Int96 { // Julian day and nanoseconds of it
			i := v.Int96()
			n = (int64(i[2])-2440588)*dayMicros + (int64(i[1])<<32|int64(i[0]))/1000
		} else if ts, ok := l.(*pq.TimestampType); ok {
			switch ts.Unit.Value.(type) {
			case *pq.MilliSeconds:
				n *= 1000
			case *pq.NanoSeconds:
				n = time.Unix(0, n).UnixMicro()
			}
		}
		return append(out, FormatMoment(n)...)
	case Decimal, Integer:
		var n int64
		switch t.Kind() {
		case parquet.Int32:
			n = int64(v.Int32())
		case parquet.Int64:
			n = v.Int64()
		default: // two's complement, greatest byte first
			raw := v.ByteArray()
			if len(raw) > 0 && raw[0]&0x80 != 0 {
				n = -1
			}
			for _, x := range raw {
				n = n<<8 | int64(x)
			}
		}
		if i, ok := l.(*pq.IntType); ok && !i.IsSigned && t.Kind() == parquet.Int32 {
			n = int64(uint32(n))
		}
		return append(out, FormatScaled(n, c.Scale)...)
	}
	if _, ok := l.(*pq.UUIDType); ok {
		if u := v.ByteArray(); len(u) == 16 {
			return fmt.Appendf(out, "%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
		}
	}
	return append(out, v.String()...)
}
