package settings

import "testing"

func TestAFieldsKeyIsMadeOfItsName(t *testing.T) {
	for label, want := range map[string]string{
		"Cost centre": "x_cost_centre", "Kündigung möglich?": "x_kundigung_moglich", "2nd owner": "x_nd_owner", "Łódź 3": "x_lodz_3", "日本": "", "": "",
		"A name that is far longer than what the key of a field may hold": "x_a_name_that_is_far_longer_than_what_the",
	} {
		got := keyOf(label)
		if got != want {
			t.Errorf("%q has the key %q, want %q", label, got, want)
		}
		if got != "" && !ownKey.MatchString(got) {
			t.Errorf("%q is no key", got)
		}
	}
}
