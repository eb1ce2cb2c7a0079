package match

import (
	"fmt"
	"slices"
	"strings"

	"steward/collect/advisory"
	"steward/collect/advisory/version"
)

// verdict is what ranges say of a version.
type verdict struct {
	status advisory.Status // Affected or NotAffected; "" is unknown
	why    string          // why it is unknown
	scheme version.Scheme
	span   string // the range that decided
	fixed  string // the version that mends it, as the advisory writes it
}

// evaluate holds an installed version against what an advisory says of the
// package, by the algorithm of the OSV schema ("Evaluation"). With noEpochs the
// installed version tells no epoch, so those of the advisory are left out.
func evaluate(a *advisory.Affect, key, installed string, noEpochs bool) verdict {
	if slices.Contains(a.Versions, installed) {
		v := verdict{status: advisory.Affected, scheme: version.SchemeOf(key), span: "listed: " + installed}
		if r := inRange(a, key, installed, noEpochs); r.status == advisory.Affected {
			v.fixed, v.span = r.fixed, r.span
		}
		return v
	}
	if len(a.Ranges) == 0 && len(a.Versions) == 0 {
		return verdict{status: advisory.Affected, span: "all versions", scheme: version.SchemeOf(key)}
	}
	return inRange(a, key, installed, noEpochs)
}

func inRange(a *advisory.Affect, key, installed string, noEpochs bool) verdict {
	result := verdict{status: advisory.NotAffected, scheme: version.SchemeOf(key)}
	commits := 0
	for i := range a.Ranges {
		r := &a.Ranges[i]
		if r.Type == advisory.Git {
			commits++
			continue
		}
		v := oneRange(r, key, installed, noEpochs)
		switch v.status {
		case advisory.Affected:
			return v
		case "":
			result = v
		}
	}
	if commits > 0 && commits == len(a.Ranges) && len(a.Versions) == 0 {
		return verdict{why: "the advisory names only commits, which an installed version does not tell", scheme: result.scheme}
	}
	return result
}

func oneRange(r *advisory.Range, key, installed string, noEpochs bool) verdict {
	v := verdict{status: advisory.NotAffected, scheme: version.SchemeOf(key)}
	if r.Type == advisory.SemVer {
		v.scheme = version.SemVer
	}
	noEpochs = noEpochs && v.scheme == version.RPM
	var failed error
	// to orders the installed version against an event's.
	order := func(x, y string) int {
		d, err := version.Compare(v.scheme, x, y)
		if err != nil && failed == nil {
			failed = err
		}
		return d
	}
	events := r.Events
	bare := func(s string) string {
		if noEpochs {
			return version.WithoutEpoch(s)
		}
		return s
	}
	if len(events) > 2 {
		events = slices.Clone(events)
		slices.SortStableFunc(events, func(x, y advisory.Event) int {
			zx, zy := x.Version == "0", y.Version == "0"
			switch {
			case zx && zy:
				return 0
			case zx:
				return -1
			case zy:
				return 1
			}
			return order(bare(x.Version), bare(y.Version))
		})
	}
	affected, limits, before := false, 0, false
	for _, e := range events {
		var d int
		switch {
		case e.Version == "0" && e.Kind == advisory.Introduced:
			d = 1
		case e.Version == "*" && e.Kind == advisory.Limit:
			d = -1
		default:
			d = order(bare(installed), bare(e.Version))
		}
		switch e.Kind {
		case advisory.Introduced:
			affected = affected || d >= 0
		case advisory.FixedAt:
			if d >= 0 {
				affected = false
			} else if affected && v.fixed == "" {
				v.fixed = e.Version
			}
		case advisory.LastAffected:
			if d > 0 {
				affected = false
			}
		case advisory.Limit:
			limits++
			before = before || d < 0
		}
	}
	if failed != nil {
		return verdict{why: failed.Error(), scheme: v.scheme, span: r.String()}
	}
	if affected && (limits == 0 || before) {
		v.status, v.span = advisory.Affected, r.String()
		return v
	}
	v.fixed = ""
	return v
}

// lastBefore says in words what ends a range that has no fix.
func lastBefore(a *advisory.Affect) string {
	for _, r := range a.Ranges {
		for _, e := range r.Events {
			if e.Kind == advisory.LastAffected {
				return fmt.Sprintf("newer than %s", e.Version)
			}
		}
	}
	return ""
}

// comparator names the order of versions that was used.
func comparator(s version.Scheme) string {
	if s == version.None {
		return "listed versions only"
	}
	return strings.TrimSpace(string(s))
}
