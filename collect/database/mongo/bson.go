// Package mongo speaks as much of MongoDB's wire protocol as asking
// administrative commands needs: BSON (bsonspec.org, version 1.1), OP_MSG, and
// signing in by SCRAM (RFC 5802, RFC 7677).
package mongo

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Doc is a document: its elements in their order.
type Doc []Elem

// Elem is one element of a document. Its value is nil, bool, int32, int64,
// float64, string, time.Time, []byte, ID, Timestamp, Other, Doc or []any.
type Elem struct {
	Key   string
	Value any
}

// ID is an object's id.
type ID [12]byte

// Timestamp is a moment of the operations log: seconds since 1970 and a count.
type Timestamp struct{ Seconds, Count uint32 }

// Other is a value of a kind that is only named: regex, code, decimal …
type Other string

// Get returns the value of a key, nil if there is none. Several keys go down
// into documents.
func (d Doc) Get(keys ...string) any {
	var v any = d
	for _, k := range keys {
		doc, ok := v.(Doc)
		if !ok {
			return nil
		}
		v = nil
		for _, e := range doc {
			if e.Key == k {
				v = e.Value
				break
			}
		}
	}
	return v
}

// Bounds of one document.
const (
	MaxDocument = 48 << 20 // the server's greatest message is 48,000,000 bytes
	maxDepth    = 100
)

// Unmarshal reads one document that fills b.
func Unmarshal(b []byte) (Doc, error) {
	items := 0
	d, rest, err := document(b, 0, false, &items)
	if err == nil && len(rest) > 0 {
		err = errors.New("bytes follow the document")
	}
	return d, err
}

func document(b []byte, depth int, array bool, items *int) (Doc, []byte, error) {
	if depth > maxDepth {
		return nil, nil, errors.New("the document is nested more than 100 deep")
	}
	if len(b) < 5 {
		return nil, nil, errors.New("the document is cut short")
	}
	n := int(binary.LittleEndian.Uint32(b))
	if n < 5 || n > len(b) || b[n-1] != 0 {
		return nil, nil, fmt.Errorf("the document's length %d does not fit", n)
	}
	body, rest := b[4:n-1], b[n:]
	var d Doc
	for len(body) > 0 {
		if *items++; *items > 2_000_000 {
			return nil, nil, errors.New("the document has more than two million elements")
		}
		kind := body[0]
		end := bytes.IndexByte(body[1:], 0)
		if end < 0 {
			return nil, nil, errors.New("a name does not end")
		}
		key := ""
		if !array {
			key = valid(body[1 : 1+end])
		}
		v, after, err := value(kind, body[end+2:], depth, items)
		if err != nil {
			return nil, nil, fmt.Errorf("%.60q: %w", key, err)
		}
		d, body = append(d, Elem{key, v}), after
	}
	return d, rest, nil
}

var errShort = errors.New("a value is cut short")

func value(kind byte, b []byte, depth int, items *int) (v any, rest []byte, err error) {
	take := func(n int) []byte {
		if err != nil || n < 0 || len(b) < n {
			err = errShort
			return make([]byte, min(max(n, 0), 16))
		}
		part := b[:n]
		b = b[n:]
		return part
	}
	str := func() string {
		n := int(int32(binary.LittleEndian.Uint32(take(4))))
		if err == nil && (n < 1 || n > len(b) || b[n-1] != 0) {
			err = errors.New("a text's length does not fit")
		}
		if err != nil {
			return ""
		}
		return valid(take(n)[:n-1])
	}
	name := func() {
		n := bytes.IndexByte(b, 0)
		if n < 0 {
			err = errShort
			return
		}
		take(n + 1)
	}
	switch kind {
	case 0x01:
		v = math.Float64frombits(binary.LittleEndian.Uint64(take(8)))
	case 0x02, 0x0e:
		v = str()
	case 0x03:
		return document(b, depth+1, false, items)
	case 0x04:
		list, after, e := document(b, depth+1, true, items)
		if e != nil {
			return nil, nil, e
		}
		out := make([]any, len(list))
		for i := range list {
			out[i] = list[i].Value
		}
		return out, after, nil
	case 0x05:
		n := int(int32(binary.LittleEndian.Uint32(take(4))))
		take(1)
		v = bytes.Clone(take(n))
	case 0x06, 0x0a:
	case 0x07:
		v = ID(take(12)[:12])
	case 0x08:
		c := take(1)[0]
		if err == nil && c > 1 {
			err = errors.New("a truth value is neither 0 nor 1")
		}
		v = c == 1
	case 0x09:
		v = time.UnixMilli(int64(binary.LittleEndian.Uint64(take(8)))).UTC()
	case 0x0b:
		name()
		name()
		v = Other("regex")
	case 0x0c:
		str()
		take(12)
		v = Other("pointer")
	case 0x0d:
		str()
		v = Other("code")
	case 0x0f:
		n := int(int32(binary.LittleEndian.Uint32(take(4))))
		take(n - 4)
		v = Other("code")
	case 0x10:
		v = int32(binary.LittleEndian.Uint32(take(4)))
	case 0x11:
		t := binary.LittleEndian.Uint64(take(8))
		v = Timestamp{Seconds: uint32(t >> 32), Count: uint32(t)}
	case 0x12:
		v = int64(binary.LittleEndian.Uint64(take(8)))
	case 0x13:
		take(16)
		v = Other("decimal")
	case 0xff, 0x7f:
		v = Other("key bound")
	default:
		return nil, nil, fmt.Errorf("the kind of value 0x%02x is not known", kind)
	}
	return v, b, err
}

func valid(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }

// Marshal writes a document of nil, bool, int32, int64, float64, string,
// time.Time, []byte, Doc and []any.
func Marshal(d Doc) ([]byte, error) { return appendDocument(nil, d) }

func appendDocument(b []byte, d Doc) ([]byte, error) {
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	for _, e := range d {
		if strings.IndexByte(e.Key, 0) >= 0 {
			return nil, errors.New("a name holds a zero byte")
		}
		kind := len(b)
		b = append(append(append(b, 0), e.Key...), 0)
		var err error
		switch v := e.Value.(type) {
		case nil:
			b[kind] = 0x0a
		case bool:
			b[kind] = 0x08
			if v {
				b = append(b, 1)
			} else {
				b = append(b, 0)
			}
		case int32:
			b[kind] = 0x10
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		case int64:
			b[kind] = 0x12
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		case float64:
			b[kind] = 0x01
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		case string:
			b[kind] = 0x02
			b = binary.LittleEndian.AppendUint32(b, uint32(len(v)+1))
			b = append(append(b, v...), 0)
		case time.Time:
			b[kind] = 0x09
			b = binary.LittleEndian.AppendUint64(b, uint64(v.UnixMilli()))
		case []byte:
			b[kind] = 0x05
			b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
			b = append(append(b, 0), v...)
		case Doc:
			b[kind] = 0x03
			b, err = appendDocument(b, v)
		case []any:
			b[kind] = 0x04
			list := make(Doc, len(v))
			for i := range v {
				list[i] = Elem{strconv.Itoa(i), v[i]}
			}
			b, err = appendDocument(b, list)
		default:
			return nil, fmt.Errorf("%s: a %T cannot be written", e.Key, v)
		}
		if err != nil {
			return nil, err
		}
	}
	b = append(b, 0)
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at))
	return b, nil
}

// JSON is the document as JSON: moments as RFC 3339, ids as hex, timestamps as
// seconds, what has no JSON form as its kind's name in brackets.
func (d Doc) JSON() string {
	var b strings.Builder
	writeJSON(&b, d)
	return b.String()
}

func writeJSON(b *strings.Builder, v any) {
	switch v := v.(type) {
	case Doc:
		b.WriteByte('{')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, e.Key)
			b.WriteByte(':')
			writeJSON(b, e.Value)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, e)
		}
		b.WriteByte(']')
	case string:
		text, _ := json.Marshal(v)
		b.Write(text)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			b.WriteString("null")
			return
		}
		b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
	case time.Time:
		if y := v.Year(); y < 0 || y > 9999 {
			b.WriteString("null")
			return
		}
		b.WriteString(v.Format(`"2006-01-02T15:04:05.000Z"`))
	case ID:
		b.WriteString(`"` + hex.EncodeToString(v[:]) + `"`)
	case Timestamp:
		b.WriteString(strconv.FormatUint(uint64(v.Seconds), 10))
	case []byte:
		b.WriteString(`"[binary]"`)
	case Other:
		b.WriteString(`"[` + string(v) + `]"`)
	case nil:
		b.WriteString("null")
	default: // bool, int32, int64
		fmt.Fprint(b, v)
	}
}

// ParseJSON reads a document from JSON, its elements in their order. Whole
// numbers become int32 or int64.
func ParseJSON(s string) (Doc, error) {
	if !utf8.ValidString(s) {
		return nil, errors.New("the text is not UTF-8")
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	v, err := parseJSON(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the document")
	}
	doc, ok := v.(Doc)
	if !ok {
		return nil, errors.New("is not an object")
	}
	return doc, nil
}

func parseJSON(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("is nested more than 100 deep")
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		if n, err := t.Int64(); err == nil {
			if n == int64(int32(n)) {
				return int32(n), nil
			}
			return n, nil
		}
		return t.Float64()
	case json.Delim:
		var doc Doc
		list := []any{}
		for d.More() {
			key := ""
			if t == '{' {
				k, err := d.Token()
				if err != nil {
					return nil, err
				}
				key, _ = k.(string)
			}
			v, err := parseJSON(d, depth+1)
			if err != nil {
				return nil, err
			}
			doc, list = append(doc, Elem{key, v}), append(list, v)
		}
		if _, err := d.Token(); err != nil {
			return nil, err
		}
		if t == '{' {
			return doc, nil
		}
		return list, nil
	}
	return t, nil // string, bool, nil
}
