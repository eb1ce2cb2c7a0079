package systems_test

import (
	"context"
	"fmt"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit"
	"steward/modules"
)

// large is a database with n parts: 500 systems, the others components of them,
// each needing the one before it.
func large(b *testing.B, n int) *storage.Database {
	b.Helper()
	all := modules.All()
	db := testkit.SQLite(b, app.Migrations(all)...).Database
	records.NewRegistry(app.Types(all)...).Attach(db)
	err := db.Update(context.Background(), access.System(), func(u *storage.Update) error {
		const meta = "number, created_at, updated_at, version"
		for i := range 500 {
			if _, err := u.Exec("INSERT INTO systems_system (id, "+meta+", name, name_key, criticality, state, personal_data, health_data, financial_data, public_data) VALUES ($1, $2, 0, 0, 1, $3, $3, 'standard', 'live', $4, $4, $4, $4)",
				fmt.Sprintf("s%d", i), i, fmt.Sprintf("System %d", i), false); err != nil {
				return err
			}
		}
		for i := range n - 500 {
			if _, err := u.Exec("INSERT INTO systems_component (id, "+meta+", name, name_key, system, kind) VALUES ($1, $2, 0, 0, 1, $3, $3, $4, 'application')",
				fmt.Sprintf("c%d", i), i, fmt.Sprintf("Part %d", i), fmt.Sprintf("s%d", i%500)); err != nil {
				return err
			}
			if i == 0 {
				continue
			}
			if _, err := u.Exec("INSERT INTO systems_dependency (id, "+meta+", title, title_key, system, part, needs, kind, effect) VALUES ($1, $2, 0, 0, 1, 'x', 'x', $3, $4, $5, 'calls', 'stops')",
				fmt.Sprintf("d%d", i), i, fmt.Sprintf("s%d", i%500), fmt.Sprintf("c%d", i), fmt.Sprintf("systems.component/c%d", i-1)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return db
}
