package records

import (
	"database/sql"
	"strings"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
)

// NoteText is one comment on a record.
type NoteText struct {
	ID, Author, AuthorName, Body string
	At                           Moment
}

// MaxComment is the most characters a comment has.
const MaxComment = 10_000

// Comment adds a comment to a record that the actor may see.
func (d *Def) Comment(u *Tx, id, body string) error {
	if _, err := d.Get(u, id); err != nil {
		return err
	}
	if !d.MayComment(u) {
		return forbidden("kernel.records.may-not-comment", "You may read this but not write here.")
	}
	body = strings.TrimSpace(strings.ReplaceAll(body, "\r\n", "\n"))
	switch {
	case body == "":
		return fail.Named("body", "kernel.records.comment-empty", "Write something first.")
	case !utf8.ValidString(body) || strings.ContainsRune(body, 0):
		return fail.Named("body", "kernel.records.not-text", "This contains bytes that are not text.")
	case utf8.RuneCountInString(body) > MaxComment:
		return fail.Named("body", "kernel.records.too-long", "This is longer than {max} characters.").With("max", MaxComment)
	}
	_, err := u.Exec("INSERT INTO record_comment (id, type, record, author, author_name, at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		NewID(u.Now), d.Name, id, u.Actor.Person, u.Actor.Name, u.Now.UnixMicro(), body)
	return err
}

// MayComment says whether the actor may write beside the records that they see: who
// changes nothing anywhere, like an auditor, writes no comments either.
func (d *Def) MayComment(r Reader) bool {
	for _, act := range []access.Act{access.Edit, access.Add, access.Approve} {
		for _, g := range r.Reading().Actor.Grants {
			if g.Act == act && len(access.HeldScopes(r.Reading().Actor, act, g.Area, g.Sensitivity, r.Reading().Now)) > 0 {
				return true
			}
		}
	}
	return r.Reading().Actor.Kind == access.SystemKind
}

// Comments returns a record's comments, newest first. The caller has read the record.
func (d *Def) Comments(r Reader, id string, limit int) ([]NoteText, error) {
	var out []NoteText
	err := r.Reading().Each("SELECT id, author, author_name, at, body FROM record_comment WHERE type = $1 AND record = $2 AND removed_at IS NULL AND at <= $4 ORDER BY at DESC, id DESC LIMIT $3", []any{d.Name, id, limit, until(r)}, func(rows *sql.Rows) error {
		var n NoteText
		err := rows.Scan(&n.ID, &n.Author, &n.AuthorName, (*int64)(&n.At), &n.Body)
		out = append(out, n)
		return err
	})
	return out, err
}

// Tag puts a tag on a record that the actor may edit.
func (d *Def) Tag(u *Tx, id, tag string) error {
	tag = strings.Join(strings.Fields(tag), " ")
	if tag == "" || utf8.RuneCountInString(tag) > 50 || !utf8.ValidString(tag) {
		return fail.Named("tag", "kernel.records.tag", "A tag has between 1 and 50 characters.")
	}
	if _, err := d.editable(u, id, AnyVersion, access.Edit); err != nil {
		return err
	}
	n, err := u.Exec("INSERT INTO record_tag (type, record, tag, tag_key) VALUES ($1, $2, $3, $4) ON CONFLICT (type, record, tag_key) DO NOTHING", d.Name, id, tag, Key(tag))
	if err != nil || n == 0 {
		return err
	}
	return d.Note(u, id, 0, "tag", map[string]any{"tag": []any{nil, tag}})
}

// Untag takes a tag off.
func (d *Def) Untag(u *Tx, id, tag string) error {
	if _, err := d.editable(u, id, AnyVersion, access.Edit); err != nil {
		return err
	}
	n, err := u.Exec("DELETE FROM record_tag WHERE type = $1 AND record = $2 AND tag_key = $3", d.Name, id, Key(tag))
	if err != nil || n == 0 {
		return err
	}
	return d.Note(u, id, 0, "tag", map[string]any{"tag": []any{tag, nil}})
}

// Tags are a record's tags in their order.
func (d *Def) Tags(r Reader, id string) ([]string, error) {
	out, err := r.Reading().Texts("SELECT tag FROM record_tag WHERE type = $1 AND record = $2 ORDER BY tag_key", d.Name, id)
	return out, err
}
