package signin_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

func TestWhatWasDoneToSomebodysAccessStandsInTheirHistory(t *testing.T) {
	each(t, func(w *world) {
		var secret string
		w.do("bob", func(u *storage.Update) (err error) {
			if err := signin.GiveRole(u, signin.Role{Person: "ada", Role: access.Auditor}); err != nil {
				return err
			}
			roles, err := signin.Roles(u, "ada")
			if err != nil {
				return err
			}
			if err := signin.TakeRole(u, roles[0].ID); err != nil {
				return err
			}
			if secret, err = signin.CreateToken(u, signin.Token{Person: "ada", Name: "monitoring", Expires: u.Now.Add(time.Hour), Scopes: []access.TokenScope{{Area: access.Data, Act: access.View}}}); err != nil {
				return err
			}
			g := signin.Grant{Grant: access.Grant{Area: access.Money, Act: access.View, Scope: access.All}, Person: "ada", Reason: "closing of the year"}
			id, err := signin.AddGrant(u, g)
			if err != nil {
				return err
			}
			if err := signin.RemoveGrant(u, id); err != nil {
				return err
			}
			if err := signin.SetPassword(u, "ada", "another-"+good, ""); err != nil {
				return err
			}
			return signin.SetDisabled(u, "ada", true)
		})
		var got []string
		err := w.read(func(v *storage.View) error {
			return v.Each("SELECT actor, changes FROM history WHERE type = 'org.person' AND record = 'ada' AND act = 'access' ORDER BY id", nil, func(rows *sql.Rows) error {
				var by, what string
				err := rows.Scan(&by, &what)
				got = append(got, by+" "+what)
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{` {"account":[null,"open"]}`, `bob {"role":[null,"auditor"]}`, `bob {"role":["auditor",null]}`, `bob {"token":[null,"monitoring"]}`,
			`bob {"grant":[null,"given: view money, all, ordinary: closing of the year"]}`, `bob {"grant":[null,"taken back: view money, all, ordinary: closing of the year"]}`,
			`bob {"password":[null,"…"]}`, `bob {"account":["open","closed"]}`}
		slices.Sort(got) // one transaction, one moment
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("kept\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for _, line := range got {
			if strings.Contains(line, secret) || strings.Contains(line, good) {
				t.Errorf("a secret is in the history: %s", line)
			}
		}
	})
}
