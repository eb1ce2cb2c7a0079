package reports

import (
	"cmp"
	"slices"

	"steward/kernel/decisions"
)

// sortDecisions puts those first that are to be decided soonest; those without a
// day last.
func sortDecisions(list []*decisions.Decision) {
	slices.SortFunc(list, func(a, b *decisions.Decision) int {
		last := func(d *decisions.Decision) int {
			if d.DecideBy == "" {
				return 1
			}
			return 0
		}
		return cmp.Or(last(a)-last(b), cmp.Compare(a.DecideBy, b.DecideBy), cmp.Compare(a.ID, b.ID))
	})
}
