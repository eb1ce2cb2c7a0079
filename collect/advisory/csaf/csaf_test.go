package csaf

import (
	"os"
	"slices"
	"strings"
	"testing"

	"steward/collect/advisory"
)

func sample(t testing.TB) []byte {
	b, err := os.ReadFile("testdata/advisory.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestProductsBecomePackagesOfTheirPlatforms(t *testing.T) {
	d, err := Parse(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	if d.ID != "EXSA-2099:1" || d.Publisher != "Example Vendor" || len(d.Advisories) != 4 || d.Unplaced["Example device 17.4"] != 1 {
		t.Fatalf("%s %d advisories, unplaced %v", d.ID, len(d.Advisories), d.Unplaced)
	}
	a := d.Advisories[0]
	if a.ID != "EXSA-2099:1/CVE-2099-1" || a.Rating != "important" || a.URL != "https://example.org/EXSA-2099-1" || !slices.Equal(a.CVEs(), []string{"CVE-2099-1"}) || len(a.Scores) != 1 || len(a.Affected) != 3 {
		t.Fatalf("%+v", a)
	}
	if x := a.Affected[0]; x.Ecosystem != "Red Hat:enterprise_linux:8::baseos" || x.Name != "openssl-libs" || x.Ranges[0].String() != "introduced 0, fixed 1:1.1.1k-12.el8_9" {
		t.Errorf("%+v", x)
	}
	if x := a.Affected[1]; advisory.KeyOf(x.Ecosystem).Name != "SUSE:15.5" || x.Name != "libopenssl1_1" || x.Ranges[0].Events[1].Version != "1.1.1l-150500.17.1" {
		t.Errorf("an rpm without package URL: %+v", x)
	}
	if x := a.Affected[2]; x.Name != "zlib" || x.Status != advisory.NotAffected || x.Why != "component_not_present: not built in" {
		t.Errorf("%+v", x)
	}
	b := d.Advisories[1]
	if x := b.Affected[0]; x.Name != "nodejs" || !slices.Equal(x.Streams, []string{"nodejs:18"}) || x.Ranges[0].Events[1].Version != "1:18.20.4-1.module+el8.10.0+1+a" {
		t.Errorf("%+v", x)
	}
	if x := b.Affected[1]; x.Ecosystem != "npm" || x.Ranges[0].String() != "introduced 1.0.0, fixed 1.4.2" {
		t.Errorf("%+v", x)
	}
	if x := d.Advisories[2].Affected[0]; x.Status != "" || len(x.Ranges) != 0 || x.NoFix != "no fix planned: Will not fix" {
		t.Errorf("%+v", x)
	}
	if x := d.Advisories[3].Affected[0]; x.Status != advisory.Investigating {
		t.Errorf("%+v", x)
	}
}

func TestRecommendedVersionsHaveTheFixAndSeverityWordsAreNoReasons(t *testing.T) {
	text := strings.Replace(string(sample(t)), `"product_status":{"fixed":[`, `"product_status":{"recommended":[`, 1)
	text = strings.Replace(text, `"details":"not built in"`, `"details":"Moderate"`, 1)
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	a := d.Advisories[0]
	if x := a.Affected[0]; x.Name != "openssl-libs" || x.Ranges[0].String() != "introduced 0, fixed 1:1.1.1k-12.el8_9" {
		t.Errorf("%+v", x)
	}
	if x := a.Affected[2]; x.Name != "zlib" || x.Why != "component_not_present" || x.Rating != "moderate" {
		t.Errorf("%+v", x)
	}
}

func TestEveryProductHasItsStatement(t *testing.T) {
	d, err := Parse(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, s := range d.Statements {
		if s.Status == advisory.NotAffected && s.Of("CVE-2099-1") {
			found = s.Justification == "component_not_present" && s.Text == "not built in" && s.Products[0].Components[0] == "zlib"
		}
	}
	if len(d.Statements) != 9 || !found {
		t.Errorf("%d statements: %+v", len(d.Statements), d.Statements)
	}
}

func TestVersionRangesBecomeEvents(t *testing.T) {
	for in, want := range map[string]string{
		"vers:rpm/<1.2": "introduced 0, fixed 1.2", "vers:npm/>=1|<2|>=3|<=3.5": "introduced 1, fixed 2, introduced 3, last_affected 3.5", "vers:deb/*": "introduced 0",
		"vers:generic/1.5": "introduced 1.5, last_affected 1.5", "vers:npm/>1": "", "vers:npm": "", "vers:npm/!=2": "", "vers:npm/>=": "",
	} {
		r, err := versRange(in)
		if want == "" && err == nil || want != "" && (err != nil || r.String() != want) {
			t.Errorf("%s: %s, %v, want %q", in, r, err, want)
		}
	}
}

func TestADamagedDocumentIsRefusedWithThePlace(t *testing.T) {
	good := string(sample(t))
	for from, c := range map[string][2]string{
		`"csaf_version":"2.0"`: {`"csaf_version":"9"`, "CSAF"}, `"id":"EXSA-2099:1"`: {`"id":""`, "tracking.id"}, `"2099-01-02T03:04:05Z"`: {`"today"`, "current_release_date"},
		`"known_affected":["device"]`: {`"known_affected":["nobody"]`, "nobody"}, `"product_id":"device"`: {`"product_id":""`, "product_id"}, `>=1.0.0|<1.4.2`: {`>1.0.0`, "comparator"},
	} {
		if _, err := Parse([]byte(strings.Replace(good, from, c[0], 1))); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v, want it to name %q", c[0], err, c[1])
		}
	}
	deep := `{"document":{"csaf_version":"2.0","tracking":{"id":"x"}},"product_tree":{"branches":[` + strings.Repeat(`{"branches":[`, 100) + strings.Repeat(`]}`, 100) + `]}}`
	if _, err := Parse([]byte(deep)); err == nil {
		t.Error("branches without end are taken")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample(f))
	// Products that are parts of each other.
	f.Add([]byte(`{"document":{"csaf_version":"2.0","tracking":{"id":"x"}},"product_tree":{"relationships":[{"full_product_name":{"product_id":"a"},"product_reference":"b","relates_to_product_reference":"a"},{"full_product_name":{"product_id":"b"},"product_reference":"a","relates_to_product_reference":"b"}]},"vulnerabilities":[{"product_status":{"fixed":["a"]}}]}`))
	f.Fuzz(func(_ *testing.T, doc []byte) {
		Is(doc)
		_, _ = Parse(doc)
	})
}
