package privacy

import "steward/kernel/records"

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
