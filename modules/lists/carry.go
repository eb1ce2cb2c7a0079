package lists

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/lib/words"
)

const (
	carryJob = "lists.change"
	tidyJob  = "lists.tidy"
)

type carryArgs struct {
	ID string `json:"id"`
}

// row is one record of a change, at the version it had when it was chosen.
type row struct {
	record  string
	version int64
	outcome Outcome
	problem problem
}

// problem is why a record was refused, to be read in any language.
type problem struct {
	Field string     `json:"field,omitempty"`
	Said  words.Said `json:"said"`
}

// rows are those of a change with an outcome, in a fixed order.
func (c *Change) rows(r records.Reader, o Outcome, limit int) (out []row, err error) {
	err = r.Reading().Each("SELECT record, version, outcome, problem FROM lists_change_row WHERE change = $1 AND outcome = $2 ORDER BY record LIMIT "+strconv.Itoa(limit), []any{c.ID, string(o)}, func(rs *sql.Rows) error {
		var one row
		var why string
		err := rs.Scan(&one.record, &one.version, &one.outcome, &why)
		if err == nil && why != "" {
			err = json.Unmarshal([]byte(why), &one.problem)
		}
		out = append(out, one)
		return err
	})
	return out, err
}

// origin marks what the change wrote in the records' histories.
func (c *Change) origin() string { return "bulk:" + c.ID }

// part does, or takes back, up to limit records in the transaction and returns how
// many it looked at. What is refused leaves nothing behind.
func (c *Change) part(u *records.Tx, d *records.Def, limit int) (int, error) {
	u.Origin = c.origin()
	of, do := Waits, c.apply
	if c.State == Undoing {
		of, do = Changed, c.takeOff
	}
	list, err := c.rows(u, of, limit)
	if err != nil {
		return 0, err
	}
	for i := range list {
		one := &list[i]
		if err := each(u, one, func() error { return do(u, d, one) }); err != nil {
			return 0, err
		}
		why := ""
		if !one.problem.Said.Zero() {
			raw, err := json.Marshal(one.problem)
			if err != nil {
				return 0, err
			}
			why = string(raw)
		}
		if _, err := u.Exec("UPDATE lists_change_row SET outcome = $1, problem = $2 WHERE change = $3 AND record = $4", string(one.outcome), why, c.ID, one.record); err != nil {
			return 0, err
		}
		c.Counts[of]--
		c.Counts[one.outcome]++
	}
	return len(list), nil
}

// each runs fn so that what it wrote is gone when it refuses.
func each(u *records.Tx, one *row, fn func() error) error {
	if _, err := u.Exec("SAVEPOINT lists_row"); err != nil {
		return err
	}
	err := fn()
	if e := fail.As(err); e != nil && e.Kind != fail.Unavailable {
		if _, err := u.Exec("ROLLBACK TO SAVEPOINT lists_row"); err != nil {
			return err
		}
		first := e.All()[0]
		one.outcome, one.problem = Refused, problem{first.Field, words.Said{Key: first.Key, English: first.Text, Args: first.Args}}
		err = nil
	}
	if err != nil {
		return err
	}
	_, err = u.Exec("RELEASE SAVEPOINT lists_row")
	return err
}

// apply does the steps to one record, if it is as it was when it was chosen.
func (c *Change) apply(u *records.Tx, d *records.Def, one *row) error {
	rec, err := d.Get(u, one.record)
	if err != nil {
		return err
	}
	if rec.Meta().Version != one.version {
		return fail.New(fail.Conflict, "lists.since", "Somebody changed this record since it was chosen.")
	}
	if err := c.resolve(u, d); err != nil {
		return err
	}
	if len(c.values) > 0 {
		err := d.Update(u, one.record, one.version, func(after any) error {
			for f, v := range c.values {
				records.Record{Def: d, V: after}.Set(f, v)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, s := range c.Steps {
		var err error
		switch s.Act {
		case AddTag:
			err = d.Tag(u, one.record, s.Tag)
		case RemoveTag:
			err = d.Untag(u, one.record, s.Tag)
		case Archive:
			err = d.Archive(u, one.record, records.AnyVersion)
		case Restore:
			err = d.Restore(u, one.record, records.AnyVersion)
		}
		if err != nil {
			return err
		}
	}
	one.outcome = Same
	if left, err := c.traces(u, d, one.record); err != nil || len(left) > 0 {
		one.outcome = Changed
		return err
	}
	return nil
}

// resolve reads the steps' fields and values, once.
func (c *Change) resolve(r records.Reader, d *records.Def) error {
	if c.values != nil {
		return nil
	}
	c.values = map[*records.Field]any{}
	for _, s := range c.Steps {
		if s.Act != SetField && s.Act != ClearField {
			continue
		}
		f, err := s.field(r, d)
		if err != nil {
			return err
		}
		if c.values[f], err = records.FromJSON(f, s.Value); err != nil {
			return err
		}
	}
	return nil
}

// traces are the entries that the change left in a record's history, latest first.
func (c *Change) traces(r records.Reader, d *records.Def, record string) (out []string, err error) {
	out, err = r.Reading().Texts("SELECT id FROM history WHERE type = $1 AND record = $2 AND origin = $3 ORDER BY at DESC, id DESC", d.Name, record, c.origin())
	return out, err
}

// takeOff undoes what the change did to one record.
func (c *Change) takeOff(u *records.Tx, d *records.Def, one *row) error {
	entries, err := c.traces(u, d, one.record)
	if err != nil {
		return err
	}
	u.Origin = "undo:" + c.ID
	defer func() { u.Origin = c.origin() }()
	for _, id := range entries {
		if err := d.Undo(u, one.record, id); err != nil {
			return err
		}
	}
	one.outcome = TookOff
	return nil
}

// tried is how many records a preview tries; the rest are tried when it is done.
const tried = 1000

var errTried = errors.New("only tried")

// Preview is what a change would do to the first of its records.
type Preview struct {
	Tried, Change, Same, Refused int64
	Problems                     []row
}

// Try does a draft to its first records and takes it back at once, to see what
// would be changed, what stays as it is, and what is refused and why.
func (c *Change) Try(ctx context.Context, db *storage.Database, actor *access.Actor, d *records.Def) (p Preview, err error) {
	list := []row{}
	err = db.View(ctx, actor, func(v *storage.View) (err error) {
		list, err = c.rows(v, Waits, tried)
		return err
	})
	for from := 0; from < len(list) && err == nil; from += AtOnce {
		part := list[from:min(from+AtOnce, len(list))]
		err = db.Update(ctx, actor, func(u *storage.Update) error {
			u.Origin = c.origin()
			for i := range part {
				if err := each(u, &part[i], func() error { return c.apply(u, d, &part[i]) }); err != nil {
					return err
				}
			}
			return errTried
		})
		if errors.Is(err, errTried) {
			err = nil
		}
	}
	for _, one := range list {
		p.Tried++
		switch one.outcome {
		case Changed:
			p.Change++
		case Same:
			p.Same++
		default:
			p.Refused++
			if len(p.Problems) < shown {
				p.Problems = append(p.Problems, one)
			}
		}
	}
	return p, err
}

// carryOn does, or takes back, a change of many records in parts, under the rights
// that its person has by then.
func carryOn(ctx context.Context, run *jobs.Run) error {
	var a carryArgs
	if err := run.Args(&a); err != nil {
		return err
	}
	var c *Change
	var d *records.Def
	var actor *access.Actor
	err := run.View(ctx, func(v *storage.View) (err error) {
		if c, d, err = Get(v, a.ID); err == nil {
			actor, err = signin.ActorOf(v, c.Person)
		}
		return err
	})
	if err != nil {
		return jobs.Hopeless(err)
	}
	for done := false; !done; {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		err := run.DB.Update(ctx, actor, func(u *storage.Update) error {
			at, _, err := Get(u, a.ID)
			if err != nil {
				return err
			}
			n, err := at.part(u, d, AtOnce)
			if err != nil {
				return err
			}
			if done = n < AtOnce; done {
				if err := at.end(u); err != nil {
					return err
				}
			}
			left := at.Counts[Waits]
			if c.State == Undoing {
				left = at.Counts[Changed]
			}
			return run.Save(u, struct{}{}, jobs.Progress{Done: at.total() - left, Total: at.total()})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tidy forgets drafts after a day and changes after three months.
func tidy(ctx context.Context, run *jobs.Run) error {
	return run.Update(ctx, func(u *storage.Update) error {
		_, err := u.Exec("DELETE FROM lists_change WHERE state = 'draft' AND made_at < $1 OR state IN ('done', 'undone') AND made_at < $2", u.Now.AddDate(0, 0, -1).UnixMicro(), u.Now.AddDate(0, -3, 0).UnixMicro())
		return err
	})
}
