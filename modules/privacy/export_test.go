package privacy

import (
	"steward/kernel/records"
)

// Classified is what each column of each table may hold of a person, 0 for none said.
func Classified(reg *records.Registry) map[string]map[string]int {
	out := map[string]map[string]int{}
	for _, p := range places(reg) {
		out[p.table] = map[string]int{}
		for c, kind := range p.columns {
			out[p.table][c] = int(kind)
		}
	}
	return out
}

// Texts are the columns of a table in which somebody may be named, by what the column
// is: of what people wrote, and of JSON.
func Texts(reg *records.Registry, table string) (texts, json []string) {
	for _, p := range places(reg) {
		for _, c := range sortedColumns(p) {
			switch {
			case p.table != table:
			case p.columns[c] == text:
				texts = append(texts, c)
			case p.columns[c] == coded:
				json = append(json, c)
			}
		}
	}
	return texts, json
}

// ParseLedger reads a list of erasures.
var ParseLedger = parseLedger

// Without is a text without the person of that name and address.
func Without(name, email, s string) (string, int) {
	w := &who{Number: "PER-0012", found: []string{name, email}}
	return w.replacer(text, w.Number).in(s)
}
