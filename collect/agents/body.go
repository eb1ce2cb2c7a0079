package agents

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
)

// unpack undoes the compression of a body. The first bytes decide, since
// agents and proxies name the content type as they like; the type decides only
// where the bytes cannot (brotli, bare deflate). packing is zlib, gzip, br,
// deflate or "".
func unpack(r io.Reader, contentType string) (body *bufio.Reader, packing string, err error) {
	br := bufio.NewReaderSize(r, 32<<10)
	head, err := br.Peek(2)
	if len(head) < 2 {
		if err == nil || err == io.EOF {
			err = fmt.Errorf("the body is empty")
		}
		return nil, "", err
	}
	named := strings.ToLower(contentType)
	switch {
	case head[0] == 0x1f && head[1] == 0x8b:
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, "", fmt.Errorf("the body is not whole gzip: %w", err)
		}
		return bufio.NewReaderSize(z, 32<<10), "gzip", nil
	case head[0]&0x0f == 8 && head[0]>>4 <= 7 && (int(head[0])<<8|int(head[1]))%31 == 0:
		z, err := zlib.NewReader(br)
		if err != nil {
			return nil, "", fmt.Errorf("the body is not whole zlib: %w", err)
		}
		return bufio.NewReaderSize(z, 32<<10), "zlib", nil
	case strings.Contains(named, "x-br"):
		return bufio.NewReaderSize(brotli.NewReader(br), 32<<10), "br", nil
	case strings.Contains(named, "deflate"):
		return bufio.NewReaderSize(flate.NewReader(br), 32<<10), "deflate", nil
	}
	return br, "", nil
}

// meter counts what passes and ends it above the limits: of the whole, and of
// one entry since the last call of reset.
type meter struct {
	r              io.Reader
	left, entry    int64
	limit          int64
	tooLarge       bool
	tooLargeReason string
}

func (m *meter) reset() { m.entry = maxElement }

func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 || m.entry <= 0 {
		// At the very end of a document of just the limit there is nothing more.
		if n, err := m.r.Read(p[:min(1, len(p))]); n == 0 {
			return 0, err
		}
		m.tooLargeReason = fmt.Sprintf("above %d bytes unpacked", m.limit)
		if m.entry <= 0 && m.left > 0 {
			m.tooLargeReason = fmt.Sprintf("one entry is above %d bytes", maxElement)
		}
		m.tooLarge = true
		return 0, fmt.Errorf("%w: %s", ErrTooLarge, m.tooLargeReason)
	}
	n, err := m.r.Read(p[:min(int64(len(p)), m.left, m.entry)])
	m.left -= int64(n)
	m.entry -= int64(n)
	return n, err
}
