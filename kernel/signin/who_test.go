package signin_test

import (
	"testing"

	"steward/kernel/access"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

func TestWhoCanSeeARecordAndWhyOrWhyNot(t *testing.T) {
	each(t, func(w *world) {
		w.do("", func(u *storage.Update) error {
			if err := signin.GiveRole(u, signin.Role{Person: "dan", Role: access.Auditor}); err != nil {
				return err
			}
			return signin.SetDisabled(u, "eve", true)
		})
		var who []signin.Who
		if err := w.read(func(v *storage.View) (err error) {
			who, err = signin.WhoMay(v, access.View, access.Subject{Area: access.Systems, Unit: "north"})
			return err
		}); err != nil {
			w.t.Fatal(err)
		}
		var got []string
		for _, x := range who {
			var why string
			if x.Allowed {
				why = x.Why[0].Rule
			} else {
				why = "not: " + x.NearMiss[0].Key
			}
			got = append(got, x.Name+" "+why)
		}
		want := []string{"Ada Lovelace grant.unit", "Dan grant.all", "Bob not: kernel.access.miss.member"}
		if len(got) != len(want) {
			w.t.Fatalf("got %q, want %q", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				w.t.Errorf("got %q, want %q", got[i], want[i])
			}
		}
	})
}
