package lists

import (
	"net/url"
	"strings"

	"steward/kernel/records"
	"steward/kernel/web"
)

// typed are what the inputs of an amount's bounds are called, and the comparisons of the
// address that they stand for. They are not called as those are, since a person types
// 50.000 EUR and means another number than an address does.
var typed = map[string]records.Op{"from": records.OpAtLeast, "up-to": records.OpAtMost}

// spelled is a list's address with the amounts typed into its filters as addresses spell
// them: digits of one's own language are read, and without a currency the organisation's is
// meant and named. It is nil where nothing was typed; what cannot be read stays, and
// the list says what would be right.
func spelled(r *web.Request, d *records.Def, in url.Values) (url.Values, error) {
	fields, err := d.Filterable(r.View)
	if err != nil {
		return nil, err
	}
	by := records.Typist{Lang: r.Lang, Zone: r.Zone, Today: r.Today(), Currency: r.Org.Currency}
	found := false
	for _, f := range fields {
		if f.Kind != records.Amount || !f.Shows(r.View, d) {
			continue
		}
		for end, op := range typed {
			text := strings.TrimSpace(in.Get(f.Name + "." + end))
			in.Del(f.Name + "." + end)
			if text == "" {
				continue
			}
			found = true
			if v, err := records.FromTyped(by, f, text); err == nil {
				text = records.ToText(f, v)
			}
			in.Set(f.Name+"."+string(op), text)
		}
	}
	if !found {
		return nil, nil
	}
	return in, nil
}

// amounts are the bounds of an amount with what is asked for, as the reader writes it.
func (v *facetView) amounts(r *web.Request, f *records.Field, in url.Values) {
	v.Input, v.Hint = "text", written(r, records.Money{Minor: 120_000, Currency: r.Org.Currency})
	for i, op := range []records.Op{records.OpAtLeast, records.OpAtMost} {
		text := in.Get(f.Name + "." + string(op))
		if m, err := records.FromText(f, text); err == nil {
			text = written(r, m.(records.Money))
		}
		v.Bounds[i].Value = text
		v.Bounds[i].Key = f.Name + "." + []string{"from", "up-to"}[i]
	}
}

func written(r *web.Request, m records.Money) string {
	return r.Lang.Amount(m.Minor, m.Currency) + " " + m.Currency
}
