package table

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// maxFields bounds the columns that objects may bring together.
const maxFields = 4096

// objects yields JSON objects one after the other with their numbers; a
// problem with one object is returned as *Rejected and the next call goes on.
type objects interface {
	next(ctx context.Context) (raw []byte, number int64, bad *Rejected, err error)
	close() error
}

// jsonSource turns objects into rows. Nested objects become columns with dotted
// names; lists stay JSON text. The columns are all names of all objects, in the
// order they first appear.
type jsonSource struct {
	open  func(ctx context.Context) (objects, error)
	in    objects
	cols  []Column
	index map[string]int
	cells [][]byte
	has   []bool
}

func newJSON(ctx context.Context, open func(context.Context) (objects, error)) (*jsonSource, error) {
	s := &jsonSource{open: open, index: map[string]int{}}
	in, err := open(ctx)
	if err != nil {
		return nil, err
	}
	defer in.close()
	for {
		raw, number, _, err := in.next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if raw == nil {
			continue
		}
		err = flatten("", raw, 0, func(name string, _ []byte) error {
			if _, known := s.index[name]; !known {
				if len(s.cols) == maxFields {
					return Wrong("", "row %d: the objects have more than %d different members", number, maxFields)
				}
				s.index[name] = len(s.cols)
				s.cols = append(s.cols, Column{Name: name})
			}
			return nil
		})
		var wrong *Invalid
		if errors.As(err, &wrong) {
			return nil, err
		}
	}
	if len(s.cols) == 0 {
		return nil, Wrong("", "no JSON object with any member was found")
	}
	s.cells, s.has = make([][]byte, len(s.cols)), make([]bool, len(s.cols))
	s.in, err = open(ctx)
	return s, err
}

// flatten calls each with the members of an object; nil is null.
func flatten(prefix string, raw []byte, depth int, each func(name string, value []byte) error) error {
	if depth > 8 {
		return fmt.Errorf("is nested more than 8 deep")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return errors.New("is not a JSON object")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name := prefix + t.(string)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		value = bytes.TrimSpace(value)
		switch {
		case value[0] == '{' && len(value) > 2:
			err = flatten(name+".", value, depth+1, each)
		case value[0] == '"':
			var text string
			if err = json.Unmarshal(value, &text); err == nil {
				err = each(name, []byte(text))
			}
		case string(value) == "null":
			err = each(name, nil)
		default:
			err = each(name, value)
		}
		if err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

func (s *jsonSource) columns() []Column { return s.cols }
func (s *jsonSource) certain() bool     { return false }
func (s *jsonSource) close() error      { return s.in.close() }

func (s *jsonSource) again(ctx context.Context) (cellSource, error) {
	n := *s
	var err error
	n.in, err = s.open(ctx)
	return &n, err
}

func (s *jsonSource) next(ctx context.Context, b *block) error {
	b.reset()
	for b.rows < blockRows && len(b.data) < blockBytes {
		if err := ctx.Err(); err != nil {
			return err
		}
		raw, number, bad, err := s.in.next(ctx)
		if err != nil {
			return err
		}
		if bad != nil {
			b.rejected = append(b.rejected, *bad)
			continue
		}
		clear(s.has)
		err = flatten("", raw, 0, func(name string, value []byte) error {
			i := s.index[name]
			s.cells[i], s.has[i] = value, value != nil
			return nil
		})
		if err != nil {
			text, cut := cutRaw(raw)
			b.rejected = append(b.rejected, Rejected{Number: number, Reason: jsonFault(err), Raw: text, Cut: cut})
			continue
		}
		for i, has := range s.has {
			if has {
				b.add(s.cells[i])
			} else {
				b.null()
			}
		}
		b.endRow(number)
	}
	return nil
}

func jsonFault(err error) string {
	var syn *json.SyntaxError
	if errors.As(err, &syn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "is not JSON: " + err.Error()
	}
	return err.Error()
}

// lineObjects reads one object a line, or one list of objects.
type lineObjects struct {
	file io.Closer
	r    *bufio.Reader
	d    *json.Decoder // of a list
	line int64
}

const maxLine = 16 << 20

func openLines(open opener, limit int64) (objects, error) {
	f, _, err := open()
	if err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(f, 1<<16)
	if magic, _ := r.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(r)
		if err != nil {
			f.Close()
			return nil, err
		}
		r = bufio.NewReaderSize(&limited{z, limit}, 1<<16)
	}
	if mark, _ := r.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = r.Discard(3) // peeked: they are there
	}
	l := &lineObjects{file: f, r: r}
	for {
		c, err := r.Peek(1)
		if err != nil {
			break
		}
		if c[0] > ' ' {
			if c[0] == '[' {
				l.d = json.NewDecoder(r)
				_, err := l.d.Token()
				return l, err
			}
			break
		}
		if c[0] == '\n' {
			l.line++
		}
		_, _ = r.Discard(1)
	}
	return l, nil
}

// limited reads up to a number of bytes and then fails, unlike io.LimitReader.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(b []byte) (int, error) {
	n, err := l.r.Read(b)
	if l.left -= int64(n); l.left < 0 {
		return 0, errors.New("the file holds more once unpacked than is allowed")
	}
	return n, err
}

func (l *lineObjects) close() error { return l.file.Close() }

func (l *lineObjects) next(context.Context) ([]byte, int64, *Rejected, error) {
	if l.d != nil {
		if !l.d.More() {
			return nil, 0, nil, io.EOF
		}
		l.line++
		var raw json.RawMessage
		if err := l.d.Decode(&raw); err != nil {
			return nil, 0, nil, fmt.Errorf("object %d: %w", l.line, err)
		}
		return raw, l.line, nil, nil
	}
	for {
		line, err := l.readLine()
		if err != nil {
			return nil, 0, nil, err
		}
		l.line++
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if !json.Valid(line) || line[0] != '{' {
			raw, cut := cutRaw(line)
			return nil, l.line, &Rejected{Number: l.line, Reason: "is not a JSON object", Raw: raw, Cut: cut}, nil
		}
		return line, l.line, nil, nil
	}
}

func (l *lineObjects) readLine() ([]byte, error) {
	var line []byte
	for {
		part, err := l.r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, fmt.Errorf("line %s is longer than %d MB", strconv.FormatInt(l.line+1, 10), maxLine>>20)
		}
		switch {
		case err == nil:
			return line, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		default:
			return nil, err
		}
	}
}

// pageObjects reads the rows of an HTTP API.
type pageObjects struct {
	p      *httpPages
	list   []json.RawMessage
	number int64
}

func (o *pageObjects) close() error { return nil }

func (o *pageObjects) next(context.Context) ([]byte, int64, *Rejected, error) {
	for len(o.list) == 0 {
		var err error
		if o.list, err = o.p.rows(); err != nil {
			return nil, 0, nil, err
		}
	}
	raw := bytes.TrimSpace(o.list[0])
	o.list = o.list[1:]
	o.number++
	if len(raw) == 0 || raw[0] != '{' {
		text, cut := cutRaw(raw)
		return nil, o.number, &Rejected{Number: o.number, Reason: "is not a JSON object", Raw: text, Cut: cut}, nil
	}
	return raw, o.number, nil, nil
}

// openPages fetches an API once into memory: it must be asked the same thing
// twice otherwise, and might answer differently.
func openPages(ctx context.Context, address string, h HTTP) (func(context.Context) (objects, error), error) {
	p, err := newHTTPPages(ctx, address, h)
	if err != nil {
		return nil, err
	}
	var all []json.RawMessage
	size := 0
	for {
		rows, err := p.rows()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if size += len(r); size > 1<<30 {
				return nil, errors.New("the API's rows are more than 1 GB; ask for part of them")
			}
		}
		all = append(all, rows...)
	}
	return func(context.Context) (objects, error) {
		return &pageObjects{p: &httpPages{}, list: all}, nil
	}, nil
}
