package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
)

// Migrations are one module's numbered SQL files, NNNN_name.sql, which run once
// each, in order, in a transaction, and are never edited after they have landed.
// A statement block that only one database understands stands between
// "-- only sqlite" or "-- only postgres" and "-- end".
type Migrations struct {
	Module string
	Files  fs.FS // holds the .sql files at its root
}

// Embedded are the migrations that a package embeds in its folder migrations.
func Embedded(module string, files fs.FS) Migrations {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // not a folder's name
	}
	return Migrations{Module: module, Files: sub}
}

type migration struct {
	module, name, sql, sum string
	number                 int
}

var fileName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

const bookkeeping = `CREATE TABLE IF NOT EXISTS schema_migration (
	module TEXT NOT NULL,
	number BIGINT NOT NULL,
	name TEXT NOT NULL,
	sum TEXT NOT NULL,
	applied_at BIGINT NOT NULL,
	PRIMARY KEY (module, number)
)`

// Pending returns how many of the migrations the database does not have yet, and
// how many it has. It refuses a database that a newer program has already changed.
func (db *Database) Pending(ctx context.Context, sets ...Migrations) (missing, had int, err error) {
	known, err := load(sets)
	if err != nil {
		return 0, 0, err
	}
	err = db.View(ctx, access.System(), func(v *View) error {
		todo, err := v.pending(known)
		missing, had = len(todo), len(known)-len(todo)
		return err
	})
	return missing, had, err
}

// Migrate brings the schema up to date, as a whole or not at all.
func (db *Database) Migrate(ctx context.Context, sets ...Migrations) error {
	if missing, _, err := db.Pending(ctx, sets...); err != nil || missing == 0 {
		return err
	}
	return db.migrate(ctx, sets, func(migration) bool { return true })
}

// MigrateTo brings a database to an earlier schema: that of each module's migrations
// up to a number.
func (db *Database) MigrateTo(ctx context.Context, upTo map[string]int, sets ...Migrations) error {
	return db.migrate(ctx, sets, func(m migration) bool { return m.number <= upTo[m.module] })
}

func (db *Database) migrate(ctx context.Context, sets []Migrations, wanted func(migration) bool) error {
	known, err := load(sets)
	if err != nil {
		return err
	}
	return db.Update(ctx, access.System(), func(u *Update) error {
		if _, err := u.Exec(bookkeeping); err != nil {
			return err
		}
		if db.dialect == Postgres { // another process may be about to do the same
			if _, err := u.Exec("LOCK TABLE schema_migration IN ACCESS EXCLUSIVE MODE"); err != nil {
				return err
			}
		}
		todo, err := u.pending(known)
		for _, m := range todo {
			if err != nil || !wanted(m) {
				continue
			}
			if _, err = u.Exec(only(m.sql, db.dialect)); err == nil {
				_, err = u.Exec("INSERT INTO schema_migration (module, number, name, sum, applied_at) VALUES ($1, $2, $3, $4, $5)", m.module, m.number, m.name, m.sum, u.Now.UnixMicro())
			}
			if err != nil {
				err = fmt.Errorf("migration %s/%04d_%s: %w", m.module, m.number, m.name, err)
			}
		}
		return err
	})
}

// pending are the migrations that the database does not have.
func (v *View) pending(known []migration) (todo []migration, err error) {
	if there, err := v.Columns("schema_migration"); err != nil || len(there) == 0 {
		return known, err
	}
	done := map[string]string{}
	err = v.Each("SELECT module, number, sum FROM schema_migration", nil, func(rows *sql.Rows) error {
		var module, sum string
		var number int
		err := rows.Scan(&module, &number, &sum)
		done[module+"/"+strconv.Itoa(number)] = sum
		return err
	})
	for _, m := range known {
		key := m.module + "/" + strconv.Itoa(m.number)
		sum, ok := done[key]
		delete(done, key)
		switch {
		case !ok:
			todo = append(todo, m)
		case sum != m.sum:
			return nil, fail.New(fail.Unavailable, "kernel.storage.changed", "Migration {name} differs from the one this database was made with. Run the program version that made it.").With("name", key)
		}
	}
	for key := range done {
		return nil, fail.New(fail.Unavailable, "kernel.storage.newer", "This database was made by a newer version of Steward (it has migration {name}). Run that version, or restore a backup from before the upgrade.").With("name", key)
	}
	return todo, err
}

// load reads the migrations of all modules, in the modules' order.
func load(sets []Migrations) ([]migration, error) {
	var out []migration
	for _, set := range sets {
		entries, err := fs.ReadDir(set.Files, ".")
		if err != nil {
			return nil, err
		}
		var ms []migration
		for _, e := range entries {
			part := fileName.FindStringSubmatch(e.Name())
			if part == nil {
				return nil, fmt.Errorf("migration %s/%s: the name is not NNNN_name.sql", set.Module, e.Name())
			}
			text, err := fs.ReadFile(set.Files, e.Name())
			if err != nil {
				return nil, err
			}
			sum := sha256.Sum256(text)
			n, _ := strconv.Atoi(part[1])
			ms = append(ms, migration{set.Module, part[2], string(text), hex.EncodeToString(sum[:]), n})
		}
		slices.SortFunc(ms, func(a, b migration) int { return cmp.Compare(a.number, b.number) })
		for i, m := range ms {
			if m.number != i+1 {
				return nil, fmt.Errorf("migration %s/%04d_%s: number %d is missing or taken twice", m.module, m.number, m.name, i+1)
			}
		}
		out = append(out, ms...)
	}
	return out, nil
}

// only drops the blocks meant for the other database.
func only(text string, d Dialect) string {
	var out []string
	keep := true
	for line := range strings.SplitSeq(text, "\n") {
		switch mark := strings.TrimSpace(line); {
		case strings.HasPrefix(mark, "-- only "):
			keep = strings.TrimPrefix(mark, "-- only ") == string(d)
		case mark == "-- end":
			keep = true
		case keep:
			out = append(out, line)
		}
	}
	text = strings.Join(out, "\n")
	if d == Postgres {
		// SQLite compares text by bytes; so must PostgreSQL, or lists would be
		// ordered otherwise there.
		text = textType.ReplaceAllString(text, `TEXT COLLATE "C"`)
	}
	return text
}

var textType = regexp.MustCompile(`\bTEXT\b`)
