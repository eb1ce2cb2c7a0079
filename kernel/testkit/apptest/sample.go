package apptest

import (
	"fmt"

	"steward/kernel/records"
)

// Sample makes a record of a type with every required field filled, storing what
// it links to. nth tells several apart.
func Sample(u *records.Tx, d *records.Def, nth int) (any, error) { return sample(u, d, nth, 0) }

func sample(u *records.Tx, d *records.Def, nth, depth int) (any, error) {
	rec := d.New()
	for _, f := range d.Fields {
		if f.Optional {
			continue
		}
		var v any
		switch f.Kind {
		case records.Text, records.LongText, records.Secret:
			v = textFor(f, nth)
		case records.Int, records.Decimal:
			n := int64(1)
			if f.Low != nil {
				n = max(n, *f.Low)
			}
			v = n
		case records.Instant:
			v = u.Now.UnixMicro()
		case records.Measure:
			v = 1.5
		case records.Bool:
			v = false
		case records.DateKind:
			v = "2026-02-01"
		case records.Amount:
			v = records.Money{Minor: 100_00, Currency: "EUR"}
		case records.Choice:
			v = f.Options[0].Value
		case records.Link, records.RefKind:
			if depth > 6 {
				return nil, fmt.Errorf("%s: links go round in a circle", d.Name)
			}
			target := records.RegistryOf(u).Targets(f)[0]
			other, err := sample(u, target, nth*10+depth+len(f.Name), depth+1)
			if err != nil {
				return nil, err
			}
			if err := target.Create(u, other); err != nil {
				return nil, fmt.Errorf("%s for %s.%s: %w", target.Name, d.Name, f.Name, err)
			}
			v = records.Record{Def: target, V: other}.ID()
			if f.Kind == records.RefKind {
				v = string(records.MakeRef(target.Name, v.(string)))
			}
		}
		d.SetValue(rec, f.Name, v)
	}
	d.Exemplify(rec)
	return rec, nil
}

func textFor(f *records.Field, nth int) string {
	switch f.Format {
	case "email":
		return fmt.Sprintf("a%d@example.org", nth)
	case "url":
		return "https://example.org"
	case "ip":
		return "192.0.2.1"
	case "cidr":
		return "192.0.2.0/24"
	case "mac":
		return "00:53:00:aa:bb:cc"
	case "country":
		return "DE"
	case "currency":
		return []string{"EUR", "SEK", "PLN", "HUF"}[len(f.Name)%4]
	case "language":
		return "de"
	case "timezone":
		return "Europe/Berlin"
	case "phone":
		return "+49 30 1234567"
	}
	return fmt.Sprintf("Sample %d", nth)
}
