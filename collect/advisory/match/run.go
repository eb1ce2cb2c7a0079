package match

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"steward/collect/advisory"
	"steward/collect/advisory/index"
	"steward/collect/advisory/software"
	"steward/collect/advisory/version"
)

// run is one matching under way.
type run struct {
	x         *index.Index
	t         *software.Target
	o         Options
	pages     []*[pageSize]*about // by the advisory's number
	abouts    []about
	made      []Match
	ages      []*int // of the feeds, in days
	shownFor  *software.Package
	shown     *Package
	plain     map[plainPriority]Priority
	covers    map[string][]index.Feed
	streams   map[string]string // stream of each module that is installed, by module
	matches   []*Match
	running   *bool // of the package looked at now; see runs
	buffer    index.Buffer
	found     []found // of the package looked at now
	deniedFor *software.Package
	denied    []denial
	c         Coverage
	uncovered map[string]*Uncovered
	foreign   map[string]bool
}

func newRun(x *index.Index, t *software.Target, o Options) *run {
	if len(o.Kinds) == 0 {
		o.Kinds = []advisory.Kind{advisory.Security, advisory.Malicious}
	}
	if o.Stale == 0 {
		o.Stale = 7 * 24 * time.Hour
	}
	r := &run{x: x, t: t, o: o, plain: map[plainPriority]Priority{}, covers: map[string][]index.Feed{}, uncovered: map[string]*Uncovered{}, foreign: map[string]bool{}}
	r.c = Coverage{Target: t.Name, System: t.System, Ecosystem: t.Ecosystem, Advisory: map[string]int{}, Ratings: map[string]int{}}
	return r
}

// found is a hit on its way to a match.
type found struct {
	*index.Hit
	version  string // that was compared
	compared string // source or binary
	bare     bool   // the version tells no epoch
}

func (r *run) one(p *software.Package) error {
	r.c.Packages++
	if p.Ecosystem == "" {
		r.unknown(p, p.Why)
		return nil
	}
	feeds, ok := r.covers[p.Ecosystem]
	if !ok {
		feeds = r.x.Covers(p.Ecosystem)
		r.covers[p.Ecosystem] = feeds
	}
	if len(feeds) == 0 {
		r.unknown(p, "no feed covers "+p.Ecosystem)
		return nil
	}
	if p.Version == "" {
		r.unknown(p, "the version is not told")
		return nil
	}
	hits, err := r.lookup(p)
	if err != nil {
		return err
	}
	if len(hits) == 0 && r.isForeign(p) {
		r.unknown(p, fmt.Sprintf("built by %q: no feed speaks of its builds", p.Vendor))
		return nil
	}
	r.c.Covered++
	// Several entries of one advisory may speak of the package (channels,
	// modules of a product): the strongest verdict counts.
	r.running, r.deniedFor = r.runs(p), nil
	if byNumber := func(a, b found) int { return cmp.Compare(a.Advisory, b.Advisory) }; !slices.IsSortedFunc(hits, byNumber) {
		slices.SortStableFunc(hits, byNumber)
	}
	for len(hits) > 0 {
		n := 1
		for n < len(hits) && hits[n].Advisory == hits[0].Advisory {
			n++
		}
		if err := r.decide(p, hits[:n]); err != nil {
			return err
		}
		hits = hits[n:]
	}
	return nil
}

func (r *run) unknown(p *software.Package, why string) {
	r.c.Unknown++
	u := r.uncovered[why]
	if u == nil {
		u = &Uncovered{Why: why}
		r.uncovered[why] = u
	}
	if u.Packages++; len(u.First) < 5 {
		u.First = append(u.First, p.Name)
	}
}

// lookup finds what speaks of the package under its own and its source
// package's name. What it returns is valid until the next package.
func (r *run) lookup(p *software.Package) ([]found, error) {
	r.buffer.Reset()
	r.found = r.found[:0]
	add := func(by index.Name, name, version, compared string) (int, error) {
		err := r.x.Find(&r.buffer, p.Ecosystem, by, advisory.NormalName(p.Ecosystem, name))
		from := len(r.found)
		for range len(r.buffer.Hits) - from {
			r.found = append(r.found, found{nil, version, compared, r.t.NoEpochs || compared == "source" && p.SourceVersion != "" && p.Manager == "rpm"})
		}
		return len(r.found) - from, err
	}
	if err := r.names(p, add); err != nil {
		return nil, err
	}
	for i := range r.found { // the buffer has stopped growing
		r.found[i].Hit = &r.buffer.Hits[i]
	}
	return r.found, nil
}

// names looks the package up by each name the ecosystem's advisories may use.
func (r *run) names(p *software.Package, add func(by index.Name, name, version, compared string) (int, error)) error {
	if !advisory.NamesSource(p.Ecosystem) {
		_, err := add(index.Primary, p.Name, p.Version, "binary")
		return err
	}
	source, version := sourceOf(p)
	n, err := add(index.Primary, source, version, "source")
	if err != nil {
		return err
	}
	if source != p.Name && advisory.NamesBinary(p.Ecosystem) {
		if _, err := add(index.Primary, p.Name, p.Version, "binary"); err != nil {
			return err
		}
	}
	if n == 0 || r.t.NoSources {
		_, err = add(index.Binary, p.Name, p.Version, "binary")
	}
	return err
}

// sourceOf is the source package of a package. What a signed kernel is built
// of is the kernel; a rebuild (+b1) has the version of what it rebuilds.
func sourceOf(p *software.Package) (name, version string) {
	name, version = p.Source, p.SourceVersion
	if name == "" {
		name = p.Name
	}
	if version == "" {
		version = p.Version
		if i := strings.LastIndex(version, "+b"); p.Manager == "deb" && i > 0 && version[i+2:] != "" && strings.Trim(version[i+2:], "0123456789") == "" {
			version = version[:i]
		}
	}
	switch base := advisory.Base(p.Ecosystem); {
	case base == "Debian" && strings.HasPrefix(name, "linux-signed-"):
		return "linux", p.Version
	case base == "Ubuntu" && strings.HasPrefix(name, "linux-signed"):
		return "linux" + strings.TrimPrefix(name, "linux-signed"), p.Version
	}
	return name, version
}

// Ranks of a verdict on one entry of an advisory; the highest counts.
const (
	ruledOut = iota
	notAffected
	unknownStatus
	affectedStatus
)

func (r *run) decide(p *software.Package, hits []found) error {
	r.c.Steps.Candidates++
	best, rank, older := verdict{}, -1, false
	var from *found
	var notes []string
	count := func(*int) {}
	for i := range hits {
		h := &hits[i]
		v, n, why, step := r.judge(p, h, &older)
		if n > rank {
			best, rank, from, notes = v, n, h, why
			count = func(*int) {}
			if step != nil {
				count = func(*int) { *step++ }
			}
		}
	}
	if older {
		r.c.Steps.Older++
	}
	if rank <= notAffected {
		count(nil)
		return nil
	}
	about, err := r.about(from.Advisory)
	if err != nil {
		return err
	}
	if !slices.Contains(r.o.Kinds, about.Kind) {
		r.c.Steps.Kind++
		r.c.Advisory[string(about.Kind)]++
		return nil
	}
	r.match(p, about, from, best, rank, notes)
	return nil
}

// judge weighs one entry. Step is the counter of the reason it was ruled out
// for, if the version alone had it affected.
func (r *run) judge(p *software.Package, h *found, older *bool) (v verdict, rank int, notes []string, step *int) {
	s := &r.c.Steps
	if h.Status == advisory.NotAffected {
		return verdict{}, ruledOut, nil, &s.Vendor
	}
	if h.compared == "source" && p.Source != "" && advisory.Base(p.Ecosystem) == "Red Hat" && anyFix(h.Ranges) {
		return verdict{}, ruledOut, nil, nil // Red Hat lists every package a fix was built for
	}
	if h.compared == "source" && len(h.Binaries) > 0 {
		i := slices.IndexFunc(h.Binaries, func(b advisory.Binary) bool { return b.Name == p.Name })
		switch {
		case i >= 0 && h.Binaries[i].Fixed != "" && !r.t.NoSources && version.SchemeOf(p.Ecosystem) == version.RPM:
			// An rpm's own version may differ from its source's; the list has it.
			own := *h.Hit
			h.Hit = &own
			h.version, h.compared, h.bare = p.Version, "binary", r.t.NoEpochs
			h.Ranges = []advisory.Range{{Type: advisory.Ecosystem, Events: []advisory.Event{{Kind: advisory.Introduced, Version: "0"}, {Kind: advisory.FixedAt, Version: h.Binaries[i].Fixed}}}}
			h.Versions = nil
		case i < 0 && version.SchemeOf(p.Ecosystem) == version.RPM:
			return verdict{}, ruledOut, nil, &s.Binary
		}
	}
	s.Compared++
	v = evaluate(&h.Affect, p.Ecosystem, h.version, false)
	rank = notAffected
	switch v.status {
	case advisory.Affected:
		rank = affectedStatus
		*older = true
	case "":
		rank = unknownStatus
	}
	if h.Status == advisory.Investigating && rank == affectedStatus {
		v.why, rank = "the vendor is still looking into it", unknownStatus
	}
	if rank == notAffected {
		return v, rank, nil, nil
	}
	if step := r.ruledOutBy(p, h, &notes); step != nil {
		return v, ruledOut, nil, step
	}
	if h.bare && v.scheme == version.RPM {
		if bare := evaluate(&h.Affect, p.Ecosystem, h.version, true); bare.status == advisory.NotAffected {
			return bare, ruledOut, nil, &s.Epoch
		} else if bare.status == advisory.Affected && strings.Contains(bare.span, ":") {
			notes = append(notes, "the version that was compared tells no epoch; it was taken to be the advisory's")
		}
	}
	if rank == affectedStatus && r.isForeign(p) {
		s.Foreign++
		v.why, rank = fmt.Sprintf("the package was built by %q, the advisory speaks of %s's build", p.Vendor, advisory.Base(p.Ecosystem)), unknownStatus
	}
	return v, rank, notes, nil
}

// ruledOutBy returns the counter of the reason why the entry is not about this
// build, or nil if it is.
func (r *run) ruledOutBy(p *software.Package, h *found, notes *[]string) *int {
	s := &r.c.Steps
	if rebuildsRHEL(p.Ecosystem) {
		fixModular := slices.ContainsFunc(h.Ranges, func(g advisory.Range) bool {
			return slices.ContainsFunc(g.Events, func(e advisory.Event) bool { return advisory.Modular(e.Version) })
		})
		modular := advisory.Modular(p.Version) || p.Module != ""
		if anyFix(h.Ranges) && isKsplice(p.Version) != anyKsplice(h.Ranges) {
			return &s.Channel // Oracle's builds for Ksplice have advisories of their own
		}
		switch {
		case fixModular && !modular:
			return &s.NotModular
		case modular && !fixModular && anyFix(h.Ranges):
			return &s.Modular
		case modular && fixModular:
			other, known := r.otherStream(p, h.Streams)
			if other {
				return &s.Stream
			}
			if !known {
				*notes = append(*notes, "the stream of the installed module is not told; it was taken to be the advisory's")
			}
		}
	}
	if len(h.Arches) > 0 && p.Arch != "" && p.Arch != "noarch" && p.Arch != "all" && !slices.ContainsFunc(h.Arches, func(a string) bool { return sameArch(a, p.Arch) }) {
		return &s.Arch
	}
	if h.Channel != "" {
		if strings.Contains(h.Channel, "FIPS") && !strings.Contains(strings.ToLower(p.Version), "fips") && !slices.Contains(r.o.Channels, h.Channel) {
			return &s.Channel
		}
		if strings.Contains(h.Channel, "Realtime") && !strings.Contains(p.Name, "realtime") {
			return &s.Channel
		}
		if !slices.Contains(r.o.Channels, h.Channel) {
			*notes = append(*notes, "the fix comes only by "+h.Channel)
		}
	}
	return nil
}

func isKsplice(v string) bool { return strings.Contains(v, ".ksplice") }

func anyKsplice(ranges []advisory.Range) bool {
	return slices.ContainsFunc(ranges, func(g advisory.Range) bool {
		return slices.ContainsFunc(g.Events, func(e advisory.Event) bool { return e.Kind == advisory.FixedAt && isKsplice(e.Version) })
	})
}

func anyFix(ranges []advisory.Range) bool {
	return slices.ContainsFunc(ranges, func(g advisory.Range) bool {
		return slices.ContainsFunc(g.Events, func(e advisory.Event) bool { return e.Kind == advisory.FixedAt })
	})
}

func rebuildsRHEL(ecosystem string) bool {
	switch advisory.Base(ecosystem) {
	case "AlmaLinux", "Rocky Linux", "Red Hat", "Oracle Linux", "CentOS", "CentOS Stream":
		return true
	}
	return false
}

// arches are other words for an architecture.
var arches = map[string]string{"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64", "i686": "i386", "i586": "i386", "x86": "i386", "armv7hl": "armhf", "ppc64el": "ppc64le"}

func sameArch(a, b string) bool {
	one := func(s string) string {
		s = strings.ToLower(s)
		if t := arches[s]; t != "" {
			return t
		}
		return s
	}
	return one(a) == one(b)
}
