package csaf

import (
	"fmt"
	"slices"
	"strings"

	"steward/collect/advisory"
)

// affects turns the status lists into what is said of packages. Of a package
// that has a fixed version the range up to it counts, whatever else is listed.
func (v *vulnerability) affects(p *products, unplaced map[string]int) ([]advisory.Affect, error) {
	type key struct{ ecosystem, name, stream string }
	var order []key
	byKey := map[key][]advisory.Affect{}
	fixed := map[key]bool{}
	for _, list := range []string{"fixed", "first_fixed", "recommended", "known_affected", "first_affected", "last_affected", "under_investigation", "known_not_affected"} {
		if list == "recommended" && len(v.Status["fixed"])+len(v.Status["first_fixed"]) > 0 {
			continue
		}
		for _, id := range v.Status[list] {
			if p.byID[id] == nil {
				return nil, fmt.Errorf("product_status.%s names product %.80q, which the product tree does not have", list, id)
			}
			x, ok := p.asPackage(id)
			if !ok {
				component, _ := p.parts(id)
				if component != nil && (len(unplaced) < 100 || unplaced[component.Name] > 0) {
					unplaced[component.Name]++
				}
				continue
			}
			if x.arch == "src" && x.version != "" && list != "known_affected" {
				continue // the source of the packages that are listed too
			}
			k := key{x.ecosystem, x.name, x.stream}
			a := advisory.Affect{Ecosystem: x.ecosystem, Name: x.name, Rating: v.rating(id, p)}
			if x.stream != "" {
				a.Streams = []string{x.stream}
			}
			event := func(kind advisory.EventKind) []advisory.Range {
				r := advisory.Range{Type: advisory.Ecosystem}
				if kind != advisory.Introduced {
					r.Events = append(r.Events, advisory.Event{Kind: advisory.Introduced, Version: "0"})
				}
				r.Events = append(r.Events, advisory.Event{Kind: kind, Version: x.version})
				return []advisory.Range{r}
			}
			switch status := statuses[list]; {
			case status == advisory.Fixed:
				if x.version == "" {
					continue
				}
				fixed[k] = true
				a.Ranges = event(advisory.FixedAt)
			case fixed[k]:
				continue
			default:
				if status != advisory.Affected {
					a.Status = status
				}
				if status == advisory.NotAffected {
					flag, text := v.why(id, p)
					a.Why = strings.TrimSpace(strings.TrimSuffix(flag+": "+text, ": "))
					a.Why = strings.TrimPrefix(a.Why, ": ")
				} else {
					a.NoFix = v.noFix(id, p)
				}
				switch {
				case x.versions != "":
					r, err := versRange(x.versions)
					if err != nil {
						return nil, err
					}
					a.Ranges = []advisory.Range{r}
				case x.version == "":
				case list == "first_affected":
					a.Ranges = event(advisory.Introduced)
				case list == "last_affected":
					a.Ranges = event(advisory.LastAffected)
				default:
					a.Versions = []string{x.version}
				}
			}
			if byKey[k] == nil {
				order = append(order, k)
			}
			byKey[k] = merge(byKey[k], a)
		}
	}
	var all []advisory.Affect
	for _, k := range order {
		all = append(all, byKey[k]...)
	}
	return all, nil
}

// merge adds an entry, joining those that differ only in their listed versions
// and leaving out repetitions (the same package of several architectures).
func merge(all []advisory.Affect, a advisory.Affect) []advisory.Affect {
	for i := range all {
		b := &all[i]
		if b.Status != a.Status || b.Why != a.Why || b.NoFix != a.NoFix || len(b.Ranges) != len(a.Ranges) {
			continue
		}
		same := true
		for j := range a.Ranges {
			same = same && slices.Equal(a.Ranges[j].Events, b.Ranges[j].Events)
		}
		if same && (len(a.Versions) > 0) == (len(b.Versions) > 0) {
			for _, v := range a.Versions {
				if !slices.Contains(b.Versions, v) {
					b.Versions = append(b.Versions, v)
				}
			}
			return all
		}
	}
	return append(all, a)
}

// versRange reads a version range specifier: vers:rpm/>=1.0|<2.0. Intervals
// become pairs of events; a single version an interval of itself.
func versRange(s string) (advisory.Range, error) {
	r := advisory.Range{Type: advisory.Ecosystem}
	_, list, found := strings.Cut(strings.TrimPrefix(s, "vers:"), "/")
	if !found {
		return r, fmt.Errorf("%.80q is no version range (vers:type/constraints)", s)
	}
	open := false
	add := func(kind advisory.EventKind, v string) {
		r.Events = append(r.Events, advisory.Event{Kind: kind, Version: v})
	}
	for c := range strings.SplitSeq(list, "|") {
		c = strings.TrimSpace(c)
		v := strings.TrimLeft(c, "<>=!")
		if v == "" {
			return r, fmt.Errorf("%.80q has a constraint without version", s)
		}
		switch c[:len(c)-len(v)] {
		case "":
			if v == "*" {
				add(advisory.Introduced, "0")
				open = true
				continue
			}
			add(advisory.Introduced, v)
			add(advisory.LastAffected, v)
		case "=":
			add(advisory.Introduced, v)
			add(advisory.LastAffected, v)
		case ">=":
			add(advisory.Introduced, v)
			open = true
		case "<", "<=":
			if !open {
				add(advisory.Introduced, "0")
			}
			open = false
			if c[1] == '=' {
				add(advisory.LastAffected, v)
			} else {
				add(advisory.FixedAt, v)
			}
		default: // > and != cannot be said by events without knowing the next version
			return r, fmt.Errorf("%.80q: the comparator of %.40q is not read; >=, <, <= and single versions are", s, c)
		}
	}
	return r, nil
}
