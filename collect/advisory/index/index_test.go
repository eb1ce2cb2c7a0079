package index

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"steward/collect/advisory"
	"steward/collect/advisory/epss"
	"steward/collect/advisory/kev"
)

func sample(t testing.TB) []byte {
	b := NewBuilder()
	b.Feed(Feed{Name: "own", Kind: "osv"})
	fixed := func(v string) []advisory.Range {
		return []advisory.Range{{Type: advisory.Ecosystem, Events: []advisory.Event{{Kind: advisory.Introduced, Version: "0"}, {Kind: advisory.FixedAt, Version: v}}}}
	}
	at := time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, a := range []advisory.Advisory{
		{ID: "A-1", Kind: advisory.Security, Title: "t", URL: "u", Rating: "low", Aliases: []string{"CVE-2099-1"}, Modified: at, Published: at.Add(-time.Hour), Scores: []advisory.Score{{Type: "CVSS_V3", Vector: "v"}},
			Affected: []advisory.Affect{{Ecosystem: "Ubuntu:22.04:LTS", Name: "openssl", Ranges: fixed("2"), Versions: []string{"1"}, Arches: []string{"amd64"}, Streams: []string{"a:1"}, Why: "w", NoFix: "n", Rating: "r",
				Scores: []advisory.Score{{Type: "CVSS_V4", Vector: "w"}}, Binaries: []advisory.Binary{{Name: "libssl3", Fixed: "2"}}}}},
		{ID: "A-2", Modified: at, Affected: []advisory.Affect{{Ecosystem: "PyPI", Name: "Foo_Bar", Ranges: fixed("3")}}},
		{ID: "A-3", Modified: at, Affected: []advisory.Affect{{Ecosystem: "PyPI", Name: "gone", Ranges: fixed("3")}}},
		{ID: "A-3", Modified: at.Add(time.Hour), Withdrawn: at, Affected: []advisory.Affect{{Ecosystem: "PyPI", Name: "gone", Ranges: fixed("3")}}},
	} {
		b.Add(&a)
	}
	b.Feed(Feed{Name: "kev", Kind: "kev"})
	if err := b.KEV(kev.Catalogue{Version: "7", Entries: []kev.Entry{{CVE: "CVE-2099-1", Due: "2099-02-02"}}}); err != nil {
		t.Fatal(err)
	}
	b.Feed(Feed{Name: "epss", Kind: "epss"})
	id, _ := epss.Number("CVE-2099-1")
	b.EPSS(epss.Table{Model: "m", Scores: map[uint64]epss.Score{id: {Probability: 0.5, Percentile: 0.9}}})
	data, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestWhatGoesInComesOut(t *testing.T) {
	x, err := Open(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	hits, err := x.Lookup("Ubuntu:22.04", Primary, "openssl")
	if err != nil || len(hits) != 1 {
		t.Fatalf("%v %v", hits, err)
	}
	h := hits[0]
	if h.Ranges[0].String() != "introduced 0, fixed 2" || h.Versions[0] != "1" || h.Arches[0] != "amd64" || h.Streams[0] != "a:1" || h.Why != "w" || h.NoFix != "n" || h.Rating != "r" || h.Scores[0].Vector != "w" || h.Binaries[0].Name != "libssl3" || h.Ecosystem != "Ubuntu:22.04:LTS" {
		t.Errorf("%+v", h)
	}
	rec, err := x.Record(h.Advisory)
	if err != nil || rec.ID != "A-1" || rec.Title != "t" || rec.URL != "u" || rec.Rating != "low" || !slices.Equal(rec.Aliases, []string{"CVE-2099-1"}) || rec.Modified.Second() != 5 || rec.Published.Hour() != 2 || rec.Scores[0].Vector != "v" {
		t.Errorf("%+v %v", rec, err)
	}
	if hits, _ := x.Lookup("Ubuntu:22.04", Binary, "libssl3"); len(hits) != 1 || hits[0].Name != "openssl" {
		t.Errorf("%+v", hits)
	}
	if hits, _ := x.Lookup("PyPI", Primary, "foo-bar"); len(hits) != 1 {
		t.Errorf("a name is not found in its normal form: %+v", hits)
	}
	if hits, _ := x.Lookup("PyPI", Primary, "gone"); len(hits) != 0 {
		t.Errorf("a withdrawn advisory is found: %+v", hits)
	}
	if hits, err := x.Lookup("PyPI", Primary, "nothing"); len(hits) != 0 || err != nil {
		t.Errorf("%+v %v", hits, err)
	}
	if e, ok := x.KEV("CVE-2099-1"); !ok || e.Due != "2099-02-02" {
		t.Errorf("%+v", e)
	}
	if s, ok := x.EPSS("CVE-2099-1"); !ok || s.Probability != 0.5 {
		t.Errorf("%+v", s)
	}
	if s, from, ok := x.CVSS("CVE-2099-1"); !ok || s.Vector != "v" || from != h.Advisory {
		t.Errorf("%+v %d", s, from)
	}
	if _, ok := x.KEV("CVE-2099-2"); ok {
		t.Error("an entry nobody made")
	}
	if f := x.Feeds[0]; f.Records != 4 || f.Withdrawn != 1 || f.Ecosystems["Ubuntu:22.04"] != 1 {
		t.Errorf("%+v", f)
	}
}

func TestTheSameAdvisoriesGiveTheSameBytes(t *testing.T) {
	if !bytes.Equal(sample(t), sample(t)) {
		t.Error("two builds differ")
	}
}

func TestADamagedIndexGivesAnErrorAndNeverPanics(t *testing.T) {
	good := sample(t)
	for i := range good {
		for _, flip := range []byte{1, 0x80, 0xff} {
			bad := bytes.Clone(good)
			bad[i] ^= flip
			use(bad)
		}
	}
	for n := range len(good) {
		if n < len(good)-1 {
			use(good[:n])
		}
	}
	if _, err := Open([]byte("STEWADV1")); !errors.Is(err, ErrDamaged) {
		t.Errorf("a cut index: %v", err)
	}
}

// use asks an index for everything.
func use(data []byte) {
	x, err := Open(data)
	if err != nil {
		return
	}
	for _, q := range [][2]string{{"Ubuntu:22.04", "openssl"}, {"PyPI", "foo-bar"}, {"PyPI", "gone"}} {
		for _, by := range []Name{Primary, Binary} {
			hits, _ := x.Lookup(q[0], by, q[1])
			for _, h := range hits {
				_, _ = x.Record(h.Advisory)
			}
		}
	}
	x.KEV("CVE-2099-1")
	x.EPSS("CVE-2099-1")
	x.CVSS("CVE-2099-1")
}

func FuzzOpen(f *testing.F) {
	f.Add(sample(f))
	f.Fuzz(func(_ *testing.T, data []byte) { use(data) })
}

func TestEcosystemsHaveTheKeysMachinesAreKnownBy(t *testing.T) {
	for ecosystem, want := range map[string]advisory.Key{
		"AlmaLinux:8": {Name: "AlmaLinux:8"}, "Rocky Linux:9": {Name: "Rocky Linux:9"}, "Debian:12": {Name: "Debian:12"}, "Alpine:v3.18": {Name: "Alpine:v3.18"},
		"Ubuntu:22.04:LTS": {Name: "Ubuntu:22.04"}, "Ubuntu:24.10": {Name: "Ubuntu:24.10"}, "Ubuntu:Pro:18.04:LTS": {Name: "Ubuntu:18.04", Channel: "Pro"}, "Ubuntu:Pro:FIPS-updates:20.04:LTS": {Name: "Ubuntu:20.04", Channel: "Pro FIPS-updates"},
		"Red Hat:enterprise_linux:8::baseos": {Name: "Red Hat:8"}, "Red Hat:rhel_eus:8.6::appstream": {Name: "Red Hat:8.6", Channel: "EUS"}, "Red Hat:enterprise_linux:9.2::crb": {Name: "Red Hat:9"},
		"SUSE:Linux Enterprise Server 15 SP5": {Name: "SUSE:15.5"}, "SUSE:Linux Enterprise Module for Basesystem 15 SP5": {Name: "SUSE:15.5"}, "SUSE:Linux Enterprise Server 15 SP3-LTSS": {Name: "SUSE:15.3", Channel: "LTSS"},
		"SUSE:Linux Enterprise Server for SAP Applications 12 SP5": {Name: "SUSE:12.5"}, "openSUSE:Leap 15.5": {Name: "openSUSE:15.5"}, "openSUSE:Tumbleweed": {Name: "openSUSE:Tumbleweed"},
		"Maven:https://maven.google.com": {Name: "Maven"}, "npm": {Name: "npm"}, "Something:else:1": {Name: "Something:else:1"},
	} {
		if got := advisory.KeyOf(ecosystem); got != want {
			t.Errorf("%s: %+v, want %+v", ecosystem, got, want)
		}
	}
}

func ExampleOpen() {
	b := NewBuilder()
	b.Feed(Feed{Name: "own"})
	b.Add(&advisory.Advisory{ID: "X-1", Affected: []advisory.Affect{{Ecosystem: "npm", Name: "left-pad", Versions: []string{"1.0.0"}}}})
	data, _ := b.Bytes()
	x, _ := Open(data)
	hits, _ := x.Lookup("npm", Primary, "left-pad")
	rec, _ := x.Record(hits[0].Advisory)
	fmt.Println(rec.ID, hits[0].Versions)
	// Output: X-1 [1.0.0]
}
