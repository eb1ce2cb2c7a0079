package demo

import (
	"context"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

// planLogins names who may sign in, one of each role.
func (w *world) planLogins() {
	for _, l := range []struct{ login, name, title, role string }{
		{"helena", "Helena Lindqvist", "MIS manager", access.MISManager},
		{"anders", "Anders Holm", "head of infrastructure", access.Administrator},
		{"tomasz", "Tomasz Wójcik", "system engineer", access.Technician},
		{"claudia", "Claudia Vogt", "head of sales", access.DepartmentHead},
		{"katharina", "Katharina Brandt", "chief executive officer", access.Executive},
		{"eszter", "Eszter Molnár", "production planner", access.Employee},
		{"oskar", "Oskar Bergström", "head of internal audit", access.Auditor},
	} {
		for _, p := range w.people {
			if p.Name == l.name {
				w.logins = append(w.logins, &Login{Name: l.name, Title: l.title, Role: l.role, Login: l.login, person: p.ID})
			}
		}
	}
}

// tellAccounts gives each of them an account and a role; how they get in is
// settled at the end, outside of the story.
func (w *world) tellAccounts() []step {
	return []step{{at: w.start.Add(10 * time.Hour), name: "accounts", do: func(u *records.Tx) error {
		for _, l := range w.logins {
			if err := signin.CreateAccount(u, string(l.person), l.Login, ""); err != nil {
				return err
			}
			if err := signin.GiveRole(u, signin.Role{Person: string(l.person), Role: l.Role}); err != nil {
				return err
			}
		}
		return nil
	}}}
}

// invite sets the password, or makes the one-time sign-ins: at the story's last moment,
// since the history tells of them, but good for a week from now.
func (w *world) invite(ctx context.Context, p *app.Program, last time.Time) error {
	ids := w.random("invite").id
	for _, l := range w.logins {
		err := p.DB.Update(ctx, access.System(), func(u *storage.Update) (err error) {
			ends := u.Now.Add(7 * 24 * time.Hour)
			u.Origin, u.Now, u.IDs = Origin, last, ids
			if w.Password != "" {
				return signin.SetPassword(u, string(l.person), w.Password, "")
			}
			l.Link, err = signin.CreateLink(u, string(l.person), ends.Sub(last))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
