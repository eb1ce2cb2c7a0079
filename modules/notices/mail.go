package notices

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/seal"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/lib/locale"
	"steward/lib/words"
	"steward/modules/notices/post"
)

// tries is how often a mail is offered to a server that does not take it before it is
// given up, keeps how long it waits for a server that cannot be reached, inLetter how
// many notices one letter tells of.
const (
	tries    = 8
	keeps    = 3 * 24 * time.Hour
	inLetter = 50
)

// mailer sends what people want by mail: to each under that person's own rights.
type mailer struct {
	words words.Speaker
	key   *seal.Key
}

func (m mailer) now(ctx context.Context, run *jobs.Run) error    { return m.send(ctx, run, false) }
func (m mailer) digest(ctx context.Context, run *jobs.Run) error { return m.send(ctx, run, true) }

// letter is a mail and the notices that it tells of.
type letter struct {
	post.Message
	ids []string
}

// send mails what is due to those who want it at once, or once a day together.
// While no mail server is named, nothing is due.
func (m mailer) send(ctx context.Context, run *jobs.Run, together bool) error {
	var letters []letter
	var settings post.Settings
	var drop []string
	var now time.Time
	err := run.View(ctx, func(v *storage.View) (err error) {
		now = v.Now
		if settings, err = post.Load(v); err != nil {
			return err
		}
		due := map[string][]string{}
		var people []string
		err = v.Each(`SELECT n.person, n.id FROM notices_notice n WHERE n.mail = 'due' AND `+map[bool]string{true: "", false: "NOT "}[together]+`EXISTS (SELECT 1 FROM notices_way w WHERE w.person = n.person AND w.kind = '`+daily+`') ORDER BY n.person, n.at`, nil, func(rows *sql.Rows) error {
			var person, id string
			err := rows.Scan(&person, &id)
			if due[person] = append(due[person], id); len(due[person]) == 1 {
				people = append(people, person)
			}
			return err
		})
		for _, person := range people {
			if err != nil {
				return err
			}
			var l *letter
			l, err = m.letter(v, person, due[person])
			switch {
			case fail.Is(err, fail.NotFound) || err == nil && (l == nil || !settings.On()): // nobody to send to, or no way
				drop, err = append(drop, due[person]...), nil
			case err == nil:
				letters = append(letters, *l)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := mark(ctx, run, drop, "''"); err != nil || len(letters) == 0 {
		return err
	}
	messages := make([]post.Message, len(letters))
	for i, l := range letters {
		messages[i] = l.Message
	}
	each, err := post.Send(ctx, m.key, settings, messages)
	var problems []error
	for i, l := range letters {
		to := "'sent', tries = tries + 1"
		switch {
		case err != nil: // nothing was offered: that is no fault of the letter
			to = "CASE WHEN at <= " + strconv.FormatInt(now.Add(-keeps).UnixMicro(), 10) + " THEN 'failed' ELSE 'due' END"
		case each[i] != nil:
			to = "CASE WHEN tries + 1 >= " + strconv.Itoa(tries) + " THEN 'failed' ELSE 'due' END, tries = tries + 1"
			problems = append(problems, each[i])
		}
		if err := mark(ctx, run, l.ids, to); err != nil {
			return err
		}
	}
	return errors.Join(append(problems, err)...)
}

func mark(ctx context.Context, run *jobs.Run, ids []string, to string) error {
	for part := range slices.Chunk(ids, 200) {
		err := run.Update(ctx, func(u *storage.Update) error {
			for _, id := range part {
				if _, err := u.Exec("UPDATE notices_notice SET mail = "+to+" WHERE id = $1 AND mail = 'due'", id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// letter writes a person what is due; nil without an address or anything to say.
func (m mailer) letter(v *storage.View, person string, ids []string) (*letter, error) {
	p, err := org.Persons.Get(v.As(access.System()), records.ID[org.Person](person))
	if err != nil || !p.Email.Set {
		return nil, err
	}
	actor, err := signin.ActorOf(v, person)
	if err != nil {
		return nil, err
	}
	o, _, err := org.Get(v)
	if err != nil {
		return nil, err
	}
	lang := locale.Lang(p.Lang.V)
	if !lang.Valid() {
		lang = locale.Lang(o.Lang)
	}
	say := func(s words.Said) string { return s.In(m.words, lang) }
	var lines []string
	for part := range slices.Chunk(ids[max(0, len(ids)-inLetter):], 100) {
		args, marks := []any{}, make([]string, len(part))
		for i, id := range part {
			args = append(args, id)
			marks[i] = "$" + strconv.Itoa(i+1)
		}
		list, err := query(v, "id IN ("+strings.Join(marks, ", ")+") ORDER BY at, id", args...)
		if err != nil {
			return nil, err
		}
		if err := see(v.As(actor), list); err != nil {
			return nil, err
		}
		for _, n := range list {
			if !n.Hidden {
				lines = append(lines, "- "+n.Said.At(o.Zone()).In(m.words, lang))
			}
		}
	}
	if len(lines) == 0 {
		return nil, nil
	}
	subject := strings.TrimPrefix(lines[0], "- ")
	if len(lines) > 1 {
		subject = say(words.T("notices.mail.many", "{count} {count|notification|notifications}").With("count", int64(len(lines))))
	}
	body := fmt.Sprintf("%s\n\n%s\n\n%s\n", say(words.T("notices.mail.hello", "Hello {name},").With("name", p.Name)), strings.Join(lines, "\n"),
		say(words.T("notices.mail.why", "You read them in Steward under the bell, and choose there what is mailed to you.").With()))
	return &letter{post.Message{To: p.Email.V, Name: p.Name, Subject: cut(subject) + " · " + o.Name, Text: body}, ids}, nil
}
