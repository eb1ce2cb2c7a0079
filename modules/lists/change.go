package lists

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/records"
)

// Act is what a step does to each record.
type Act string

const (
	SetField   Act = "set"
	ClearField Act = "clear"
	AddTag     Act = "tag"
	RemoveTag  Act = "untag"
	Archive    Act = "archive"
	Restore    Act = "restore"
)

// Step is one thing to do to each record: a field's new value as the API spells
// it, a tag to put on or take off, or to put the record away or bring it back.
type Step struct {
	Act   Act    `json:"act"`
	Field string `json:"field,omitempty"`
	Tag   string `json:"tag,omitempty"`
	Value any    `json:"value,omitempty"`
}

// State is where a change stands.
type State string

const (
	Draft   State = "draft"
	Running State = "running"
	Done    State = "done"
	Undoing State = "undoing"
	Undone  State = "undone"
)

const (
	// MaxRows is the most records that one change touches.
	MaxRows = 10_000
	// AtOnce is how many are changed while the person waits; more are a job's.
	AtOnce = 200
)

// Change is one change to many records.
type Change struct {
	ID, Type, Person string
	Steps            []Step
	Back             string
	State            State
	Job              string
	MadeAt           time.Time
	Counts           map[Outcome]int64

	values map[*records.Field]any // what the steps set, once resolved
}

// Outcome is what became of one record.
type Outcome string

const (
	Waits   Outcome = "waits"
	Changed Outcome = "done"
	Same    Outcome = "same"
	Refused Outcome = "refused"
	TookOff Outcome = "undone"
	Kept    Outcome = "kept" // the undo left it, since it was changed again
)

// total is how many records the change is about.
func (c *Change) total() (n int64) {
	for _, one := range c.Counts {
		n += one
	}
	return n
}

// Start keeps a change to the records of a query, at the versions that they have
// now: one that somebody changes before the change is carried out is left alone.
func Start(u *records.Tx, d *records.Def, q records.Query, back string) (*Change, error) {
	if !d.MayAny(u, access.Edit) || u.Actor.Person == "" {
		return nil, fail.New(fail.Forbidden, "lists.may-not", "You may not change such records.")
	}
	c := &Change{ID: u.NewID(), Type: d.Name, Person: u.Actor.Person, State: Draft, Back: back, MadeAt: u.Now}
	if _, err := u.Exec("INSERT INTO lists_change (id, type, person, steps, back, state, job, made_at) VALUES ($1, $2, $3, '[]', $4, 'draft', '', $5)", c.ID, c.Type, c.Person, back, u.Now.UnixMicro()); err != nil {
		return nil, err
	}
	cond, args, err := d.Condition(u, "t", q, c.ID)
	if err != nil {
		return nil, err
	}
	n, err := u.Exec("INSERT INTO lists_change_row (change, record, version, outcome, problem) SELECT CAST($1 AS TEXT), t.id, t.version, 'waits', '' FROM "+d.Table+" t WHERE "+cond+" LIMIT "+strconv.Itoa(MaxRows+1), args...)
	switch {
	case err != nil:
		return nil, err
	case n == 0:
		return nil, fail.New(fail.Invalid, "lists.no-rows", "Choose at least one row.")
	case n > MaxRows:
		return nil, fail.New(fail.TooLarge, "lists.rows", "More than {max} records match; narrow the filter.").With("max", MaxRows)
	}
	c.Counts = map[Outcome]int64{Waits: n}
	return c, nil
}

// Get returns the actor's own change, or NotFound.
func Get(r records.Reader, id string) (*Change, *records.Def, error) {
	c := &Change{ID: id, Counts: map[Outcome]int64{}}
	var steps string
	var made int64
	found, err := r.Reading().Row("SELECT type, person, steps, back, state, job, made_at FROM lists_change WHERE id = $1", []any{id}, &c.Type, &c.Person, &steps, &c.Back, &c.State, &c.Job, &made)
	if err != nil {
		return nil, nil, err
	}
	a, d := r.Reading().Actor, records.RegistryOf(r).Def(c.Type)
	if !found || d == nil || a == nil || a.Kind != access.SystemKind && a.Person != c.Person {
		return nil, nil, records.NotFound()
	}
	c.MadeAt = time.UnixMicro(made).UTC()
	dec := json.NewDecoder(bytes.NewReader([]byte(steps)))
	dec.UseNumber()
	if err := dec.Decode(&c.Steps); err != nil {
		return nil, nil, err
	}
	return c, d, r.Reading().Each("SELECT outcome, COUNT(*) FROM lists_change_row WHERE change = $1 GROUP BY outcome", []any{id}, func(rows *sql.Rows) error {
		var o Outcome
		var n int64
		err := rows.Scan(&o, &n)
		c.Counts[o] = n
		return err
	})
}

// Plan sets what a draft is to do. What could not be done to any record of the
// type is refused.
func (c *Change) Plan(u *records.Tx, d *records.Def, steps []Step) error {
	if c.State != Draft {
		return fail.New(fail.Conflict, "lists.begun", "This change was carried out already.")
	}
	if len(steps) > 20 {
		return fail.New(fail.Invalid, "lists.steps", "One change has at most {max} steps.").With("max", 20)
	}
	for i, s := range steps {
		if err := s.check(u, d); err != nil {
			return err
		}
		if slices.ContainsFunc(steps[:i], func(o Step) bool { return o.Field != "" && o.Field == s.Field }) {
			return fail.Named(s.Field, "lists.twice", "This field is changed twice.")
		}
	}
	raw, err := json.Marshal(steps)
	if err != nil {
		return err
	}
	c.Steps = steps
	_, err = u.Exec("UPDATE lists_change SET steps = $1 WHERE id = $2", string(raw), c.ID)
	return err
}

// Fields are those of a type that one change may set for many records.
func Fields(r records.Reader, d *records.Def) ([]*records.Field, error) {
	if d.Unwritten() {
		return nil, nil
	}
	all, err := d.All(r)
	return slices.DeleteFunc(all, func(f *records.Field) bool {
		return f.IsHidden || f.ReadOnly || f.Unique || f.IsTitle || f.Kind == records.Secret || !f.Shows(r, d)
	}), err
}

func (s Step) check(r records.Reader, d *records.Def) error {
	switch s.Act {
	case AddTag, RemoveTag:
		if s.Tag == "" {
			return fail.Named("tag", "kernel.records.tag", "A tag has between 1 and 50 characters.")
		}
		return nil
	case Archive, Restore:
		return nil
	case SetField, ClearField:
		f, err := s.field(r, d)
		if err != nil {
			return err
		}
		v, err := records.FromJSON(f, s.Value)
		if err == nil && (v == nil || s.Act == ClearField) && !f.Optional {
			err = fail.Named(f.Name, "kernel.records.required", "This must be filled in.")
		}
		return err
	}
	return fail.Named("act", "lists.act", "There is no such action.")
}

func (s Step) field(r records.Reader, d *records.Def) (*records.Field, error) {
	all, err := Fields(r, d)
	if at := slices.IndexFunc(all, func(f *records.Field) bool { return f.Name == s.Field }); at >= 0 || err != nil {
		if err != nil {
			return nil, err
		}
		return all[at], nil
	}
	return nil, fail.Named("field", "lists.no-field", "{field} cannot be changed for many records at once.").With("field", s.Field)
}

// Begin carries a draft out: at once for few records, else as a job.
func (c *Change) Begin(u *records.Tx, d *records.Def) error {
	if len(c.Steps) == 0 {
		return fail.New(fail.Invalid, "lists.nothing", "Say first what to change.")
	}
	return c.proceed(u, d, Draft, Running)
}

// Undo takes a change back. What somebody changed since stays as it is.
func (c *Change) Undo(u *records.Tx, d *records.Def) error { return c.proceed(u, d, Done, Undoing) }

func (c *Change) proceed(u *records.Tx, d *records.Def, from, to State) (err error) {
	n, err := u.Exec("UPDATE lists_change SET state = $1 WHERE id = $2 AND state = $3", string(to), c.ID, string(from))
	if err != nil {
		return err
	}
	if n == 0 {
		return fail.New(fail.Conflict, "lists.begun", "This change was carried out already.")
	}
	c.State = to
	if c.total() > AtOnce {
		if c.Job, err = jobs.Enqueue(u, carryJob, carryArgs{c.ID}, jobs.Options{Key: "lists " + c.ID, Priority: 10}); err == nil {
			_, err = u.Exec("UPDATE lists_change SET job = $1 WHERE id = $2", c.Job, c.ID)
		}
		return err
	}
	if _, err = c.part(u, d, AtOnce); err != nil {
		return err
	}
	return c.end(u)
}

func (c *Change) end(u *records.Tx) error {
	c.State = map[State]State{Running: Done, Undoing: Undone}[c.State]
	_, err := u.Exec("UPDATE lists_change SET state = $1, ended_at = $2 WHERE id = $3", string(c.State), u.Now.UnixMicro(), c.ID)
	return err
}
