package testkit

import (
	"encoding/json"

	"steward/kernel/storage"
)

// OwnField adds a field to a record type as an organisation does, without an index; in
// says whether lists use it.
func OwnField(u *storage.Update, typ, key, label, kind string, in bool, options ...string) error {
	raw, err := json.Marshal(append([]string{}, options...))
	if err == nil {
		_, err = u.Exec(`INSERT INTO custom_field (type, key, label, kind, options, required, in_list, position) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`, typ, key, label, kind, string(raw), false, in)
	}
	return err
}
