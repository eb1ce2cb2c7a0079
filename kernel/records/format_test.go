package records

import "testing"

func TestACountryIsOneOfTheWorldsByItsTwoLetters(t *testing.T) {
	f := &Field{Name: "country", Format: "country"}
	for _, ok := range []string{"DE", "SE", "PL", "HU", "GB", "US", "TW", "AQ", "XK"} {
		if e := f.formatProblem(ok); e != nil {
			t.Errorf("%s: %v", ok, e)
		}
	}
	for _, wrong := range []string{"XX", "ZZ", "EU", "UK", "de", "DEU", "276", "D", "QQ"} {
		if e := f.formatProblem(wrong); e == nil {
			t.Errorf("%s is taken for a country", wrong)
		}
	}
}
