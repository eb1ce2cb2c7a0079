package drill

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"steward/collect/backup/program"
	"steward/collect/backup/repository"
	"steward/collect/backup/scratch"
	"steward/collect/backup/snapshot"
)

// examine asks the restored cluster what it holds and whether that is sound.
func (d *run) examine(ctx context.Context, p *scratch.Postgres, database string) error {
	c, err := p.Target(database).Postgres(ctx, true)
	if err != nil {
		return err
	}
	// L4 asks over it, so it lives as long as the room.
	d.room.OnClose(func() error { return c.Close(context.WithoutCancel(ctx)) })
	var state *snapshot.Snapshot
	err = d.phase("first query", 0, func() error {
		var n int64
		return c.QueryRow(ctx, "SELECT count(*) FROM pg_catalog.pg_class").Scan(&n)
	})
	if err != nil {
		return err
	}
	tx, err := snapshot.Prepare(ctx, c)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	o := snapshot.Options{Prints: true, Progress: func(done, total int, now string) { d.say("fingerprint %d of %d %s", done, total, now) }}
	if state, err = snapshot.Postgres(ctx, tx, o); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// A page that cannot be read is found here, too.
		d.report.judge(L3, "rows", false, "every table can be read", err.Error())
		return d.amcheck(ctx, p, database)
	}
	if err := d.relations(ctx, tx); err != nil {
		return err
	}
	if err := tx.Rollback(ctx); err != nil {
		return err
	}
	d.restored = &restored{state: state, ask: func(ctx context.Context, sql string) (string, error) { return askPostgres(ctx, c, sql) }}
	return d.amcheck(ctx, p, database)
}

// relations asks, for each foreign key and check constraint, for rows that break
// it: a copy of pages brings them along unasked.
func (d *run) relations(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `SELECT k.conname, n.nspname || '.' || c.relname,
		CASE k.contype WHEN 'c' THEN 'SELECT count(*) FROM ONLY ' || k.conrelid::regclass || ' WHERE NOT (' || pg_catalog.pg_get_expr(k.conbin, k.conrelid) || ')'
		ELSE 'SELECT count(*) FROM ' || k.conrelid::regclass || ' AS c WHERE ' || (SELECT string_agg('c.' || quote_ident(a.attname) || ' IS NOT NULL', ' AND ') FROM pg_catalog.pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey))
			|| ' AND NOT EXISTS (SELECT 1 FROM ' || k.confrelid::regclass || ' AS p WHERE ' || (SELECT string_agg('p.' || quote_ident(pa.attname) || ' OPERATOR(' || quote_ident(os.nspname) || '.' || o.oprname || ') c.' || quote_ident(ca.attname), ' AND ')
				FROM unnest(k.conkey, k.confkey, k.conpfeqop) AS u(ck, pk, op) JOIN pg_catalog.pg_attribute ca ON ca.attrelid = k.conrelid AND ca.attnum = u.ck JOIN pg_catalog.pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = u.pk
				JOIN pg_catalog.pg_operator o ON o.oid = u.op JOIN pg_catalog.pg_namespace os ON os.oid = o.oprnamespace) || ')' END
		FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE k.contype IN ('f', 'c') AND k.convalidated AND k.conparentid = 0 AND c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' ORDER BY 2, 1`)
	if err != nil {
		return fmt.Errorf("list the relations: %w", err)
	}
	type relation struct{ Name, Table, Query string }
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[relation])
	if err != nil {
		return fmt.Errorf("list the relations: %w", err)
	}
	var broken, unknown []string
	for _, r := range list {
		var n int64
		inner, err := tx.Begin(ctx)
		if err != nil {
			return err
		}
		if err := inner.QueryRow(ctx, r.Query).Scan(&n); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			unknown = append(unknown, r.Name+" on "+r.Table+": "+err.Error())
		} else if n > 0 {
			broken = append(broken, fmt.Sprintf("%d rows of %s break %s", n, r.Table, r.Name))
		}
		if err := inner.Rollback(ctx); err != nil {
			return err
		}
	}
	d.report.judge(L3, "valid", len(broken) == 0, "no row breaks a foreign key or check", fmt.Sprintf("%d constraints asked, %d broken", len(list)-len(unknown), len(broken)), broken...)
	if len(unknown) > 0 {
		d.report.add(L3, "valid", Unknown, "", fmt.Sprintf("%d constraints could not be asked", len(unknown)), unknown...)
	}
	return nil
}

// amcheck has every page of tables and B-trees read and each row looked for in its indexes.
func (d *run) amcheck(ctx context.Context, p *scratch.Postgres, database string) error {
	args := []string{"--no-password", "--install-missing", "--heapallindexed", "--parent-check", "--jobs=" + strconv.Itoa(d.Jobs)}
	if d.form == repository.Base {
		args = append(args, "--all")
	} else {
		args = append(args, "--database="+database)
	}
	d.say("pg_amcheck")
	found, err := p.Tool(ctx, "pg_amcheck", database, program.Call{Args: args})
	var missing *program.Missing
	var failed *program.Failed
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		d.report.judge(L3, "amcheck", true, "no page of a table or index is damaged", "none, every row found in its indexes")
	case errors.As(err, &missing):
		d.report.add(L3, "amcheck", Unknown, "", err.Error())
	case errors.As(err, &failed) && strings.TrimSpace(found.Out) == "" && strings.Contains(failed.Said, "could not open extension control file"):
		d.report.add(L3, "amcheck", Unknown, "", "the extension amcheck is not here; install the package postgresql-contrib")
	default:
		var lines []string
		for line := range strings.Lines(found.Out + "\n" + found.Said) {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
		d.report.judge(L3, "amcheck", false, "no page of a table or index is damaged", strings.Join(lines[:min(len(lines), 2)], " "), lines[:min(len(lines), 25)]...)
	}
	return nil
}

// askPostgres asks one question that reads only.
func askPostgres(ctx context.Context, c *pgx.Conn, sql string) (string, error) {
	tx, err := c.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return "", err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = '10min'; SET LOCAL search_path = public, pg_catalog"); err != nil {
		return "", err
	}
	rows, err := tx.Query(ctx, "SELECT answer.v::text FROM ("+strings.TrimRight(strings.TrimSpace(sql), ";")+") AS answer(v)")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	return oneAnswer(rows.Next, func(v *string) error { return rows.Scan(v) }, rows.Err)
}
