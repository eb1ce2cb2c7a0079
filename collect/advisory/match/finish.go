package match

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"steward/collect/advisory"
	"steward/collect/advisory/epss"
	"steward/collect/advisory/kev"
)

type kevEntry = kev.Entry

// finish orders the matches and sums up.
func (r *run) finish() Result {
	r.kernelNotes()
	ranks := sortMatches(r.matches)
	c := &r.c
	packages, cves := make([]bool, len(r.matches)), cveCount{}
	for i := range r.matches {
		m := r.matches[i]
		m.Priority.Rank = i + 1
		if m.Status != Affected {
			continue
		}
		c.Matches++
		c.Advisory[string(m.Advisory.Kind)]++
		c.Ratings[string(m.Priority.Class)]++
		if !packages[ranks[i]] { // there are no more packages than matches
			packages[ranks[i]] = true
			c.Affected++
		}
		if i == 0 || !sameList(r.matches[i-1].CVEs, m.CVEs) {
			cves.add(m.CVEs)
		}
		if len(m.KEV) > 0 {
			c.Exploited++
		}
	}
	c.CVEs = cves.different()
	for _, why := range slices.Sorted(maps.Keys(r.uncovered)) {
		c.Uncovered = append(c.Uncovered, *r.uncovered[why])
	}
	slices.SortStableFunc(c.Uncovered, func(a, b Uncovered) int { return cmp.Compare(b.Packages, a.Packages) })
	r.feeds()
	r.notes()
	return Result{r.matches, r.c}
}

// cveCount counts different CVE ids: by their numbers, which a sort does in a
// fraction of the time of a set of strings.
type cveCount struct {
	numbers []uint64
	others  map[string]bool // ids of another form
}

func (c *cveCount) add(ids []string) {
	for _, id := range ids {
		if n, ok := epss.Number(id); ok {
			c.numbers = append(c.numbers, n)
			continue
		}
		if c.others == nil {
			c.others = map[string]bool{}
		}
		c.others[id] = true
	}
}

func (c *cveCount) different() int {
	slices.Sort(c.numbers)
	return len(slices.Compact(c.numbers)) + len(c.others)
}

// sameList reports whether two lists are one and the same in memory, as those
// of the matches of one advisory are.
func sameList(a, b []string) bool {
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}

// feeds lists the feeds that had a say: those of the target's ecosystems, and
// KEV and EPSS.
func (r *run) feeds() {
	for i := range r.x.Feeds {
		f := &r.x.Feeds[i]
		speaks := f.Kind == "kev" || f.Kind == "epss"
		for e := range r.covers {
			speaks = speaks || f.Ecosystems[e] > 0
		}
		if !speaks {
			continue
		}
		a := FeedAge{Name: f.Name, Kind: f.Kind, Days: days(f.Fetched, r.o.Now), Newest: days(f.Newest, r.o.Now), Stale: isStale(f, r.o)}
		if !f.Fetched.IsZero() {
			a.Fetched = f.Fetched.UTC().Format(time.RFC3339)
		}
		r.c.Feeds = append(r.c.Feeds, a)
	}
}

func (r *run) notes() {
	c := &r.c
	note := func(format string, args ...any) { c.Notes = append(c.Notes, fmt.Sprintf(format, args...)) }
	if c.Unknown > 0 {
		note("%d of %d packages are covered by no feed: nothing is known of them", c.Unknown, c.Packages)
	}
	var kevSeen, epssSeen bool
	for _, f := range c.Feeds {
		kevSeen, epssSeen = kevSeen || f.Kind == "kev", epssSeen || f.Kind == "epss"
		switch {
		case f.Stale:
			note("feed %s is stale: %d days old", f.Name, *f.Days)
		case f.Days == nil:
			note("feed %s does not tell when it was fetched", f.Name)
		}
	}
	if !kevSeen {
		note("there is no KEV feed: whether a weakness is exploited is unknown")
	}
	if !epssSeen {
		note("there is no EPSS feed: how likely a weakness is to be exploited is unknown")
	}
	if r.t.NoSources && c.Covered > 0 && advisory.NamesSource(c.Ecosystem) && advisory.Base(c.Ecosystem) != "Red Hat" {
		note("the inventory does not tell source packages, by which %s names what is affected: packages named otherwise than their source may be missed", advisory.Base(c.Ecosystem))
	}
	if r.t.NoEpochs && c.Steps.Epoch > 0 {
		note("the inventory leaves out epochs: %d pairs were ruled out because the version without epoch is not older than the fix", c.Steps.Epoch)
	}
	if c.Steps.Kind > 0 {
		note("%d pairs with bug-fix and enhancement advisories were left out; --kinds brings them", c.Steps.Kind)
	}
	if r.t.Kernel != "" {
		kernels, running := 0, false
		for i := range r.t.Packages {
			if on := r.runs(&r.t.Packages[i]); on != nil {
				kernels++
				running = running || *on
			}
		}
		if kernels > 0 && !running {
			note("the running kernel %s is none of those installed: what it is affected by is unknown until the machine is restarted", r.t.Kernel)
		}
	}
	if rs := r.t.Restart; rs != nil {
		if rs.Reboot != nil && *rs.Reboot {
			c.Restart = append(c.Restart, "the machine: "+strings.Join(rs.Reasons, "; "))
		}
		for _, p := range rs.Services {
			c.Restart = append(c.Restart, "service "+p)
		}
		if len(rs.Services) == 0 {
			for _, p := range rs.Processes {
				c.Restart = append(c.Restart, "program "+p)
			}
		}
		if len(c.Restart) > 0 {
			note("fixed but not restarted: programs still run what updates replaced, so a package that no longer matches may still be exposed")
		}
	}
}
