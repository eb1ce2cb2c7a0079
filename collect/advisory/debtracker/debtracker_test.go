package debtracker

import (
	"strings"
	"testing"

	"steward/collect/advisory"
	"steward/collect/advisory/feed"
)

const tracker = `{"openssl":{"CVE-2099-1":{"description":"d","scope":"local","releases":{
 "bookworm":{"status":"resolved","fixed_version":"3.0.11-1~deb12u2","urgency":"medium**","repositories":{}},
 "bullseye":{"status":"open","urgency":"not yet assigned","nodsa":"Minor issue","nodsa_reason":"postponed"},
 "sid":{"status":"resolved","fixed_version":"0","urgency":"unimportant"},
 "trixie":{"status":"undetermined","urgency":"end-of-life"}}}},"broken":[],"zlib":{"CVE-2099-2":{"releases":{"bookworm":{"status":"open","urgency":"high"}}}}}`

func TestEachReleaseIsReadWithItsState(t *testing.T) {
	var all []advisory.Advisory
	var p feed.Problems
	if err := Parse([]byte(tracker), &p, func(a *advisory.Advisory) { all = append(all, *a) }); err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || p.Count != 1 || p.First[0].Where != "broken" {
		t.Fatalf("%d advisories, %+v", len(all), p)
	}
	a := all[0]
	if a.ID != "CVE-2099-1/openssl" || a.CVEs()[0] != "CVE-2099-1" || len(a.Affected) != 4 {
		t.Fatalf("%+v", a)
	}
	by := map[string]advisory.Affect{}
	for _, x := range a.Affected {
		by[x.Ecosystem] = x
	}
	if x := by["Debian:12"]; x.Ranges[0].String() != "introduced 0, fixed 3.0.11-1~deb12u2" || x.Rating != "medium" {
		t.Errorf("%+v", x)
	}
	if x := by["Debian:11"]; len(x.Ranges) != 0 || x.Status != "" || !strings.Contains(x.NoFix, "postponed") {
		t.Errorf("%+v", x)
	}
	if x := by["Debian:sid"]; x.Status != advisory.NotAffected {
		t.Errorf("%+v", x)
	}
	if x := by["Debian:13"]; x.Status != advisory.Investigating {
		t.Errorf("%+v", x)
	}
}

func TestWhatIsNotTheTrackerIsRefused(t *testing.T) {
	for _, doc := range []string{"", "[]", `{"a":`, `{"a":{"CVE-1":`} {
		var p feed.Problems
		if err := Parse([]byte(doc), &p, func(*advisory.Advisory) {}); err == nil {
			t.Errorf("%q is taken", doc)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(tracker))
	f.Fuzz(func(_ *testing.T, doc []byte) {
		var p feed.Problems
		_ = Parse(doc, &p, func(a *advisory.Advisory) { a.CVEs() })
	})
}
