package vex

import (
	"strings"
	"testing"

	"steward/collect/advisory"
	"steward/collect/advisory/purl"
)

const open = `{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.org/vex/1","author":"Own","timestamp":"2099-01-01T00:00:00Z","version":1,"statements":[
{"vulnerability":{"name":"CVE-2099-1","aliases":["GHSA-x"]},"products":[{"@id":"pkg:deb/debian/openssl@3.0.1?arch=amd64"},{"@id":"x","identifiers":{"purl":"pkg:npm/a"}}],"status":"not_affected","justification":"vulnerable_code_not_in_execute_path"},
{"vulnerability":"CVE-2099-2","timestamp":"2099-02-01T00:00:00Z","products":["pkg:oci/app@1"],"subcomponents":[{"@id":"pkg:npm/b"}],"status":"fixed","action_statement":"done"}]}`

const cyclone = `{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:1","metadata":{"timestamp":"2099-01-01T00:00:00Z"},
"components":[{"type":"library","bom-ref":"r1","name":"a","purl":"pkg:npm/a@1","components":[{"type":"library","bom-ref":"r2","name":"b","purl":"pkg:npm/b@2"}]}],
"vulnerabilities":[{"id":"CVE-2099-1","references":[{"id":"GHSA-x"}],"analysis":{"state":"not_affected","justification":"code_not_reachable","detail":"d"},"affects":[{"ref":"r2"},{"ref":"urn:cdx:1/1#pkg:npm/c@3"},{"ref":"urn:cdx:1/1#pkg%3Anpm%2Fd%404"}]},
{"id":"CVE-2099-2","affects":[{"ref":"r1"}]}]}`

func ref(t *testing.T, s string) purl.PURL {
	t.Helper()
	p, err := purl.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOpenVEXStatementsFitTheirProducts(t *testing.T) {
	all, err := ParseOpenVEX([]byte(open))
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v %v", all, err)
	}
	s := all[0]
	if !s.Of("GHSA-x") || s.Status != advisory.NotAffected || s.Justification == "" || s.Author != "Own" || s.At.Year() != 2099 {
		t.Errorf("%+v", s)
	}
	for link, fits := range map[string]bool{
		"pkg:deb/debian/openssl@3.0.1?arch=amd64&distro=debian-12": true, "pkg:deb/debian/openssl@3.0.2?arch=amd64": false, "pkg:deb/debian/openssl@3.0.1?arch=arm64": false,
		"pkg:deb/ubuntu/openssl@3.0.1?arch=amd64": false, "pkg:npm/a@7": true, "pkg:npm/ab@7": false,
	} {
		if got := s.Fits(nil, ref(t, link)); got != fits {
			t.Errorf("%s fits: %v, want %v", link, got, fits)
		}
	}
	if s := all[1]; !s.Fits([]string{"pkg:oci/app@1"}, ref(t, "pkg:npm/b@1")) || s.Fits([]string{"pkg:oci/other@1"}, ref(t, "pkg:npm/b@1")) || s.Fits([]string{"pkg:oci/app@1"}, ref(t, "pkg:npm/c@1")) {
		t.Errorf("a part of another product fits, or its own does not: %+v", s)
	}
}

func TestCycloneDXAnalysesAreStatements(t *testing.T) {
	all, err := ParseCycloneDX([]byte(cyclone))
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v %v", all, err)
	}
	s := all[0]
	if s.Status != advisory.NotAffected || s.Justification != "code_not_reachable" || !s.Of("GHSA-x") {
		t.Errorf("%+v", s)
	}
	for _, link := range []string{"pkg:npm/b@2", "pkg:npm/c@3", "pkg:npm/d@4"} {
		if !s.Fits(nil, ref(t, link)) {
			t.Errorf("%s does not fit %+v", link, s.Products)
		}
	}
	if s.Fits(nil, ref(t, "pkg:npm/a@1")) {
		t.Error("the whole fits where only a part was named")
	}
}

func TestADamagedStatementIsRefusedWithThePlace(t *testing.T) {
	for doc, place := range map[string]string{
		`{"@context":"x"}`: "@context",
		`{"@context":"https://openvex.dev/ns","statements":[{"vulnerability":"C","status":"perhaps"}]}`:                      "statements[0].status",
		`{"@context":"https://openvex.dev/ns","statements":[{"vulnerability":"C","status":"not_affected"}]}`:                 "justification",
		`{"@context":"https://openvex.dev/ns","statements":[{"status":"fixed"}]}`:                                            "names no vulnerability",
		`{"@context":"https://openvex.dev/ns","statements":[{"vulnerability":"C","status":"fixed"}]}`:                        "names no product",
		`{"@context":"https://openvex.dev/ns","timestamp":"x"}`:                                                              "timestamp",
		`{"@context":"https://openvex.dev/ns","statements":[{"vulnerability":7,"status":"fixed","products":["pkg:npm/a"]}]}`: "vulnerability",
	} {
		if _, err := ParseOpenVEX([]byte(doc)); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%s: %v, want it to name %q", doc, err, place)
		}
	}
	for doc, place := range map[string]string{
		`{}`: "bomFormat", `{"bomFormat":"CycloneDX","vulnerabilities":[{"analysis":{"state":"perhaps"}}]}`: "vulnerabilities[0].analysis.state", `{"bomFormat":"CycloneDX","metadata":{"timestamp":"x"}}`: "metadata.timestamp",
	} {
		if _, err := ParseCycloneDX([]byte(doc)); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%s: %v, want it to name %q", doc, err, place)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(open))
	f.Add([]byte(cyclone))
	p, err := purl.Parse("pkg:npm/a@1")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(_ *testing.T, doc []byte) {
		a, _ := ParseOpenVEX(doc)
		b, _ := ParseCycloneDX(doc)
		for _, s := range append(a, b...) {
			s.Fits([]string{"x"}, p)
		}
	})
}
