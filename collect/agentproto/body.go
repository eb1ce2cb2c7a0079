package agentproto

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"steward/collect/fact"
)

// MaxWire is the most a request's body may have on the wire, MaxBody the most
// it may unpack to: counted as it is when written again, so that letters that
// JSON writes longer than they are count as long as they become. An inventory of
// 3,000 packages has 0.9 MB unpacked, one of 20,000 has 6 MB.
const (
	MaxWire = 4 << 20
	MaxBody = 8 << 20
)

// ErrTooLarge is a body beyond MaxWire or MaxBody, or of more rows than a machine has.
var ErrTooLarge = errors.New("the body is too large")

// Encode makes the wire form of a report: JSON, gzip.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(v); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// ReadWire reads a request's body as it came, at most MaxWire of it. Size is
// how long it says it is, negative if it does not: no more than that is set aside.
func ReadWire(r io.Reader, size int64) ([]byte, error) {
	var b bytes.Buffer
	if size > 0 {
		b.Grow(int(min(size, MaxWire)) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(io.LimitReader(r, MaxWire+1)); err != nil {
		return nil, err
	}
	if b.Len() > MaxWire {
		return nil, fmt.Errorf("%w: more than %d MB", ErrTooLarge, MaxWire>>20)
	}
	return b.Bytes(), nil
}

// Unpack returns the JSON of a wire body. Encoding is the request's
// Content-Encoding: gzip or nothing. What comes out is held against the bounds
// of a body piece by piece, so that one beyond them takes no more memory than
// what was still within.
func Unpack(wire []byte, encoding string) ([]byte, error) {
	rest := bytes.NewReader(wire)
	in := io.Reader(rest)
	expect := len(wire)
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(rest)
		if err != nil {
			return nil, fmt.Errorf("the body is not gzip: %w", err)
		}
		z.Multistream(false)
		in, expect = z, unpacked(wire)
	default:
		return nil, fmt.Errorf("the body's encoding %q is not known; send gzip or none", encoding)
	}
	body := make([]byte, 0, expect+512)
	var within bounds
	for {
		if len(body) == cap(body) {
			body = slices.Grow(body, len(body)/2+512)
		}
		n, err := in.Read(body[len(body):cap(body)])
		if beyond := within.take(body[len(body) : len(body)+n]); beyond != nil {
			return nil, beyond
		}
		body = body[:len(body)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the body is cut short or damaged: %w", err)
		}
	}
	if rest.Len() > 0 {
		return nil, errors.New("the body goes on after the end of its gzip")
	}
	if !utf8.Valid(body) {
		return nil, errors.New("the body is not UTF-8")
	}
	return body, nil
}

// unpacked is how long a gzip says that it becomes, as far as that is likely: an
// inventory packs to between a fifth and a thirtieth.
func unpacked(wire []byte) int {
	if len(wire) < 4 {
		return 0
	}
	return int(min(binary.LittleEndian.Uint32(wire[len(wire)-4:]), uint32(40*len(wire)), MaxBody))
}

// Decode unpacks and reads a wire body into v.
func Decode(wire []byte, encoding string, v any) error {
	body, err := Unpack(wire, encoding)
	if err != nil {
		return err
	}
	return read(body, v)
}

func read(body []byte, v any) error {
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("the body is not the JSON expected: %w", err)
	}
	return nil
}

// DecodeReport unpacks and reads a report; see ReadReport.
func DecodeReport(wire []byte, encoding string) (Report, error) {
	body, err := Unpack(wire, encoding)
	if err != nil {
		return Report{}, err
	}
	return ReadReport(body)
}

// ReadReport reads a report that is unpacked and checks that it holds together:
// it has an id, each section it brings has the hash it says, and no hash is of
// a section that does not exist.
func ReadReport(body []byte) (Report, error) {
	var r Report
	if err := read(body, &r); err != nil {
		return r, err
	}
	if r.ID == "" || len(r.ID) > 64 {
		return r, errors.New("the report has no id")
	}
	if r.Inventory.Version != fact.InventoryVersion {
		return r, fmt.Errorf("the inventory's version is %d; %d is known", r.Inventory.Version, fact.InventoryVersion)
	}
	known := map[string]bool{}
	for _, s := range fact.Sections() {
		known[s] = true
	}
	for s, h := range r.Hashes {
		if len(h) != 64 {
			return r, fmt.Errorf("the hash of section %q is not one", s)
		}
		if !known[s] && len(r.Hashes) > 200 {
			return r, errors.New("the report names too many sections")
		}
	}
	actual, err := r.Inventory.Hashes()
	if err != nil {
		return r, err
	}
	for s, h := range actual {
		if r.Hashes[s] != h {
			return r, fmt.Errorf("section %q does not have the hash the report gives it", s)
		}
	}
	return r, nil
}
