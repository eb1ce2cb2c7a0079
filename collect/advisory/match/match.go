// Package match finds which of the packages of a machine or a bill of materials
// are affected by the advisories of an index, and why. A package whose
// ecosystem no feed covers is counted as unknown and never as not affected.
package match

import (
	"time"

	"steward/collect/advisory"
	"steward/collect/advisory/cvss"
	"steward/collect/advisory/kev"
	"steward/collect/advisory/vex"
)

// Options say what is asked.
type Options struct {
	Kinds    []advisory.Kind // default: security and malicious
	Channels []string        // of fixes the machine is entitled to: Pro, LTSS, FIPS …
	Stale    time.Duration   // a feed older than this is said to be stale; default 7 days
	Now      time.Time       // the moment ages are counted to
	VEX      []vex.Statement
	All      bool // also what is ruled out and silenced
}

// Match is one package and one advisory that speaks of it.
type Match struct {
	Package  *Package     `json:"package"`  // one for all matches of a package
	Advisory *About       `json:"advisory"` // one for all matches of an advisory
	Status   Status       `json:"status" doc:"affected; unknown: it cannot be told; silenced: a statement says it does not apply"`
	Why      Why          `json:"why" doc:"what was compared with what"`
	CVEs     []string     `json:"cves,omitempty" doc:"the CVE ids the advisory stands for"`
	KEV      []kev.Entry  `json:"kev,omitempty" doc:"entries of CISA's list of exploited weaknesses"`
	EPSS     *EPSS        `json:"epss,omitempty" doc:"likeliest of its CVEs to be exploited within 30 days; absent if none is scored"`
	CVSS     *cvss.Result `json:"cvss,omitempty" doc:"absent if no feed gives a vector"`
	CVSSFrom string       `json:"cvss_from,omitempty" doc:"the advisory the vector is of, where it is another"`
	Rating   string       `json:"rating,omitempty" doc:"the vendor's word: critical, important, moderate, low …"`
	Priority Priority     `json:"priority"`
	Silenced *Silence     `json:"silenced,omitempty"`
	Notes    []string     `json:"notes,omitempty"`
}

// Status is what was found out.
type Status string

// The statuses of a match.
const (
	Affected Status = "affected"
	Unknown  Status = "unknown"
	Silenced Status = "silenced"
)

// Package is the installed package of a match.
type Package struct {
	Name      string `json:"name"`
	Version   string `json:"version"`
	Arch      string `json:"arch,omitempty"`
	Ecosystem string `json:"ecosystem"`
	Source    string `json:"source,omitempty" doc:"source package, if it is named differently"`
	Module    string `json:"module,omitempty" doc:"module stream"`
	Running   *bool  `json:"running_kernel,omitempty" doc:"of a kernel: whether it is the one that runs"`
	Ref       string `json:"ref,omitempty" doc:"package URL or reference in the document"`
}

// About is the advisory of a match.
type About struct {
	ID        string        `json:"id"`
	Ecosystem string        `json:"ecosystem" doc:"as the feed writes it; the same id may stand in several"`
	Kind      advisory.Kind `json:"kind" doc:"security, malicious, bugfix or enhancement"`
	Title     string        `json:"title,omitempty"`
	URL       string        `json:"url,omitempty"`
	Aliases   []string      `json:"aliases,omitempty"`
	Published *time.Time    `json:"published,omitempty"`
	Modified  *time.Time    `json:"modified,omitempty"`
	Channel   string        `json:"channel,omitempty" doc:"what the machine must have besides to get the fix: Pro, LTSS …"`
}

// Why is the reasoning of a match.
type Why struct {
	Range      string `json:"range" doc:"the advisory's range that the version lies in"`
	Comparator string `json:"comparator" doc:"the order of versions that was used"`
	Compared   string `json:"compared" doc:"source or binary: which package's version was compared"`
	Name       string `json:"name" doc:"the name the advisory gives the package"`
	Installed  string `json:"installed" doc:"the version that was compared"`
	Fixed      string `json:"fixed,omitempty" doc:"the version that mends it; absent if there is none"`
	NoFix      string `json:"no_fix,omitempty" doc:"why there is none, where the feed says"`
	Feed       string `json:"feed"`
	FeedAge    *int   `json:"feed_age_days,omitempty" doc:"days since the feed was fetched"`
	Stale      bool   `json:"feed_stale,omitempty" doc:"the feed is older than asked for"`
	Unknown    string `json:"unknown,omitempty" doc:"why it cannot be told"`
}

// EPSS is the forecast of a match.
type EPSS struct {
	CVE         string  `json:"cve"`
	Probability float64 `json:"probability" doc:"of being exploited within 30 days, 0 to 1"`
	Percentile  float64 `json:"percentile" doc:"share of all scored CVEs that are no likelier, 0 to 1"`
}

// Silence is the statement that keeps a match quiet.
type Silence struct {
	By            string `json:"by" doc:"who stated it, and in which document"`
	Status        string `json:"status" doc:"not_affected or fixed"`
	Justification string `json:"justification,omitempty"`
	Statement     string `json:"statement,omitempty"`
	At            string `json:"at,omitempty" doc:"moment of the statement"`
}

// Coverage is what was and was not looked at on one target.
type Coverage struct {
	Target    string         `json:"target"`
	System    string         `json:"system,omitempty"`
	Ecosystem string         `json:"ecosystem,omitempty" doc:"key of the advisories for the system's packages"`
	Packages  int            `json:"packages"`
	Covered   int            `json:"covered" doc:"packages some feed speaks of the ecosystem of"`
	Unknown   int            `json:"unknown" doc:"packages no feed covers; nothing is known of them, which does not mean that they are safe"`
	Uncovered []Uncovered    `json:"uncovered,omitempty" doc:"why, most packages first"`
	Matches   int            `json:"matches" doc:"pairs of package and advisory that are affected"`
	Affected  int            `json:"affected_packages" doc:"packages with at least one"`
	CVEs      int            `json:"cves" doc:"different CVE ids among them"`
	Exploited int            `json:"exploited" doc:"matches with a CVE on CISA's list"`
	Undecided int            `json:"undecided" doc:"pairs of which it cannot be told"`
	Silenced  int            `json:"silenced" doc:"pairs a statement says do not apply"`
	Advisory  map[string]int `json:"matches_by_kind,omitempty"`
	Ratings   map[string]int `json:"matches_by_class,omitempty"`
	Steps     Steps          `json:"steps" doc:"how the pairs came about"`
	Feeds     []FeedAge      `json:"feeds"`
	Restart   []string       `json:"restart,omitempty" doc:"what must be restarted for updates already installed to take effect"`
	Notes     []string       `json:"notes,omitempty" doc:"what limits the result"`
}

// Steps counts pairs of package and advisory on their way.
type Steps struct {
	Compared   int `json:"comparisons" doc:"entries of advisories whose versions were compared"`
	Candidates int `json:"candidates" doc:"advisories of any kind that name an installed package"`
	Older      int `json:"older" doc:"of these, where the version alone, with a missing epoch as 0, is affected: what naive matching reports"`
	NotModular int `json:"not_modular" doc:"ruled out: the fix is of a module's build, the installed package is not"`
	Modular    int `json:"modular" doc:"ruled out: the installed package is a module's build, the fix is not"`
	Stream     int `json:"other_stream" doc:"ruled out: of another stream of the module"`
	Epoch      int `json:"epoch" doc:"ruled out: only older if the epoch the inventory leaves out were 0"`
	Arch       int `json:"other_arch" doc:"ruled out: of another architecture"`
	Channel    int `json:"other_channel" doc:"ruled out: of a channel that does not concern this build"`
	Binary     int `json:"other_binary" doc:"ruled out: the advisory lists the binary packages, and this is none"`
	Vendor     int `json:"not_affected" doc:"ruled out: the vendor says not affected"`
	Kind       int `json:"other_kind" doc:"left out: bug fix or enhancement, which were not asked for"`
	Foreign    int `json:"foreign" doc:"undecided: the package was built by another than the advisory's vendor"`
}

// Uncovered are packages without a feed, by reason.
type Uncovered struct {
	Why      string   `json:"why"`
	Packages int      `json:"packages"`
	First    []string `json:"first" doc:"names of the first of them"`
}

// FeedAge is how old a feed is.
type FeedAge struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Fetched string `json:"fetched_at,omitempty"`
	Days    *int   `json:"age_days,omitempty" doc:"since it was fetched"`
	Newest  *int   `json:"newest_days,omitempty" doc:"since its newest record changed"`
	Stale   bool   `json:"stale,omitempty"`
}

// Result is the outcome for one target: matches in the order to work on them.
type Result struct {
	Matches  []*Match
	Coverage Coverage
}
