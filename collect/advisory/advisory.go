package advisory

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Kind is what an advisory is about.
type Kind string

// The kinds. What a vendor does not mark as a mere fix counts as Security.
const (
	Security    Kind = "security"
	BugFix      Kind = "bugfix"
	Enhancement Kind = "enhancement"
	Malicious   Kind = "malicious" // the package itself is malware
)

// Status is what is said of a package in relation to a weakness.
type Status string

// The statuses, in the words of VEX.
const (
	Affected      Status = "affected"
	NotAffected   Status = "not_affected"
	Investigating Status = "under_investigation"
	Fixed         Status = "fixed"
)

// Advisory is one record of a feed.
type Advisory struct {
	ID        string
	Kind      Kind
	Title     string
	URL       string
	Rating    string // the vendor's word: critical, important, moderate, low …
	Aliases   []string
	Upstream  []string
	Related   []string
	Published time.Time
	Modified  time.Time
	Withdrawn time.Time // zero: it stands
	Scores    []Score
	Affected  []Affect
}

// Score is a severity as the feed writes it.
type Score struct {
	Type   string // CVSS_V2, CVSS_V3, CVSS_V4, Ubuntu …
	Vector string
}

// Affect says which versions of one package in one ecosystem are affected.
type Affect struct {
	Ecosystem string // as the feed writes it
	Name      string
	Status    Status // empty: Affected
	Ranges    []Range
	Versions  []string // single versions affected besides the ranges
	Arches    []string // only these; empty: all
	Streams   []string // only builds of these module streams, e.g. nodejs:18; see also Modular
	Binaries  []Binary // binary packages of the source package Name
	Scores    []Score
	Rating    string
	Why       string // of NotAffected: the reason given
	NoFix     string // why there is no fix: end of life, will not fix …
}

// Binary is a binary package a source package makes, and its version when the
// weakness was fixed, if the feed tells.
type Binary struct{ Name, Fixed string }

// RangeType says how a range's versions are ordered.
type RangeType string

// The range types of OSV.
const (
	Ecosystem RangeType = "ECOSYSTEM" // as the ecosystem's package manager does
	SemVer    RangeType = "SEMVER"
	Git       RangeType = "GIT" // commits; they say nothing about a package's version
)

// Range is a line of versions with the points where being affected begins and
// ends.
type Range struct {
	Type   RangeType
	Repo   string // of Git
	Events []Event
}

// Event is one point on a range.
type Event struct {
	Kind    EventKind
	Version string // Introduced "0" is before everything
}

// EventKind is what happens at a point of a range.
type EventKind byte

// The kinds of event.
const (
	Introduced   EventKind = iota // affected from here on
	FixedAt                       // no longer affected from here on
	LastAffected                  // no longer affected after this
	Limit                         // what is not before this was not looked at
)

func (k EventKind) String() string {
	return [...]string{"introduced", "fixed", "last_affected", "limit"}[k&3]
}

// String writes the range as a person reads it.
func (r Range) String() string {
	if len(r.Events) == 2 { // nearly all are
		return r.Events[0].Kind.String() + " " + r.Events[0].Version + ", " + r.Events[1].Kind.String() + " " + r.Events[1].Version
	}
	var parts []string
	for _, e := range r.Events {
		parts = append(parts, e.Kind.String()+" "+e.Version)
	}
	return strings.Join(parts, ", ")
}

// CVEs are the CVE ids the advisory stands for: its own, its aliases, those
// upstream of it, and for a distribution's advisory, which has no aliases,
// those it is related to.
func (a *Advisory) CVEs() []string {
	all := make([]string, 0, 1+len(a.Aliases)+len(a.Upstream)) // nearly always enough
	if strings.HasPrefix(a.ID, "CVE-") {
		all = append(all, a.ID)
	}
	all = addCVEs(all, a.Aliases)
	all = addCVEs(all, a.Upstream)
	if len(all) == 0 {
		all = addCVEs(all, a.Related)
	}
	if i := strings.Index(a.ID, "-CVE-"); i > 0 { // UBUNTU-CVE-2024-1, ALPINE-CVE-2024-1 …
		all = addCVEs(all, []string{a.ID[i+1:]})
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func addCVEs(all, ids []string) []string {
	for _, id := range ids {
		if strings.HasPrefix(id, "CVE-") {
			all = append(all, id)
		}
	}
	return all
}

// kindOf reads the kind from the form of an id: ALSA, ALBA and ALEA are
// AlmaLinux's security, bug-fix and enhancement advisories; Red Hat, Rocky and
// Oracle number alike.
var kindForm = regexp.MustCompile(`^(?:AL|RH|RL|RX|EL|CE|OL|CL)([SBE])A[-:]`)

// KindOf is the kind of an advisory that its id tells.
func KindOf(id string) Kind {
	if strings.HasPrefix(id, "MAL-") {
		return Malicious
	}
	if m := kindForm.FindStringSubmatch(id); m != nil {
		return map[string]Kind{"S": Security, "B": BugFix, "E": Enhancement}[m[1]]
	}
	for _, s := range []string{"SUSE-RU-", "openSUSE-RU-"} {
		if strings.HasPrefix(id, s) {
			return BugFix
		}
	}
	for _, s := range []string{"SUSE-FU-", "openSUSE-FU-", "SUSE-OU-"} {
		if strings.HasPrefix(id, s) {
			return Enhancement
		}
	}
	return Security
}

var (
	ratingForm = regexp.MustCompile(`(?i)^(critical|important|moderate|low)\s*:`)
	streamForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_.+-]*:[a-z0-9][a-z0-9_.+-]*$`)
)

// RatingOf is the vendor's word at the head of a title ("Important: …").
func RatingOf(title string) string {
	if m := ratingForm.FindStringSubmatch(title); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}

// Modular reports whether an rpm version was built in a module: its release
// says .module_el8… or .module+el8….
func Modular(version string) bool {
	return strings.Contains(version, ".module_") || strings.Contains(version, ".module+")
}

// StreamsOf are the module streams (nodejs:18) a title names, lower case.
func StreamsOf(title string) []string {
	var streams []string
	for _, w := range strings.Fields(ratingForm.ReplaceAllString(title, "")) {
		w = strings.ToLower(strings.Trim(w, ",;()"))
		if streamForm.MatchString(w) && !slices.Contains(streams, w) {
			streams = append(streams, w)
		}
	}
	return streams
}
