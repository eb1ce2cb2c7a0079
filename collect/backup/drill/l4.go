package drill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"steward/collect/backup"
)

// Query is one question of the organisation's own, with the answer it must get.
type Query struct {
	Name   string  `json:"name"`
	SQL    string  `json:"sql" doc:"a SELECT of one row and one column"`
	Equals *string `json:"equals,omitempty"`
	Min    *string `json:"min,omitempty" doc:"a number"`
	Max    *string `json:"max,omitempty" doc:"a number"`
}

// ParseQueries reads [{"name":"open orders","sql":"SELECT …","min":"1","max":"500"}].
func ParseQueries(b []byte) ([]Query, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var list []Query
	if err := d.Decode(&list); err != nil {
		return nil, backup.NewWrong("--queries", `is no list of {"name", "sql", "equals" or "min" and "max"}: %v`, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, backup.NewWrong("--queries", "goes on after its end")
	}
	for i, q := range list {
		place := fmt.Sprintf("--queries[%d]", i)
		if q.Name == "" || strings.TrimSpace(q.SQL) == "" {
			return nil, backup.NewWrong(place, "needs a name and a statement as sql")
		}
		if q.Equals == nil && q.Min == nil && q.Max == nil {
			return nil, backup.NewWrong(place, "says not what is right; give equals, min or max")
		}
		for _, n := range []*string{q.Min, q.Max} {
			if n != nil {
				if _, ok := number(*n); !ok {
					return nil, backup.NewWrong(place, "has %q, which is no number", *n)
				}
			}
		}
	}
	return list, nil
}

// number reads a decimal number of a sane length, exactly.
func number(s string) (*big.Rat, bool) {
	s = strings.TrimSpace(s)
	if len(s) > 200 || strings.ContainsAny(s, "/eExXpP_") {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// right reports whether an answer is what it must be.
func (q Query) right(answer string) bool {
	if q.Equals != nil && answer != *q.Equals {
		return false
	}
	if q.Min == nil && q.Max == nil {
		return true
	}
	v, ok := number(answer)
	if !ok {
		return false
	}
	if q.Min != nil {
		if n, _ := number(*q.Min); v.Cmp(n) < 0 {
			return false
		}
	}
	if q.Max != nil {
		if n, _ := number(*q.Max); v.Cmp(n) > 0 {
			return false
		}
	}
	return true
}

// expected tells in words what is right.
func (q Query) expected() string {
	var parts []string
	if q.Equals != nil {
		parts = append(parts, fmt.Sprintf("%q", *q.Equals))
	}
	if q.Min != nil {
		parts = append(parts, "at least "+*q.Min)
	}
	if q.Max != nil {
		parts = append(parts, "at most "+*q.Max)
	}
	return strings.Join(parts, ", ")
}

// l4: the copy is used: own questions get the right answers, and where the log is
// followed the point in time asked for was reached.
func (d *run) l4(ctx context.Context) error {
	if d.restored == nil {
		return nil
	}
	used := false
	if d.restored.ask != nil {
		for _, q := range d.Queries {
			answer, err := d.restored.ask(ctx, q.SQL)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				d.report.judge(L4, "query", false, q.expected(), q.Name+": "+err.Error())
				continue
			}
			d.report.judge(L4, "query", q.right(answer), q.expected(), q.Name+": "+answer)
			used = true
		}
	}
	if d.followsLog() && d.Until != "" {
		used = true
		d.pointInTime()
	}
	if !used && len(d.Queries) == 0 {
		d.report.judge(L4, "used", false, "own queries (--queries), or a point in time (--log, --until)", "none was given, so the copy was not used")
	}
	return nil
}

// oneAnswer reads the one row of one column.
func oneAnswer(next func() bool, scan func(*string) error, failed func() error) (string, error) {
	if !next() {
		if err := failed(); err != nil {
			return "", err
		}
		return "", errors.New("it gives no row")
	}
	var answer string
	if err := scan(&answer); err != nil {
		return "", fmt.Errorf("it gives not one text or number: %w", err)
	}
	if next() {
		return "", errors.New("it gives more than one row")
	}
	return answer, failed()
}
