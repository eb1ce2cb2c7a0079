// Package resp speaks the Redis serialization protocol, versions 2 and 3, as far
// as asking commands and reading their answers needs: redis.io/docs/latest/develop/reference/protocol-spec.
package resp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Error is an answer that refuses: its first word is the kind, as NOPERM.
type Error string

func (e Error) Error() string { return string(e) }

// Bounds of one answer.
const (
	MaxBytes = 32 << 20
	MaxItems = 1 << 20
	maxDepth = 16
	maxLine  = 64 << 10
)

// Reader reads answers. Memory is bounded by MaxBytes and MaxItems an answer.
type Reader struct {
	r            *bufio.Reader
	bytes, items int
}

// NewReader reads answers from r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 16<<10)} }

// Append appends a command of words to b, in the form servers take.
func Append(b []byte, words ...string) []byte {
	b = append(b, '*')
	b = strconv.AppendInt(b, int64(len(words)), 10)
	b = append(b, "\r\n"...)
	for _, w := range words {
		b = append(b, '$')
		b = strconv.AppendInt(b, int64(len(w)), 10)
		b = append(b, "\r\n"...)
		b = append(b, w...)
		b = append(b, "\r\n"...)
	}
	return b
}

// Read reads one answer: nil, string, int64, float64, bool, []any, Error. Maps
// come as []any of keys and values in turn, sets as []any. An Error within an
// answer is an element; as the whole answer it is returned as the error.
// What a server pushes on its own is passed over.
func (r *Reader) Read() (any, error) {
	r.bytes, r.items = 0, 0
	for {
		v, push, err := r.value(0)
		if err != nil {
			return nil, err
		}
		if push {
			continue
		}
		if e, ok := v.(Error); ok {
			return nil, e
		}
		return v, nil
	}
}

func (r *Reader) line() (string, error) {
	var line []byte
	for {
		part, err := r.r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return "", errors.New("a line of the answer is longer than 64 KiB")
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			if err == io.EOF && len(line) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
		break
	}
	if len(line) < 2 || line[len(line)-2] != '\r' {
		return "", errors.New("a line of the answer does not end in CR LF")
	}
	if err := r.count(len(line), 1); err != nil {
		return "", err
	}
	return string(line[:len(line)-2]), nil
}

func (r *Reader) count(bytes, items int) error {
	r.bytes += bytes
	r.items += items
	if r.bytes > MaxBytes || r.items > MaxItems {
		return errors.New("the answer is larger than 32 MiB or a million items")
	}
	return nil
}

func (r *Reader) value(depth int) (v any, push bool, err error) {
	if depth > maxDepth {
		return nil, false, errors.New("the answer is nested more than 16 deep")
	}
	line, err := r.line()
	if err != nil {
		return nil, false, err
	}
	if line == "" {
		return nil, false, errors.New("the answer begins with an empty line")
	}
	body := line[1:]
	switch line[0] {
	case '+':
		return body, false, nil
	case '-':
		return Error(body), false, nil
	case ':':
		n, err := strconv.ParseInt(body, 10, 64)
		if err != nil {
			return nil, false, fmt.Errorf("%.40q is no integer", body)
		}
		return n, false, nil
	case '(':
		if len(body) > 400 {
			return nil, false, errors.New("a big number has more than 400 digits")
		}
		return body, false, nil
	case ',':
		f, err := strconv.ParseFloat(body, 64)
		if err != nil && !math.IsInf(f, 0) {
			return nil, false, fmt.Errorf("%.40q is no number", body)
		}
		return f, false, nil
	case '#':
		if body != "t" && body != "f" {
			return nil, false, fmt.Errorf("%.40q is no truth value", body)
		}
		return body == "t", false, nil
	case '_':
		return nil, false, nil
	case '$', '=', '!':
		n, err := length(body)
		if err != nil || n < 0 {
			return nil, false, err
		}
		if err := r.count(n, 0); err != nil {
			return nil, false, err
		}
		s, err := r.text(n)
		switch {
		case err != nil:
			return nil, false, err
		case line[0] == '!':
			return Error(s), false, nil
		case line[0] == '=' && len(s) >= 4:
			s = s[4:] // txt: or mkd:
		}
		return s, false, nil
	case '*', '~', '>', '%', '|':
		n, err := length(body)
		if err != nil || n < 0 {
			return nil, false, err
		}
		if line[0] == '%' || line[0] == '|' {
			n *= 2
		}
		if n > MaxItems {
			return nil, false, errors.New("the answer has more than a million items")
		}
		list := make([]any, 0, min(n, 1024))
		for range n {
			item, _, err := r.value(depth + 1)
			if err != nil {
				return nil, false, err
			}
			list = append(list, item)
		}
		if line[0] == '|' { // attributes of the value that follows
			return r.value(depth + 1)
		}
		return list, line[0] == '>', nil
	}
	return nil, false, fmt.Errorf("an answer cannot begin with %q", line[0])
}

// text reads n bytes and the line end, growing as they come.
func (r *Reader) text(n int) (string, error) {
	buf := make([]byte, 0, min(n, 64<<10))
	for len(buf) < n {
		part := min(n-len(buf), 64<<10)
		at := len(buf)
		buf = append(buf, make([]byte, part)...)
		if _, err := io.ReadFull(r.r, buf[at:]); err != nil {
			return "", unexpected(err)
		}
	}
	var end [2]byte
	if _, err := io.ReadFull(r.r, end[:]); err != nil {
		return "", unexpected(err)
	}
	if end != [2]byte{'\r', '\n'} {
		return "", errors.New("a text of the answer is longer than it says")
	}
	return string(buf), nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func length(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < -1 || n > MaxBytes {
		return 0, fmt.Errorf("%.40q is no length from -1 to 32 MiB", s)
	}
	return n, nil
}
