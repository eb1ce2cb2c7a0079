package lists

import (
	"net/url"
	"slices"
	"strings"

	"steward/kernel/records"
	"steward/kernel/web"
)

// spelled is a list's address with the amounts that a person typed into its filters as
// addresses spell them: digits of one's own language, and without a currency the
// organisation's. It is nil where nothing is to be spelled otherwise; what cannot be
// read stays, and the list says what is wrong with it.
func spelled(r *web.Request, d *records.Def, in url.Values) (url.Values, error) {
	fields, err := d.Filterable(r.View)
	if err != nil {
		return nil, err
	}
	var out url.Values
	by := records.Typist{Lang: r.Lang, Zone: r.Zone, Today: r.Today(), Currency: r.Org.Currency}
	for _, f := range fields {
		if f.Kind != records.Amount || !f.Shows(r.View, d) {
			continue
		}
		for key, texts := range in {
			name, _, _ := strings.Cut(key, ".")
			if name != f.Name || len(texts) == 0 || texts[0] == "" {
				continue
			}
			if _, err := records.FromText(f, texts[0]); err == nil {
				continue
			}
			typed, err := records.FromTyped(by, f, texts[0])
			if err != nil || typed == nil {
				continue
			}
			if out == nil {
				out = url.Values{}
				for k, v := range in {
					out[k] = slices.Clone(v)
				}
			}
			out[key][0] = records.ToText(f, typed)
		}
	}
	return out, nil
}
