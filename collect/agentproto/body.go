package agentproto

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"steward/collect/fact"
)

// MaxWire is the most a request's body may have on the wire, MaxBody the most
// it may unpack to. An inventory of 20,000 packages has 6 MB unpacked.
const (
	MaxWire = 16 << 20
	MaxBody = 64 << 20
)

// ErrTooLarge is a body beyond MaxWire or MaxBody.
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

// ReadWire reads a request's body as it came, at most MaxWire of it.
func ReadWire(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxWire+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxWire {
		return nil, fmt.Errorf("%w: more than %d MB", ErrTooLarge, MaxWire>>20)
	}
	return b, nil
}

// Decode unpacks and reads a wire body into v, with bounded memory. Encoding
// is the request's Content-Encoding: gzip or nothing.
func Decode(wire []byte, encoding string, v any) error {
	var in io.Reader = bytes.NewReader(wire)
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("the body is not gzip: %w", err)
		}
		in = z
	default:
		return fmt.Errorf("the body's encoding %q is not known; send gzip or none", encoding)
	}
	b, err := io.ReadAll(io.LimitReader(in, MaxBody+1))
	if err != nil {
		return fmt.Errorf("the body is cut short or damaged: %w", err)
	}
	if len(b) > MaxBody {
		return fmt.Errorf("%w: it unpacks to more than %d MB", ErrTooLarge, MaxBody>>20)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("the body is not the JSON expected: %w", err)
	}
	return nil
}

// DecodeReport reads a report and checks that it holds together: it has an
// id, each section it brings has the hash it says, and no hash is of a
// section that does not exist.
func DecodeReport(wire []byte, encoding string) (Report, error) {
	var r Report
	if err := Decode(wire, encoding, &r); err != nil {
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
