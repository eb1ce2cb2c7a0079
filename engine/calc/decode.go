package calc

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"
)

// MaxInput is the most bytes a calculation reads: a bound against exhausting memory.
const MaxInput = 256 << 20

// Decode reads one JSON object strictly: unknown, doubled and missing fields (those
// without omitempty), names in another case, null where a value is wanted, wrong
// types, trailing data and bytes that are not UTF-8 are refused with an Invalid
// naming the place. A byte order mark at the beginning is passed over.
func Decode[T any](raw []byte) (T, error) {
	var v T
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(raw)) == 0 {
		return v, Wrong("", "the input is empty; give one JSON object (see --help for an example)")
	}
	if !utf8.Valid(raw) {
		return v, Wrong("", "the input is not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	err := d.Decode(&v)
	if err := malformed(raw, err); err != nil {
		return v, err
	}
	if where := fits(raw, reflect.TypeFor[T](), err != nil); where != nil {
		return v, where
	}
	if err != nil { // no single value is wrong by itself
		return v, Wrong("", "%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return v, Wrong(place(raw, d.InputOffset()), "there is more after the end of the JSON object; give exactly one")
	}
	return v, nil
}

// malformed names the place where raw is no JSON; nil when err says something else.
func malformed(raw []byte, err error) error {
	var syn *json.SyntaxError
	switch {
	case errors.As(err, &syn):
		return Wrong(place(raw, syn.Offset), "not JSON: %s", syn.Error())
	case errors.Is(err, io.ErrUnexpectedEOF):
		return Wrong(place(raw, int64(len(raw))), "the JSON ends too early")
	}
	return nil
}

// place names an offset as line and column, both from 1.
func place(raw []byte, offset int64) string {
	offset = min(max(offset, 0), int64(len(raw)))
	before := raw[:offset]
	line := 1 + bytes.Count(before, []byte("\n"))
	col := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return "line " + itoa(line) + ", column " + itoa(max(col, 1))
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64, reflect.Int32:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a " + t.String()
}
