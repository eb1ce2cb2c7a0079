package api

import (
	"maps"
	"slices"
	"strings"

	"steward/kernel/fail"
	"steward/kernel/records"
)

// own are the members every record has beside its fields.
var own = []string{"id", "number", "version", "created_at", "created_by", "updated_at", "updated_by", "archived_at"}

// shown are the fields that the reader is answered with.
func shown(v records.Reader, d *records.Def) []*records.Field {
	return slices.DeleteFunc(slices.Clone(d.Fields), func(f *records.Field) bool { return f.IsHidden || !f.Shows(v, d) })
}

// written is a record as JSON; only names the members wanted, nil for all. The
// id is always there.
func (r *request) written(v records.Reader, rec records.Record, only []string) (map[string]any, error) {
	m := rec.Meta()
	out := map[string]any{"id": rec.ID()}
	add := func(name string, value any) {
		if only == nil || slices.Contains(only, name) {
			out[name] = value
		}
	}
	add("number", rec.Human())
	add("version", m.Version)
	add("created_at", m.CreatedAt)
	add("created_by", null(m.CreatedBy))
	add("updated_at", m.UpdatedAt)
	add("updated_by", null(m.UpdatedBy))
	add("archived_at", m.ArchivedAt)
	for _, f := range shown(v, rec.Def) {
		add(f.Name, records.ToJSON(f, rec.Value(f)))
	}
	for key, value := range m.Custom {
		add(key, value)
	}
	return out, nil
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// chosen reads fields=, the sparse fields.
func (r *request) chosen(v records.Reader, d *records.Def) ([]string, error) {
	text := r.URL.Query().Get("fields")
	if text == "" {
		return nil, nil
	}
	names := strings.Split(text, ",")
	for _, name := range names {
		f := d.Field(name)
		if slices.Contains(own, name) || f != nil && !f.IsHidden && f.Shows(v, d) || strings.HasPrefix(name, "x_") {
			continue
		}
		return nil, fail.Named("fields", "kernel.api.no-field", "{type} has no field {field}.").With("type", d.Name).With("field", name)
	}
	return names, nil
}

// patch writes a JSON object's members into a record: a member that is absent
// leaves the field as it is, null clears it. All problems are returned at once.
func patch(u *records.Tx, rec records.Record, in map[string]any) error {
	d := rec.Def
	var bad, more []*fail.Error
	fields, err := d.Ever(u) // what is closed may be sent as it is
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		var f *records.Field
		if at := slices.IndexFunc(fields, func(f *records.Field) bool { return f.Name == name }); at >= 0 {
			f = fields[at]
		}
		switch {
		case f == nil || f.IsHidden || f.Kind != records.Secret && !f.Shows(u, d):
			if slices.Contains(own, name) {
				bad = append(bad, fail.Named(name, "kernel.api.own", "This is kept by the program and cannot be written."))
				continue
			}
			bad = append(bad, fail.Named(name, "kernel.api.no-field", "{type} has no field {field}.").With("type", d.Name).With("field", clip(name)))
			continue
		case f.ReadOnly:
			bad = append(bad, fail.Named(name, "kernel.api.own", "This is kept by the program and cannot be written."))
			continue
		}
		v, err := records.FromJSON(f, merged(f, rec, in[name]))
		if e := fail.As(err); e != nil {
			bad = append(bad, e)
			continue
		} else if err != nil {
			return err
		}
		if e := f.Problem(v); e != nil && v != nil {
			more = append(more, e)
		}
		switch {
		case v == nil && !f.Optional:
			bad = append(bad, fail.Named(name, "kernel.records.required", "This must be filled in."))
		default:
			rec.Set(f, v)
		}
	}
	if len(bad) > 0 { // else the write path tells, with what it knows of links and rules
		bad = append(bad, more...)
	}
	return fail.Join(bad)
}

// merged completes an amount that leaves its currency (or the amount) as it is.
func merged(f *records.Field, rec records.Record, v any) any {
	part, ok := v.(map[string]any)
	if f.Kind != records.Amount || !ok {
		return v
	}
	if was, ok := records.ToJSON(f, rec.Value(f)).(map[string]any); ok && was["currency"] != "" {
		for _, name := range []string{"amount", "currency"} {
			if _, given := part[name]; !given {
				part[name] = was[name]
			}
		}
	}
	return part
}

// missing are the fields without which a record cannot be made.
func missing(u *records.Tx, d *records.Def, in map[string]any) error {
	fields, err := d.All(u)
	if err != nil {
		return err
	}
	var bad []*fail.Error
	for _, f := range fields {
		if _, ok := in[f.Name]; !ok && f.Needed() && d.Preset(f) == nil {
			bad = append(bad, fail.Named(f.Name, "kernel.records.required", "This must be filled in."))
		}
	}
	return fail.Join(bad)
}

func clip(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}
