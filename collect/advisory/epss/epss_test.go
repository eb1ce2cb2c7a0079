package epss

import (
	"strings"
	"testing"
)

const table = "#model_version:v2025.03.14,score_date:2099-01-12T12:55:00Z\ncve,epss,percentile\nCVE-2099-1001,0.94321,0.99912\nCVE-1999-0001,0.00012,0.02\nCVE-2099-1234567,1,1\n"

func TestTheTableIsReadWithItsModelAndDay(t *testing.T) {
	a, err := Parse([]byte(table))
	if err != nil {
		t.Fatal(err)
	}
	if a.Model != "v2025.03.14" || a.Day.Format("2006-01-02") != "2099-01-12" || len(a.Scores) != 3 {
		t.Errorf("%+v", a)
	}
	id, ok := Number("CVE-2099-1001")
	if s := a.Scores[id]; !ok || s.Probability != 0.94321 || s.Percentile != 0.99912 {
		t.Errorf("%+v", s)
	}
}

func TestADamagedTableIsRefusedWithTheLine(t *testing.T) {
	for doc, place := range map[string]string{
		"": "no line", "a,b\n": "line 1", "cve,epss\nCVE-1,0.1\n": "line 2", "cve,epss\nCVE-2099-1001,2\n": "line 2", "cve,epss\nCVE-2099-1001,NaN\n": "line 2",
		"cve,epss\nCVE-2099-1001\n": "line 2", "#score_date:never\n": "line 1",
	} {
		if _, err := Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%q: %v, want it to name %q", doc, err, place)
		}
	}
}

func TestNumbersOfCVEsAreTheirOwn(t *testing.T) {
	seen := map[uint64]string{}
	for _, id := range []string{"CVE-1999-0001", "CVE-2024-1", "CVE-2024-10000", "CVE-2025-1", "CVE-2024-100000000"} {
		n, ok := Number(id)
		if !ok || seen[n] != "" {
			t.Errorf("%s is %d, as %s", id, n, seen[n])
		}
		seen[n] = id
	}
	for _, id := range []string{"", "GHSA-1", "CVE-", "CVE-20245", "CVE-abcd-1", "CVE-2024-99999999999"} {
		if _, ok := Number(id); ok {
			t.Errorf("%q is taken as a CVE id", id)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(table))
	f.Fuzz(func(t *testing.T, doc []byte) {
		a, err := Parse(doc)
		if err != nil {
			return
		}
		for _, s := range a.Scores {
			if !(s.Probability >= 0 && s.Probability <= 1) {
				t.Fatal(s)
			}
		}
	})
}
