package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
)

// Operation is a verb on records that a module offers to programs beside what
// every type has; made by Op, listed in app.Module.Operations.
type Operation struct {
	Route   string // "POST /decisions/{id}/decide", below /api/v1
	Area    string
	Act     access.Act
	Summary string // one English line, which becomes the documentation
	In, Out reflect.Type
	run     func(u *records.Tx, path map[string]string, raw []byte) (any, error)
}

// Op makes an operation of a function: In is what is sent, as JSON, with members
// of the route's {names} filled from the address, and those of a GET from its
// parameters; Out is what is answered. Who
// holds nothing in the area for the act is refused before fn is called ("": fn
// alone decides); fn decides about the record itself. It runs in one transaction and once for each
// Idempotency-Key.
func Op[In, Out any](route, area string, act access.Act, summary string, fn func(u *records.Tx, in In) (Out, error)) Operation {
	return Operation{Route: route, Area: area, Act: act, Summary: summary, In: reflect.TypeFor[In](), Out: reflect.TypeFor[Out](),
		run: func(u *records.Tx, path map[string]string, raw []byte) (any, error) {
			var in In
			if err := decode(raw, &in); err != nil {
				return nil, err
			}
			fillPath(reflect.ValueOf(&in).Elem(), path)
			return fn(u, in)
		}}
}

func (op Operation) serve(r *request) error {
	raw, err := r.body(true)
	if err != nil {
		return err
	}
	path := map[string]string{}
	if r.Method == http.MethodGet { // what is asked stands in the address
		in, err := r.query()
		if err != nil {
			return err
		}
		for name := range in {
			path[name] = in.Get(name)
		}
	}
	for _, name := range PathNames(op.Route) {
		path[name] = r.PathValue(name)
		if !isText(path[name]) {
			return records.NotFound()
		}
	}
	return r.once(raw, func(u *records.Tx) (*reply, error) {
		if op.Area != "" && !access.MayIn(u.Actor, op.Act, op.Area, u.Now) {
			return nil, fail.New(fail.Forbidden, "kernel.api.may-not", "You may not do this.")
		}
		out, err := op.run(u, path, raw)
		return &reply{Status: http.StatusOK, Body: out}, err
	})
}

// decode reads JSON into a struct, strictly: an unknown member is refused.
func decode(raw []byte, into any) error {
	if _, err := object(raw); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err := dec.Decode(into)
	var kind *json.UnmarshalTypeError
	var wrong *fail.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		return fail.Named(kind.Field, "kernel.records.json", "{want} is wanted here.").With("want", kind.Type.String())
	case errors.As(err, &wrong):
		return wrong
	}
	if name, ok := strings.CutPrefix(err.Error(), `json: unknown field "`); ok {
		return fail.Named(clip(strings.TrimSuffix(name, `"`)), "kernel.api.unknown", "There is no such field here.")
	}
	return malformed(strings.TrimPrefix(err.Error(), "json: "))
}

func fillPath(v reflect.Value, path map[string]string) {
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if text, ok := path[name]; ok && v.Field(i).Kind() == reflect.String {
			v.Field(i).SetString(text)
		}
	}
}

// PathNames are the {names} in a route.
func PathNames(route string) (out []string) {
	for part := range strings.SplitSeq(route, "/") {
		if strings.HasPrefix(part, "{") {
			out = append(out, strings.Trim(part, "{}"))
		}
	}
	return out
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
