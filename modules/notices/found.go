package notices

import (
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/notify"
	"steward/kernel/records"
	"steward/lib/locale"
	"steward/lib/words"
)

// commented finds comments that name people, and those on records that people follow.
func commented(r records.Reader, since time.Time) (out []notify.Notice, err error) {
	type comment struct {
		id, typeName, record, author, name, body string
		at                                       int64
	}
	var list []comment
	err = r.Reading().Each("SELECT id, type, record, author, author_name, body, at FROM record_comment WHERE id >= $1 AND removed_at IS NULL ORDER BY id LIMIT "+strconv.Itoa(atOnce), []any{after(since)}, func(rows *sql.Rows) error {
		var c comment
		err := rows.Scan(&c.id, &c.typeName, &c.record, &c.author, &c.name, &c.body, &c.at)
		list = append(list, c)
		return err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var people []named
	if slices.ContainsFunc(list, func(c comment) bool { return strings.Contains(c.body, "@") }) {
		if people, err = everybody(r); err != nil {
			return nil, err
		}
	}
	for _, c := range list {
		title, ok, err := titleOf(r, c.typeName, c.record)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		n := notify.Notice{Subject: records.MakeRef(c.typeName, c.record), At: time.UnixMicro(c.at).UTC(), Kind: "mention", Key: "comment " + c.id,
			Said: words.T("notices.mention", "{name} mentioned you on {title}: {text}").With("name", c.name, "title", title, "text", cut(c.body))}
		n.To = mentioned(c.body, people)
		n.To = slices.DeleteFunc(n.To, func(p string) bool { return p == c.author })
		if len(n.To) > 0 {
			out = append(out, n)
		}
		others, err := followers(r, c.typeName, c.record, c.author, c.at)
		if err != nil {
			return nil, err
		}
		others = slices.DeleteFunc(others, func(p string) bool { return slices.Contains(n.To, p) })
		if len(others) > 0 {
			n.Kind, n.To = "followed", others
			n.Said = words.T("notices.commented", "{name} commented on {title}: {text}").With("name", c.name, "title", title, "text", cut(c.body))
			out = append(out, n)
		}
	}
	return out, nil
}

type named struct{ person, login, name string }

// everybody are the people who can sign in, with what they are called.
func everybody(r records.Reader) (out []named, err error) {
	err = r.Reading().Each("SELECT a.person, a.login, p.name FROM signin_account a JOIN org_person p ON p.id = a.person WHERE NOT a.disabled", nil, func(rows *sql.Rows) error {
		var n named
		err := rows.Scan(&n.person, &n.login, &n.name)
		n.login, n.name = locale.Fold(n.login), locale.Fold(n.name)
		out = append(out, n)
		return err
	})
	return out, err
}

// mentioned are the people whom a text names: @ with the name to sign in or the
// whole name, which no letter or digit follows.
func mentioned(text string, people []named) (out []string) {
	fold := locale.Fold(text)
	for at := strings.IndexByte(fold, '@'); at >= 0; {
		before, _ := utf8.DecodeLastRuneInString(fold[:at])
		fold = fold[at+1:]
		if !wordly(before) {
			for _, p := range people {
				for _, called := range []string{p.login, p.name} {
					if rest, ok := strings.CutPrefix(fold, called); ok && called != "" && !goesOn(rest) && !slices.Contains(out, p.person) {
						out = append(out, p.person)
					}
				}
			}
		}
		at = strings.IndexByte(fold, '@')
	}
	return out
}

func wordly(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// goesOn says whether a name does not end here: "anna" in "anna.kovacs".
func goesOn(rest string) bool {
	first, size := utf8.DecodeRuneInString(rest)
	if first == '.' || first == '-' || first == '_' {
		first, _ = utf8.DecodeRuneInString(rest[size:])
	}
	return wordly(first)
}

func cut(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if rs := []rune(s); len(rs) > 140 {
		s = string(rs[:139]) + "…"
	}
	return s
}

// titleOf is what a record is called; ok is false when it is gone.
func titleOf(r records.Reader, typeName, id string) (title string, ok bool, err error) {
	d := records.RegistryOf(r).Def(typeName)
	if d == nil {
		return "", false, nil
	}
	labels, err := d.Labels(r, []string{id})
	l, ok := labels[id]
	return l.Title, ok, err
}

// followers are those who followed a record by then, but for one.
func followers(r records.Reader, typeName, id, but string, by int64) (out []string, err error) {
	out, err = r.Reading().Texts("SELECT person FROM notices_follow WHERE type = $1 AND record = $2 AND person <> $3 AND since <= $4 ORDER BY person", typeName, id, but, by)
	return out, err
}

// followed finds what people changed on records that others follow.
func followed(r records.Reader, since time.Time) (out []notify.Notice, err error) {
	type entry struct {
		id, typeName, record, actor, name, act, person string
		at                                             int64
	}
	var list []entry
	err = r.Reading().Each(`SELECT h.id, h.type, h.record, h.actor, h.actor_name, h.act, f.person, h.at FROM history h JOIN notices_follow f ON f.type = h.type AND f.record = h.record AND f.since <= h.at
WHERE h.at >= $1 AND h.actor <> '' AND h.actor <> f.person AND h.act IN ('update', 'archive', 'restore', 'decide', 'merge') ORDER BY h.at, h.id LIMIT `+strconv.Itoa(atOnce), []any{since.UnixMicro()}, func(rows *sql.Rows) error {
		var e entry
		err := rows.Scan(&e.id, &e.typeName, &e.record, &e.actor, &e.name, &e.act, &e.person, &e.at)
		list = append(list, e)
		return err
	})
	for _, e := range list {
		title, ok, err := titleOf(r, e.typeName, e.record)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		said := words.T("notices.followed", "{name} changed {title}").With("name", e.name, "title", title)
		switch e.act {
		case "archive":
			said = words.T("notices.archived", "{name} archived {title}").With("name", e.name, "title", title)
		case "restore":
			said = words.T("notices.restored", "{name} brought {title} back").With("name", e.name, "title", title)
		case "decide":
			said = words.T("notices.decided-on", "{name} decided on {title}").With("name", e.name, "title", title)
		}
		out = append(out, notify.Notice{Key: "history " + e.id, Kind: "followed", To: []string{e.person}, Subject: records.MakeRef(e.typeName, e.record), At: time.UnixMicro(e.at).UTC(), Said: said})
	}
	return out, err
}

// failed finds background work that is given up: for who caused it, else for those
// who run the installation. Of mail they hear once a day, however long a server is away;
// what webhooks could not deliver is told by them.
func failed(r records.Reader, since time.Time) (out []notify.Notice, err error) {
	err = r.Reading().Each("SELECT id, kind, COALESCE(by_person, ''), COALESCE(error, ''), ended_at FROM job WHERE state = 'failed' AND ended_at >= $1 ORDER BY ended_at LIMIT "+strconv.Itoa(atOnce), []any{since.UnixMicro()}, func(rows *sql.Rows) error {
		var id, kind, person, why string
		var at int64
		if err := rows.Scan(&id, &kind, &person, &why, &at); err != nil {
			return err
		}
		module, _, _ := strings.Cut(kind, ".")
		n := notify.Notice{Key: "job " + id, Kind: map[string]string{"importing": "transfer", "lists": "transfer", "reports": "report", "data": "source"}[module], At: time.UnixMicro(at).UTC(),
			Said: words.T("notices.failed", "Work in the background failed ({kind}): {text}").With("kind", kind, "text", cut(why))}
		switch {
		case module == "webhooks":
			return nil
		case kind == mailJob || kind == digestJob:
			n.Key = "mail " + time.UnixMicro(at).UTC().Format(time.DateOnly)
			n.Said = words.T("notices.mail-failed", "Mail cannot be sent: {text}").With("text", cut(why))
		}
		if strings.Contains(kind, "backup") {
			n.Kind = "backup"
			n.Said = words.T("notices.backup-failed", "A backup failed ({kind}): {text}").With("kind", kind, "text", cut(why))
		}
		if n.Kind == "" {
			n.Kind = "failure"
		}
		if n.To = []string{person}; person == "" {
			n.To, n.Roles = nil, []string{access.Administrator}
			if n.Kind != "failure" {
				n.Roles = append(n.Roles, access.MISManager)
			}
		}
		out = append(out, n)
		return nil
	})
	return out, err
}

// expiring finds access tokens that run out within a week.
func expiring(r records.Reader, _ time.Time) (out []notify.Notice, err error) {
	now := r.Reading().Now
	err = r.Reading().Each("SELECT id, person, name, expires_at FROM signin_token WHERE expires_at > $1 AND expires_at <= $2", []any{now.UnixMicro(), now.AddDate(0, 0, 7).UnixMicro()}, func(rows *sql.Rows) error {
		var id, person, name string
		var at int64
		err := rows.Scan(&id, &person, &name, &at)
		ends := time.UnixMicro(at).UTC()
		out = append(out, notify.Notice{Key: "token " + id, Kind: "token", To: []string{person}, Href: "/settings/tokens", At: now,
			Said: words.T("notices.token", "The access token {name} runs out on {day}").With("name", name, "day", words.Day(ends.Format(time.DateOnly)))})
		return err
	})
	return out, err
}
