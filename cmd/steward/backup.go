package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"steward/kernel/app"
	"steward/kernel/audit"
	"steward/kernel/seal"
	"steward/kernel/storage"
	"steward/modules"
	"steward/modules/privacy"
	"steward/modules/upkeep"
)

func backupCommand() command {
	return command{
		name: "backup", summary: "write everything into one file",
		help: `Usage: steward backup --data DIR --to FILE [--db postgres://…] [--accept-damaged] [--json]

Works beside a running server. The file is read back before it gets its name. The key that seals
secrets (DIR/secret.key) is not in it, nor the list of persons erased (DIR/erasures.jsonl): keep copies of both elsewhere.
When files kept in DIR/files are damaged, the backup is made of all the rest and of what is left of them, they are
named, and the exit code is 1; --accept-damaged makes it 0 once you know of them.

Example: steward backup --data ./data --to steward-2026-11-22.tar.zst`,
		run: func(ctx context.Context, s streams, args []string) error {
			fs := newFlags("backup")
			at := placeFlags(fs)
			to := fs.String("to", "", "file to write")
			accept := fs.Bool("accept-damaged", false, "exit 0 also when kept files are damaged")
			asJSON := fs.Bool("json", false, "answer as JSON")
			if err := parseFlags(fs, args); err != nil {
				return err
			}
			if *to == "" {
				return wrongUse("name the file to write: --to")
			}
			p, err := at.openExisting(ctx, s.err)
			if err != nil {
				return err
			}
			defer p.Close()
			m, err := upkeep.Write(ctx, p.DB, p.Files.Path, *to, upkeep.AuditKeys(p)...)
			if err != nil {
				return err
			}
			if err := told(s.out, *asJSON, m, "Wrote %s: %d tables, %d rows, %d files.\n", *to, len(m.Tables), rowsIn(m), m.Files); err != nil {
				return err
			}
			if _, err := os.Stat(filepath.Join(at.data, privacy.LedgerFile)); err == nil {
				fmt.Fprintf(s.err, "Persons were erased here. A restore of this backup needs the newest %s to erase again whom it brings back: keep a copy elsewhere.\n", filepath.Join(at.data, privacy.LedgerFile))
			}
			tellDamaged(s.err, m)
			if len(m.Damaged) > 0 && !*accept {
				return fmt.Errorf("the backup is written and can be restored, but it is incomplete: %d of the files kept are damaged", len(m.Damaged))
			}
			return nil
		},
	}
}

func restoreCommand() command {
	return command{
		name: "restore", summary: "bring a backup back into an empty place",
		help: `Usage: steward restore --data DIR --from FILE [--erasures FILE] [--db postgres://…] [--json]

DIR must be empty (or hold only the key files of the installation that was backed up, or what a restore that was
stopped left), and so must the database. The backup is checked as a whole before anything is written; what an older version made is upgraded.
Files that were damaged already when it was made are named. Run 'steward verify' after it.

Persons who were erased after the backup was made are erased again: those on the list DIR/erasures.jsonl, which is kept
beside the key files, and on the one that --erasures names. A server that starts does the same.

Example: steward restore --data ./restored --from steward-2026-11-22.tar.zst`,
		run: func(ctx context.Context, s streams, args []string) error {
			fs := newFlags("restore")
			at := placeFlags(fs)
			from := fs.String("from", "", "backup file")
			erasures := fs.String("erasures", "", "list of persons who were erased since")
			asJSON := fs.Bool("json", false, "answer as JSON")
			if err := parseFlags(fs, args); err != nil {
				return err
			}
			if *from == "" {
				return wrongUse("name the backup: --from")
			}
			if _, err := upkeep.Check(*from); err != nil {
				return err
			}
			if *erasures != "" {
				if _, err := privacy.ReadLedger(*erasures); err != nil {
					return wrongUse("--erasures: %v", err)
				}
			}
			if err := emptyPlace(at.data); err != nil {
				return err
			}
			m, err := restoreInto(ctx, s, at, *from, *erasures)
			if err != nil {
				return err
			}
			tellDamaged(s.err, m)
			return told(s.out, *asJSON, m, "Restored %d tables, %d rows, %d files, as of %s.\n", len(m.Tables), rowsIn(m), m.Files, m.Made.Format(time.RFC3339))
		},
	}
}

// restoring is the folder within the data folder where a restore makes SQLite's file; it
// is there until the restore is done, so it marks what a stopped one left.
const restoring = ".restoring"

// emptyPlace refuses a data folder with something of somebody in it. What brings nothing
// into a mix-up may be there: the keys, a private PostgreSQL's folder, and what a
// restore that was stopped left.
func emptyPlace(data string) error {
	list, err := os.ReadDir(data)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if _, err := os.Stat(app.SQLitePath(data)); err == nil {
		return fmt.Errorf("%s already holds an installation; restore into an empty folder", data)
	}
	stopped := slices.ContainsFunc(list, func(e os.DirEntry) bool { return e.Name() == restoring })
	for _, e := range list {
		switch e.Name() {
		case seal.File, "serve.lock", audit.KeyFile, audit.PublicFile, upkeep.KnownKeysFile, privacy.LedgerFile, restoring, "pg", "lost+found":
		case "files":
			if below, _ := os.ReadDir(filepath.Join(data, "files")); len(below) > 0 && !stopped {
				return fmt.Errorf("%s already holds files that were kept; restore into an empty folder", data)
			}
		default:
			return fmt.Errorf("%s is not empty: it holds %s; restore into an empty folder", data, e.Name())
		}
	}
	return err
}

// restoreInto brings a backup into an empty database. SQLite's file gets its name when it
// is whole: a restore that is stopped leaves none that a server would take for a new
// installation, and can be run again.
func restoreInto(ctx context.Context, s streams, at *place, from, erasures string) (m upkeep.Manifest, err error) {
	draft, files := filepath.Join(at.data, restoring), filepath.Join(at.data, "files")
	if err := errors.Join(os.RemoveAll(draft), os.MkdirAll(draft, 0o700)); err != nil {
		return m, err
	}
	db, err := storage.Open(ctx, storage.Config{Path: app.SQLitePath(draft), URL: at.db})
	if err != nil {
		return m, err
	}
	m, err = upkeep.Restore(ctx, db, files, from, app.Migrations(modules.All())...)
	if err = errors.Join(err, db.Close()); err == nil && at.db == "" {
		err = os.Rename(app.SQLitePath(draft), app.SQLitePath(at.data))
	}
	if err != nil {
		if _, none := os.Stat(files); none != nil {
			os.RemoveAll(draft) // nothing was restored that it would mark
		}
		return m, err
	}
	if err := os.RemoveAll(draft); err != nil {
		return m, err
	}
	// What an older version made is upgraded; the backup is at hand, so no other is made.
	p, err := (&place{data: at.data, db: at.db, noBackup: true}).open(ctx, s.err)
	if err != nil {
		return m, err
	}
	defer p.Close()
	if err := upkeep.KnowAuditKeys(p, m.Keys); err != nil {
		return m, err
	}
	again, err := privacy.AgainAfterRestore(ctx, p, erasures)
	for _, number := range again {
		fmt.Fprintln(s.err, "Erased again: "+number)
	}
	return m, err
}

func moveCommand() command {
	return command{
		name: "move", summary: "move an installation to the other database",
		help: `Usage: steward move --data DIR --to postgres://… [--db postgres://…] [--json]

Copies everything from DIR's SQLite (or --db) to an empty PostgreSQL database, in one snapshot. Stop the server
first; afterwards start it with --db. The old database and the files in DIR stay as they are. A move that is
stopped can be made again. The way back to SQLite is a backup with --db that is restored into another folder.

Example: steward move --data ./data --to postgres://steward@db.example/steward`,
		run: func(ctx context.Context, s streams, args []string) error {
			fs := newFlags("move")
			at := placeFlags(fs)
			to := fs.String("to", "", "PostgreSQL URL of the empty database")
			asJSON := fs.Bool("json", false, "answer as JSON")
			if err := parseFlags(fs, args); err != nil {
				return err
			}
			if *to == "" {
				return wrongUse("name the database to move to: --to postgres://…")
			}
			p, err := at.openExisting(ctx, s.err)
			if err != nil {
				return err
			}
			defer p.Close()
			unlock, err := at.serving(true)
			if err != nil {
				return err
			}
			defer unlock()
			draft, err := os.MkdirTemp("", "steward-move-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(draft)
			file := draft + "/all.tar.zst"
			// The files stay where they are.
			if _, err := upkeep.Write(ctx, p.DB, "", file, upkeep.AuditKeys(p)...); err != nil {
				return err
			}
			m, err := restoreInto(ctx, s, &place{data: at.data, db: *to}, file, "")
			if err != nil {
				return err
			}
			return told(s.out, *asJSON, m, "Moved %d tables, %d rows. Start the server with --db from now on.\n", len(m.Tables), rowsIn(m))
		},
	}
}

func verifyCommand() command {
	return command{
		name: "verify", summary: "prove that the data is whole and the history unaltered",
		help: `Usage: steward verify --data DIR [--db postgres://…] [--json]

Checks the database itself, the tables against the definitions, every link, every file kept, and the audit log.
Exit code 1 when anything is wrong.

Example: steward verify --data ./data`,
		run: func(ctx context.Context, s streams, args []string) error {
			fs := newFlags("verify")
			at := placeFlags(fs)
			asJSON := fs.Bool("json", false, "answer as JSON")
			if err := parseFlags(fs, args); err != nil {
				return err
			}
			p, err := at.openExisting(ctx, s.err)
			if err != nil {
				return err
			}
			defer p.Close()
			r, err := upkeep.Verify(ctx, p)
			if err != nil {
				return err
			}
			if *asJSON {
				if err := told(s.out, true, r, ""); err != nil {
					return err
				}
			} else {
				fmt.Fprintf(s.out, "Database: %d faults. Links: %d checked. Files: %d checked, %d damaged.\nAudit log: %d entries sealed, %d not yet; %d altered, %d missing, %d forged.\n",
					len(r.Faults), r.Links, r.Files, len(r.Damaged), r.Audit.Sealed, r.Audit.Unsealed, r.Audit.AlteredCount, r.Audit.MissingCount, r.Audit.ForgedCount)
				if r.Audit.Erased > 0 { // told that it is so, not that it is wrong
					fmt.Fprintf(s.out, "Erased for persons: what %d entries told, in whole or in part; the entries are proven.\n", r.Audit.Erased)
				}
				for _, line := range r.Wrong() {
					fmt.Fprintln(s.out, "  "+line)
				}
			}
			if !r.Clean() {
				return errors.New("not everything is as it should be")
			}
			return nil
		},
	}
}

// openExisting opens an installation that must be there already.
func (p *place) openExisting(ctx context.Context, log io.Writer) (*app.Program, error) {
	if p.db == "" {
		if _, err := os.Stat(app.SQLitePath(p.data)); err != nil {
			return nil, wrongUse("there is no installation in %s; name its folder with --data", p.data)
		}
	}
	return p.open(ctx, log)
}

// tellDamaged names the files that were damaged when a backup was made.
func tellDamaged(w io.Writer, m upkeep.Manifest) {
	for _, d := range m.Damaged {
		fmt.Fprintln(w, "Damaged when the backup was made: "+d.String())
	}
}

func rowsIn(m upkeep.Manifest) (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}
