package importing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/storage"
)

// batch is how many rows a transaction writes.
const batch = 500

// Totals count what became, or would become, of a file's rows.
type Totals struct {
	Rows      int64 `json:"rows"`
	New       int64 `json:"new"`
	Changed   int64 `json:"changed"`
	Unchanged int64 `json:"unchanged"`
	Wrong     int64 `json:"wrong"`
}

func (t *Totals) count(r *row) {
	t.Rows++
	switch r.outcome {
	case "create":
		t.New++
	case "update":
		t.Changed++
	case "same":
		t.Unchanged++
	default:
		t.Wrong++
	}
}

// Preview is what an import would do: totals, the first rows, and the first wrong
// ones with what is wrong in each cell.
type Preview struct {
	Totals
	First, Wrongs []*row
}

// shownRows is how many rows a preview shows.
const shownRows = 20

// batches reads a file in batches, past the line given, and classifies its rows.
func (g *reading) batches(src source, after int, view func(func(r records.Reader) error) error, each func([]*row) error) error {
	if _, _, err := src.Next(); err != nil { // the head
		return ended(err)
	}
	seen := map[string]int{}
	last := 0
	for done := false; !done; {
		var rows []*row
		err := view(func(r records.Reader) error {
			for len(rows) < batch {
				cells, line, err := src.Next()
				if errors.Is(err, io.EOF) {
					done = true
					break
				}
				if err != nil {
					return err
				}
				if last++; last > maxRows {
					return fail.New(fail.TooLarge, "importing.rows", "The file has more than {max} rows.").With("max", maxRows)
				}
				if !slices.ContainsFunc(cells, func(c string) bool { return c != "" }) {
					continue
				}
				one, err := g.row(r, cells, line)
				if err != nil {
					return err
				}
				if one.key != "" {
					if first, twice := seen[one.key]; twice {
						one.wrong(-1, fail.New(fail.Invalid, "importing.same", "Line {line} is about the same record.").With("line", first))
					} else {
						seen[one.key] = line
					}
				}
				if line > after {
					rows = append(rows, one)
				}
			}
			return g.classify(r, rows)
		})
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			if err := each(rows); err != nil {
				return err
			}
		}
	}
	return nil
}

func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return fail.Named("file", "importing.empty", "The file is empty.")
	}
	return err
}

// classify finds the records that rows are about and says what each would do.
func (g *reading) classify(r records.Reader, rows []*row) error {
	if len(g.plan.Match) > 0 {
		if err := g.find(r, rows); err != nil {
			return err
		}
	}
	for _, one := range rows {
		if one.outcome == "wrong" {
			continue
		}
		if one.existing == nil {
			one.outcome = "create"
			for _, f := range g.def.Fields {
				if !f.Optional && !f.IsHidden && !f.ReadOnly && f.Kind != records.Bool && g.def.Preset(f) == nil && !slices.Contains(g.plan.Fields, f.Name) {
					one.wrong(-1, fail.Named(f.Name, "importing.needs", "A new record needs {field}, and no column gives it.").With("field", f.Label))
				}
			}
			continue
		}
		one.outcome = "same"
		for i, f := range g.byName {
			if f != nil && f.Kind != records.Secret && one.existing.Value(f) != one.values[i] || f != nil && f.Kind == records.Secret && one.values[i] != nil {
				one.outcome = "update"
			}
		}
	}
	return nil
}

// find loads the records that a batch's keys name.
func (g *reading) find(r records.Reader, rows []*row) error {
	name := g.plan.Match[0]
	column := slices.Index(g.plan.Fields, name)
	q := records.Query{}
	var values []any
	for _, one := range rows {
		switch {
		case one.key == "" || one.outcome == "wrong" && one.values[column] == nil && g.byName[column] != nil:
		case name == "id":
			q.IDs = append(q.IDs, one.cells[column])
		case name == "number":
			if n, ok := g.def.ParseNumber(one.cells[column]); ok {
				values = append(values, n)
			}
		default:
			values = append(values, one.values[column])
		}
	}
	if len(values) > 0 {
		q.Where = []records.Cond{{Field: name, Op: records.OpIn, Values: values}}
	} else if len(q.IDs) == 0 {
		return nil
	}
	page, err := g.def.List(r, q)
	if err != nil {
		return err
	}
	byKey := map[string][]records.Record{}
	for _, rec := range page.Rows {
		key := ""
		for _, name := range g.plan.Match {
			switch name {
			case "id":
				key += rec.ID()
			case "number":
				key += rec.Human()
			default:
				f := g.byName[slices.Index(g.plan.Fields, name)]
				key += g.spell(f, rec.Value(f))
			}
			key += "\x00"
		}
		byKey[key] = append(byKey[key], rec)
	}
	for _, one := range rows {
		switch found := byKey[one.key]; {
		case one.key == "":
		case len(found) == 1:
			one.existing = &found[0]
		case len(found) > 1:
			one.wrong(column, fail.New(fail.Invalid, "importing.many", "Several records fit this row; match by something that tells them apart."))
		case name == "id" || name == "number":
			one.wrong(column, fail.New(fail.Invalid, "importing.none", "There is no record “{name}”.").With("name", one.cells[column]))
		}
	}
	return nil
}

// preview reads the whole file and says what it would do.
func (g *reading) preview(src source, v *records.View) (Preview, error) {
	var p Preview
	err := g.batches(src, 0, func(fn func(records.Reader) error) error { return fn(v) }, func(rows []*row) error {
		for _, one := range rows {
			p.count(one)
			if len(p.First) < shownRows {
				p.First = append(p.First, one)
			}
			if one.outcome == "wrong" && len(p.Wrongs) < shownRows {
				p.Wrongs = append(p.Wrongs, one)
			}
		}
		return nil
	})
	return p, err
}

// write writes a batch in the transaction. With apart, what the types' own rules
// refuse is undone row by row and the row marked wrong; without, the first such
// row ends the transaction with errApart, and the batch is to be written apart.
func (g *reading) write(u *records.Tx, run string, rows []*row, apart bool) error {
	for _, one := range rows {
		id, err := "", error(nil)
		if one.outcome == "create" || one.outcome == "update" {
			if apart {
				if _, err := u.Exec("SAVEPOINT import_row"); err != nil {
					return err
				}
			}
			id, err = g.writeOne(u, one)
			if refused(err) {
				if !apart {
					return errApart
				}
				if _, err := u.Exec("ROLLBACK TO SAVEPOINT import_row"); err != nil {
					return err
				}
				for _, p := range fail.As(err).All() {
					one.wrong(slices.Index(g.plan.Fields, p.Field), p)
				}
				err, id = nil, ""
			}
			if err != nil {
				return fmt.Errorf("line %d: %w", one.line, err)
			}
			if apart {
				if _, err := u.Exec("RELEASE SAVEPOINT import_row"); err != nil {
					return err
				}
			}
		}
		if one.outcome == "same" {
			continue
		}
		problem := ""
		if one.outcome == "wrong" {
			problem = g.told(one)
		}
		if err := u.Later(told, run, one.line, one.outcome, id, problem); err != nil {
			return err
		}
	}
	return nil
}

// refused says whether an error is about what was to be written, not about the database.
func refused(err error) bool {
	e := fail.As(err)
	return e != nil && e.Kind != fail.Unavailable
}

var told = storage.Rows{Table: "importing_row", Columns: []string{"run", "line", "act", "record", "problem"}, Alone: true}

var errApart = errors.New("a row was refused; write the batch row by row")

func (g *reading) writeOne(u *records.Tx, one *row) (string, error) {
	set := func(rec any) {
		for i, f := range g.byName {
			if f != nil && (f.Kind != records.Secret || one.values[i] != nil) {
				records.Record{Def: g.def, V: rec}.Set(f, one.values[i])
			}
		}
	}
	if one.outcome == "create" {
		rec := g.def.Begin()
		set(rec)
		err := g.def.Create(u, rec)
		return records.Record{Def: g.def, V: rec}.ID(), err
	}
	id := one.existing.ID()
	return id, g.def.Update(u, id, one.existing.Meta().Version, func(rec any) error { set(rec); return nil })
}

// told spells a row's problems.
func (g *reading) told(one *row) string {
	var list []reason
	for i, e := range one.problems {
		if e == nil {
			continue
		}
		column := ""
		if i < len(g.plan.Head) {
			column = g.plan.Head[i]
		}
		list = append(list, reasonOf(column, e))
	}
	return spelled(list...)
}

// carryOut imports a file for an actor, from the line where an earlier attempt
// stood, telling of each batch in its transaction.
func carryOut(ctx context.Context, db *storage.Database, actor *access.Actor, im *Import, src source, g *reading, tell func(u *records.Tx) error) error {
	view := func(fn func(records.Reader) error) error {
		return db.View(ctx, actor, func(v *storage.View) error { return fn(v) })
	}
	return g.batches(src, im.Line, view, func(rows []*row) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		before := im.Totals
		err := errApart
		for _, apart := range []bool{false, true} {
			err = db.Update(ctx, actor, func(u *storage.Update) (err error) {
				u.Origin = "import:" + im.ID
				im.Totals = before
				write := func() error { return g.write(u, im.ID, rows, apart) }
				if apart {
					err = write()
				} else if err = u.Together(write); refused(err) {
					return errApart // without the database saying which row it was
				}
				if err != nil {
					return err
				}
				for _, one := range rows {
					im.count(one)
				}
				im.Line = rows[len(rows)-1].line
				if err := im.keep(u); err != nil {
					return err
				}
				return tell(u)
			})
			if !errors.Is(err, errApart) {
				break
			}
		}
		return err
	})
}

// undo takes an import back: what it made is archived, what it changed is set back,
// unless somebody changed it or referred to it since. It returns how many records it
// left as they are.
func undo(u *records.Tx, d *records.Def, im *Import, lines []undoLine) (kept int64, err error) {
	linked, err := linkedSince(u, d, im, lines)
	if err != nil {
		return 0, err
	}
	for _, l := range lines {
		if _, err := u.Exec("SAVEPOINT import_undo"); err != nil {
			return kept, err
		}
		err := undoOne(u, d, im, l, linked[l.record])
		if refused(err) {
			if _, err := u.Exec("ROLLBACK TO SAVEPOINT import_undo"); err != nil {
				return kept, err
			}
			kept++
			e := fail.As(err)
			_, err = u.Exec("UPDATE importing_row SET act = 'kept', problem = $1 WHERE run = $2 AND line = $3", spelled(reasonOf("", e)), im.ID, l.line)
			if err != nil {
				return kept, err
			}
			continue
		}
		if err != nil {
			return kept, err
		}
		if _, err := u.Exec("RELEASE SAVEPOINT import_undo"); err != nil {
			return kept, err
		}
	}
	return kept, nil
}

// linkedSince names for each record that the import made one that refers to it and
// that the import did not make itself: archived, it would be missing there.
func linkedSince(u *records.Tx, d *records.Def, im *Import, lines []undoLine) (map[string]string, error) {
	out := map[string]string{}
	var made []string
	for _, l := range lines {
		if l.act == "create" {
			made = append(made, l.record)
		}
	}
	if len(made) == 0 {
		return out, nil
	}
	all := u.As(access.System())
	for _, b := range records.RegistryOf(u).LinksTo(d) {
		if b.Def.IsInternal {
			continue
		}
		values := make([]any, len(made))
		for i, id := range made {
			if values[i] = id; b.Field.Kind == records.RefKind {
				values[i] = string(records.MakeRef(d.Name, id))
			}
		}
		page, err := b.Def.List(all, records.Query{Where: []records.Cond{{Field: b.Field.Name, Op: records.OpIn, Values: values}}, Limit: 1000})
		if err != nil {
			return nil, err
		}
		for _, row := range page.Rows {
			if b.Def == d {
				own, err := u.Row("SELECT 1 FROM importing_row WHERE run = $1 AND record = $2 AND act = 'create'", []any{im.ID, row.ID()}, new(int))
				if err != nil {
					return nil, err
				}
				if own {
					continue
				}
			}
			to, _ := row.Value(b.Field).(string)
			if b.Field.Kind == records.RefKind {
				_, to = records.Ref(to).Split()
			}
			if out[to] == "" {
				out[to] = row.Human()
			}
		}
	}
	return out, nil
}

func undoOne(u *records.Tx, d *records.Def, im *Import, l undoLine, linked string) error {
	if l.act == "create" {
		if linked != "" {
			return fail.New(fail.Conflict, "importing.linked-since", "{record} refers to this record since the import made it.").With("record", linked)
		}
		rec, err := d.Get(u, l.record)
		if err != nil {
			return err
		}
		if rec.Meta().Version > 1 && !rec.Meta().ArchivedAt.Set {
			return fail.New(fail.Conflict, "importing.changed-since", "This record was changed after the import made it.")
		}
		return d.Archive(u, l.record, records.AnyVersion)
	}
	var entry string
	found, err := u.Row("SELECT id FROM history WHERE type = $1 AND record = $2 AND origin = $3 AND act = 'update'", []any{d.Name, l.record, "import:" + im.ID}, &entry)
	if err != nil || !found {
		return err
	}
	return d.Undo(u, l.record, entry)
}
