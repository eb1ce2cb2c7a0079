package match

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"steward/collect/advisory"
	"steward/collect/advisory/epss"
	"steward/collect/advisory/index"
	"steward/collect/advisory/kev"
	"steward/collect/advisory/osv"
	"steward/collect/advisory/software"
	"steward/collect/advisory/vex"
	"steward/collect/fact"
)

var now = time.Date(2099, 3, 1, 0, 0, 0, 0, time.UTC)

// record writes an OSV record: an id, a title, and packages as
// "ecosystem name fixed [introduced]".
func record(id, title string, affected ...string) string {
	var parts []string
	for _, a := range affected {
		f := strings.Split(a, "|")
		introduced := "0"
		if len(f) > 3 {
			introduced = f[3]
		}
		kind := "ECOSYSTEM"
		if f[0] == "npm" || f[0] == "Go" {
			kind = "SEMVER"
		}
		parts = append(parts, fmt.Sprintf(`{"package":{"ecosystem":%q,"name":%q},"ranges":[{"type":%q,"events":[{"introduced":%q},{"fixed":%q}]}]}`, f[0], f[1], kind, introduced, f[2]))
	}
	return fmt.Sprintf(`{"id":%q,"summary":%q,"modified":"2099-02-01T00:00:00Z","affected":[%s]}`, id, title, strings.Join(parts, ","))
}

// given makes an index of OSV records, with a KEV and an EPSS feed.
func given(t *testing.T, records ...string) *index.Index {
	t.Helper()
	b := index.NewBuilder()
	b.Feed(index.Feed{Name: "own", Kind: "osv", Fetched: now.Add(-3 * 24 * time.Hour)})
	for _, r := range records {
		a, err := osv.Parse([]byte(r))
		if err != nil {
			t.Fatalf("%s: %v", r, err)
		}
		b.Add(&a)
	}
	b.Feed(index.Feed{Name: "kev", Kind: "kev", Fetched: now.Add(-30 * 24 * time.Hour)})
	if err := b.KEV(kev.Catalogue{Entries: []kev.Entry{{CVE: "CVE-2099-1", Added: "2099-01-01", Due: "2099-02-01", Ransomware: "Known"}, {CVE: "CVE-2099-2", Added: "2099-01-02", Due: "2099-01-20", Ransomware: "Unknown"}}}); err != nil {
		t.Fatal(err)
	}
	b.Feed(index.Feed{Name: "epss", Kind: "epss", Fetched: now})
	id, _ := epss.Number("CVE-2099-3")
	b.EPSS(epss.Table{Scores: map[uint64]epss.Score{id: {Probability: 0.25, Percentile: 0.98}}})
	data, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	x, err := index.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// host is an inventory of a machine as the host collector writes it.
func host(product, release string, packages ...fact.Package) fact.Inventory {
	manager := map[string]string{"debian": "deb", "ubuntu": "deb", "alpine": "apk"}[product]
	if manager == "" {
		manager = "rpm"
	}
	for i := range packages {
		if packages[i].Manager == "" {
			packages[i].Manager = manager
		}
	}
	return fact.Inventory{Version: 1, Collector: "steward", System: fact.Saw(fact.System{Name: product + " " + release, Product: product, Release: release, Full: release}), Packages: fact.Saw(packages)}
}

func run1(t *testing.T, x *index.Index, inv fact.Inventory, o Options) Result {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = now
	}
	r, err := Run(x, software.FromInventory(inv, "machine", ""), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pairs are the matches as "status package version id".
func pairs(r Result) []string {
	var all []string
	for _, m := range r.Matches {
		all = append(all, fmt.Sprintf("%s %s %s %s", m.Status, m.Package.Name, m.Package.Version, m.Advisory.ID))
	}
	slices.Sort(all)
	return all
}

func want(t *testing.T, r Result, pairsWanted ...string) {
	t.Helper()
	if got := pairs(r); !slices.Equal(got, pairsWanted) {
		t.Errorf("pairs\n%s\nwant\n%s\nsteps %+v", strings.Join(got, "\n"), strings.Join(pairsWanted, "\n"), r.Coverage.Steps)
	}
}

func TestAMatchSaysWhy(t *testing.T) {
	x := given(t, record("ALSA-2099:0001", "Important: openssl security update", "AlmaLinux:8|openssl-libs|1:1.1.1k-12.el8_9"))
	r := run1(t, x, host("almalinux", "8.10", fact.Package{Name: "openssl-libs", Version: "1:1.1.1k-9.el8_7", Arch: "x86_64", Source: "openssl"}, fact.Package{Name: "bash", Version: "5-1"}), Options{})
	want(t, r, "affected openssl-libs 1:1.1.1k-9.el8_7 ALSA-2099:0001")
	m := r.Matches[0]
	if m.Why.Range != "introduced 0, fixed 1:1.1.1k-12.el8_9" || m.Why.Comparator != "rpm" || m.Why.Installed != "1:1.1.1k-9.el8_7" || m.Why.Fixed != "1:1.1.1k-12.el8_9" || m.Why.Feed != "own" || *m.Why.FeedAge != 3 || m.Rating != "important" {
		t.Errorf("%+v", m.Why)
	}
	if m.Priority.Class != High || m.Priority.Rank != 1 || m.Package.Source != "openssl" || m.Advisory.Ecosystem != "AlmaLinux:8" {
		t.Errorf("%+v", m)
	}
	c := r.Coverage
	if c.Packages != 2 || c.Covered != 2 || c.Unknown != 0 || c.Matches != 1 || c.Affected != 1 {
		t.Errorf("%+v", c)
	}
}

func TestARepairedPackageAndAnotherReleaseDoNotMatch(t *testing.T) {
	x := given(t, record("ALSA-2099:0001", "x", "AlmaLinux:9|openssl|1:3.0.7-20.el9"), record("ALSA-2099:0002", "x", "AlmaLinux:8|zlib|1.2.11-20.el8"))
	r := run1(t, x, host("almalinux", "8.10", fact.Package{Name: "openssl", Version: "1:1.1.1k-9.el8_7"}, fact.Package{Name: "zlib", Version: "1.2.11-20.el8"}), Options{})
	want(t, r)
}

func TestAnIDOfSeveralReleasesIsToldApartByEcosystem(t *testing.T) {
	x := given(t, record("ALSA-2099:0001", "x", "AlmaLinux:8|a|1-2.el8"), record("ALSA-2099:0001", "x", "AlmaLinux:9|a|1-9.el9"),
		strings.Replace(record("ALSA-2099:0002", "x", "AlmaLinux:8|a|1-3.el8"), "2099-02-01", "2099-02-02", 1), record("ALSA-2099:0002", "an older copy", "AlmaLinux:8|a|1-9.el8"))
	want(t, run1(t, x, host("almalinux", "8.4", fact.Package{Name: "a", Version: "1-1.el8"}), Options{}), "affected a 1-1.el8 ALSA-2099:0001", "affected a 1-1.el8 ALSA-2099:0002")
	want(t, run1(t, x, host("almalinux", "8.4", fact.Package{Name: "a", Version: "1-5.el8"}), Options{}))
	want(t, run1(t, x, host("almalinux", "9.4", fact.Package{Name: "a", Version: "1-5.el9"}), Options{}), "affected a 1-5.el9 ALSA-2099:0001")
}

func TestAFixOfAModuleIsNotAFixOfThePackageOutsideIt(t *testing.T) {
	x := given(t, record("ALSA-2099:0001", "Moderate: perl:5.30 security update", "AlmaLinux:8|perl-Encode|4:3.01-439.module_el8.6.0+1+abc"),
		record("ALSA-2099:0002", "Important: nodejs:18 security update", "AlmaLinux:8|nodejs|1:18.20.4-1.module_el8.10.0+2+abc", "AlmaLinux:8|npm|1:10.7.0-1.module_el8.10.0+2+abc"),
		record("ALSA-2099:0003", "Important: nodejs:16 security update", "AlmaLinux:8|nodejs|1:16.20.2-8.module_el8.9.0+2+abc", "AlmaLinux:8|npm|1:8.19.4-8.module_el8.9.0+2+abc"),
		record("ALSA-2099:0004", "Important: perl security update", "AlmaLinux:8|perl-Encode|4:5.0-1.el8"))
	// Not modular: only the fix outside of modules counts.
	r := run1(t, x, host("almalinux", "8.10", fact.Package{Name: "perl-Encode", Version: "4:2.97-3.el8"}), Options{})
	want(t, r, "affected perl-Encode 4:2.97-3.el8 ALSA-2099:0004")
	if s := r.Coverage.Steps; s.Candidates != 2 || s.Older != 2 || s.NotModular != 1 {
		t.Errorf("%+v", s)
	}
	// Modular: only fixes of its stream.
	r = run1(t, x, host("almalinux", "8.10", fact.Package{Name: "perl-Encode", Version: "4:2.97-3.module_el8.1.0+1+abc", Module: "perl:5.30"}), Options{})
	want(t, r, "affected perl-Encode 4:2.97-3.module_el8.1.0+1+abc ALSA-2099:0001")
	if r.Coverage.Steps.Modular != 1 {
		t.Errorf("%+v", r.Coverage.Steps)
	}
	sixteen := []fact.Package{{Name: "nodejs", Version: "1:16.18.1-3.module_el8.7.0+1+abc", Module: "nodejs:16"}, {Name: "npm", Version: "1:8.19.2-3.module_el8.7.0+1+abc", Module: "nodejs:16"}}
	wanted := []string{"affected nodejs 1:16.18.1-3.module_el8.7.0+1+abc ALSA-2099:0003", "affected npm 1:8.19.2-3.module_el8.7.0+1+abc ALSA-2099:0003"}
	r = run1(t, x, host("almalinux", "8.10", sixteen...), Options{})
	want(t, r, wanted...)
	if r.Coverage.Steps.Stream != 2 {
		t.Errorf("%+v", r.Coverage.Steps)
	}
	// Agents do not tell the stream; the version of the module's main package does.
	for i := range sixteen {
		sixteen[i].Module = ""
	}
	want(t, run1(t, x, host("almalinux", "8.10", sixteen...), Options{}), wanted...)
	// Without it nothing tells, and the match says so.
	r = run1(t, x, host("almalinux", "8.10", sixteen[1]), Options{})
	if len(r.Matches) != 2 || !slices.ContainsFunc(r.Matches[0].Notes, func(s string) bool { return strings.Contains(s, "stream") }) {
		t.Errorf("%+v", r.Matches)
	}
}

func TestBugFixesAreLeftOutUnlessAskedFor(t *testing.T) {
	x := given(t, record("ALBA-2099:0001", "x bug fix update", "AlmaLinux:8|a|2-1"), record("ALEA-2099:0002", "x enhancement", "AlmaLinux:8|a|2-1"), record("ALSA-2099:0003", "Low: x", "AlmaLinux:8|a|2-1"))
	r := run1(t, x, host("almalinux", "8", fact.Package{Name: "a", Version: "1-1"}), Options{})
	want(t, r, "affected a 1-1 ALSA-2099:0003")
	if r.Coverage.Steps.Kind != 2 || r.Coverage.Advisory["bugfix"] != 1 {
		t.Errorf("%+v", r.Coverage)
	}
	r = run1(t, x, host("almalinux", "8", fact.Package{Name: "a", Version: "1-1"}), Options{Kinds: []advisory.Kind{advisory.Security, advisory.BugFix}})
	want(t, r, "affected a 1-1 ALBA-2099:0001", "affected a 1-1 ALSA-2099:0003")
}

func TestEpochsCountAndAMissingOneIsNotZeroWhereAgentsLeaveThemOut(t *testing.T) {
	x := given(t, record("ALSA-2099:0001", "x", "AlmaLinux:8|a|1:1.0-5.el8"))
	for version, hit := range map[string]bool{"1:1.0-4.el8": true, "1:1.0-5.el8": false, "2:0.1-1.el8": false, "9.9-1.el8": true} {
		r := run1(t, x, host("almalinux", "8", fact.Package{Name: "a", Version: version}), Options{})
		if (len(r.Matches) == 1) != hit {
			t.Errorf("%s: %v", version, pairs(r))
		}
	}
	for version, hit := range map[string]bool{"1.0-4.el8": true, "1.0-5.el8": false, "9.9-1.el8": false} {
		inv := host("almalinux", "8", fact.Package{Name: "a", Version: version})
		inv.Collector = "GLPI-Agent_v1.7"
		r := run1(t, x, inv, Options{})
		if (len(r.Matches) == 1) != hit || !hit && r.Coverage.Steps.Epoch != 1 {
			t.Errorf("%s: %v %+v", version, pairs(r), r.Coverage.Steps)
		}
	}
}

func TestDebianNamesSourcePackages(t *testing.T) {
	x := given(t, record("DSA-1", "x", "Debian:12|openssl|3.0.15-1~deb12u1"), record("DSA-2", "x", "Debian:12|linux|6.1.129-1"), record("DSA-3", "x", "Debian:12|glibc|2.36-9+deb12u4"))
	inv := host("debian", "12", fact.Package{Name: "libssl3", Version: "3.0.11-1~deb12u2", Source: "openssl"}, fact.Package{Name: "openssl", Version: "3.0.15-1~deb12u1"},
		fact.Package{Name: "linux-image-6.1.0-28-amd64", Version: "6.1.119-1", Source: "linux-signed-amd64", SrcVer: "6.1.119+1"},
		fact.Package{Name: "libc6", Version: "2.36-9+deb12u4+b1", Source: "glibc", SrcVer: "2.36-9+deb12u4"})
	r := run1(t, x, inv, Options{})
	want(t, r, "affected libssl3 3.0.11-1~deb12u2 DSA-1", "affected linux-image-6.1.0-28-amd64 6.1.119-1 DSA-2")
	if m := r.Matches[0]; m.Why.Compared != "source" || m.Why.Name == m.Package.Name {
		t.Errorf("%+v", m.Why)
	}
	inv.Collector = "GLPI-Agent_v1.7"
	for i := range inv.Packages.Value {
		inv.Packages.Value[i].Source, inv.Packages.Value[i].SrcVer = "", ""
	}
	r = run1(t, x, inv, Options{})
	want(t, r)
	if !slices.ContainsFunc(r.Coverage.Notes, func(n string) bool { return strings.Contains(n, "source packages") }) {
		t.Errorf("nothing says that packages may be missed: %q", r.Coverage.Notes)
	}
}

func TestBinaryPackagesAnAdvisoryListsAreFoundWithoutTheSource(t *testing.T) {
	x := given(t, `{"id":"USN-1","affected":[{"package":{"ecosystem":"Ubuntu:22.04:LTS","name":"openssl"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"3.0.2-0ubuntu1.10"}]}],
		"ecosystem_specific":{"binaries":[{"binary_name":"libssl3","binary_version":"3.0.2-0ubuntu1.10"}]}}]}`,
		`{"id":"SUSE-SU-1","affected":[{"package":{"ecosystem":"SUSE:Linux Enterprise Module for Basesystem 15 SP5","name":"openssl-1_1"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.1.1l-150500.17.1"}]}],
		"ecosystem_specific":{"binaries":[{"libopenssl1_1":"1.1.1l-150500.17.1"}]}}]}`)
	inv := host("ubuntu", "22.04", fact.Package{Name: "libssl3", Version: "3.0.2-0ubuntu1.9"})
	inv.Collector = "GLPI-Agent_v1.7"
	want(t, run1(t, x, inv, Options{}), "affected libssl3 3.0.2-0ubuntu1.9 USN-1")
	r := run1(t, x, host("sles", "15.5", fact.Package{Name: "libopenssl1_1", Version: "1.1.1l-150500.15.1", Source: "openssl-1_1"}, fact.Package{Name: "openssl-1_1-doc", Version: "1.1.1l-150500.15.1", Source: "openssl-1_1"}), Options{})
	want(t, r, "affected libopenssl1_1 1.1.1l-150500.15.1 SUSE-SU-1")
	if r.Coverage.Steps.Binary != 1 {
		t.Errorf("%+v", r.Coverage.Steps)
	}
}

func TestWhatNoFeedCoversIsUnknownAndSaidLoudly(t *testing.T) {
	x := given(t, record("ALSA-2099:0001", "x", "AlmaLinux:8|a|2-1"))
	r := run1(t, x, host("fedora", "41", fact.Package{Name: "a", Version: "1-1"}, fact.Package{Name: "firefox", Version: "1", Manager: "flatpak"}), Options{})
	c := r.Coverage
	if len(r.Matches) != 0 || c.Unknown != 2 || c.Covered != 0 || len(c.Uncovered) != 2 || c.Uncovered[0].Why != "no feed covers Fedora:41" || !strings.Contains(c.Notes[0], "2 of 2 packages") {
		t.Errorf("%+v", c)
	}
	// EPEL's and others' builds are not the distribution's.
	r = run1(t, x, host("almalinux", "8.9", fact.Package{Name: "htop", Version: "1-1", Vendor: "Fedora Project"}, fact.Package{Name: "a", Version: "1-1.remi", Vendor: "Remi Collet"}), Options{})
	want(t, r, "unknown a 1-1.remi ALSA-2099:0001")
	if r.Coverage.Unknown != 1 || r.Coverage.Undecided != 1 || r.Matches[0].Why.Unknown == "" {
		t.Errorf("%+v %+v", r.Coverage, r.Matches)
	}
}

func TestAVersionThatCannotBeComparedIsUnknownNotSafe(t *testing.T) {
	x := given(t, record("GHSA-1", "x", "PyPI|thing|2.0"), `{"id":"GHSA-2","affected":[{"package":{"ecosystem":"npm","name":"left"},"ranges":[{"type":"GIT","repo":"r","events":[{"introduced":"0"}]}]}]}`)
	target := software.Target{Name: "app", Packages: []software.Package{{Ecosystem: "PyPI", Name: "Thing", Version: "french toast"}, {Ecosystem: "npm", Name: "left", Version: "1.0.0"}, {Ecosystem: "npm", Name: "none", Version: ""}}}
	r, err := Run(x, target, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	want(t, r, "unknown Thing french toast GHSA-1", "unknown left 1.0.0 GHSA-2")
	if r.Coverage.Undecided != 2 || r.Coverage.Unknown != 1 {
		t.Errorf("%+v", r.Coverage)
	}
}

func TestRangesAreReadAsTheOSVSchemaSays(t *testing.T) {
	affect := func(events string) string {
		return `{"id":"X","affected":[{"package":{"ecosystem":"npm","name":"p"},"ranges":[{"type":"SEMVER","events":[` + events + `]}],"versions":["0.0.7"]}]}`
	}
	for _, c := range []struct {
		events   string
		affected map[string]bool
	}{
		{`{"introduced":"0"},{"fixed":"1.2.0"}`, map[string]bool{"0.0.1": true, "1.1.9": true, "1.2.0": false, "1.2.0-rc.1": true, "2.0.0": false, "0.0.7": true}},
		{`{"introduced":"1.0.0"},{"last_affected":"1.5.0"}`, map[string]bool{"0.9.0": false, "1.0.0": true, "1.5.0": true, "1.5.1": false, "0.0.7": true}},
		{`{"fixed":"1.1.0"},{"introduced":"2.0.0"},{"introduced":"1.0.0"},{"fixed":"2.0.5"}`, map[string]bool{"1.0.5": true, "1.1.0": false, "1.9.0": false, "2.0.0": true, "2.0.5": false}},
		{`{"introduced":"1.0.0"},{"limit":"3.0.0"}`, map[string]bool{"0.1.0": false, "2.9.0": true, "3.0.0": false}},
		{`{"introduced":"1.0.0"},{"limit":"*"}`, map[string]bool{"9.0.0": true}},
		{`{"introduced":"0"}`, map[string]bool{"9.0.0": true}},
	} {
		x := given(t, affect(c.events))
		for v, hit := range c.affected {
			r, err := Run(x, software.Target{Packages: []software.Package{{Ecosystem: "npm", Name: "p", Version: v}}}, Options{Now: now})
			if err != nil || (len(r.Matches) == 1) != hit {
				t.Errorf("%s, %s: %v %v, want affected %v", c.events, v, pairs(r), err, hit)
			}
		}
	}
}

func TestGosOwnVersionIsReadAsTheToolWritesIt(t *testing.T) {
	x := given(t, `{"id":"GO-1","affected":[{"package":{"ecosystem":"Go","name":"stdlib"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.21.5"},{"introduced":"1.22.0-0"},{"fixed":"1.22.1"}]}]}]}`)
	for v, fixed := range map[string]string{"go1.21.4": "1.21.5", "go1.21.5": "", "go1.22rc1": "1.22.1", "go1.22.0": "1.22.1", "1.22.0": "1.22.1", "go1.22.1": ""} {
		r, err := Run(x, software.Target{Packages: []software.Package{{Ecosystem: "Go", Name: "stdlib", Version: v}}}, Options{Now: now})
		if err != nil || (len(r.Matches) == 1) != (fixed != "") || fixed != "" && r.Matches[0].Why.Fixed != fixed {
			t.Errorf("%s: %v %v, want it mended by %q", v, pairs(r), err, fixed)
		}
	}
}

func TestPackagesOfTwoEcosystemsAreCountedApart(t *testing.T) {
	x := given(t, record("GHSA-1", "x", "npm|a|2.0.0"), record("GHSA-2", "x", "crates.io|a|2.0.0"))
	r, err := Run(x, software.Target{Packages: []software.Package{{Ecosystem: "npm", Name: "a", Version: "1.0.0"}, {Ecosystem: "crates.io", Name: "a", Version: "1.0.0"}, {Ecosystem: "npm", Name: "a", Version: "1.0.0"}}}, Options{Now: now})
	if err != nil || r.Coverage.Affected != 2 || r.Coverage.Matches != 3 {
		t.Errorf("%+v %v", r.Coverage, err)
	}
}

func TestExploitedComesFirstAndTheOrderIsExplained(t *testing.T) {
	with := func(r, more string) string { return strings.TrimSuffix(r, "}") + "," + more + "}" }
	score := func(v string) string { return `"severity":[{"type":"CVSS_V3","score":"` + v + `"}]` }
	x := given(t,
		with(record("A-low", "x", "npm|a|2.0.0"), score("CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N")),
		record("B-unrated", "x", "npm|a|2.0.0"),
		with(record("C-critical", "x", "npm|a|2.0.0"), score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")),
		with(record("D-likely", "x", "npm|a|2.0.0"), `"aliases":["CVE-2099-3"]`),
		with(record("E-exploited", "x", "npm|a|2.0.0"), `"aliases":["CVE-2099-2"]`),
		with(record("F-ransomware", "x", "npm|a|2.0.0"), `"aliases":["CVE-2099-1"]`),
		record("MAL-2099-1", "x", "npm|a|2.0.0"),
		with(record("G-medium", "x", "npm|a|2.0.0"), score("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N")))
	r, err := Run(x, software.Target{Packages: []software.Package{{Ecosystem: "npm", Name: "a", Version: "1.0.0"}}}, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, m := range r.Matches {
		got = append(got, m.Advisory.ID+" "+string(m.Priority.Class))
		if m.Priority.Rank != i+1 {
			t.Errorf("rank %d at place %d", m.Priority.Rank, i+1)
		}
	}
	wanted := []string{"F-ransomware exploited-by-ransomware", "E-exploited exploited", "MAL-2099-1 malicious", "D-likely likely", "C-critical high", "B-unrated unrated", "G-medium medium", "A-low low"}
	if !slices.Equal(got, wanted) {
		t.Errorf("%q\nwant %q", got, wanted)
	}
	if m := r.Matches[0]; m.KEV[0].Due != "2099-02-01" || !strings.Contains(m.Priority.Why[0], "ransomware") {
		t.Errorf("%+v", m)
	}
	if m := r.Matches[3]; m.EPSS == nil || m.EPSS.Probability != 0.25 || m.EPSS.CVE != "CVE-2099-3" {
		t.Errorf("%+v", m.EPSS)
	}
	if r.Coverage.Exploited != 2 || !slices.ContainsFunc(r.Coverage.Notes, func(n string) bool { return n == "feed kev is stale: 30 days old" }) {
		t.Errorf("%+v", r.Coverage)
	}
}

func TestAStatementSilencesWithItsReason(t *testing.T) {
	x := given(t, strings.TrimSuffix(record("ALSA-1", "x", "AlmaLinux:8|a|2-1"), "}")+`,"related":["CVE-2099-7","CVE-2099-8"]}`, record("ALSA-2", "x", "AlmaLinux:8|a|2-1"))
	say := func(status advisory.Status, day int, product string, ids ...string) vex.Statement {
		return vex.Statement{Vulnerabilities: ids, Products: []vex.Product{{ID: product}}, Status: status, Justification: "vulnerable_code_not_present", Author: "own", At: now.AddDate(0, 0, day)}
	}
	inv := host("almalinux", "8", fact.Package{Name: "a", Version: "1-1", Arch: "x86_64"})
	const product = "pkg:rpm/almalinux/a@1-1?arch=x86_64"
	one := []vex.Statement{say(advisory.NotAffected, 0, product, "CVE-2099-7")}
	r := run1(t, x, inv, Options{VEX: one})
	want(t, r, "affected a 1-1 ALSA-1", "affected a 1-1 ALSA-2") // the advisory has a second CVE
	both := append(one, say(advisory.Fixed, 0, "pkg:rpm/almalinux/a", "CVE-2099-8"))
	r = run1(t, x, inv, Options{VEX: both, All: true})
	want(t, r, "affected a 1-1 ALSA-2", "silenced a 1-1 ALSA-1")
	if s := r.Matches[1].Silenced; s == nil || s.Justification == "" || s.By != "own" || r.Coverage.Silenced != 1 || r.Coverage.Matches != 1 {
		t.Errorf("%+v %+v", s, r.Coverage)
	}
	want(t, run1(t, x, inv, Options{VEX: both}), "affected a 1-1 ALSA-2")
	// The newest statement counts, and one about another version or package does not.
	want(t, run1(t, x, inv, Options{VEX: append(both, say(advisory.Affected, 1, product, "CVE-2099-7"))}), "affected a 1-1 ALSA-1", "affected a 1-1 ALSA-2")
	want(t, run1(t, x, inv, Options{VEX: []vex.Statement{say(advisory.NotAffected, 0, "pkg:rpm/almalinux/a@1-2", "ALSA-1"), say(advisory.NotAffected, 0, "pkg:rpm/almalinux/b", "ALSA-2")}}), "affected a 1-1 ALSA-1", "affected a 1-1 ALSA-2")
}

func TestTheVendorsOwnWordSilencesOtherFeeds(t *testing.T) {
	b := index.NewBuilder()
	b.Feed(index.Feed{Name: "osv", Kind: "osv"})
	fixed := []advisory.Range{{Type: advisory.Ecosystem, Events: []advisory.Event{{Kind: advisory.Introduced, Version: "0"}, {Kind: advisory.FixedAt, Version: "2-1"}}}}
	for _, a := range []advisory.Advisory{
		{ID: "RHSA-1", Kind: advisory.Security, Aliases: []string{"CVE-2099-1"}, Affected: []advisory.Affect{{Ecosystem: "Red Hat:enterprise_linux:9::baseos", Name: "a", Ranges: fixed}}},
		{ID: "RHSA-2", Kind: advisory.Security, Aliases: []string{"CVE-2099-2"}, Affected: []advisory.Affect{{Ecosystem: "Red Hat:enterprise_linux:9::baseos", Name: "a", Ranges: fixed}}},
		{ID: "CVE-2099-1", Kind: advisory.Security, Affected: []advisory.Affect{{Ecosystem: "Red Hat:enterprise_linux:9", Name: "a", Status: advisory.NotAffected, Why: "component_not_present"}}},
		{ID: "CVE-2099-2", Kind: advisory.Security, Affected: []advisory.Affect{{Ecosystem: "Red Hat:enterprise_linux:9::crb", Name: "a", Status: advisory.NotAffected}, {Ecosystem: "Red Hat:enterprise_linux:9", Name: "a", Ranges: fixed}}},
	} {
		b.Add(&a)
	}
	data, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	x, err := index.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	r := run1(t, x, host("rhel", "9.4", fact.Package{Name: "a", Version: "1-1"}), Options{All: true})
	want(t, r, "affected a 1-1 CVE-2099-2", "affected a 1-1 RHSA-2", "silenced a 1-1 RHSA-1")
	if s := r.Matches[2].Silenced; s.Justification != "component_not_present" || s.By != "osv CVE-2099-1" {
		t.Errorf("%+v", s)
	}
}

func TestARunningKernelIsToldFromAnInstalledOne(t *testing.T) {
	x := given(t, record("ALSA-1", "Important: kernel security update", "AlmaLinux:9|kernel-core|5.14.0-500.el9"))
	inv := host("almalinux", "9.5", fact.Package{Name: "kernel-core", Version: "5.14.0-100.el9", Arch: "x86_64"}, fact.Package{Name: "kernel-core", Version: "5.14.0-400.el9", Arch: "x86_64"}, fact.Package{Name: "kernel-core", Version: "5.14.0-500.el9", Arch: "x86_64"})
	inv.System.Value.Kernel = "5.14.0-400.el9.x86_64"
	yes := true
	inv.Restart = fact.Saw(fact.Restart{Reboot: &yes, Reasons: []string{"kernel 5.14.0-500.el9 is installed"}, Services: []string{"sshd.service"}})
	r := run1(t, x, inv, Options{})
	if len(r.Matches) != 2 || !*r.Matches[0].Package.Running || *r.Matches[1].Package.Running || r.Matches[0].Package.Version != "5.14.0-400.el9" {
		t.Fatalf("%+v", r.Matches)
	}
	if !strings.Contains(r.Matches[0].Notes[0], "5.14.0-500.el9 is installed") || !strings.Contains(r.Matches[1].Notes[0], "does not run") {
		t.Errorf("%q %q", r.Matches[0].Notes, r.Matches[1].Notes)
	}
	if len(r.Coverage.Restart) != 2 {
		t.Errorf("%q", r.Coverage.Restart)
	}
}

func TestALivePatchIsSaidOfTheRunningKernelOnly(t *testing.T) {
	x := given(t, record("ALSA-1", "Important: kernel security update", "AlmaLinux:9|kernel-core|5.14.0-500.el9"))
	for patch, said := range map[string]bool{"kpatch-patch-5_14_0-400": true, "kpatch-patch-5_14_0-100": false, "bash": false} {
		inv := host("almalinux", "9.5", fact.Package{Name: "kernel-core", Version: "5.14.0-100.el9"}, fact.Package{Name: "kernel-core", Version: "5.14.0-400.el9"}, fact.Package{Name: patch, Version: "1-3.el9"})
		inv.System.Value.Kernel = "5.14.0-400.el9.x86_64"
		for _, m := range run1(t, x, inv, Options{}).Matches {
			has := slices.ContainsFunc(m.Notes, func(n string) bool { return strings.Contains(n, "live patches are installed ("+patch+" 1-3.el9)") })
			if has != (said && *m.Package.Running) {
				t.Errorf("%s: %s: %q", patch, m.Package.Version, m.Notes)
			}
		}
	}
}

func TestKspliceBuildsHaveFixesOfTheirOwn(t *testing.T) {
	x := given(t, record("ELSA-1", "x", "Oracle Linux:9|glibc|2:2.34-100.ksplice1.el9"), record("ELSA-2", "x", "Oracle Linux:9|glibc|2.34-100.el9"))
	want(t, run1(t, x, host("oracle", "9.4", fact.Package{Name: "glibc", Version: "2.34-60.el9"}), Options{}), "affected glibc 2.34-60.el9 ELSA-2")
	want(t, run1(t, x, host("oracle", "9.4", fact.Package{Name: "glibc", Version: "2:2.34-60.ksplice1.el9"}), Options{}), "affected glibc 2:2.34-60.ksplice1.el9 ELSA-1")
}

func TestUbuntuProFixesAreMarkedAndFIPSBuildsAreOthers(t *testing.T) {
	x := given(t, record("USN-1", "x", "Ubuntu:Pro:20.04:LTS|a|1-2~esm1"), record("USN-2", "x", "Ubuntu:Pro:FIPS:20.04:LTS|a|1-3.fips"))
	r := run1(t, x, host("ubuntu", "20.04", fact.Package{Name: "a", Version: "1-1"}), Options{})
	want(t, r, "affected a 1-1 USN-1")
	if m := r.Matches[0]; m.Advisory.Channel != "Pro" || !slices.Contains(m.Notes, "the fix comes only by Pro") {
		t.Errorf("%+v", m)
	}
}

func TestTheResultDoesNotDependOnHowTheWorkIsShared(t *testing.T) {
	var records []string
	for i := range 50 {
		records = append(records, record(fmt.Sprintf("ALSA-%d", i), "x", fmt.Sprintf("AlmaLinux:8|p%d|2-1", i%7)))
	}
	x := given(t, records...)
	var packages []fact.Package
	for i := range 1200 {
		packages = append(packages, fact.Package{Name: fmt.Sprintf("p%d", i), Version: "1-1", Manager: []string{"rpm", "rpm", "snap", "msi"}[i%4]})
	}
	var results []string
	for _, n := range []int{1, 2, 4} {
		was := runtime.GOMAXPROCS(n)
		b, err := json.Marshal(run1(t, x, host("almalinux", "8", packages...), Options{Kinds: []advisory.Kind{advisory.Security}}))
		runtime.GOMAXPROCS(was)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, string(b))
	}
	if results[0] != results[1] || results[1] != results[2] || !strings.Contains(results[0], `"unknown":600`) {
		t.Errorf("%.2000s\n%.2000s", results[0], results[1])
	}
}
