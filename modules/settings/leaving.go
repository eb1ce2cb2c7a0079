package settings

import (
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
)

// leaving closes the account of a person who is archived, which ends their sessions:
// who has left does not come in any more. It stays closed when the person is brought
// back. The last administrator cannot be archived.
func leaving(u *records.Tx, w records.Written) error {
	if w.Act != "archive" || w.Def != org.Persons.Def() {
		return nil
	}
	a, err := signin.AccountOf(u, w.ID)
	if fail.Is(err, fail.NotFound) || err == nil && a.Disabled {
		return nil
	}
	if err != nil {
		return err
	}
	return signin.SetDisabled(u, w.ID, true)
}
