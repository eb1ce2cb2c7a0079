package audit

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"

	"steward/kernel/fail"
	"steward/kernel/storage"
)

// EraseAct is the act of the history entry that tells of an erasure.
const EraseAct = "erase"

// Erase clears what history entries tell of persons: the values changed, the salt
// and the name of who acted. The entries stay in the log, and so does the erasure
// itself, as an entry of its own with its reason. Entries erased before are left as
// they are. It does not ask whether the actor may; the caller has.
func Erase(u *storage.Update, entries []string, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fail.Named("reason", "kernel.audit.reason", "An erasure needs a reason.")
	}
	by := storage.NewID(u.Now)
	var erased []string
	for _, id := range entries {
		var e entry
		found, err := u.Row("SELECT h.actor_name, h.changes, h.salt FROM history h LEFT JOIN audit_erased e ON e.history = h.id WHERE h.id = $1 AND e.history IS NULL",
			[]any{id}, &e.ActorName, &e.Changes, &e.Salt)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if _, err := u.Exec("INSERT INTO audit_erased (history, content, by_entry) VALUES ($1, $2, $3)", id, e.content(), by); err != nil {
			return err
		}
		if _, err := u.Exec("UPDATE history SET changes = '', salt = '', actor_name = '' WHERE id = $1", id); err != nil {
			return err
		}
		erased = append(erased, id)
	}
	if len(erased) == 0 {
		return nil
	}
	changes, err := json.Marshal(map[string]any{"reason": reason, "entries": erased})
	if err != nil {
		return err
	}
	_, err = u.Exec("INSERT INTO history (id, type, record, version, at, actor, actor_name, origin, act, changes, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		by, "kernel.erasure", by, 1, u.Now.UnixMicro(), u.Actor.Person, u.Actor.Name, u.Origin, EraseAct, string(changes), rand.Text())
	if err != nil {
		return fmt.Errorf("tell of the erasure: %w", err)
	}
	return nil
}

// tellsOf reports whether the entry is that of an erasure of id.
func (e *entry) tellsOf(id string) bool {
	var told struct {
		Entries []string `json:"entries"`
	}
	if e.Act != EraseAct || json.Unmarshal([]byte(e.Changes), &told) != nil {
		return false
	}
	for _, t := range told.Entries {
		if t == id {
			return true
		}
	}
	return false
}
