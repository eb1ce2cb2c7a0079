package systems

import (
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
)

// Use says that a department works with a system.
type Use struct {
	records.Base[Use]
	System     records.ID[System]
	Unit       records.ID[org.Unit]
	Users      records.Opt[int64]
	Importance Importance
	Purpose    records.Opt[string]
}

// Importance is how much a department's work hangs on a system.
type Importance string

const (
	Vital       Importance = "vital" // work stops without it
	Significant Importance = "significant"
	Useful      Importance = "useful"
)

// Uses are which departments work with which systems. Their rights are the system's.
var Uses = records.Define("systems.use", "Use of a system", "Uses of systems", "USE", func(x *Use, f *records.Fields) {
	records.Linked(f, &x.System, "System").List()
	records.Linked(f, &x.Unit, "Department").List()
	records.Whole(f, &x.Users, "Users").From(0).Filter().List()
	records.Choices(f, &x.Importance, "Importance", Vital, Significant, Useful).State("vital", "bad").State("significant", "warn").State("useful", "info").
		Called("vital", "Work stops without it").List()
	records.Str(f, &x.Purpose, "What for").List()
	f.Under(&x.System)
}).InArea(access.Systems).Icon("users-group").Versioned().Check(checkUse)

func checkUse(u *records.Tx, _, x *Use) error {
	var other string
	found, err := u.Row("SELECT id FROM systems_use WHERE system = $1 AND unit = $2 AND id <> $3 AND archived_at IS NULL", []any{string(x.System), string(x.Unit), string(x.ID)}, &other)
	if err != nil || !found || x.ArchivedAt.Set {
		return err
	}
	e := fail.Field(&x.Unit, "used-twice", "This department's use of the system is recorded already.")
	e.Kind = fail.Conflict
	return e
}
