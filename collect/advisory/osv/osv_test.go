package osv

import (
	"slices"
	"strings"
	"testing"

	"steward/collect/advisory"
)

const full = `{"schema_version":"1.7.0","id":"ALSA-2099:0001","modified":"2099-02-03T04:05:06.5Z","published":"2099-01-02T00:00:00Z","aliases":["EX-1"],"upstream":["CVE-2099-1"],"related":["CVE-2099-2"],
"summary":"Important: thing:2 security update","details":"long","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},{"type":"Ubuntu","score":"Medium"}],
"affected":[{"package":{"ecosystem":"AlmaLinux:8","name":"thing","purl":"pkg:rpm/almalinux/thing"},"severity":[{"type":"CVSS_V4","score":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}],
 "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1:2.0-1.module_el8.6.0+1+abc"}]},{"type":"GIT","repo":"https://example.org/x","events":[{"introduced":"0"},{"limit":"abc"}]}],
 "versions":["1.9"],"ecosystem_specific":{"affects":{"arch":["x86_64"]}},"database_specific":{"severity":"HIGH"}},
 {"ranges":[{"type":"GIT","repo":"r","events":[{"introduced":"a"}]}]}],
"references":[{"type":"WEB","url":"https://example.org/web"},{"type":"ADVISORY","url":"https://example.org/other"},{"type":"ADVISORY","url":"https://example.org/ALSA-2099-0001.html"}],
"database_specific":{"severity":"LOW"}}`

func TestARecordIsReadWithAllThatMatters(t *testing.T) {
	a, err := Parse([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	if a.ID != "ALSA-2099:0001" || a.Kind != advisory.Security || a.Rating != "medium" || a.URL != "https://example.org/ALSA-2099-0001.html" || a.Modified.Year() != 2099 || !a.Withdrawn.IsZero() {
		t.Errorf("%+v", a)
	}
	if got := a.CVEs(); !slices.Equal(got, []string{"CVE-2099-1"}) {
		t.Errorf("CVEs %v: those upstream of it count, those it is only related to do not", got)
	}
	if len(a.Affected) != 1 {
		t.Fatalf("%d affected packages; one of only commits counts for none", len(a.Affected))
	}
	x := a.Affected[0]
	if x.Ranges[0].String() != "introduced 0, fixed 1:2.0-1.module_el8.6.0+1+abc" || x.Ranges[1].Type != advisory.Git || !slices.Equal(x.Streams, []string{"thing:2"}) ||
		!slices.Equal(x.Arches, []string{"x86_64"}) || x.Rating != "high" || len(x.Scores) != 1 || x.Versions[0] != "1.9" {
		t.Errorf("%+v", x)
	}
}

func TestCVEsOfADistributionsAdvisoryAreThoseItIsRelatedTo(t *testing.T) {
	a, err := Parse([]byte(`{"id":"ALSA-1","related":["CVE-2099-2","CVE-2099-1","X-1"]}`))
	if err != nil || !slices.Equal(a.CVEs(), []string{"CVE-2099-1", "CVE-2099-2"}) {
		t.Errorf("%v %v", a.CVEs(), err)
	}
	a, err = Parse([]byte(`{"id":"UBUNTU-CVE-2099-7"}`))
	if err != nil || !slices.Equal(a.CVEs(), []string{"CVE-2099-7"}) {
		t.Errorf("%v %v", a.CVEs(), err)
	}
}

func TestBinaryPackagesAreReadAsEachDistributionWritesThem(t *testing.T) {
	for ecosystem, specific := range map[string]string{
		"Ubuntu:22.04:LTS":    `{"binaries":[{"binary_name":"libx1","binary_version":"1.2-1"},{"binary_name":"x","binary_version":"1.2-1"}]}`,
		"SUSE:Linux":          `{"binaries":[{"libx1":"1.2-1","x":"1.2-1"}]}`,
		"openEuler:22.03-LTS": `{"aarch64":["libx1-1.2-1.aarch64.rpm"],"x86_64":["x-1.2-1.x86_64.rpm","libx1-1.2-1.x86_64.rpm"],"src":["x-1.2-1.src.rpm"]}`,
	} {
		a, err := Parse([]byte(`{"id":"X-1","affected":[{"package":{"ecosystem":"` + ecosystem + `","name":"x"},"ecosystem_specific":` + specific + `}]}`))
		if err != nil || !slices.Equal(a.Affected[0].Binaries, []advisory.Binary{{Name: "libx1", Fixed: "1.2-1"}, {Name: "x", Fixed: "1.2-1"}}) {
			t.Errorf("%s: %+v %v", ecosystem, a.Affected, err)
		}
	}
}

func TestADamagedRecordIsRefusedWithThePlace(t *testing.T) {
	for doc, place := range map[string]string{
		`{`:                                 "byte 1",
		`{"id":""}`:                         "no id",
		`{"id":"X","modified":"yesterday"}`: "modified",
		`{"id":"X","affected":[{"package":{"ecosystem":"npm"}}]}`:                                           "affected[0].package",
		`{"id":"X","affected":{}}`:                                                                          "affected",
		`{"id":"X","affected":[{"ranges":[{"type":"SOMETIMES"}]}]}`:                                         "affected[0].ranges[0].type",
		`{"id":"X","affected":[{"ranges":[{"type":"SEMVER"}]}]}`:                                            "no introduced",
		`{"id":"X","affected":[{"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{}]}]}]}`:           "events[1]",
		`{"id":"X","affected":[{"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":""}]}]}]}`: "empty version",
		`{"id":"` + strings.Repeat("X", 300) + `"}`:                                                         "300 characters",
	} {
		if _, err := Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%.60s: %v, want it to name %q", doc, err, place)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(`{"id":"X","affected":[{"package":{"ecosystem":"openEuler:1","name":"x"},"ecosystem_specific":{"x86_64":["a-1-1.x.rpm"]},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		a, err := Parse(doc)
		if err == nil && a.ID == "" {
			t.Fatal("a record without id")
		}
		a.CVEs()
	})
}
