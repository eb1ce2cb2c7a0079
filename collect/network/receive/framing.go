package receive

import (
	"bufio"
	"errors"
	"io"
)

// frames takes syslog messages off a stream in both ways of RFC 6587: with a
// count of bytes before each, or each on a line of its own. Each message may
// come in either. A longer message than bound is cut; its rest is passed over.
type frames struct {
	in    *bufio.Reader
	bound int
}

func newFrames(in io.Reader, bound int) *frames {
	return &frames{bufio.NewReaderSize(in, 8<<10), bound}
}

// next returns one message, and whether it was cut.
func (f *frames) next() (message []byte, cut bool, err error) {
	for {
		head, err := f.in.Peek(1)
		if err != nil {
			return nil, false, err
		}
		if c := head[0]; c != '\n' && c != '\r' && c != 0 && c != ' ' {
			break
		}
		_, _ = f.in.Discard(1) // left over from the message before
	}
	if size, width := f.count(); width > 0 {
		_, _ = f.in.Discard(width)
		keep := min(size, f.bound)
		message = make([]byte, keep)
		if _, err := io.ReadFull(f.in, message); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, false, err
		}
		if size > keep {
			if _, err := io.CopyN(io.Discard, f.in, int64(size-keep)); err != nil {
				return message, true, nil // the end is found by the next call
			}
		}
		return message, size > keep, nil
	}
	for {
		part, err := f.in.ReadSlice('\n')
		room := f.bound - len(message)
		message = append(message, part[:min(len(part), max(room, 0))]...)
		cut = cut || len(part) > room && len(part) > 0
		switch {
		case err == nil:
			if cut && len(message) == f.bound && part[len(part)-1] == '\n' && len(part)-1 <= room {
				cut = false // only the line's end did not fit
			}
			return message, cut, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(message) > 0:
			return message, cut, nil
		default:
			return nil, false, err
		}
	}
}

// count reads MSG-LEN SP. width is 0 where there is none.
func (f *frames) count() (size, width int) {
	for i := 1; i <= 10; i++ {
		b, err := f.in.Peek(i)
		if err != nil {
			return 0, 0
		}
		c := b[i-1]
		switch {
		case c == ' ' && i > 1:
			return size, i
		case c < '0' || c > '9' || i == 1 && c == '0':
			return 0, 0
		}
		size = size*10 + int(c-'0')
	}
	return 0, 0
}
