package figures

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// Month is a calendar month, "2026-11".
type Month string

// MonthOf is the month a day lies in.
func MonthOf(day records.Date) Month { return Month(day[:min(7, len(day))]) }

// ParseMonth reads YYYY-MM.
func ParseMonth(s string) (Month, error) {
	if _, err := time.Parse("2006-01", s); err != nil {
		return "", fail.Named("month", "kernel.figures.month", "{value} is not a month; write it like {example}.").With("value", s).With("example", "2026-11")
	}
	return Month(s), nil
}

// First and Last are its days.
func (m Month) First() records.Date { return records.Date(string(m) + "-01") }

// Last is its last day.
func (m Month) Last() records.Date { return records.DateOf(m.First().Time().AddDate(0, 1, -1)) }

// Next is the month after it, Previous the one before.
func (m Month) Next() Month { return MonthOf(records.DateOf(m.First().Time().AddDate(0, 1, 0))) }

// Previous is the month before it.
func (m Month) Previous() Month { return MonthOf(records.DateOf(m.First().Time().AddDate(0, -1, 0))) }

// ClosingDay is the day of the following month on which a month is closed by
// itself, so that what comes in late still counts.
const ClosingDay = 5

// Closings are the moments at which months were closed, the first first: what was
// true then, reports of these months still read.
func Closings(r records.Reader) (out []time.Time, err error) {
	err = r.Reading().Each("SELECT closed_at FROM figure_closing ORDER BY closed_at", nil, func(rows *sql.Rows) error {
		var at int64
		err := rows.Scan(&at)
		out = append(out, time.UnixMicro(at).UTC())
		return err
	})
	return out, err
}

// MonthFigures are a month's values for one scope.
type MonthFigures struct {
	Month  Month
	Closed time.Time // zero: not closed yet, the values may still change
	Values map[string]*Snapshot
}

// OfMonth returns the values of a month that the reader may see: the frozen ones
// once it is closed, and until then the last ones kept in it.
func OfMonth(r records.Reader, m Month, scope Scope) (MonthFigures, error) {
	out := MonthFigures{Month: m, Values: map[string]*Snapshot{}}
	var at int64
	closed, err := r.Reading().Row("SELECT closed_at FROM figure_closing WHERE month = $1", []any{string(m)}, &at)
	if err != nil {
		return out, err
	}
	if closed {
		out.Closed = time.UnixMicro(at).UTC()
	}
	for _, f := range SetOf(r).All() {
		may, err := MaySee(r, f, scope)
		if err != nil {
			return out, err
		}
		if !may {
			continue
		}
		var s *Snapshot
		if closed {
			s, err = frozen(r, m, f.Key, scope)
		} else {
			s, err = within(r, m, f.Key, scope)
		}
		if err != nil {
			return out, err
		}
		if s != nil {
			out.Values[f.Key] = s
		}
	}
	return out, nil
}

func frozen(r records.Reader, m Month, key string, scope Scope) (s *Snapshot, err error) {
	err = r.Reading().Each("SELECT "+columns+", explanation, NULL FROM figure_month WHERE month = $1 AND figure = $2 AND scope = $3", []any{string(m), key, string(scope)}, func(rows *sql.Rows) error {
		s = &Snapshot{Figure: key, Scope: scope, Day: m.Last()}
		return s.scan(rows)
	})
	return s, err
}

// within is the last value kept in the month; nil without one.
func within(r records.Reader, m Month, key string, scope Scope) (*Snapshot, error) {
	s, err := one(r, key, scope, m.Last())
	if err != nil || s == nil || s.Day < m.First() {
		return nil, err
	}
	return s, nil
}

// Closed reports whether a month is closed.
func Closed(r records.Reader, m Month) (bool, error) {
	var n int
	_, err := r.Reading().Row("SELECT COUNT(*) FROM figure_closing WHERE month = $1", []any{string(m)}, &n)
	return n > 0, err
}

var wordLate = words.T("kernel.figures.gap.last-of-month", "The last value kept in the month is of {day}.")

// Close freezes a month's figures: from then on nothing changes them. A month
// that has not ended, or is closed already, is refused. It acts as Steward itself;
// the caller decides who may.
func Close(u *records.Tx, m Month) error {
	s := u.As(access.System())
	o, _, err := org.Get(s)
	if err != nil {
		return err
	}
	if o.Today(s) <= m.Last() {
		return fail.New(fail.Conflict, "kernel.figures.not-over", "{month} is not over yet, so it cannot be closed.").With("month", string(m))
	}
	n, err := s.Exec("INSERT INTO figure_closing (month, closed_at, closed_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", string(m), u.Now.UnixMicro(), storage.Null(u.Actor.Person))
	if err != nil {
		return err
	}
	if n == 0 {
		return fail.New(fail.Conflict, "kernel.figures.closed", "{month} is closed already.").With("month", string(m))
	}
	for _, f := range SetOf(s).All() {
		scopes, err := keptScopes(s, m, f)
		if err != nil {
			return err
		}
		for _, scope := range scopes {
			if err := freeze(s, m, f, scope, o); err != nil {
				return fmt.Errorf("close %s: %s: %w", m, f.Key, err)
			}
		}
	}
	return nil
}

// keptScopes are the scopes a figure has values for in a month; a dated figure
// also those it has now.
func keptScopes(u *storage.Update, m Month, f *Figure) ([]Scope, error) {
	seen := map[Scope]bool{}
	var out []Scope
	err := u.Each("SELECT DISTINCT scope FROM figure_value WHERE figure = $1 AND day >= $2 AND day <= $3 ORDER BY scope", []any{f.Key, string(m.First()), string(m.Last())}, func(rows *sql.Rows) error {
		var s Scope
		err := rows.Scan((*string)(&s))
		seen[s] = true
		out = append(out, s)
		return err
	})
	if err != nil || !f.Dated {
		return out, err
	}
	now, err := f.ComputedFor(&u.View)
	for _, s := range now {
		if !seen[s] {
			out = append(out, s)
		}
	}
	return out, err
}

func freeze(u *storage.Update, m Month, f *Figure, scope Scope, o org.Organisation) error {
	s, err := within(u, m, f.Key, scope)
	if err != nil {
		return err
	}
	if f.Dated {
		end := m.Next().First().Time()
		last := time.Date(end.Year(), end.Month(), 1, 0, 0, 0, 0, o.Zone()).Add(-time.Microsecond)
		r, err := f.compute(&u.View, scope, last)
		if err != nil {
			return err
		}
		if s, err = snapshot(u, f, scope, u.Now, m.Last(), r); err != nil {
			return err
		}
	} else if s != nil && s.Day < m.Last() {
		s.Gaps = append(s.Gaps, wordLate.With("day", words.Day(s.Day)))
	}
	if s == nil {
		return nil
	}
	args, err := s.columns()
	if err != nil {
		return err
	}
	_, err = u.Exec(`INSERT INTO figure_month (month, figure, scope, at, state, number, minor, currency, target, bound, better, explanation)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, append([]any{string(m), f.Key, string(scope)}, args...)...)
	return err
}

// CloseDue closes every month that has kept values, is over, and whose closing
// day has come.
func CloseDue(ctx context.Context, db *storage.Database, log *slog.Logger) error {
	var due []Month
	err := db.View(ctx, access.System(), func(v *storage.View) error {
		o, _, err := org.Get(v)
		if err != nil {
			return err
		}
		today := o.Today(v)
		before := MonthOf(today)
		if today.Time().Day() < ClosingDay {
			before = before.Previous()
		}
		return v.Each(`SELECT DISTINCT substr(day, 1, 7) AS month FROM figure_value
WHERE day < $1 AND substr(day, 1, 7) NOT IN (SELECT month FROM figure_closing) ORDER BY month`, []any{string(before.First())}, func(rows *sql.Rows) error {
			var m Month
			err := rows.Scan((*string)(&m))
			due = append(due, m)
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, m := range due {
		err := db.Update(ctx, access.System(), func(u *storage.Update) error {
			u.Origin = "job:figures.close"
			return Close(u, m)
		})
		if err != nil && !fail.Is(err, fail.Conflict) {
			return err
		}
		log.Info("a month's figures are closed", "month", string(m))
	}
	return nil
}
