package audit

import (
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"

	"steward/kernel/fail"
	"steward/kernel/storage"
)

// EraseAct is the act of the history entry that tells of an erasure.
const EraseAct = "erase"

// Erase clears what history entries tell of persons: the values changed, the salt
// and the name of who acted. What keep, unless nil, returns of an entry's name and values
// stays, protected by the entry that tells of the erasure. The entries stay in the log, and
// so does the erasure itself, as an entry of its own with its reason. Entries of which
// nothing is left are as they were. It does not ask whether the actor may; the caller has.
// Verify reads what tells of an erasure for each of its entries: a few hundred a call.
func Erase(u *storage.Update, entries []string, reason string, keep func(name, changes string) (string, string)) error {
	by := storage.NewID(u.Now)
	var erased []string
	kept := map[string]string{}
	for _, id := range entries {
		var e, stays entry
		_, err := u.Row("SELECT h.actor_name, h.changes, h.salt, e.content FROM history h LEFT JOIN audit_erased e ON e.history = h.id WHERE h.id = $1", []any{id}, &e.ActorName, &e.Changes, &e.Salt, &e.erasedTo)
		if err != nil {
			return err
		}
		if e.Salt == "" {
			continue // there is no such entry, or nothing left of it
		}
		if keep != nil {
			stays.ActorName, stays.Changes = keep(e.ActorName, e.Changes)
		}
		if stays.ActorName+stays.Changes != "" {
			stays.Salt = rand.Text()
			kept[id] = stays.content()
		}
		if _, err := u.Exec("INSERT INTO audit_erased (history, content, by_entry) VALUES ($1, $2, $3) ON CONFLICT (history) DO UPDATE SET by_entry = excluded.by_entry", id, e.content(), by); err != nil {
			return err
		}
		if _, err := u.Exec("UPDATE history SET changes = $1, salt = $2, actor_name = $3 WHERE id = $4", stays.Changes, stays.Salt, stays.ActorName, id); err != nil {
			return err
		}
		erased = append(erased, id)
	}
	if len(erased) == 0 && strings.TrimSpace(reason) != "" {
		return nil
	}
	return tell(u, by, "kernel.erasure", EraseAct, reason, map[string]any{"entries": erased, "kept": kept})
}

// tell writes the entry that tells of an act on the history itself, with its reason.
func tell(u *storage.Update, id, typ, act, reason string, told map[string]any) error {
	if strings.TrimSpace(reason) == "" {
		return fail.Named("reason", "kernel.audit.reason", "An erasure needs a reason.")
	}
	told["reason"] = reason
	changes, err := json.Marshal(told)
	if err != nil {
		return err
	}
	_, err = u.Exec("INSERT INTO history (id, type, record, version, at, actor, actor_name, origin, act, changes, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		id, typ, id, 1, u.Now.UnixMicro(), u.Actor.Person, u.Actor.Name, u.Origin, act, string(changes), rand.Text())
	return err
}

// tellsOf reports whether the entry is that of an erasure of id, and the digest of what
// stayed of it; "" for nothing.
func (e *entry) tellsOf(id string) (tells bool, kept string) {
	var told struct {
		Entries []string          `json:"entries"`
		Kept    map[string]string `json:"kept"`
	}
	if e.Act != EraseAct || json.Unmarshal([]byte(e.Changes), &told) != nil {
		return false, ""
	}
	return slices.Contains(told.Entries, id), told.Kept[id]
}
