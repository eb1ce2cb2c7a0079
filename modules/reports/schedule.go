package reports

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/jobs"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/report"
	"steward/kernel/seal"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/lib/locale"
	"steward/modules/notices/post"
)

// SendJob sends the report on the month before to those who have not had it yet.
const SendJob = "reports.send"

func jobKinds(p *app.Program) ([]jobs.Kind, []jobs.Schedule) {
	return []jobs.Kind{{Name: SendJob, Attempts: 4, Run: func(ctx context.Context, run *jobs.Run) error {
			return Send(ctx, run.DB, p.Words, p.Key, p.Log)
		}}},
		[]jobs.Schedule{{Name: SendJob, Kind: SendJob, When: jobs.Daily("06:15")}}
}

// due says which month's report is to be sent and to whom; nobody before the day
// of the month that was chosen, before the month is closed, or while no mail
// server is named.
func due(v *storage.View) (month figures.Month, to []Recipient, mail post.Settings, err error) {
	s, err := LoadSettings(v)
	if err != nil {
		return "", nil, mail, err
	}
	if mail, err = post.Load(v); err != nil || !mail.On() || s.Day == 0 {
		return "", nil, mail, err
	}
	o, _, err := org.Get(v)
	if err != nil {
		return "", nil, mail, err
	}
	today := o.Today(v)
	month = figures.MonthOf(today).Previous()
	closed, err := figures.Closed(v, month)
	if err != nil || !closed || today.Time().Day() < s.Day {
		return month, nil, mail, err
	}
	sent := map[string]bool{}
	err = v.Each("SELECT person FROM reports_delivery WHERE month = $1 AND sent_at IS NOT NULL", []any{string(month)}, func(rows *sql.Rows) error {
		var person string
		err := rows.Scan(&person)
		sent[person] = true
		return err
	})
	for _, r := range s.Recipients {
		if !sent[r.Person] {
			to = append(to, r)
		}
	}
	return month, to, mail, err
}

// Send makes the due report for each recipient under that person's own rights and
// mails it. Who has had it is kept, so that nobody gets it twice; who could not be
// reached is tried again, and the settings page shows why.
func Send(ctx context.Context, db *storage.Database, words report.Speaker, key *seal.Key, log *slog.Logger) error {
	var month figures.Month
	var to []Recipient
	var mail post.Settings
	err := db.View(ctx, access.System(), func(v *storage.View) (err error) {
		month, to, mail, err = due(v)
		return err
	})
	if err != nil || len(to) == 0 {
		return err
	}
	var problems []error
	for _, r := range to {
		m, err := letter(ctx, db, words, month, r)
		if err == nil {
			var each []error
			if each, err = post.Send(ctx, key, mail, []post.Message{m}); err == nil {
				err = each[0]
			}
		}
		if err != nil {
			log.Warn("a report was not sent", "month", string(month), "person", r.Person, "error", err)
			problems = append(problems, err)
		}
		if err := keepDelivery(ctx, db, month, r.Person, err); err != nil {
			return err
		}
	}
	return errors.Join(problems...)
}

// letter is the mail with the report that the recipient may see.
func letter(ctx context.Context, db *storage.Database, words report.Speaker, month figures.Month, r Recipient) (m post.Message, err error) {
	err = db.View(ctx, access.System(), func(v *storage.View) error {
		person, err := org.Persons.Get(v, records.ID[org.Person](r.Person))
		if err != nil {
			return err
		}
		if !person.Email.Set {
			return fail.New(fail.Invalid, "reports.no-address", "{name} has no e-mail address.").With("name", person.Name)
		}
		organisation, _, err := org.Get(v)
		if err != nil {
			return err
		}
		lang := locale.Lang(r.Lang)
		if !lang.Valid() {
			lang = locale.Lang(person.Lang.V)
		}
		if !lang.Valid() {
			lang = locale.Lang(organisation.Lang)
		}
		if v.Actor, err = signin.ActorOf(v, r.Person); err != nil {
			return err
		}
		d, err := Monthly(v, words, Options{Month: month, Lang: lang, For: person.Name})
		if err != nil {
			return err
		}
		var file bytes.Buffer
		if err := Write(&file, d, r.Format); err != nil {
			return err
		}
		c := &report.Context{Words: words, Lang: d.Lang}
		lines := []string{c.T("reports.mail.text", "Attached is the monthly report of {organisation} for {month}.", "organisation", d.Organisation, "month", d.Period)}
		for _, b := range d.Sections[0].Blocks {
			if p, ok := b.(report.Paragraph); ok {
				lines = append(lines, p.Text)
			}
		}
		m = post.Message{To: person.Email.V, Name: person.Name, Subject: d.Title + " " + d.Period + " · " + d.Organisation, Text: strings.Join(lines, "\n\n") + "\n",
			Files: []post.File{{Name: fileName(d.Title, month, r.Format), Type: r.Format.Type(), Content: file.Bytes()}}}
		return nil
	})
	if err != nil {
		return m, fmt.Errorf("make the report: %w", err)
	}
	return m, nil
}

func keepDelivery(ctx context.Context, db *storage.Database, month figures.Month, person string, problem error) error {
	return db.Update(ctx, access.System(), func(u *storage.Update) error {
		var sent, text any
		if problem == nil {
			sent = u.Now.UnixMicro()
		} else {
			text = problem.Error()
		}
		_, err := u.Exec(`INSERT INTO reports_delivery (month, person, sent_at, tried_at, problem) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (month, person) DO UPDATE SET sent_at = $3, tried_at = $4, problem = $5`, string(month), person, sent, u.Now.UnixMicro(), text)
		return err
	})
}
