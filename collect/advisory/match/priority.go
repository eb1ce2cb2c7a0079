package match

import (
	"cmp"
	"fmt"
	"slices"
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

// place is what the order of matches follows from, first things first.
type place struct {
	state, class, asleep int
	due                  string
	likely, grave        float64
	noFix                int
	*Match
}

func placeOf(m *Match) place {
	p := place{state: slices.Index([]Status{Affected, Unknown, Silenced}, m.Status), class: slices.Index(classes, m.Priority.Class),
		asleep: one(m.Package.Running != nil && !*m.Package.Running), due: "9999", noFix: one(m.Why.Fixed == ""), Match: m}
	for _, e := range m.KEV {
		if e.Due != "" {
			p.due = min(p.due, e.Due)
		}
	}
	if m.EPSS != nil {
		p.likely = m.EPSS.Probability
	}
	p.grave = 2.5 * float64(severityWords[m.Rating])
	if m.CVSS != nil {
		p.grave = m.CVSS.Score
	}
	return p
}

// sortMatches sorts matches as they are to be worked on: affected before
// unknown before silenced; by class; kernels that do not run last; then by the
// soonest due day, the likelier, the graver, those that can be mended, and by
// name.
func sortMatches(all []*Match) {
	places, in := make([]place, len(all)), make([]int32, len(all))
	for i, m := range all {
		places[i], in[i] = placeOf(m), int32(i)
	}
	slices.SortFunc(in, func(i, j int32) int {
		a, b := &places[i], &places[j]
		if d := cmp.Or(a.state-b.state, a.class-b.class, a.asleep-b.asleep, strings.Compare(a.due, b.due)); d != 0 {
			return d
		}
		if d := cmp.Or(cmp.Compare(b.likely, a.likely), cmp.Compare(b.grave, a.grave), a.noFix-b.noFix); d != 0 {
			return d
		}
		if d := strings.Compare(a.Package.Name, b.Package.Name); d != 0 {
			return d
		}
		return cmp.Or(strings.Compare(a.Package.Version, b.Package.Version), strings.Compare(a.Package.Arch, b.Package.Arch),
			strings.Compare(a.Advisory.ID, b.Advisory.ID), strings.Compare(a.Advisory.Ecosystem, b.Advisory.Ecosystem), int(i-j))
	})
	for i, at := range in {
		all[i] = places[at].Match
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
