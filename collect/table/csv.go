package table

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
)

// Bounds of a file of separated values.
const (
	sampleBytes = 1 << 20
	maxRecord   = 16 << 20
	maxColumns  = 16_384
)

// opener opens a file's bytes from the beginning; size is -1 when unknown.
type opener func() (r io.ReadCloser, size int64, err error)

// csvSource reads separated values block by block.
type csvSource struct {
	open    opener
	limit   int64 // most bytes after unpacking
	dialect Dialect
	cols    []Column
	file    io.Closer
	r       io.Reader
	split   *splitter
	rest    []byte // the beginning of a record that the last block cut
	read    int64
	eof     bool
	skip    int // lines before the rows
	packed  bool
}

// newCSV looks at the beginning of the file and settles its dialect, except
// for what fixed and header say.
func newCSV(open opener, fixed Dialect, header *bool, limit int64) (*csvSource, error) {
	c := &csvSource{open: open, limit: limit}
	head, all, err := c.head()
	if err != nil {
		return nil, err
	}
	d := &c.dialect
	d.Encoding, d.mark = detectEncoding(head)
	if fixed.Encoding != "" {
		if d.Encoding, err = encodingNamed(fixed.Encoding); err != nil {
			return nil, err
		}
		if name, mark := detectEncoding(head); name == d.Encoding {
			d.mark = mark
		}
	}
	r, err := decoded(bytes.NewReader(head), d.Encoding, d.mark)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", d.Encoding, err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, usual(FileEmpty, "", "the file is empty; it should hold at least one row")
	}
	if bytes.IndexByte(text[:min(len(text), 4096)], 0) >= 0 {
		return nil, usual(NoText, "", "the file holds binary data, not separated values; name its format if it is another one")
	}
	sep := separatorLine(text)
	if sep > 0 && fixed.Delimiter == "" {
		fixed.Delimiter = string(text[4])
	}
	d.sniff(text[sep:], all, fixed)
	s := c.newSplitter()
	s.sample = true
	rows := s.sampleRows(text[sep:], all, 300)
	names := d.findHeader(rows, header)
	if sep > 0 {
		d.Skipped++
	}
	if len(names) == 0 {
		return nil, usual(FileUnquoted, "", "no row could be read; is a quote opened and never closed?")
	}
	if len(names) > maxColumns {
		return nil, usual(TooManyColumns, "", "has %d columns; %d are the most", len(names), maxColumns)
	}
	for _, n := range names {
		c.cols = append(c.cols, Column{Name: n})
	}
	return c, c.start()
}

// separatorLine is the length of Excel's 'sep=;' line, 0 without one.
func separatorLine(text []byte) int {
	if !bytes.HasPrefix(text, []byte("sep=")) || len(text) < 6 || text[5] != '\n' && text[5] != '\r' {
		return 0
	}
	return bytes.IndexByte(text, '\n') + 1
}

func (c *csvSource) newSplitter() *splitter {
	escape := c.dialect.Quote[0]
	if c.dialect.Escape != "" {
		escape = c.dialect.Escape[0]
	}
	return newSplitter(c.dialect.Delimiter[0], c.dialect.Quote[0], escape)
}

// unpacked opens the file, unpacking gzip.
func (c *csvSource) unpacked() (io.Reader, io.Closer, error) {
	f, _, err := c.open()
	if err != nil {
		return nil, nil, err
	}
	var magic [2]byte
	n, err := io.ReadFull(f, magic[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		f.Close()
		return nil, nil, err
	}
	r := io.MultiReader(bytes.NewReader(magic[:n]), f)
	if n == 2 && magic == [2]byte{0x1f, 0x8b} {
		c.packed = true
		z, err := gzip.NewReader(r)
		if err != nil {
			f.Close()
			return nil, nil, fmt.Errorf("unpack: %w", err)
		}
		return z, f, nil
	}
	return r, f, nil
}

func (c *csvSource) head() (head []byte, all bool, err error) {
	r, f, err := c.unpacked()
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	head = make([]byte, sampleBytes)
	n, err := io.ReadFull(r, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return head[:n], true, nil
	}
	return head[:n], false, err
}

func (c *csvSource) start() error {
	r, f, err := c.unpacked()
	if err != nil {
		return err
	}
	c.file = f
	if c.r, err = decoded(r, c.dialect.Encoding, c.dialect.mark); err != nil {
		f.Close()
		return err
	}
	c.split = c.newSplitter()
	c.skip = c.dialect.Skipped
	if c.dialect.Header {
		c.skip += c.dialect.heads
	}
	return nil
}

func (c *csvSource) columns() []Column { return c.cols }
func (c *csvSource) certain() bool     { return false }
func (c *csvSource) close() error      { return c.file.Close() }

func (c *csvSource) again(context.Context) (cellSource, error) {
	n := *c
	n.rest, n.read, n.eof = nil, 0, false
	return &n, n.start()
}

// next reads about a block of bytes and cuts all records in it.
func (c *csvSource) next(ctx context.Context, b *block) error {
	b.reset()
	want := blockBytes
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.fill(b, want); err != nil {
			return err
		}
		used := c.cut(b)
		c.rest = append(c.rest[:0], b.data[used:]...)
		if b.rows > 0 || len(b.rejected) > 0 || c.eof {
			break
		}
		if want = 2 * len(b.data); want > maxRecord {
			return fmt.Errorf("line %d: a row of more than %d MB; is a quote opened and never closed?", c.split.line, maxRecord>>20)
		}
	}
	if c.eof && len(c.rest) == 0 {
		return io.EOF
	}
	return nil
}

func (c *csvSource) fill(b *block, want int) error {
	if cap(b.data) < want {
		b.data = make([]byte, 0, want+want/8)
	}
	b.data = append(b.data[:0], c.rest...)
	c.rest = c.rest[:0]
	for len(b.data) < want && !c.eof {
		n, err := c.r.Read(b.data[len(b.data):min(cap(b.data), want)])
		b.data = b.data[:len(b.data)+n]
		if c.read += int64(n); c.limit > 0 && c.read > c.limit {
			return fmt.Errorf("the file holds more than %d MB once unpacked; raise the limit if that is meant", c.limit>>20)
		}
		switch {
		case errors.Is(err, io.EOF):
			c.eof = true
		case errors.Is(err, io.ErrUnexpectedEOF):
			return fmt.Errorf("line %d or after: the packed file is cut off: %w", c.split.line, err)
		case err != nil:
			return fmt.Errorf("read: %w", err)
		}
	}
	return nil
}

// cut splits the block's bytes into rows and says how many were used.
func (c *csvSource) cut(b *block) int {
	s := c.split
	s.eof = c.eof
	pos := 0
	for pos < len(b.data) {
		s.columns = len(c.cols)
		if c.skip > 0 {
			s.columns = 0
		}
		cells := len(b.from)
		next, lines, res, why := s.record(b.data, pos, b)
		if res == short && !c.eof && len(b.data)-pos > maxUnclosed {
			// A quote that is not closed for so long is a stray one.
			next, lines, res, why = s.failed(b.data, pos, cells, b, "a row of more than 1 MB; perhaps a quote is opened and never closed")
		}
		if res == short { // its cells are cut again with what follows
			b.from, b.to = b.from[:cells], b.to[:cells]
			return pos
		}
		switch {
		case c.skip > 0:
			if res != whole || len(b.from)-cells > 1 || b.to[cells] > b.from[cells] { // an empty line was no row of the sample
				c.skip--
			}
			b.from, b.to = b.from[:cells], b.to[:cells]
		case res == bad:
			raw, cut := cutRaw(bytes.TrimRight(b.data[pos:next], "\r\n"))
			b.rejected = append(b.rejected, Rejected{Number: s.line, Reason: why, Raw: raw, Cut: cut})
		case len(b.from)-cells != len(c.cols), len(c.cols) == 1 && b.from[cells] == b.to[cells]:
			b.from, b.to = b.from[:cells], b.to[:cells] // an empty line
		default:
			for i := cells; i < len(b.from); i++ {
				if b.from[i] == b.to[i] {
					b.from[i], b.to[i] = 1, 0
				}
			}
			b.lines = append(b.lines, [2]uint32{uint32(pos), uint32(next)})
			b.endRow(s.line)
		}
		s.line += int64(lines)
		pos = next
	}
	return pos
}

const maxUnclosed = 1 << 20
