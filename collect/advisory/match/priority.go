package match

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"steward/collect/advisory"
)

// Priority is where a match stands in the order of work, and why.
type Priority struct {
	Rank  int      `json:"rank" doc:"1 is first; matches of one class with the same figures follow by name"`
	Class Class    `json:"class"`
	Why   []string `json:"why" doc:"the facts the class follows from"`
}

// Class is a group of matches to work on alike.
type Class string

// The classes, in the order of work. Unrated stands before medium, for nothing
// is known of it.
const (
	Ransomware Class = "exploited-by-ransomware" // on CISA's list, used by ransomware gangs
	Exploited  Class = "exploited"               // on CISA's list
	Malware    Class = "malicious"               // the package itself is malware
	Likely     Class = "likely"                  // EPSS of 10 % or more
	High       Class = "high"                    // CVSS of 7 or more, or critical or important in the vendor's word
	Unrated    Class = "unrated"
	Medium     Class = "medium"
	Low        Class = "low"
)

var classes = []Class{Ransomware, Exploited, Malware, Likely, High, Unrated, Medium, Low}

// LikelyFrom is the forecast from which a weakness counts as likely to be
// exploited: 3 to 4 of 100 CVEs reach it (FIRST, EPSS user guide).
const LikelyFrom = 0.1

// severityWords are vendors' words on one scale of 1 to 4.
var severityWords = map[string]int{"critical": 4, "important": 3, "high": 3, "moderate": 2, "medium": 2, "low": 1, "negligible": 1, "unimportant": 1, "minor": 1, "none": 1}

func prioritise(m *Match) Priority {
	var p Priority
	ransomware := slices.ContainsFunc(m.KEV, func(e kevEntry) bool { return strings.EqualFold(e.Ransomware, "Known") })
	for _, e := range m.KEV {
		why := fmt.Sprintf("%s is exploited (CISA KEV since %s", e.CVE, e.Added)
		if e.Due != "" {
			why += ", due " + e.Due
		}
		if strings.EqualFold(e.Ransomware, "Known") {
			why += ", by ransomware"
		}
		p.Why = append(p.Why, why+")")
	}
	word := severityWords[m.Rating]
	if m.EPSS != nil {
		p.Why = append(p.Why, fmt.Sprintf("EPSS %.1f %% (%s, above %.0f %% of all)", 100*m.EPSS.Probability, m.EPSS.CVE, 100*m.EPSS.Percentile))
	}
	if m.CVSS != nil {
		p.Why = append(p.Why, fmt.Sprintf("CVSS %s %.1f %s", m.CVSS.Version, m.CVSS.Score, m.CVSS.Severity))
	}
	if m.Rating != "" {
		p.Why = append(p.Why, "vendor: "+m.Rating)
	}
	switch {
	case ransomware:
		p.Class = Ransomware
	case len(m.KEV) > 0:
		p.Class = Exploited
	case m.Advisory.Kind == advisory.Malicious:
		p.Class = Malware
	case m.EPSS != nil && m.EPSS.Probability >= LikelyFrom:
		p.Class = Likely
	case m.CVSS != nil && m.CVSS.Score >= 7 || word >= 3:
		p.Class = High
	case m.CVSS == nil && word == 0:
		p.Class = Unrated
		p.Why = append(p.Why, "no score and no word of the vendor: unknown is not low")
	case m.CVSS != nil && m.CVSS.Score >= 4 || word == 2:
		p.Class = Medium
	default:
		p.Class = Low
	}
	if m.Package.Running != nil && !*m.Package.Running {
		p.Why = append(p.Why, "the kernel does not run: after others of its class")
	}
	return p
}

// plainPriority is all that the priority of a match follows from of which
// nothing more than a rating and a score is known.
type plainPriority struct {
	rating, version, severity string
	score                     float64
	malicious                 bool
}

// prioritise is prioritise that keeps the answer for the many matches that are
// rated alike.
func (r *run) prioritise(m *Match) Priority {
	if len(m.KEV) > 0 || m.EPSS != nil || m.Package.Running != nil {
		return prioritise(m)
	}
	key := plainPriority{rating: m.Rating, score: -1, malicious: m.Advisory.Kind == advisory.Malicious}
	if c := m.CVSS; c != nil {
		key.version, key.severity, key.score = c.Version, c.Severity, c.Score
	}
	p, seen := r.plain[key]
	if !seen {
		p = prioritise(m)
		r.plain[key] = p
	}
	return p
}

// place is what the order of matches follows from: numbers of which the
// smaller comes first.
type place struct {
	first  uint64 // state, class, kernels that do not run last, due day
	second uint64 // how likely, how grave
	third  uint64 // those that can be mended, the package
	no     uint32 // of those alike the first found stays first
	*Match
}

// noDue stands after every day.
const noDue = 99999999

func placeOf(m *Match, packageRank int) place {
	due := uint64(noDue)
	for _, e := range m.KEV {
		if d, err := strconv.ParseUint(strings.ReplaceAll(e.Due, "-", ""), 10, 26); err == nil {
			due = min(due, d)
		}
	}
	var likely, grave float32
	if m.EPSS != nil {
		likely = float32(m.EPSS.Probability)
	}
	grave = 2.5 * float32(severityWords[m.Rating])
	if m.CVSS != nil {
		grave = float32(m.CVSS.Score)
	}
	// The bits of floats that are not negative are ordered as they are.
	return place{
		first:  uint64(slices.Index(states, m.Status))<<40 | uint64(slices.Index(classes, m.Priority.Class))<<32 | uint64(one(m.Package.Running != nil && !*m.Package.Running))<<31 | due,
		second: uint64(^math.Float32bits(likely))<<32 | uint64(^math.Float32bits(grave)),
		third:  uint64(one(m.Why.Fixed == ""))<<32 | uint64(packageRank),
		Match:  m,
	}
}

var states = []Status{Affected, Unknown, Silenced}

// sortMatches sorts matches as they are to be worked on: affected before
// unknown before silenced; by class; kernels that do not run last; then by the
// soonest due day, the likelier, the graver, those that can be mended, and by
// name. It returns the rank of each match's package among the packages, which
// those alike share.
func sortMatches(all []*Match) (ranks []int32) {
	packages := packageRanks(all)
	places := make([]place, len(all))
	for i, m := range all {
		places[i] = placeOf(m, packages[m.Package])
		places[i].no = uint32(i)
	}
	slices.SortFunc(places, func(a, b place) int {
		if d := cmp.Compare(a.first, b.first); d != 0 {
			return d
		}
		if d := cmp.Compare(a.second, b.second); d != 0 {
			return d
		}
		if d := cmp.Compare(a.third, b.third); d != 0 {
			return d
		}
		return cmp.Or(strings.Compare(a.Advisory.ID, b.Advisory.ID), strings.Compare(a.Advisory.Ecosystem, b.Advisory.Ecosystem), cmp.Compare(a.no, b.no))
	})
	ranks = make([]int32, len(all))
	for i := range places {
		all[i], ranks[i] = places[i].Match, int32(places[i].third&math.MaxInt32)
	}
	return ranks
}

// packageRanks numbers the packages of matches by name, version,
// architecture and ecosystem.
func packageRanks(all []*Match) map[*Package]int {
	var packages []*Package
	for i, m := range all {
		if i == 0 || all[i-1].Package != m.Package { // those of a package follow each other
			packages = append(packages, m.Package)
		}
	}
	order := func(a, b *Package) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version), strings.Compare(a.Arch, b.Arch), strings.Compare(a.Ecosystem, b.Ecosystem))
	}
	slices.SortStableFunc(packages, order)
	ranks := make(map[*Package]int, len(packages))
	rank := 0
	for i, p := range packages {
		if i > 0 && order(packages[i-1], p) != 0 {
			rank++
		}
		ranks[p] = rank
	}
	return ranks
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
