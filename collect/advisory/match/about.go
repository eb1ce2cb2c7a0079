package match

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"steward/collect/advisory"
	"steward/collect/advisory/cvss"
	"steward/collect/advisory/index"
	"steward/collect/advisory/kev"
	"steward/collect/advisory/purl"
	"steward/collect/advisory/software"
)

// about is what is the same in all matches of an advisory.
type about struct {
	About
	shown    bool // the About is that of a match: its ecosystem and channel are set
	rating   string
	cves     []string
	kev      []kev.Entry
	epss     *EPSS
	cvss     *cvss.Result
	cvssFrom string
	feed     *index.Feed
	age      *int
	stale    bool
	priority Priority
}

// pageSize is how many advisories share a page of abouts: a table of them all
// would be larger than what a machine's matches need.
const pageSize = 256

// place returns where the advisory's about is kept; nil for a number that no
// advisory has.
func (r *run) place(no int) **about {
	if no < 0 || no >= r.x.Advisories() {
		return nil
	}
	if r.pages == nil {
		r.pages = make([]*[pageSize]*about, (r.x.Advisories()+pageSize-1)/pageSize)
	}
	page := &r.pages[no/pageSize]
	if *page == nil {
		*page = new([pageSize]*about)
	}
	return &(*page)[no%pageSize]
}

func (r *run) about(no int) (*about, error) {
	place := r.place(no)
	if place == nil {
		return nil, index.ErrDamaged
	}
	if *place != nil {
		return *place, nil
	}
	rec, err := r.x.Record(no)
	if err != nil {
		return nil, err
	}
	a := grow(&r.abouts)
	a.About = About{ID: rec.ID, Kind: rec.Kind, Title: rec.Title, URL: rec.URL, Aliases: rec.Aliases, Published: moment(rec.Published), Modified: moment(rec.Modified)}
	a.rating, a.cves = rec.Rating, rec.CVEs()
	if rec.Feed < len(r.x.Feeds) {
		a.feed = &r.x.Feeds[rec.Feed]
		if r.ages == nil {
			r.ages = make([]*int, len(r.x.Feeds))
		}
		if r.ages[rec.Feed] == nil {
			r.ages[rec.Feed] = days(a.feed.Fetched, r.o.Now)
		}
		a.age, a.stale = r.ages[rec.Feed], isStale(a.feed, r.o)
	}
	a.cvss = bestScore(rec.Scores)
	for _, id := range a.cves {
		if e, ok := r.x.KEV(id); ok {
			a.kev = append(a.kev, e)
		}
		if s, ok := r.x.EPSS(id); ok && (a.epss == nil || float64(s.Probability) > a.epss.Probability) {
			a.epss = &EPSS{id, round(s.Probability), round(s.Percentile)}
		}
	}
	if a.cvss == nil {
		// None of its own: the highest that another record gives one of its CVEs.
		for _, id := range a.cves {
			s, from, ok := r.x.CVSS(id)
			if !ok {
				continue
			}
			if c := bestScore([]advisory.Score{s}); c != nil && (a.cvss == nil || c.Score > a.cvss.Score) {
				if other, err := r.x.Record(from); err == nil {
					a.cvss, a.cvssFrom = c, other.ID
				}
			}
		}
	}
	*place = a
	return a, nil
}

// grow returns the next of a slab of zero values. Tens of thousands of matches
// are made one by one; allocated by the hundred they cost a third.
func grow[T any](slab *[]T) *T {
	if len(*slab) == cap(*slab) {
		*slab = make([]T, 0, 64)
	}
	*slab = (*slab)[:len(*slab)+1]
	return &(*slab)[len(*slab)-1]
}

// packageShown is the package as its matches show it.
func (r *run) packageShown(p *software.Package) *Package {
	if r.shownFor == p {
		return r.shown
	}
	s := &Package{Name: p.Name, Version: p.Version, Arch: p.Arch, Ecosystem: p.Ecosystem, Module: p.Module, Ref: p.Ref, Running: r.running}
	if p.Source != "" && p.Source != p.Name {
		s.Source = p.Source
	}
	r.shownFor, r.shown = p, s
	return s
}

// in is the advisory as a match in one of its ecosystems shows it.
func (a *about) in(ecosystem, channel string) *About {
	if !a.shown {
		a.shown, a.Ecosystem, a.Channel = true, ecosystem, channel
	}
	if a.Ecosystem == ecosystem && a.Channel == channel {
		return &a.About
	}
	other := a.About
	other.Ecosystem, other.Channel = ecosystem, channel
	return &other
}

// round takes away the digits that a 32-bit number only seems to have.
func round(f float32) float64 { return float64(int64(float64(f)*1e5+0.5)) / 1e5 }

// bestScore is the score of the newest version of CVSS among those that can be
// read.
func bestScore(all []advisory.Score) *cvss.Result {
	var best *cvss.Result
	for _, s := range all {
		c, err := cvss.Parse(s.Vector)
		if err != nil {
			continue
		}
		if best == nil || c.Version > best.Version || c.Version == best.Version && c.Score > best.Score {
			best = &c
		}
	}
	return best
}

func days(from, now time.Time) *int {
	if from.IsZero() || now.IsZero() {
		return nil
	}
	return new(max(0, int(now.Sub(from).Hours()/24)))
}

func isStale(f *index.Feed, o Options) bool {
	return !f.Fetched.IsZero() && !o.Now.IsZero() && o.Now.Sub(f.Fetched) > o.Stale
}

// match makes the match of a package and an advisory.
func (r *run) match(p *software.Package, a *about, h *found, v verdict, rank int, notes []string) {
	m := grow(&r.made)
	*m = Match{
		Package: r.packageShown(p), Advisory: a.in(h.Ecosystem, h.Channel),
		Status: Affected, CVEs: a.cves, KEV: a.kev, EPSS: a.epss, CVSS: a.cvss, CVSSFrom: a.cvssFrom, Rating: a.rating, Notes: notes,
		Why: Why{Range: v.span, Comparator: comparator(v.scheme), Compared: h.compared, Name: h.Name, Installed: h.version, Fixed: v.fixed, NoFix: h.NoFix, Unknown: v.why},
	}
	if m.Why.Fixed == "" && m.Why.NoFix == "" {
		m.Why.NoFix = lastBefore(&h.Affect)
	}
	if a.feed != nil {
		m.Why.Feed, m.Why.FeedAge, m.Why.Stale = a.feed.Name, a.age, a.stale
	}
	if c := bestScore(h.Scores); c != nil {
		m.CVSS, m.CVSSFrom = c, ""
	}
	if h.Rating != "" {
		m.Rating = h.Rating
	}
	if rank == unknownStatus {
		m.Status = Unknown
	}
	r.silence(m, p, a)
	switch {
	case len(h.Scores) > 0 || h.Rating != "" || r.running != nil:
		m.Priority = r.prioritise(m)
	case a.priority.Class == "":
		a.priority = r.prioritise(m)
		fallthrough
	default:
		m.Priority = a.priority // the same for all packages of the advisory
	}
	switch m.Status {
	case Silenced:
		r.c.Silenced++
		if !r.o.All {
			return
		}
	case Unknown:
		r.c.Undecided++
	}
	r.matches = append(r.matches, m)
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// silence applies the newest statement about the package and one of the
// advisory's ids. Of an advisory with several CVEs every one must be stated.
func (r *run) silence(m *Match, p *software.Package, a *about) {
	if s := r.vendorSays(p, a); s != nil {
		m.Status, m.Silenced = Silenced, s
		return
	}
	if len(r.o.VEX) == 0 {
		return
	}
	ref, err := purl.Parse(p.Ref)
	if err != nil {
		ref = r.t.PURL(p)
	}
	target := []string{r.t.Name}
	var by *Silence
	newest := func(ids ...string) *Silence {
		var at time.Time
		var found *Silence
		quiet := false
		for i := range r.o.VEX {
			s := &r.o.VEX[i]
			if !s.Of(ids...) || !s.Fits(target, ref) || found != nil && s.At.Before(at) {
				continue
			}
			at, quiet = s.At, s.Status == advisory.NotAffected || s.Status == advisory.Fixed
			found = &Silence{By: strings.TrimSpace(s.Author + " " + s.Document), Status: string(s.Status), Justification: s.Justification, Statement: s.Text}
			if !at.IsZero() {
				found.At = at.UTC().Format(time.RFC3339)
			}
			if s.Status == advisory.Investigating && m.Status == Affected {
				m.Notes = append(m.Notes, fmt.Sprintf("%s is looking into it", found.By))
			}
		}
		if !quiet {
			return nil
		}
		return found
	}
	own := append([]string{a.ID}, a.Aliases...)
	if by = newest(own...); by == nil && len(a.cves) > 0 {
		for _, id := range a.cves {
			if by = newest(id); by == nil {
				break
			}
		}
	}
	if by != nil {
		m.Status, m.Silenced = Silenced, by
	}
}

// vendorSays finds the vendor's own word, in a CSAF VEX feed, that the package
// is not affected by any of the advisory's CVEs.
func (r *run) vendorSays(p *software.Package, a *about) *Silence {
	all := r.notAffected(p)
	if len(all) == 0 || len(a.cves) == 0 {
		return nil
	}
	var last *Silence
	for _, id := range a.cves {
		i := slices.IndexFunc(all, func(n denial) bool { return slices.Contains(n.cves, id) })
		if i < 0 {
			return nil
		}
		last = all[i].Silence
	}
	return last
}

// denial is one "not affected" of a vendor.
type denial struct {
	*Silence
	cves []string
}

// notAffected are the vendor's denials for the package looked at now.
func (r *run) notAffected(p *software.Package) []denial {
	if r.deniedFor == p {
		return r.denied
	}
	r.deniedFor, r.denied = p, nil
	for _, h := range r.found {
		if h.Status != advisory.NotAffected {
			continue
		}
		if slices.ContainsFunc(r.found, func(g found) bool { return g.Advisory == h.Advisory && g.Status != advisory.NotAffected }) {
			continue // of another channel or variant it says otherwise
		}
		a, err := r.about(h.Advisory)
		if err != nil {
			continue
		}
		if v := evaluate(&h.Affect, p.Ecosystem, h.version, h.bare); v.status != advisory.Affected {
			continue // the statement is about other versions
		}
		by := a.ID
		if a.feed != nil {
			by = a.feed.Name + " " + by
		}
		r.denied = append(r.denied, denial{&Silence{By: by, Status: string(advisory.NotAffected), Justification: h.Why}, a.cves})
	}
	return r.denied
}
