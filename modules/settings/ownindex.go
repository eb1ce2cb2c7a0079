package settings

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/storage"
)

// indexKind makes the indexes of the own fields that are used in lists and drops those
// of the others. It runs when a field is made, changed or closed, and at each start:
// a database may have come from a backup or another server.
const indexKind = "settings.own-fields"

// ownIndex begins the names of the indexes that this job has charge of.
const ownIndex = "own_"

func indexJob(p *app.Program) ([]jobs.Kind, []jobs.Schedule) {
	return []jobs.Kind{{Name: indexKind, Attempts: 3, Run: func(ctx context.Context, run *jobs.Run) error {
		return indexOwnFields(ctx, p.DB, p.Registry)
	}}}, nil
}

func started(ctx context.Context, p *app.Program) error {
	return p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		_, err := jobs.Enqueue(u, indexKind, nil, jobs.Options{Key: indexKind})
		return err
	})
}

// wantedIndex is an index that a field used in lists wants. Its name tells it from one
// that was made otherwise, so that a changed definition is made anew.
type wantedIndex struct{ name, table, of string }

func indexOwnFields(ctx context.Context, db *storage.Database, reg *records.Registry) error {
	var wanted []wantedIndex
	var have []string
	err := db.View(ctx, access.System(), func(v *storage.View) (err error) {
		for _, d := range reg.Defs() {
			fields, err := d.Filterable(v)
			if err != nil {
				return err
			}
			for _, f := range fields {
				if f.Custom() {
					wanted = append(wanted, indexOf(db.Dialect(), d, f))
				}
			}
		}
		have, err = v.Indexes(ownIndex)
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range have {
		if !slices.ContainsFunc(wanted, func(w wantedIndex) bool { return w.name == name }) {
			if err := db.DropIndex(ctx, name); err != nil {
				return fmt.Errorf("drop the index %s: %w", name, err)
			}
		}
	}
	for _, d := range reg.Defs() {
		if err := giveKeys(ctx, db, d); err != nil {
			return err
		}
	}
	for _, w := range wanted {
		if !slices.Contains(have, w.name) {
			if err := db.MakeIndex(ctx, w.name, w.table, w.of); err != nil {
				return fmt.Errorf("make the index %s of %s: %w", w.name, w.table, err)
			}
		}
	}
	return nil
}

func indexOf(dialect storage.Dialect, d *records.Def, f *records.Field) wantedIndex {
	_, key := f.InColumn(dialect, "custom")
	w := wantedIndex{table: d.Table, of: "(" + key + "), id"}
	sum := sha256.Sum256([]byte(w.table + " " + w.of))
	w.name = ownIndex + hex.EncodeToString(sum[:10])
	return w
}

// keyBatch is how many records one transaction gives keys.
const keyBatch = 500

// giveKeys gives the own texts that were written before keys were kept theirs, so that
// they sort and are found as all others are. Their records do not change by it.
func giveKeys(ctx context.Context, db *storage.Database, d *records.Def) error {
	for after, last, n := "", "", 0; ; after = last {
		err := db.Update(ctx, access.System(), func(u *storage.Update) error {
			n = 0
			fields, err := d.CustomFields(u)
			if err != nil || !slices.ContainsFunc(fields, func(c records.CustomField) bool { return c.Kind == records.Text || c.Kind == records.LongText }) {
				return err
			}
			kept := map[string]string{}
			err = u.Each(fmt.Sprintf(`SELECT id, custom FROM %s WHERE id > $1 AND custom LIKE '%%"x_%%' AND custom NOT LIKE '%%"keys":%%' ORDER BY id LIMIT %d`, d.Table, keyBatch), []any{after}, func(rows *sql.Rows) error {
				var id, custom string
				err := rows.Scan(&id, &custom)
				kept[id] = custom
				last, n = id, n+1
				return err
			})
			if err != nil {
				return err
			}
			for id, custom := range kept {
				values, err := records.ParseCustom(custom)
				if err != nil {
					return fmt.Errorf("%s %s: %w", d.Name, id, err)
				}
				column, err := records.CustomColumn(fields, values)
				if err == nil && column != custom {
					_, err = u.Exec("UPDATE "+d.Table+" SET custom = $1 WHERE id = $2", column, id)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < keyBatch {
			return err
		}
	}
}
