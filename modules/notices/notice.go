package notices

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/kernel/decisions"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/notify"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// How many notices one person has at the most, and how long they stay.
const (
	mostKept   = 1000
	readStay   = 90 * 24 * time.Hour
	unreadStay = 180 * 24 * time.Hour
)

// decision is the type that a notice about a decision names: decisions are no
// records and have rights of their own.
const decision = "decision"

// Notice is one thing a person heard of.
type Notice struct {
	ID, Kind string
	Said     words.Said
	Subject  records.Ref
	Href     string
	At       records.Moment
	Read     bool
	Hidden   bool // the reader may not see any more what it is about
}

// give keeps a notice for a person, as that person wants to hear of its kind.
func give(u *records.Tx, person string, n notify.Notice, w ways) error {
	way := w.of(person, n.Kind)
	if way == None {
		return nil
	}
	said, err := json.Marshal(n.Said)
	if err != nil {
		return err
	}
	mail := ""
	if way == Mail || way == Both {
		mail = "due"
	}
	typeName, id := n.Subject.Split()
	_, err = u.Exec(`INSERT INTO notices_notice (id, person, natural_key, kind, said, subject_type, subject, href, at, here, read_at, mail, tries)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0) ON CONFLICT (person, natural_key) DO NOTHING`,
		u.NewID(), person, n.Key, n.Kind, string(said), typeName, id, n.Href, n.At.UnixMicro(), way != Mail, nil, mail)
	return err
}

// Unread is how many notices the reader has not read, up to a hundred.
func Unread(r records.Reader) (n int64, err error) {
	if a := r.Reading().Actor; a != nil && a.Person != "" {
		_, err = r.Reading().Row("SELECT COUNT(*) FROM (SELECT 1 FROM notices_notice WHERE person = $1 AND read_at IS NULL AND here LIMIT 100) c", []any{a.Person}, &n)
	}
	return n, err
}

// List returns the reader's notices, the latest first, from those before a moment
// on; zero is now. What a notice is about is looked up under the reader's rights.
func List(r records.Reader, unread bool, before records.Moment, limit int) ([]Notice, error) {
	a := r.Reading().Actor
	if a == nil || a.Person == "" {
		return nil, nil
	}
	where, args := "person = $1 AND here", []any{a.Person}
	if unread {
		where += " AND read_at IS NULL"
	}
	if before != 0 {
		args = append(args, int64(before))
		where += " AND at < $2"
	}
	list, err := query(r, where+" ORDER BY at DESC, id DESC LIMIT "+strconv.Itoa(limit), args...)
	if err != nil {
		return nil, err
	}
	return list, see(r, list)
}

func query(r records.Reader, where string, args ...any) (out []Notice, err error) {
	err = r.Reading().Each("SELECT id, kind, said, subject_type, subject, href, at, read_at IS NOT NULL FROM notices_notice WHERE "+where, args, func(rows *sql.Rows) error {
		var n Notice
		var said, typeName, id string
		if err := rows.Scan(&n.ID, &n.Kind, &said, &typeName, &id, &n.Href, (*int64)(&n.At), &n.Read); err != nil {
			return err
		}
		if typeName != "" {
			n.Subject = records.MakeRef(typeName, id)
		}
		out = append(out, n)
		return json.Unmarshal([]byte(said), &out[len(out)-1].Said)
	})
	return out, err
}

// see hides what the reader may not see any more, and finds the pages of the rest.
func see(r records.Reader, list []Notice) error {
	reg := records.RegistryOf(r)
	ids := map[*records.Def][]string{}
	for _, n := range list {
		typeName, id := n.Subject.Split()
		if d := reg.Def(typeName); d != nil {
			ids[d] = append(ids[d], id)
		}
	}
	seen := map[records.Ref]string{}
	for d, of := range ids {
		labels, err := d.Labels(r, of)
		if err != nil {
			return err
		}
		for id, l := range labels {
			seen[records.MakeRef(d.Name, id)] = l.Path
		}
	}
	for i := range list {
		n := &list[i]
		if n.Subject == "" {
			continue
		}
		typeName, id := n.Subject.Split()
		path, ok := seen[n.Subject]
		if typeName == decision {
			_, err := decisions.Get(r, id)
			if ok = err == nil; err != nil && !fail.Is(err, fail.NotFound) {
				return err
			}
			path = "/decisions/" + id
		}
		switch {
		case !ok:
			n.Hidden, n.Href, n.Said = true, "", words.Said{}
		case n.Href == "":
			n.Href = path
		}
	}
	return nil
}

// Read marks the actor's own notices as read: those given, or all.
func Read(u *records.Tx, ids []string, all bool) error {
	if u.Actor.Person == "" {
		return nil
	}
	set := "UPDATE notices_notice SET read_at = $1 WHERE person = $2 AND read_at IS NULL"
	if all {
		_, err := u.Exec(set, u.Now.UnixMicro(), u.Actor.Person)
		return err
	}
	for part := range slices.Chunk(ids, 100) {
		args, marks := []any{u.Now.UnixMicro(), u.Actor.Person}, make([]string, len(part))
		for i, id := range part {
			args = append(args, id)
			marks[i] = "$" + strconv.Itoa(i+3)
		}
		if _, err := u.Exec(set+" AND id IN ("+strings.Join(marks, ", ")+")", args...); err != nil {
			return err
		}
	}
	return nil
}

// Follow has the actor hear of a record's comments and changes, or no longer.
func Follow(u *records.Tx, d *records.Def, id string, on bool) error {
	if u.Actor.Person == "" {
		return fail.New(fail.Forbidden, "notices.person", "Only a person follows records.")
	}
	if !on {
		_, err := u.Exec("DELETE FROM notices_follow WHERE type = $1 AND record = $2 AND person = $3", d.Name, id, u.Actor.Person)
		return err
	}
	if _, err := d.Get(u, id); err != nil {
		return err
	}
	var many int
	if _, err := u.Row("SELECT COUNT(*) FROM notices_follow WHERE person = $1", []any{u.Actor.Person}, &many); err != nil {
		return err
	}
	if many >= mostKept {
		return fail.New(fail.Conflict, "notices.follow-many", "You follow {max} records already.").With("max", mostKept)
	}
	_, err := u.Exec("INSERT INTO notices_follow (type, record, person, since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", d.Name, id, u.Actor.Person, u.Now.UnixMicro())
	return err
}

// Follows says whether the reader follows a record.
func Follows(r records.Reader, d *records.Def, id string) (bool, error) {
	var n int
	a := r.Reading().Actor
	if a == nil {
		return false, nil
	}
	return r.Reading().Row("SELECT 1 FROM notices_follow WHERE type = $1 AND record = $2 AND person = $3", []any{d.Name, id, a.Person}, &n)
}

// tidy forgets what is old, and the oldest of who has very many.
func tidy(ctx context.Context, run *jobs.Run) error {
	return run.Update(ctx, func(u *storage.Update) error {
		_, err := u.Exec("DELETE FROM notices_notice WHERE at < $1 OR read_at IS NOT NULL AND at < $2", u.Now.Add(-unreadStay).UnixMicro(), u.Now.Add(-readStay).UnixMicro())
		if err != nil {
			return err
		}
		_, err = u.Exec(`DELETE FROM notices_notice WHERE id IN (SELECT id FROM (
	SELECT id, ROW_NUMBER() OVER (PARTITION BY person ORDER BY at DESC, id DESC) AS nth FROM notices_notice) n WHERE nth > $1)`, mostKept)
		return err
	})
}
