package cvss

import (
	"strings"
	"testing"
)

// The vectors and scores are those published by FIRST: the examples documents of
// versions 3.0, 3.1 and 4.0, the guide of version 2.
func TestScoresAreThoseTheSpecificationsPublish(t *testing.T) {
	for _, c := range []struct {
		vector, version string
		score           float64
		severity        string
	}{
		// Version 2 guide, section 3.3: CVE-2002-0392, CVE-2003-0818, CVE-2003-0062.
		{"AV:N/AC:L/Au:N/C:N/I:N/A:C", "2.0", 7.8, "high"},
		{"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C", "2.0", 6.4, "medium"},
		{"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H", "2.0", 9.2, "high"},
		{"AV:N/AC:L/Au:N/C:C/I:C/A:C", "2.0", 10, "high"},
		{"AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C", "2.0", 8.3, "high"},
		{"(AV:L/AC:H/Au:N/C:C/I:C/A:C)", "2.0", 6.2, "medium"},
		{"AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C", "2.0", 4.9, "medium"},
		// Version 3.0 examples: CVE-2013-1937, CVE-2013-0375, CVE-2014-3566, CVE-2012-1516, CVE-2014-0160, CVE-2014-6271.
		{"CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "3.0", 6.1, "medium"},
		{"CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", "3.0", 6.4, "medium"},
		{"CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", "3.0", 3.1, "low"},
		{"CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", "3.0", 9.9, "critical"},
		{"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "3.0", 7.5, "high"},
		{"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.0", 9.8, "critical"},
		// Version 3.1 examples: CVE-2009-0783, CVE-2012-0384, CVE-2015-1098, CVE-2016-0128, CVE-2015-8252 with temporal and environmental parts.
		{"CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", "3.1", 4.2, "medium"},
		{"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "3.1", 8.8, "high"},
		{"CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", "3.1", 7.8, "high"},
		{"CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N", "3.1", 6.8, "medium"},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/RC:C", "3.1", 8.8, "high"},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "3.1", 0, "none"},
		// Version 4.0 examples: CVE-2022-41741, CVE-2020-3549, CVE-2023-3089 (also with threat and environment), CVE-2021-44714, CVE-2022-21500, CVE-2013-6014, CVE-2014-0160, CVE-2021-44228.
		{"CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "4.0", 7.3, "high"},
		{"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "4.0", 7.7, "high"},
		{"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", "4.0", 5.2, "medium"},
		{"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", "4.0", 8.3, "high"},
		{"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/CR:H/IR:L/AR:L/MAV:N/MAC:H/MVC:H/MVI:L/MVA:L", "4.0", 8.1, "high"},
		{"CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N", "4.0", 4.6, "medium"},
		{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", "4.0", 5.1, "medium"},
		{"CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "4.0", 8.5, "high"},
		{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N", "4.0", 8.7, "high"},
		{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", "4.0", 10, "critical"},
		{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", "4.0", 0, "none"},
	} {
		r, err := Parse(c.vector)
		if err != nil || r.Score != c.score || r.Severity != c.severity || r.Version != c.version {
			t.Errorf("%s: %s %v %s, %v; want %s %v %s", c.vector, r.Version, r.Score, r.Severity, err, c.version, c.score, c.severity)
		}
	}
}

func TestBaseTemporalAndEnvironmentalScoresStandBesideEachOther(t *testing.T) {
	r, err := Parse("AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H")
	if err != nil || *r.Base != 7.8 || *r.Temporal != 6.4 || *r.Environmental != 9.2 {
		t.Errorf("%+v %v", r, err)
	}
	r, err = Parse("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
	if err != nil || *r.Base != 9.8 || r.Temporal != nil || r.Environmental != nil {
		t.Errorf("%+v %v", r, err)
	}
	r, err = Parse("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P/MAV:A")
	if err != nil || r.Kind != "CVSS-BTE" {
		t.Errorf("%+v %v", r, err)
	}
}

func TestWhatIsNoVectorIsRefusedByName(t *testing.T) {
	for _, v := range []string{"", "CVSS:3.1", "CVSS:3.1/AV:X", "CVSS:5.0/AV:N", "AV:N", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", "CVSS:4.0/AV:N", "9.8", strings.Repeat("AV:N/", 500)} {
		if r, err := Parse(v); err == nil {
			t.Errorf("%.60q scores %v", v, r.Score)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H")
	f.Add("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N")
	f.Add("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/RC:C/MAV:L")
	f.Add("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/CR:H/MAC:H")
	f.Fuzz(func(t *testing.T, v string) {
		if r, err := Parse(v); err == nil && !(r.Score >= 0 && r.Score <= 10) {
			t.Fatalf("%q scores %v", v, r.Score)
		}
	})
}
