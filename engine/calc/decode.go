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

// Decode reads one JSON object strictly: unknown fields, wrong types, trailing
// data and bytes that are not UTF-8 are refused with an Invalid naming the place.
func Decode[T any](raw []byte) (T, error) {
	var v T
	if len(bytes.TrimSpace(raw)) == 0 {
		return v, Wrong("", "the input is empty; give one JSON object (see --help for an example)")
	}
	if !utf8.Valid(raw) {
		return v, Wrong("", "the input is not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, explain(raw, d, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return v, Wrong(place(raw, d.InputOffset()), "there is more after the end of the JSON object; give exactly one")
	}
	return v, nil
}

// explain turns an encoding/json error into one that names the place.
func explain(raw []byte, d *json.Decoder, err error) error {
	var typ *json.UnmarshalTypeError
	var syn *json.SyntaxError
	var inv *Invalid
	switch {
	case errors.As(err, &inv):
		return err
	case errors.As(err, &typ):
		where := typ.Field
		if where == "" {
			where = place(raw, typ.Offset)
		}
		return Wrong(where, "is a %s where %s is wanted", typ.Value, typeName(typ.Type))
	case errors.As(err, &syn):
		return Wrong(place(raw, syn.Offset), "not JSON: %s", syn.Error())
	case errors.Is(err, io.ErrUnexpectedEOF):
		return Wrong(place(raw, int64(len(raw))), "the JSON ends too early")
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return Wrong(place(raw, d.InputOffset()), "there is no field %s here; --schema lists the fields", name)
	}
	return Wrong(place(raw, d.InputOffset()), "%s", strings.TrimPrefix(err.Error(), "json: "))
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
