package importing

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/lib/locale"
)

// State is where an import stands.
type State string

const (
	Draft     State = "draft"
	Running   State = "running"
	Done      State = "done"
	Cancelled State = "cancelled"
	Undoing   State = "undoing"
	Undone    State = "undone"
)

// Import is a file with its plan and what became of it.
type Import struct {
	ID, Type, Person string
	File, Name       string // hash of the kept bytes, name of the file
	Plan             Plan
	State            State
	Job              string
	Line             int // up to here the file is imported
	Total            int64
	Totals
	Kept    int64 // left as they are by the undo
	MadeAt  time.Time
	EndedAt time.Time
}

const columns = "id, type, person, file, name, plan, state, job, line, total, created, changed, unchanged, wrong, kept, made_at, ended_at"

func query(r records.Reader, where string, args ...any) (out []*Import, err error) {
	err = r.Reading().Each("SELECT "+columns+" FROM importing_run "+where, args, func(rows *sql.Rows) error {
		im := &Import{}
		var plan string
		var made int64
		var ended sql.NullInt64
		if err := rows.Scan(&im.ID, &im.Type, &im.Person, &im.File, &im.Name, &plan, &im.State, &im.Job, &im.Line, &im.Total, &im.New, &im.Changed, &im.Unchanged, &im.Wrong, &im.Kept, &made, &ended); err != nil {
			return err
		}
		im.Rows = im.New + im.Changed + im.Unchanged + im.Wrong
		im.MadeAt = time.UnixMicro(made).UTC()
		if ended.Valid {
			im.EndedAt = time.UnixMicro(ended.Int64).UTC()
		}
		out = append(out, im)
		return json.Unmarshal([]byte(plan), &im.Plan)
	})
	return out, err
}

// get returns an import that the actor made, or that one who may import the type
// anywhere looks at; else 'not found'.
func get(r records.Reader, id string) (*Import, *records.Def, error) {
	list, err := query(r, "WHERE id = $1", id)
	if err != nil {
		return nil, nil, err
	}
	if len(list) == 0 {
		return nil, nil, records.NotFound()
	}
	d := records.RegistryOf(r).Def(list[0].Type)
	actor := r.Reading().Actor
	if d == nil || !d.MayAny(r, access.Import) || actor.Kind != access.SystemKind && actor.Person != list[0].Person {
		return nil, nil, records.NotFound()
	}
	return list[0], d, nil
}

func start(u *records.Tx, d *records.Def, file, name string, p Plan) (*Import, error) {
	im := &Import{ID: records.NewID(u.Now), Type: d.Name, Person: u.Actor.Person, File: file, Name: name, Plan: p, State: Draft, MadeAt: u.Now}
	plan, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	_, err = u.Exec("INSERT INTO importing_run ("+columns+") VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, 0, 0, 0, 0, 0, 0, $8, NULL)",
		im.ID, im.Type, im.Person, file, name, string(plan), string(Draft), u.Now.UnixMicro())
	return im, err
}

// keep writes down where the import stands.
func (im *Import) keep(u *records.Tx) error {
	plan, err := json.Marshal(im.Plan)
	if err != nil {
		return err
	}
	var ended any
	if im.State == Done || im.State == Cancelled || im.State == Undone {
		ended = u.Now.UnixMicro()
	}
	_, err = u.Exec("UPDATE importing_run SET plan = $1, state = $2, job = $3, line = $4, total = $5, created = $6, changed = $7, unchanged = $8, wrong = $9, kept = $10, ended_at = $11 WHERE id = $12",
		string(plan), string(im.State), im.Job, im.Line, im.Total, im.New, im.Changed, im.Unchanged, im.Wrong, im.Kept, ended, im.ID)
	return err
}

// rowProblem is a row that was refused, or kept by the undo.
type rowProblem struct {
	Line         int
	Act, Problem string
}

func problems(r records.Reader, im *Import, limit int) (out []rowProblem, err error) {
	err = r.Reading().Each("SELECT line, act, problem FROM importing_row WHERE run = $1 AND act IN ('wrong', 'kept') ORDER BY line LIMIT $2", []any{im.ID, limit}, func(rows *sql.Rows) error {
		var p rowProblem
		err := rows.Scan(&p.Line, &p.Act, &p.Problem)
		out = append(out, p)
		return err
	})
	return out, err
}

type undoLine struct {
	line        int
	act, record string
}

// importer does the work for pages, jobs and the command.
type importer struct{ p *app.Program }

// open opens an import's file with the reading of its plan.
func (i importer) open(r records.Reader, d *records.Def, im *Import) (source, *reading, *os.File, error) {
	f, err := i.p.Files.Open(im.File)
	if err != nil {
		return nil, nil, nil, err
	}
	src, err := open(f, locale.Lang(im.Plan.Lang))
	if err != nil {
		f.Close()
		return nil, nil, nil, err
	}
	_, sheet := src.(*sheetSource)
	im.Plan.Sheet = sheet
	o, _, err := org.Get(r)
	if err != nil {
		f.Close()
		return nil, nil, nil, err
	}
	typist := records.Typist{Lang: locale.Lang(o.Lang), Zone: o.Zone(), Today: records.DateOf(r.Reading().Now.In(o.Zone())), Currency: o.Currency}
	all, err := d.All(r)
	if err != nil {
		f.Close()
		return nil, nil, nil, err
	}
	return src, newReading(im.Plan, d, all, typist, i.say), f, nil
}

// head reads the first row of a kept file.
func (i importer) head(hash string, lang locale.Lang) ([]string, bool, error) {
	f, err := i.p.Files.Open(hash)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	src, err := open(f, lang)
	if err != nil {
		return nil, false, err
	}
	defer src.Close()
	cells, _, err := src.Next()
	if err != nil {
		return nil, false, ended(err)
	}
	out := make([]string, len(cells))
	for n, c := range cells {
		out[n] = clean(c)
	}
	if strings.Join(out, "") == "" { // a sheet whose rows cannot be read has none
		return nil, false, ended(io.EOF)
	}
	_, sheet := src.(*sheetSource)
	return out, sheet, nil
}

func (i importer) say(lang locale.Lang, key, english string) string {
	return i.p.Words.Text(lang, key, english, nil)
}

// preview says what an import would do.
func (i importer) preview(v *records.View, d *records.Def, im *Import) (Preview, error) {
	if err := im.Plan.check(v, d, i.say); err != nil {
		return Preview{}, err
	}
	src, g, f, err := i.open(v, d, im)
	if err != nil {
		return Preview{}, err
	}
	defer f.Close()
	defer src.Close()
	return g.preview(src, v)
}

// carry runs an import to its end as the actor.
func (i importer) carry(ctx context.Context, actor *access.Actor, im *Import, tell func(u *records.Tx) error) error {
	d := i.p.Registry.Def(im.Type)
	var src source
	var g *reading
	var f *os.File
	err := i.p.DB.View(ctx, actor, func(v *storage.View) (err error) {
		if err := im.Plan.check(v, d, i.say); err != nil {
			return err
		}
		src, g, f, err = i.open(v, d, im)
		return err
	})
	if err != nil {
		return err
	}
	defer f.Close()
	defer src.Close()
	im.State = Running
	if err := carryOut(ctx, i.p.DB, actor, im, src, g, tell); err != nil {
		return err
	}
	return i.end(ctx, im, Done)
}

func (i importer) end(ctx context.Context, im *Import, s State) error {
	return i.p.DB.Update(context.WithoutCancel(ctx), access.System(), func(u *storage.Update) error {
		im.State = s
		return im.keep(u)
	})
}

type args struct{ ID string }

// Kinds of jobs.
const (
	importKind = "importing.run"
	undoKind   = "importing.undo"
)

// actorOf is who made the import, with the rights of now.
func (i importer) actorOf(ctx context.Context, id string) (im *Import, actor *access.Actor, err error) {
	err = i.p.DB.View(ctx, access.System(), func(v *storage.View) error {
		if im, _, err = get(v, id); err != nil {
			return err
		}
		if im.Person == "" {
			actor = access.System()
			return nil
		}
		actor, err = signin.ActorOf(v, im.Person)
		return err
	})
	return im, actor, err
}

func (i importer) runJob(ctx context.Context, run *jobs.Run) error {
	var a args
	if err := run.Args(&a); err != nil {
		return err
	}
	im, actor, err := i.actorOf(ctx, a.ID)
	if err != nil {
		return jobs.Hopeless(err)
	}
	err = i.carry(ctx, actor, im, func(u *records.Tx) error {
		return run.Save(u, im.Line, jobs.Progress{Done: im.Rows, Total: im.Total})
	})
	if errors.Is(err, jobs.ErrLost) || errors.Is(context.Cause(ctx), jobs.ErrCancelled) {
		return errors.Join(err, i.end(ctx, im, Cancelled))
	}
	if fail.As(err) != nil {
		return jobs.Hopeless(errors.Join(err, i.end(ctx, im, Cancelled)))
	}
	return err
}

func (i importer) undoJob(ctx context.Context, run *jobs.Run) error {
	var a args
	if err := run.Args(&a); err != nil {
		return err
	}
	im, actor, err := i.actorOf(ctx, a.ID)
	if err != nil {
		return jobs.Hopeless(err)
	}
	below := int64(1) << 40
	if _, err := run.Cursor(&below); err != nil {
		return err
	}
	return i.undo(ctx, actor, im, below, func(u *records.Tx, below int64) error {
		return run.Save(u, below, jobs.Progress{Done: im.Kept, Total: im.New + im.Changed})
	})
}

// undo takes an import back, the last row first, from the rows below a line on.
func (i importer) undo(ctx context.Context, actor *access.Actor, im *Import, below int64, tell func(u *records.Tx, below int64) error) error {
	d := i.p.Registry.Def(im.Type)
	for {
		var lines []undoLine
		kept := im.Kept
		err := i.p.DB.Update(ctx, actor, func(u *storage.Update) error {
			u.Origin, lines, im.Kept = "import:"+im.ID+":undo", nil, kept
			err := u.Each("SELECT line, act, record FROM importing_row WHERE run = $1 AND act IN ('create', 'update') AND line < $2 ORDER BY line DESC LIMIT $3", []any{im.ID, below, batch}, func(rows *sql.Rows) error {
				var l undoLine
				err := rows.Scan(&l.line, &l.act, &l.record)
				lines = append(lines, l)
				return err
			})
			if err != nil || len(lines) == 0 {
				return err
			}
			n, err := undo(u, d, im, lines)
			if err != nil {
				return err
			}
			im.Kept += n
			if err := im.keep(u); err != nil {
				return err
			}
			return tell(u, int64(lines[len(lines)-1].line))
		})
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			return i.end(ctx, im, Undone)
		}
		below = int64(lines[len(lines)-1].line)
	}
}
