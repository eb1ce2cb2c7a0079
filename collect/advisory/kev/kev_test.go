package kev

import (
	"os"
	"strings"
	"testing"
)

func TestJSONAndCSVGiveTheSameEntries(t *testing.T) {
	var all []Catalogue
	for _, name := range []string{"testdata/kev.json", "testdata/kev.csv"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, c)
	}
	if len(all[0].Entries) != 2 || len(all[1].Entries) != 2 {
		t.Fatalf("%d and %d entries, want 2", len(all[0].Entries), len(all[1].Entries))
	}
	for i, e := range all[0].Entries {
		if e != all[1].Entries[i] {
			t.Errorf("JSON %+v, CSV %+v", e, all[1].Entries[i])
		}
	}
	if e := all[0].Entries[0]; e.CVE != "CVE-2099-1001" || e.Due != "2099-02-01" || e.Ransomware != "Known" || all[0].Released.Year() != 2099 {
		t.Errorf("%+v", all[0])
	}
}

func TestWhatIsNotTheCatalogueIsRefused(t *testing.T) {
	for doc, place := range map[string]string{
		"": "empty", "{}": "vulnerabilities", "a,b\n1,2\n": "cveID", `{"vulnerabilities":[{"cveID":"X"}]}`: "entry 1",
		`{"vulnerabilities":[{"cveID":"CVE-1","dateAdded":"today"}]}`: "today", "cveID,x\n\"CVE-1": "", "{": "",
	} {
		if _, err := Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%.40q: %v, want it to name %q", doc, err, place)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/kev.json", "testdata/kev.csv"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		c, err := Parse(doc)
		if err == nil && len(c.Entries) > maxEntries {
			t.Fatal("too many entries")
		}
	})
}
