package making

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"steward/collect/backup/archive"
	"steward/collect/backup/program"
	"steward/collect/backup/repository"
	"steward/collect/backup/snapshot"
	"steward/collect/fact"
)

// postgresDump dumps one database and takes its fingerprint in the very snapshot
// that the dump reads.
func (w *work) postgresDump(ctx context.Context) error {
	c, err := w.Target.Postgres(ctx, true)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	tx, err := snapshot.Prepare(ctx, c)
	if err != nil {
		return err
	}
	// The snapshot lives as long as this transaction.
	defer tx.Rollback(context.WithoutCancel(ctx))
	var exported string
	var version int
	if err := tx.QueryRow(ctx, "SELECT pg_catalog.pg_export_snapshot(), pg_catalog.current_setting('server_version_num')::int / 10000").Scan(&exported, &version); err != nil {
		return fmt.Errorf("export the snapshot: %w", err)
	}
	tool, env, secret, err := w.postgresTool(ctx, "pg_dump", version)
	if err != nil {
		return err
	}
	defer secret.Remove()

	args, name, pack := []string{"--no-password", "--snapshot=" + exported, "--format=custom"}, "data.dump", false
	if w.form == repository.Plain {
		// The database with its encoding, collation and rights is part of the file.
		args[2], name, pack = "--format=plain", "data.sql", true
		args = append(args, "--create")
	}
	// Sequences are not held still by a snapshot: they are read before the dump and after it.
	before, err := snapshot.SequencesBefore(ctx, tx)
	if err != nil {
		return err
	}
	err = both(ctx, func(ctx context.Context) error {
		w.progress("%s %s of %s", tool.Name, tool.Version, w.Target.Shown)
		return w.file("data", name, pack, func(out *archive.Writer) error {
			end := &ending{}
			_, err := program.Run(ctx, program.Call{Program: tool, Args: args, Env: env, Out: tee{out, end}, Lines: w.logged(tool.Name)})
			if err == nil && w.form == repository.Plain && !end.holds("PostgreSQL database dump complete") {
				err = errors.New("pg_dump ended without its last line; the dump is cut")
			}
			return w.hide(err)
		})
	}, func(ctx context.Context) error {
		s, err := snapshot.Postgres(ctx, tx, w.snapshot())
		if err != nil {
			return err
		}
		s.Exact, s.How = true, "in the dump's own snapshot "+exported
		w.manifest.Snapshot = s
		return nil
	})
	if err != nil {
		return err
	}
	w.manifest.Snapshot.SequencesSince(before)
	if err := tx.Rollback(ctx); err != nil {
		return err
	}
	if tx, err = snapshot.Prepare(ctx, c); err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if err := w.manifest.Snapshot.SequencesAfter(ctx, tx); err != nil {
		return err
	}
	return w.globals(ctx, tx, env, version)
}

// postgresTool finds a program of PostgreSQL, notes its version in the manifest, and
// lets it reach the target. The secret is to be removed.
func (w *work) postgresTool(ctx context.Context, name string, major int) (tool program.Program, env []string, secret *program.Secret, err error) {
	if tool, err = program.Postgres(ctx, name, major, false); err == nil {
		tool, err = tool.Ask(ctx)
	}
	if err != nil {
		return tool, nil, nil, err
	}
	w.manifest.Tool = tool
	env, secret, err = program.PostgresAccess(w.Target)
	return tool, env, secret, err
}

// globals dumps roles and tablespaces, which no dump of a database has.
func (w *work) globals(ctx context.Context, tx pgx.Tx, env []string, version int) error {
	tool, err := program.Postgres(ctx, "pg_dumpall", version, false)
	if err != nil {
		w.manifest.Gaps = append(w.manifest.Gaps, fact.Gap{What: "roles", Why: err.Error(), Needs: "pg_dumpall on this machine"})
		return nil
	}
	args := []string{"--no-password", "--globals-only", "--database=" + w.Target.Database}
	var passwords bool
	if err := tx.QueryRow(ctx, "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')").Scan(&passwords); err != nil {
		return err
	}
	if !passwords {
		args = append(args, "--no-role-passwords")
		w.manifest.Gaps = append(w.manifest.Gaps, fact.Gap{What: "passwords of roles", Why: "the role may not read pg_authid", Needs: "SELECT on pg_authid; without it, passwords must be set anew after a restore"})
	}
	var text bytes.Buffer
	if _, err := program.Run(ctx, program.Call{Program: tool, Args: args, Env: env, Out: &text, Lines: w.logged(tool.Name)}); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.manifest.Gaps = append(w.manifest.Gaps, fact.Gap{What: "roles", Why: w.Target.Hide(err.Error()), Needs: "the rights pg_dumpall --globals-only needs"})
		return nil
	}
	return w.file("globals", "globals.sql", true, func(out *archive.Writer) error {
		_, err := out.Write(text.Bytes())
		return err
	})
}

// postgresBase copies the whole cluster with the log that makes it whole. The
// fingerprint is that of the target's database, taken before and after.
func (w *work) postgresBase(ctx context.Context) error {
	c, err := w.Target.Postgres(ctx, true)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	before, err := w.postgresNow(ctx, c)
	if err != nil {
		return err
	}
	tool, env, secret, err := w.postgresTool(ctx, "pg_basebackup", before.Identity.Major)
	if err != nil {
		return err
	}
	defer secret.Remove()
	staging := filepath.Join(w.draft.Dir, "staging")
	w.progress("%s %s of %s", tool.Name, tool.Version, w.Target.Shown)
	_, err = program.Run(ctx, program.Call{Program: tool, Env: env, Lines: w.logged(tool.Name), Args: []string{"--no-password", "--pgdata=" + staging, "--format=tar", "--wal-method=stream",
		"--checkpoint=fast", "--no-sync", "--manifest-checksums=SHA256", "--label=steward", "--progress", "--verbose"}})
	if err != nil {
		return w.hide(err)
	}
	files, err := os.ReadDir(staging)
	if err != nil {
		return err
	}
	for _, f := range files {
		role := "tablespace"
		switch f.Name() {
		case "base.tar":
			role = "data"
		case "pg_wal.tar":
			role = "wal"
		case "backup_manifest":
			role = "manifest"
		}
		w.progress("keep %s", f.Name())
		if err := w.keep(ctx, role, filepath.Join(staging, f.Name()), f.Name(), true); err != nil {
			return err
		}
	}
	if err := os.Remove(staging); err != nil {
		return err
	}
	if !slices.ContainsFunc(w.manifest.Files, func(f repository.File) bool { return f.Role == "data" }) {
		return errors.New("pg_basebackup wrote no base.tar")
	}
	after, err := w.postgresNow(ctx, c)
	if err != nil {
		return err
	}
	w.window(before, after, "before and after the copy; it ends between the two")
	for i, q := range before.Sequences {
		for _, a := range after.Sequences {
			if a.Name == q.Name {
				before.Sequences[i].Until = a.Value
			}
		}
	}
	return nil
}

func (w *work) postgresNow(ctx context.Context, c *pgx.Conn) (*snapshot.Snapshot, error) {
	tx, err := snapshot.Prepare(ctx, c)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	return snapshot.Postgres(ctx, tx, w.snapshot())
}

// window keeps the snapshot before, with what the one after tells about it.
func (w *work) window(before, after *snapshot.Snapshot, when string) {
	differ := before.Window(after)
	before.How = fmt.Sprintf("fingerprints %s; %d of %d tables differ between the two and are compared by rows only", when, differ, before.TableCount())
	before.Exact = differ == 0
	w.manifest.Snapshot = before
}

// ending remembers the last bytes of a stream.
type ending struct{ last []byte }

const endingSize = 4096

func (e *ending) Write(p []byte) (int, error) {
	e.last = append(e.last, p[max(0, len(p)-endingSize):]...)
	e.last = e.last[max(0, len(e.last)-endingSize):]
	return len(p), nil
}

func (e *ending) holds(text string) bool { return strings.Contains(string(e.last), text) }

// tee writes to both; the archive first, whose error counts.
type tee struct {
	out *archive.Writer
	end *ending
}

func (t tee) Write(p []byte) (int, error) {
	t.end.Write(p)
	return t.out.Write(p)
}
