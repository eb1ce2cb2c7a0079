package decisions

import (
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
)

// Queue says which decisions to list.
type Queue string

const (
	Mine  Queue = "mine"    // wait for the reader's answer
	All   Queue = "all"     // wait for anybody's
	Ended Queue = "decided" // decided or withdrawn, latest first
)

// List returns the decisions of a queue that the reader may see, the most urgent
// first, up to limit.
func List(r records.Reader, q Queue, limit int) ([]*Decision, error) {
	b := &binds{}
	where := "WHERE state IN ('open', 'second') "
	order := " ORDER BY decide_by ASC NULLS LAST, id"
	switch q {
	case Mine:
		cond, err := mine(r, b, false)
		if err != nil {
			return nil, err
		}
		where += "AND " + cond
	case Ended:
		where, order = "WHERE state IN ('decided', 'withdrawn')", " ORDER BY changed_at DESC, id DESC"
	}
	const page = 200
	var out []*Decision
	for from := 0; ; from += page {
		rows, err := query(r, where+order+" LIMIT "+strconv.Itoa(page)+" OFFSET "+strconv.Itoa(from), b.args...)
		if err != nil {
			return nil, err
		}
		for _, d := range rows {
			may, err := listed(r, d, q)
			if err != nil {
				return nil, err
			}
			if !may {
				continue
			}
			if out = append(out, d); len(out) == limit {
				return out, nil
			}
		}
		if len(rows) < page {
			return out, nil
		}
	}
}

func listed(r records.Reader, d *Decision, q Queue) (bool, error) {
	if q == Mine {
		return MayDecide(r, d)
	}
	return MaySee(r, d)
}

// Waiting is how many decisions wait for the reader: the number in the navigation.
func Waiting(r records.Reader) (n int64, err error) {
	b := &binds{}
	cond, err := mine(r, b, true)
	if err != nil {
		return 0, err
	}
	_, err = r.Reading().Row("SELECT COUNT(*) FROM decision WHERE state IN ('open', 'second') AND "+cond, b.args, &n)
	return n, err
}

// About returns the decisions about a record that the reader may see, those that
// wait first, up to limit.
func About(r records.Reader, ref records.Ref, limit int) ([]*Decision, error) {
	typeName, id := ref.Split()
	rows, err := query(r, "WHERE subject_type = $1 AND subject = $2 ORDER BY CASE WHEN state IN ('open', 'second') THEN 0 ELSE 1 END, changed_at DESC, id LIMIT "+strconv.Itoa(limit), typeName, id)
	if err != nil {
		return nil, err
	}
	var out []*Decision
	for _, d := range rows {
		may, err := MaySee(r, d)
		if err != nil {
			return nil, err
		}
		if may {
			out = append(out, d)
		}
	}
	return out, nil
}

// mine is the condition that holds for what waits for the reader: what is given
// to the person, and what is given to nobody in an area where the person approves,
// everything of it when whole is set.
func mine(r records.Reader, b *binds, whole bool) (string, error) {
	v := r.Reading()
	if v.Actor == nil || v.Actor.Person == "" {
		return "FALSE", nil
	}
	o, _, err := org.Get(r)
	if err != nil {
		return "", err
	}
	me := b.bind(v.Actor.Person)
	ors := []string{"assignee = " + me, "(delegate = " + me + " AND delegated_until >= " + b.bind(string(o.Today(r))) + ")"}
	if len(v.Actor.Roles) > 0 {
		ors = append(ors, "(assignee IS NULL AND role IN ("+b.list(v.Actor.Roles)+"))")
	}
	l, err := LimitsOf(r)
	if err != nil {
		return "", err
	}
	if l.Second != "" && slices.Contains(v.Actor.Roles, l.Second) {
		ors = append(ors, "state = 'second'")
	}
	var areas []string
	for _, area := range access.Areas {
		held := access.HeldScopes(v.Actor, access.Approve, area, access.Ordinary, v.Now)
		if slices.Contains(held, access.All) || !whole && len(held) > 0 {
			areas = append(areas, area)
		}
	}
	if len(areas) > 0 {
		in := "area IN (" + b.list(areas) + ")"
		// what one has decided waits for any second person who may approve there
		ors = append(ors, "(assignee IS NULL AND role IS NULL AND "+in+")", "(state = 'second' AND "+in+")")
	}
	return "(" + strings.Join(ors, " OR ") + ") AND (state = 'open' OR decided_by <> " + me + ") AND (requester IS NULL OR requester <> " + me + ")", nil
}

type binds struct{ args []any }

func (b *binds) bind(v any) string {
	b.args = append(b.args, v)
	return "$" + strconv.Itoa(len(b.args))
}

func (b *binds) list(values []string) string {
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = b.bind(v)
	}
	return strings.Join(marks, ", ")
}

// Answered returns the option that was chosen for a matter, and when; found is
// false while nobody has decided. Kinds use it in Find to ask a further question.
func Answered(r records.Reader, kind, key string) (option string, at time.Time, found bool, err error) {
	var micros int64
	found, err = r.Reading().Row("SELECT outcome, decided_at FROM decision WHERE kind = $1 AND natural_key = $2 AND state = 'decided' ORDER BY decided_at DESC LIMIT 1", []any{kind, key}, &option, &micros)
	return option, time.UnixMicro(micros).UTC(), found, err
}

// Asked returns when each matter of a kind that still waits was first asked, by its
// key. Kinds use it in Find for a day to decide by that depends on it, and stays.
func Asked(r records.Reader, kind string) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	err := r.Reading().Each("SELECT natural_key, asked_at FROM decision WHERE kind = $1 AND state IN ('open', 'second')", []any{kind}, func(rows *sql.Rows) error {
		var key string
		var micros int64
		err := rows.Scan(&key, &micros)
		out[key] = time.UnixMicro(micros).UTC()
		return err
	})
	return out, err
}
