package demo

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/audit"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/modules/upkeep"
)

// Remove takes the sample organisation away with everything that was recorded
// since: it was recorded in a sample. What stays are the people with accounts which the
// sample did not bring, their roles, tokens and grants, and the installation's
// keys. The history begins anew with an entry that says so. It refuses an installation
// that is no sample.
func Remove(ctx context.Context, p *app.Program) (kept int, err error) {
	err = p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "command"
		o, _, err := org.Get(u)
		if err != nil {
			return err
		}
		if !o.Sample {
			return fail.New(fail.Conflict, "demo.no-sample", "This installation holds no sample organisation; nothing was removed.")
		}
		people, err := others(u)
		if err != nil {
			return err
		}
		kept = len(people)
		if err := clearSample(u, people); err != nil {
			return err
		}
		return audit.Restart(u, p.Data, "The sample organisation was taken away.")
	})
	if err != nil {
		return 0, err
	}
	shop, err := ShopFile(p.Data)
	if err != nil {
		return kept, err
	}
	for _, folder := range []string{filepath.Dir(shop), p.Files.Path} {
		if err := os.RemoveAll(folder); err != nil {
			return kept, fmt.Errorf("the records are gone, but not their files: %w", err)
		}
	}
	return kept, nil
}

// others are the people with an account whom the sample did not bring.
func others(u *records.Tx) (ids []any, err error) {
	err = u.Each(`SELECT a.person
FROM signin_account a
WHERE NOT EXISTS (SELECT 1 FROM history h WHERE h.type = $1 AND h.record = a.person AND h.act = 'create' AND h.origin = $2)
ORDER BY a.person`, []any{org.Persons.Def().Name, Origin}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// whole are tables that stay as they are: what makes the installation itself.
var whole = map[string]bool{"job_schedule": true, "infrastructure_authority": true, "signin_failure": true, "signin_second": true,
	"history": true, "audit_hash": true, "audit_checkpoint": true, "audit_erased": true} // the last ones are the audit's to empty

// ofPerson are the tables of which the rows of people who stay do so.
var ofPerson = map[string]string{"org_person": "id", "signin_account": "person", "identity_recovery": "person", "identity_authenticator": "person", "signin_session": "person", "signin_link": "person",
	"signin_token": "person", "signin_role": "person", "signin_grant": "person", "identity_binding": "person", "identity_passkey": "person"}

func clearSample(u *records.Tx, people []any) error {
	marks := make([]string, len(people))
	for i := range people {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	if len(people) > 0 {
		in := " WHERE id IN (" + strings.Join(marks, ", ") + ")"
		if _, err := u.Exec("UPDATE org_person SET unit = NULL, manager = NULL, site = NULL"+in, people...); err != nil {
			return err
		}
	}
	err := upkeep.Clear(u, func(table string) (string, []any) {
		column := ofPerson[table]
		switch {
		case whole[table]:
			return "", nil
		case table == "org_setting":
			return "key IN ('organisation', '" + setting + "')", nil
		case table == "search_entry" && len(people) > 0:
			return "type <> 'org.person' OR record NOT IN (" + strings.Join(marks, ", ") + ")", people
		case table == "record_number":
			return "type <> 'org.person'", nil
		case column == "" || len(people) == 0:
			return "1 = 1", nil
		}
		return column + " NOT IN (" + strings.Join(marks, ", ") + ")", people // a grant to a role has no person and stays
	})
	if err != nil {
		return err
	}
	// Without units a deputy's role is for none.
	_, err = u.Exec("DELETE FROM signin_role WHERE unit IS NOT NULL")
	return err
}
