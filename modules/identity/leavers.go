package identity

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/go-ldap/ldap/v3"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

// leaversKind names the job that asks the directory about everybody whom it has vouched
// for; it looks each tick whether it is time.
const (
	leaversKind = "identity.leavers"
	leaversTick = 5 * time.Minute
)

// How often the directory may be asked, in minutes.
const (
	usualEvery    = 15
	shortestEvery = 5
	longestEvery  = 240
)

// every is how long the directory's last word holds.
func (d DirectorySettings) every() time.Duration {
	return time.Duration(cmp.Or(d.Every, usualEvery)) * time.Minute
}

// leaversArgs are the job's: somebody asks for it now, somebody says that so many have left.
type leaversArgs struct{ Now, Sure bool }

// watchState is how it went last; kept as a setting that is none of the change log's.
type watchState struct {
	At    int64 `json:"at"`    // asked last
	Heard int64 `json:"heard"` // answered last; 0: never
	Asked int   `json:"asked"`
	Since int64 `json:"since,omitempty"` // it has not answered, or so many are missing, since
	// Missing is how many the directory knows no more at once, too many to believe it.
	Missing int    `json:"missing,omitempty"`
	Detail  string `json:"detail,omitempty"` // what the program said that could not ask
	Code    uint16 `json:"code,omitempty"`   // of LDAP
}

const watchName = "identity.watch"

func watchOf(r records.Reader) (s watchState, err error) {
	_, err = org.Setting(r, watchName, &s)
	return s, err
}

// cause is why the directory did not answer; nil if it did.
func (s watchState) cause() error {
	switch {
	case s.Detail == "":
		return nil
	case s.Code != 0:
		return ldap.NewError(s.Code, errors.New(s.Detail))
	}
	return errors.New(s.Detail)
}

// What became here of somebody whom the directory does not let in any more.
const (
	standsClosed    = "closed"    // the account was closed
	standsKept      = "kept"      // it is the last administrator's, which stays open
	standsOverruled = "overruled" // an administrator opened it again, which holds
)

// watched is somebody for whom the directory has vouched, and how they stand here.
type watched struct {
	person, subject string
	standing        string // "": let in
	disabled, left  bool   // the account is closed; the person is archived
}

// leavers asks the directory about everybody whom it has vouched for and whose account
// is open, since also webhooks, reports and tokens have their rights. Who is not let in
// there any more is not here: the account closes, which ends sessions and stops tokens
// and passkeys, and opens again when the directory lets them in again. A directory that
// does not answer, or knows most of them no more at once, has said nothing of anybody.
func leavers(p *app.Program) func(ctx context.Context, run *jobs.Run) error {
	return func(ctx context.Context, run *jobs.Run) error {
		var args leaversArgs
		if err := run.Args(&args); err != nil {
			return err
		}
		var all Settings
		var secret secrets
		var state watchState
		var list []watched
		var now time.Time
		err := run.View(ctx, func(v *storage.View) (err error) {
			now = v.Now
			if all, err = SettingsOf(v); err != nil || all.Directory.URL == "" {
				return err
			}
			if state, err = watchOf(v); err != nil {
				return err
			}
			if secret, err = secretsOf(v, p.Key); err != nil {
				return err
			}
			list, err = watchedOf(v, "")
			return err
		})
		if err != nil || all.Directory.URL == "" || !args.Now && now.Sub(time.UnixMicro(state.At)) < all.Directory.every()-leaversTick/2 {
			return err
		}
		next := watchState{At: now.UnixMicro(), Heard: state.Heard, Asked: len(list)}
		standings, err := all.Directory.ask(ctx, secret.Directory, list, now)
		if err == nil {
			next.Heard = next.At
			if next.Missing = suddenly(list, standings); args.Sure {
				next.Missing = 0
			}
		} else if ctx.Err() != nil {
			return err
		} else {
			next.Detail, next.Code = shortCause(err)
		}
		if next.Detail != "" || next.Missing > 0 {
			next.Since = cmp.Or(state.Since, next.At)
		} else {
			if list, err = unsettled(ctx, run, list, standings, all.Directory); err != nil {
				return err
			}
			for _, w := range list {
				if err := run.Update(ctx, func(u *storage.Update) error { return heed(u, w, standings[w.subject], all.Directory) }); err != nil {
					return err
				}
			}
		}
		return run.Update(ctx, func(u *storage.Update) error { return org.Set(u, watchName, next) })
	}
}

// shortCause is what an administrator can be told of why a directory did not answer.
func shortCause(err error) (text string, code uint16) {
	if e := fail.As(err); e != nil && e.Unwrap() != nil {
		err = e.Unwrap()
	}
	var l *ldap.Error
	if errors.As(err, &l) {
		code = l.ResultCode
	}
	text = err.Error()
	return text[:min(len(text), 500)], code
}

// watchedOf are all for whom the directory has vouched and whose account is open, or was
// closed on its word; or one of them.
func watchedOf(r storage.Reader, person string) (out []watched, err error) {
	err = r.Reading().Each(`SELECT b.person, b.subject, COALESCE(b.standing, ''), a.disabled, p.archived_at IS NOT NULL
		FROM identity_binding b
		JOIN signin_account a ON a.person = b.person
		JOIN org_person p ON p.id = b.person
		WHERE b.provider = $1 AND (NOT a.disabled OR b.standing = 'closed') AND ($2 = '' OR b.person = $2)
		ORDER BY b.person`, []any{directoryName, person}, func(rows *sql.Rows) error {
		var w watched
		err := rows.Scan(&w.person, &w.subject, &w.standing, &w.disabled, &w.left)
		out = append(out, w)
		return err
	})
	return out, err
}

// unsettled are those for whom something is to be done: most looks change nothing, and
// then nothing is written for them.
func unsettled(ctx context.Context, run *jobs.Run, list []watched, standings map[string]Standing, d DirectorySettings) (out []watched, err error) {
	err = run.View(ctx, func(v *storage.View) error {
		given, err := signin.Roles(v, "")
		if err != nil {
			return err
		}
		held := map[string][]signin.Role{}
		for _, r := range given {
			held[r.Person] = append(held[r.Person], r)
		}
		for _, w := range list {
			s := standings[w.subject]
			switch {
			case !s.In() && w.standing == standsClosed && w.disabled, !s.In() && w.standing == standsOverruled:
			case s.In() && w.standing == "" && follows(held[w.person], Identity{Provider: directoryName, Roles: mapped(d.Roles, s.Entry.Groups)}):
			default:
				out = append(out, w)
			}
		}
		return nil
	})
	return out, err
}

func (d DirectorySettings) ask(ctx context.Context, password string, list []watched, now time.Time) (map[string]Standing, error) {
	dir, err := d.directory(password)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, w := range list {
		ids[i] = w.subject
	}
	return dir.Standings(ctx, ids, len(d.Roles) > 0, now)
}

// atOnceFew is how many may leave between two looks without anybody wondering.
const atOnceFew = 2

// suddenly is how many are not let in any more who were at the last look, if that is
// more than a few and more than half of all: then rather the settings are wrong, or the
// rights of the user that searches. 0: nothing to wonder about.
func suddenly(list []watched, standings map[string]Standing) int {
	before, missing := 0, 0
	for _, w := range list {
		if w.standing != "" {
			continue
		}
		before++
		if standings[w.subject].Entry == nil {
			missing++
		}
	}
	if missing <= atOnceFew || 2*missing <= before {
		return 0
	}
	return missing
}

// heed does what the directory's word means for one person.
func heed(u *records.Tx, w watched, s Standing, d DirectorySettings) error {
	u.Origin = directoryName
	again, err := watchedOf(u, w.person) // somebody may have closed or opened the account meanwhile
	if err != nil || len(again) == 0 {
		return err
	}
	if w = again[0]; !s.In() {
		return shutOut(u, w, s)
	}
	if w.standing != "" {
		if err := letBackIn(u, w); err != nil {
			return err
		}
	}
	roles := mapped(d.Roles, s.Entry.Groups)
	if roles == nil || w.left {
		return nil
	}
	before, err := signin.Roles(u, w.person)
	if err != nil {
		return err
	}
	if err := follow(u, w.person, Identity{Provider: directoryName, Roles: roles}); err != nil {
		return err
	}
	after, err := signin.Roles(u, w.person)
	if err != nil {
		return err
	}
	if changed := rolesChanged(before, after); changed != "" {
		return tell(u, w.person, changeRoles, changed)
	}
	return nil
}

// shutOut closes the account of somebody whom the directory does not let in any more and
// takes the roles back that it gave. The last administrator's stays open, or nobody could
// mend a mistake; its sessions end.
func shutOut(u *records.Tx, w watched, s Standing) error {
	switch {
	case w.standing == standsClosed && !w.disabled: // opened by hand, which is the last word
		return stand(u, w.person, standsOverruled)
	case w.standing == standsClosed || w.standing == standsOverruled:
		return nil
	}
	what, standing := changeGone, standsClosed
	if s.Disabled {
		what = changeDisabled
	}
	err := signin.SetDisabled(u, w.person, true)
	if fail.Is(err, fail.Conflict) {
		if w.standing == standsKept { // said before
			return nil
		}
		what, standing = changeKept, standsKept
		err = endSessions(u, w.person)
	}
	if err != nil {
		return err
	}
	if err := follow(u, w.person, Identity{Provider: directoryName, Roles: []string{}}); err != nil {
		return err
	}
	if err := stand(u, w.person, standing); err != nil {
		return err
	}
	return tell(u, w.person, what, "")
}

// letBackIn opens the account that was closed on the directory's word.
func letBackIn(u *records.Tx, w watched) error {
	if err := stand(u, w.person, ""); err != nil || w.standing != standsClosed || !w.disabled || w.left {
		return err
	}
	if err := signin.SetDisabled(u, w.person, false); err != nil {
		return err
	}
	return tell(u, w.person, changeBack, "")
}

func stand(u *records.Tx, person, standing string) error {
	_, err := u.Exec("UPDATE identity_binding SET standing = $1 WHERE provider = $2 AND person = $3", storage.Null(standing), directoryName, person)
	return err
}

func endSessions(u *records.Tx, person string) error {
	list, err := signin.Sessions(u, person)
	for _, s := range list {
		if err == nil {
			err = signin.Revoke(u, person, s.ID)
		}
	}
	return err
}

// AskNow asks the directory at once; sure: whoever is missing has left, however many.
func AskNow(u *records.Tx, sure bool) error {
	if !access.MayIn(u.Actor, access.Admin, access.Settings, u.Now) {
		return fail.New(fail.Forbidden, "settings.admin-only", "Only who may change settings may do this.")
	}
	_, err := jobs.Enqueue(u.As(access.System()), leaversKind, leaversArgs{Now: true, Sure: sure}, jobs.Options{Key: leaversKind + ".now", Priority: 10})
	return err
}
