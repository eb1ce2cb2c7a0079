package snmp

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Walk calls each for every value under root, in order. It ends without error
// where nothing more is; ErrCircle when an agent goes back; errors of each end
// it. At most limit values are read; more is an error, since no table of a sane
// agent is larger.
func Walk(ctx context.Context, s Source, root OID, limit int, each func(Binding) error) error {
	at, n := root, 0
	var way course
	for {
		list, err := s.Next(ctx, at)
		if errors.Is(err, errGeneral) && n > 0 {
			return fmt.Errorf("after %s: %w", at, err)
		}
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return nil
		}
		for _, b := range list {
			if err := way.goes(at, b.OID); err != nil {
				return err
			}
			if !b.OID.Under(root) {
				return nil
			}
			if n++; n > limit {
				return fmt.Errorf("more than %d values under %s", limit, root)
			}
			at = b.OID
			if b.Value.Missing() {
				continue
			}
			if err := each(b); err != nil {
				return err
			}
		}
	}
}

// Columns walks the named columns of a table whose entry is given: each is
// called with the column and the row's index. Columns that are not named are
// stepped over, so a table costs about as many questions as it has values that
// are wanted. A column the agent fails at is left out, and the first such
// failure is returned when all others were read.
func Columns(ctx context.Context, s Source, entry OID, columns []uint32, limit int, each func(column uint32, index OID, v Value) error) error {
	columns = slices.Clone(columns)
	slices.Sort(columns)
	columns = slices.Compact(columns)
	var failed error
	n := 0
	for i := 0; i < len(columns); {
		at := entry.With(columns[i])
		if i == 0 && n == 0 {
			at = entry.With(columns[0])
		}
		next, err := walkColumns(ctx, s, entry, columns, i, at, &n, limit, each)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			var stop stopped
			if errors.As(err, &stop) {
				return stop.error
			}
			if failed == nil {
				failed = err
			}
			if errors.Is(err, ErrNoAnswer) || errors.Is(err, ErrClosed) || errors.Is(err, errMany) {
				return failed
			}
			i = max(next, i) + 1
			continue
		}
		i = next
	}
	return failed
}

var errMany = errors.New("more values than any sane agent has")

// stopped is an error of the caller's own function, which ends everything.
type stopped struct{ error }

// walkColumns reads from at on, through adjacent wanted columns, and returns
// the number of the next wanted column to begin with; len(columns) is the end.
func walkColumns(ctx context.Context, s Source, entry OID, columns []uint32, i int, at OID, n *int, limit int, each func(uint32, OID, Value) error) (int, error) {
	depth := len(entry)
	way := course{depth: depth}
	for {
		list, err := s.Next(ctx, at)
		if err != nil {
			return i, err
		}
		if len(list) == 0 {
			return len(columns), nil
		}
		for _, b := range list {
			if err := way.goes(at, b.OID); err != nil {
				return i, err
			}
			if !b.OID.Under(entry) || len(b.OID) <= depth+1 {
				if b.OID.Under(entry) { // a value where only columns belong
					at = b.OID
					continue
				}
				return len(columns), nil
			}
			column := b.OID[depth]
			for i < len(columns) && columns[i] < column {
				i++
			}
			if i == len(columns) {
				return i, nil
			}
			if *n++; *n > limit {
				return i, fmt.Errorf("%w: %d under %s", errMany, limit, entry)
			}
			at = b.OID
			if columns[i] != column { // one that is not wanted lies between
				continue
			}
			if b.Value.Missing() {
				continue
			}
			if err := each(column, b.OID[depth+1:], b.Value); err != nil {
				return i, stopped{err}
			}
		}
		if column := at[depth:]; len(column) > 0 && columns[i] > column[0] {
			return i, nil // begin anew at the next wanted column
		}
	}
}

// course is the way a walk goes. Agents whose rows are out of order are
// followed back; one that comes to the same place again goes in circles.
type course struct {
	depth int // of the column's number in identifiers of a table; 0 elsewhere
	first OID // of the column
	back  map[string]bool
}

// maxBack is how often an agent may go back in one walk.
const maxBack = 10_000

func (c *course) goes(from, to OID) error {
	ahead := to.Compare(from) > 0
	if c.first == nil || ahead && c.depth > 0 && len(to) > c.depth && to[c.depth] != c.first[min(c.depth, len(c.first)-1)] {
		c.first = to
	}
	if ahead {
		return nil
	}
	key := to.String()
	if to.Compare(from) == 0 || to.Compare(c.first) <= 0 || c.back[key] || len(c.back) >= maxBack {
		return fmt.Errorf("%w: %s follows %s", ErrCircle, to, from)
	}
	if c.back == nil {
		c.back = map[string]bool{}
	}
	c.back[key] = true
	return nil
}
