package reports

import (
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/figures"
	"steward/kernel/records"
	"steward/kernel/report"
)

// mostReasons is how many records an explanation of a change names.
const mostReasons = 2

// why says what moved a figure since the month before, as far as its inputs tell:
// those that came, and those that went. "" where they do not, or where more were
// counted than are kept.
func why(c *report.Context, m *months, f *figures.Figure) (string, error) {
	now, before := m.of(f, 0), m.of(f, 1)
	if f.Area == access.Data || f.Unit != figures.Number && f.Unit != figures.Percent && f.Unit != figures.Amount {
		return "", nil // deliveries, and ages, tell nothing by their names
	}
	if now == nil || before == nil || !now.Value.Known() || !before.Value.Known() || now.Value.Float() == before.Value.Float() ||
		int(now.Total) > len(now.Inputs) || int(before.Total) > len(before.Inputs) {
		return "", nil
	}
	came, went := missing(now.Inputs, before.Inputs), missing(before.Inputs, now.Inputs)
	var out []string
	if len(came) > 0 {
		names, err := call(c, came)
		if err != nil {
			return "", err
		}
		out = append(out, c.T("reports.why.came", "new: {names}", "names", names))
	}
	if len(went) > 0 {
		names, err := call(c, went)
		if err != nil {
			return "", err
		}
		out = append(out, c.T("reports.why.went", "no longer: {names}", "names", names))
	}
	return strings.Join(out, "; "), nil
}

// missing are the records of the one list that the other does not hold.
func missing(list, other []figures.Input) (out []records.Ref) {
	for _, in := range list {
		if !slices.ContainsFunc(other, func(x figures.Input) bool { return x.Ref == in.Ref }) && !slices.Contains(out, in.Ref) {
			out = append(out, in.Ref)
		}
	}
	return out
}

// call names the first of the records that the reader may see, and counts the rest.
func call(c *report.Context, refs []records.Ref) (string, error) {
	registry := records.RegistryOf(c.View)
	var names []string
	for _, ref := range refs {
		typ, id := ref.Split()
		d := registry.Def(typ)
		if d == nil || len(names) == mostReasons {
			continue
		}
		got, err := d.Labels(c.View, []string{id})
		if err != nil {
			return "", err
		}
		if l, ok := got[id]; ok {
			names = append(names, l.Title)
		}
	}
	rest := int64(len(refs) - len(names))
	switch {
	case len(names) == 0:
		return c.Lang.Int(rest), nil
	case rest > 0:
		return c.T("reports.security.more", "{names} and {count} more", "names", strings.Join(names, ", "), "count", rest), nil
	}
	return strings.Join(names, ", "), nil
}
