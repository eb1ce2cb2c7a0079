package calc

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// A walker goes once over one JSON value that is known to be well formed, beside
// the Go type it is read into, and names the first place that does not fit.
// encoding/json alone accepts names in another case, doubled names and null for
// anything, takes what is missing as zero, and cannot say where a list's element
// is wrong.
type walker struct {
	raw   []byte
	pos   int
	try   bool   // read every single value too: something is known to be wrong
	path  []step // to where pos is
	known map[reflect.Type]*object
}

// step is a field, or an element of a list when name is empty.
type step struct {
	name  string
	index int
}

// object is what a struct's JSON form may hold.
type object struct {
	fields map[string]reflect.Type
	needed []field // in the order of the struct
}

type field struct{ name, doc string }

// fits says where the value at the beginning of raw, read into t, is wrong.
func fits(raw []byte, t reflect.Type, try bool) error {
	w := walker{raw: raw, try: try, known: map[reflect.Type]*object{}}
	return w.value(t)
}

func (w *walker) value(t reflect.Type) error {
	w.space()
	kind := w.raw[w.pos]
	if kind == 'n' {
		return w.null(t)
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if readsItself(t) || t.Kind() == reflect.Interface {
		return w.single(t)
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		if kind == '{' {
			return w.object(t)
		}
	case reflect.Slice, reflect.Array:
		if kind == '[' {
			return w.list(t.Elem())
		}
	}
	return w.single(t)
}

// null stands for what is absent, where that is foreseen.
func (w *walker) null(t reflect.Type) error {
	w.pos += len("null")
	switch {
	case t.Kind() == reflect.Pointer, t.Kind() == reflect.Interface, reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()):
		return nil
	case len(w.path) == 0:
		return Wrong("", "the input is null where %s is wanted", typeName(t))
	}
	return Wrong(w.where(), "is null where %s is wanted", typeName(t))
}

func (w *walker) object(t reflect.Type) error {
	var known *object
	if t.Kind() == reflect.Struct {
		known = w.of(t)
	}
	seen := map[string]bool{}
	for w.pos++; ; {
		if w.space(); w.raw[w.pos] == '}' {
			w.pos++
			break
		}
		if w.raw[w.pos] == ',' {
			w.pos++
			w.space()
		}
		at := w.pos
		name := w.name()
		elem := t
		if known == nil {
			elem = t.Elem()
		} else if elem = known.fields[name]; elem == nil {
			return Wrong(w.hereOr(at), "there is no field %s here; --schema lists the fields", quoted(name))
		}
		if seen[name] {
			return Wrong(w.hereOr(at), "%s stands here twice", quoted(name))
		}
		seen[name] = true
		w.space()
		w.pos++ // the colon
		w.path = append(w.path, step{name: name})
		if err := w.value(elem); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	if known == nil {
		return nil
	}
	for _, f := range known.needed {
		if !seen[f.name] {
			w.path = append(w.path, step{name: f.name})
			if f.doc == "" {
				return Wrong(w.where(), "is missing")
			}
			return Wrong(w.where(), "is missing; it is wanted here: %s", f.doc)
		}
	}
	return nil
}

func (w *walker) list(elem reflect.Type) error {
	w.pos++
	for i := 0; ; i++ {
		if w.space(); w.raw[w.pos] == ']' {
			w.pos++
			return nil
		}
		if w.raw[w.pos] == ',' {
			w.pos++
		}
		w.path = append(w.path, step{index: i})
		if err := w.value(elem); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
}

// single passes a value that is read as a whole.
func (w *walker) single(t reflect.Type) error {
	start := w.pos
	w.skip()
	if !w.try {
		return nil
	}
	err := json.Unmarshal(w.raw[start:w.pos], reflect.New(t).Interface())
	if err == nil {
		return nil
	}
	if typ, ok := err.(*json.UnmarshalTypeError); ok && (typ.Field == "" || !readsItself(t)) {
		wanted := typeName(t)
		if readsText(t) {
			wanted = "text"
		}
		return Wrong(w.hereOr(start), "is %s where %s is wanted", valueName(w.raw[start:w.pos]), wanted)
	}
	return Wrong(w.hereOr(start), "%s", strings.TrimPrefix(err.Error(), "json: "))
}

// skip moves past one value.
func (w *walker) skip() {
	for depth := 0; ; {
		switch c := w.raw[w.pos]; c {
		case '"':
			w.text()
		case '{', '[':
			depth++
			w.pos++
		case '}', ']':
			depth--
			w.pos++
		case ',', ':', ' ', '\t', '\r', '\n':
			w.pos++
			continue // never the end of a value
		default: // number, true, false, null
			for w.pos < len(w.raw) && !strings.ContainsRune(",]} \t\r\n", rune(w.raw[w.pos])) {
				w.pos++
			}
		}
		if depth == 0 {
			return
		}
	}
}

// text moves past a string.
func (w *walker) text() {
	for w.pos++; w.raw[w.pos] != '"'; w.pos++ {
		if w.raw[w.pos] == '\\' {
			w.pos++
		}
	}
	w.pos++
}

func (w *walker) name() string {
	start := w.pos
	w.text()
	plain := w.raw[start+1 : w.pos-1]
	if !strings.Contains(string(plain), `\`) {
		return string(plain)
	}
	var s string
	_ = json.Unmarshal(w.raw[start:w.pos], &s) // well formed, as known beforehand
	return s
}

func (w *walker) space() {
	for w.pos < len(w.raw) && (w.raw[w.pos] == ' ' || w.raw[w.pos] == '\n' || w.raw[w.pos] == '\t' || w.raw[w.pos] == '\r') {
		w.pos++
	}
}

// where writes the path, such as events[3].loss.low.
func (w *walker) where() string {
	var b strings.Builder
	for _, s := range w.path {
		switch {
		case s.name == "":
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case b.Len() > 0:
			b.WriteString("." + clip(s.name))
		default:
			b.WriteString(clip(s.name))
		}
		if b.Len() > 200 {
			return b.String() + "…"
		}
	}
	return b.String()
}

// hereOr is the path, or line and column at the top, which has no path.
func (w *walker) hereOr(offset int) string {
	if len(w.path) == 0 {
		return place(w.raw, int64(offset)+1)
	}
	return w.where()
}

func (w *walker) of(t reflect.Type) *object {
	if o := w.known[t]; o != nil {
		return o
	}
	o := &object{fields: map[string]reflect.Type{}}
	o.add(t)
	w.known[t] = o
	return o
}

func (o *object) add(t reflect.Type) {
	for f := range fields(t) {
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			o.add(f.Type)
			continue
		}
		if !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		o.fields[name] = f.Type
		if needed(opts, f.Type) {
			o.needed = append(o.needed, field{name, f.Tag.Get("doc")})
		}
	}
}

// needed says whether a field must stand in the JSON form.
func needed(opts string, t reflect.Type) bool {
	return !strings.Contains(opts, "omit") && t.Kind() != reflect.Pointer
}

func readsItself(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) || readsText(t)
}

func readsText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func valueName(raw []byte) string {
	switch raw[0] {
	case '"':
		return "text"
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return string(raw)
	}
	return fmt.Sprintf("the number %s", clip(string(raw)))
}

// clip shortens what came from outside for a message of one line.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

func quoted(s string) string { return strconv.Quote(clip(s)) }
