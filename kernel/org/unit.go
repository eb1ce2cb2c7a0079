package org

import (
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
)

// Unit is a part of the organisation: a legal entity, a department, a team.
type Unit struct {
	records.Base[Unit]
	Name       string
	Kind       UnitKind
	Code       records.Opt[string]
	Parent     records.Opt[records.ID[Unit]]
	Head       records.Opt[records.ID[Person]]
	Site       records.Opt[records.ID[Site]]
	CostCentre records.Opt[string]
}

// UnitKind says what a unit is.
type UnitKind string

const (
	LegalEntity UnitKind = "legal-entity"
	Department  UnitKind = "department"
	Team        UnitKind = "team"
)

// Units are the organisation's parts, a forest by Parent. The table
// org_unit_closure holds every pair of a unit and one at or below it.
var Units = records.Define("org.unit", "Unit", "Units", "UNT", func(u *Unit, f *records.Fields) {
	f.Title(&u.Name, "Name")
	records.Choices(f, &u.Kind, "Kind", LegalEntity, Department, Team).List()
	records.Linked(f, &u.Parent, "Part of").List()
	records.Linked(f, &u.Head, "Head").Help("Sees and answers for the unit and everything below it.").List()
	records.Linked(f, &u.Site, "Site")
	records.Str(f, &u.Code, "Code").Max(20).List()
	records.Str(f, &u.CostCentre, "Cost centre").Max(40)
}).InArea(access.People).Icon("sitemap").Itself(access.Unit).Versioned().Check(checkUnit).Saved(followUnit)

func checkUnit(u *records.Tx, before, unit *Unit) error {
	if !unit.Parent.Set || before == nil || before.Parent == unit.Parent {
		return nil
	}
	var n int
	_, err := u.Row("SELECT COUNT(*) FROM org_unit_closure WHERE ancestor = $1 AND descendant = $2", []any{string(unit.ID), string(unit.Parent.V)}, &n)
	if err != nil {
		return err
	}
	if n > 0 {
		return fail.Field(&unit.Parent, "loop", "A unit cannot be part of itself or of a unit below it.")
	}
	return nil
}

// followUnit keeps the closure: a moved unit leaves its old ancestors with all
// that is below it and joins the new ones.
func followUnit(u *records.Tx, before, unit *Unit) error {
	id := string(unit.ID)
	if before == nil {
		if _, err := u.Exec("INSERT INTO org_unit_closure (ancestor, descendant) VALUES ($1, $1)", id); err != nil {
			return err
		}
	} else if before.Parent == unit.Parent {
		return nil
	} else {
		_, err := u.Exec(`DELETE FROM org_unit_closure
WHERE descendant IN (SELECT c.descendant FROM org_unit_closure c WHERE c.ancestor = $1)
AND ancestor NOT IN (SELECT c.descendant FROM org_unit_closure c WHERE c.ancestor = $1)`, id)
		if err != nil {
			return err
		}
	}
	if !unit.Parent.Set {
		return nil
	}
	_, err := u.Exec(`INSERT INTO org_unit_closure (ancestor, descendant)
SELECT a.ancestor, d.descendant FROM org_unit_closure a, org_unit_closure d
WHERE a.descendant = $1 AND d.ancestor = $2`, string(unit.Parent.V), id)
	return err
}
