package records

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
)

// Entry is one write in a record's history.
type Entry struct {
	ID        string
	Record    string
	Version   int64
	At        Moment
	Actor     string // person's id; "" for Steward
	ActorName string
	Origin    string
	Act       string
	Changes   []Change
}

// Change is one field's old and new value, normalised.
type Change struct {
	Field    *Field // nil for what the type no longer has, and for a note's detail
	Name     string
	Old, New any
}

var historyRows = storage.Rows{Table: "history", Columns: []string{"id", "type", "record", "version", "at", "actor", "actor_name", "origin", "act", "changes", "salt"}, Alone: true}

// keepHistory writes a history row and returns its id. The salt makes the row's
// sealed hash say nothing about its contents once both are erased.
func keepHistory(u *Tx, typ, record string, version int64, act, changes string) (string, error) {
	var salt [16]byte
	rand.Read(salt[:])
	id := u.NewID()
	err := u.Later(historyRows, id, typ, record, version, u.Now.UnixMicro(), u.Actor.Person, u.Actor.Name, u.Origin, act, changes, hex.EncodeToString(salt[:]))
	return id, err
}

// Note writes an entry into a record's history that is not a change of its
// fields: a decision made, a set of facts replaced, a sensitive record read.
func (d *Def) Note(u *Tx, id string, version int64, act string, changes map[string]any) error {
	raw, err := json.Marshal(changes)
	if err != nil {
		return err
	}
	_, err = keepHistory(u, d.Name, id, version, act, string(raw))
	return err
}

// SettingType is the type under which changes of the installation's settings stand
// in the history; their record is the setting's name.
const SettingType = "setting"

// NoteSetting writes into the history that a setting was changed, and how.
func NoteSetting(u *Tx, name string, old, new any) error {
	raw, err := json.Marshal(map[string]any{name: []any{old, new}})
	if err == nil {
		_, err = keepHistory(u, SettingType, name, 0, "edit", string(raw))
	}
	return err
}

// History returns a record's entries, newest first, up to limit. Changes of
// fields that the actor may not see are left out, and those of hidden fields,
// which hold what only the program reads.
func (d *Def) History(r Reader, id string, limit int) (out []Entry, err error) {
	all, err := d.entries(r, id, limit)
	for _, e := range all {
		n := len(e.Changes)
		e.Changes = slices.DeleteFunc(e.Changes, func(c Change) bool { return c.Field != nil && c.Field.IsHidden })
		if e.Act != "update" || n == 0 || len(e.Changes) > 0 {
			out = append(out, e)
		}
	}
	return out, err
}

func (d *Def) entries(r Reader, id string, limit int) ([]Entry, error) {
	if _, err := d.Get(r, id); err != nil {
		return nil, err
	}
	fields, err := d.Ever(r)
	if err != nil {
		return nil, err
	}
	var out []Entry
	query := fmt.Sprintf("SELECT id, version, at, actor, actor_name, origin, act, changes FROM history WHERE type = $1 AND record = $2 AND at <= $3 ORDER BY at DESC, id DESC LIMIT %d", limit)
	err = r.Reading().Each(query, []any{d.Name, id, until(r)}, func(rows *sql.Rows) error {
		e := Entry{Record: id}
		var changes string
		if err := rows.Scan(&e.ID, &e.Version, (*int64)(&e.At), &e.Actor, &e.ActorName, &e.Origin, &e.Act, &changes); err != nil {
			return err
		}
		var err error
		e.Changes, err = d.changes(r, fields, changes)
		out = append(out, e)
		return err
	})
	return out, err
}

func (d *Def) changes(r Reader, fields []*Field, raw string) ([]Change, error) {
	if raw == "" {
		return nil, nil // erased
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(raw), &m); err != nil {
		return nil, fmt.Errorf("history of %s: %w", d.Name, err)
	}
	var out []Change
	add := func(name string, f *Field) error {
		part, ok := m[name]
		if !ok {
			return nil
		}
		delete(m, name)
		var pair []any
		dec := json.NewDecoder(strings.NewReader(string(part)))
		dec.UseNumber()
		if dec.Decode(&pair) != nil || len(pair) != 2 {
			return nil // a note's detail, not a field's change
		}
		c := Change{Field: f, Name: name, Old: pair[0], New: pair[1]}
		if f != nil {
			if f.Closed != "" && !access.MaySee(r.Reading().Actor, d.Area, f.Closed, r.Reading().Now) {
				return nil
			}
			c.Old, c.New = f.Restored(c.Old), f.Restored(c.New)
		}
		out = append(out, c)
		return nil
	}
	for _, f := range fields {
		if err := add(f.Name, f); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if err := add(name, nil); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Undo writes a record back to what it was before one entry: a new write that
// sets the entry's old values. It is refused when one of them was changed since.
func (d *Def) Undo(u *Tx, id, entryID string) error {
	entries, err := d.entries(u, id, 1000)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.ID != entryID {
			continue
		}
		switch e.Act {
		case "create":
			return d.Archive(u, id, AnyVersion)
		case "archive":
			return d.Restore(u, id, AnyVersion)
		case "restore":
			return d.Archive(u, id, AnyVersion)
		case "tag":
			if off, _ := e.Changes[0].New.(string); off != "" {
				return d.Untag(u, id, off)
			}
			on, _ := e.Changes[0].Old.(string)
			return d.Tag(u, id, on)
		}
		return d.Update(u, id, AnyVersion, func(rec any) error {
			for _, c := range e.Changes {
				if c.Field == nil || c.Field.Kind == Secret {
					continue
				}
				one := Record{d, rec}
				if one.Value(c.Field) != c.New {
					return fail.New(fail.Conflict, "kernel.records.undo-late", "{field} has been changed again since. Change it by hand instead.").With("field", c.Field.Label)
				}
				one.Set(c.Field, c.Old)
			}
			return nil
		})
	}
	return NotFound()
}
