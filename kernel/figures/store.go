package figures

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// Snapshot is one kept value of a figure with its explanation.
type Snapshot struct {
	Figure        string
	Scope         Scope
	Day           records.Date // of the organisation
	At            time.Time    // when it was computed
	Value         Value
	Target, Limit *float64
	Better        Direction // where it is not the figure's own
	Explanation
	// Failed is since when it could not be computed again; zero: it could.
	Failed time.Time
}

// Explanation is what a value was made of.
type Explanation struct {
	Inputs    []Input      `json:"inputs,omitempty"`
	Total     int64        `json:"total,omitempty"`
	Condition words.Said   `json:"condition"`
	Part      Value        `json:"part"`
	Whole     Value        `json:"whole"`
	Sources   []Source     `json:"sources,omitempty"`
	Gaps      []words.Said `json:"gaps,omitempty"`
	Outdated  words.Said   `json:"outdated,omitzero"`
	Range     words.Said   `json:"range,omitzero"`
}

// Oldest is the moment of the oldest source; zero when no source tells.
func (e Explanation) Oldest() (at time.Time) {
	for _, s := range e.Sources {
		if !s.At.IsZero() && (at.IsZero() || s.At.Before(at)) {
			at = s.At
		}
	}
	return at
}

// State says how the value stands against its target.
func (s *Snapshot) State(f *Figure) string {
	return Judge(s.Value, cmp.Or(s.Better, f.Better), s.Target, s.Limit)
}

// Keep stores what a figure came to as the day's value, in place of an earlier
// one of the same day. Sample data and imports use it to give a figure a past.
func Keep(u *records.Tx, f *Figure, scope Scope, at time.Time, r Result) error {
	o, _, err := org.Get(u)
	if err != nil {
		return err
	}
	snap, err := snapshot(u, f, scope, at, records.DateOf(at.In(o.Zone())), r)
	if err != nil {
		return err
	}
	args, err := snap.columns()
	if err != nil {
		return err
	}
	_, err = u.Exec(`INSERT INTO figure_value (figure, scope, day, at, state, number, minor, currency, target, bound, better, explanation)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (figure, scope, day) DO UPDATE SET at = $4, state = $5, number = $6, minor = $7, currency = $8, target = $9, bound = $10, better = $11, explanation = $12, failed_at = NULL`,
		append([]any{f.Key, string(scope), string(snap.Day)}, args...)...)
	if err != nil {
		return fmt.Errorf("keep figure %s: %w", f.Key, err)
	}
	return nil
}

// snapshot is the value of a day with what it is judged by: what somebody set for the
// day, else what the result brings along, else the figure's own.
func snapshot(v records.Reader, f *Figure, scope Scope, at time.Time, day records.Date, r Result) (*Snapshot, error) {
	s := &Snapshot{Figure: f.Key, Scope: scope, At: at, Day: day, Value: r.Value, Target: f.Target, Limit: f.Limit,
		Explanation: Explanation{r.Inputs, max(r.Total, int64(len(r.Inputs))), r.Condition, r.Part, r.Whole, r.Sources, r.Gaps, r.Outdated, r.Range}}
	if r.Target != nil || r.Limit != nil {
		s.Target, s.Limit = r.Target, r.Limit
	}
	if s.Value.State == "" {
		s.Value.State = Absent
	}
	goals := SetOf(v).Goals
	if goals == nil {
		return s, nil
	}
	set, err := goals(v, f.Key, scope, day)
	if set != nil {
		s.Target, s.Limit, s.Better = set.Target, set.Limit, set.Better
	}
	return s, err
}

// columns are at, state, number, minor, currency, target, bound, better, explanation.
func (s *Snapshot) columns() ([]any, error) {
	raw, err := json.Marshal(s.Explanation)
	if err != nil {
		return nil, fmt.Errorf("keep figure %s: %w", s.Figure, err)
	}
	var number, minor, currency any
	switch {
	case !s.Value.Known():
	case s.Value.Currency != "":
		minor, currency = s.Value.Minor, s.Value.Currency
	default:
		number = s.Value.Number
	}
	return []any{s.At.UnixMicro(), string(s.Value.State), number, minor, currency, s.Target, s.Limit, storage.Null(string(s.Better)), string(raw)}, nil
}

const columns = "at, state, number, minor, currency, target, bound, better"

// scan reads a row of columns, with the explanation and failed_at behind them,
// both of which may be absent.
func (s *Snapshot) scan(rows *sql.Rows, before ...any) error {
	var raw string
	err := rows.Scan(slices.Concat(before, []any{storage.Instant(&s.At)}, s.Value.columns(), []any{&s.Target, &s.Limit, storage.Zero(&s.Better), storage.Zero(&raw), storage.Instant(&s.Failed)})...)
	if err != nil || raw == "" {
		return err
	}
	if err := json.Unmarshal([]byte(raw), &s.Explanation); err != nil {
		return fmt.Errorf("explanation of figure %s: %w", s.Figure, err)
	}
	return nil
}

// Latest returns the last value of every figure of a scope that the reader may
// see, by key. A figure that was never computed is absent.
func Latest(r records.Reader, scope Scope) (map[string]*Snapshot, error) {
	out := map[string]*Snapshot{}
	err := r.Reading().Each(`SELECT figure, day, `+columns+`, explanation, failed_at FROM figure_value v
WHERE scope = $1 AND day = (SELECT MAX(day) FROM figure_value l WHERE l.figure = v.figure AND l.scope = v.scope)`, []any{string(scope)}, func(rows *sql.Rows) error {
		s := &Snapshot{Scope: scope}
		if err := s.scan(rows, &s.Figure, (*string)(&s.Day)); err != nil {
			return err
		}
		out[s.Figure] = s
		return nil
	})
	if err != nil {
		return nil, err
	}
	set := SetOf(r)
	for key := range out {
		f := set.Figure(key)
		if f == nil {
			delete(out, key) // of a figure the program no longer has
			continue
		}
		may, err := MaySee(r, f, scope)
		if err != nil {
			return nil, err
		}
		if !may {
			delete(out, key)
		}
	}
	return out, nil
}

// LatestOf returns a figure's last value for a scope; nil before the first, and
// NotFound when the reader may not see it.
func LatestOf(r records.Reader, f *Figure, scope Scope) (*Snapshot, error) {
	if may, err := MaySee(r, f, scope); err != nil || !may {
		return nil, orNotFound(err)
	}
	return one(r, f.Key, scope, "9999-12-31")
}

// one is the last value kept on or before a day; nil without one.
func one(r records.Reader, key string, scope Scope, until records.Date) (*Snapshot, error) {
	var out *Snapshot
	err := r.Reading().Each(`SELECT day, `+columns+`, explanation, failed_at FROM figure_value
WHERE figure = $1 AND scope = $2 AND day <= $3 ORDER BY day DESC LIMIT 1`, []any{key, string(scope), string(until)}, func(rows *sql.Rows) error {
		out = &Snapshot{Figure: key, Scope: scope}
		return out.scan(rows, (*string)(&out.Day))
	})
	return out, err
}

// Point is a figure's value on one day.
type Point struct {
	Day   records.Date
	Value Value
}

// Trend returns the kept values from one day to another, oldest first. Days on
// which nothing was kept are absent.
func Trend(r records.Reader, f *Figure, scope Scope, from, to records.Date) ([]Point, error) {
	if may, err := MaySee(r, f, scope); err != nil || !may {
		return nil, orNotFound(err)
	}
	var out []Point
	err := r.Reading().Each(`SELECT day, state, number, minor, currency FROM figure_value
WHERE figure = $1 AND scope = $2 AND day >= $3 AND day <= $4 ORDER BY day`, []any{f.Key, string(scope), string(from), string(to)}, func(rows *sql.Rows) error {
		p, err := scanPoint(rows)
		out = append(out, p)
		return err
	})
	return out, err
}

func scanPoint(rows *sql.Rows, before ...any) (p Point, err error) {
	err = rows.Scan(slices.Concat(before, []any{&p.Day}, p.Value.columns())...)
	return p, err
}

// columns are state, number, minor, currency, to scan into.
func (v *Value) columns() []any {
	return []any{&v.State, storage.Zero(&v.Number), storage.Zero(&v.Minor), storage.Zero(&v.Currency)}
}

// Trends returns the kept values of all figures of a scope from a day on, by
// key: what sparks are drawn from. The caller shows only what Latest gave.
func Trends(r records.Reader, scope Scope, from records.Date) (map[string][]Point, error) {
	out := map[string][]Point{}
	err := r.Reading().Each(`SELECT figure, day, state, number, minor, currency FROM figure_value
WHERE scope = $1 AND day >= $2 ORDER BY figure, day`, []any{string(scope), string(from)}, func(rows *sql.Rows) error {
		var key string
		p, err := scanPoint(rows, &key)
		out[key] = append(out[key], p)
		return err
	})
	return out, err
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return records.NotFound()
}
