package access

import (
	"slices"
	"time"

	"steward/kernel/fail"
)

// Check refuses a grant outside the closed vocabulary, and a sensitive one for
// all areas at once.
func (g Grant) Check() error {
	var problems []*fail.Error
	if g.Area != Everywhere && !slices.Contains(Areas, g.Area) {
		problems = append(problems, fail.Named("area", "kernel.access.area", "There is no area “{value}”.").With("value", g.Area))
	}
	if !slices.Contains(Acts, g.Act) {
		problems = append(problems, fail.Named("act", "kernel.access.act", "There is no act “{value}” that can be granted.").With("value", string(g.Act)))
	}
	if !slices.Contains(Scopes, g.Scope) {
		problems = append(problems, fail.Named("scope", "kernel.access.scope", "There is no scope “{value}”.").With("value", string(g.Scope)))
	}
	if g.Sensitivity != Ordinary && !slices.Contains(Sensitivities, g.Sensitivity) {
		problems = append(problems, fail.Named("sensitivity", "kernel.access.sensitivity", "There is no sensitivity “{value}”.").With("value", string(g.Sensitivity)))
	} else if g.Sensitivity != Ordinary && g.Area == Everywhere {
		problems = append(problems, fail.Named("area", "kernel.access.sensitive-everywhere", "Sensitive records can only be opened area by area."))
	}
	return fail.Join(problems)
}

// covers reports whether the grant is about such records, in force or not.
func (g *Grant) covers(act Act, area string, s Sensitivity) bool {
	return g.Act == act && g.Sensitivity == s && (g.Area == area || g.Area == Everywhere && s == Ordinary)
}

func (g *Grant) inForce(now time.Time) bool { return g.Until.IsZero() || now.Before(g.Until) }
