package database

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// States of a check.
const (
	OK       = "ok"
	Warning  = "warning"
	Critical = "critical"
	Unknown  = "unknown"
)

// Result is what a check found.
type Result struct {
	Check    string     `json:"check" doc:"the check's id"`
	Title    string     `json:"title"`
	Group    string     `json:"group" doc:"availability, performance, capacity, maintenance, security, backup, replication"`
	State    string     `json:"state" doc:"ok, warning, critical, unknown"`
	Value    *float64   `json:"value" doc:"what was measured; null: nothing of the kind is there, or unknown"`
	Unit     string     `json:"unit"`
	Warning  *float64   `json:"warning_at,omitempty"`
	Critical *float64   `json:"critical_at,omitempty"`
	Severity string     `json:"severity" doc:"how much it matters when it speaks: low, medium, high"`
	Evidence []Evidence `json:"evidence,omitempty" doc:"the objects it speaks about, the worst first, at most 20"`
	More     int        `json:"more,omitempty" doc:"how many objects are not named"`
	Unseen   int        `json:"unseen,omitempty" doc:"objects that could not be looked at"`
	Remedy   string     `json:"remedy,omitempty" doc:"what to do; only with a warning or critical"`
	Why      string     `json:"why,omitempty" doc:"why it is unknown, or why objects were not seen"`
	Needs    string     `json:"needs,omitempty" doc:"the right or setting that would show it"`
	Source   string     `json:"source,omitempty" doc:"where the maker describes it"`
	Proven   string     `json:"proven" doc:"live: this check's fault is made on a real server in the tests; related: on MariaDB for MySQL, on Redis for Valkey; recorded: tested on answers written after the maker's documentation; own: not shipped"`
}

// Evidence is one object a check speaks about, by the names of its query.
type Evidence map[string]any

const (
	maxEvidence = 20
	maxText     = 400 // runes of one text in the evidence
)

// judge turns the rows of a check's query into its result.
func (c *Check) judge(r *table) Result {
	res := c.result()
	value, why := slices.Index(r.columns, "value"), slices.Index(r.columns, "why")
	if value < 0 && c.Take != "count" {
		res.State, res.Why = Unknown, "the query has no column named value"
		return res
	}
	type object struct {
		value float64
		at    int
	}
	var seen []object
	for i, row := range r.rows {
		v := 1.0
		if value >= 0 {
			f, ok := number(row[value])
			if !ok {
				res.Unseen++
				if why >= 0 && res.Why == "" {
					res.Why, _ = row[why].(string)
				}
				continue
			}
			v = f
		}
		seen = append(seen, object{v, i})
	}
	if res.Unseen > 0 {
		res.Needs = c.Needs
		if len(seen) == 0 {
			res.State = Unknown
			if res.Why == "" {
				res.Why = "the server does not show it"
			}
			return res
		}
	}
	slices.SortStableFunc(seen, func(a, b object) int {
		switch {
		case c.worse(a.value, b.value):
			return -1
		case c.worse(b.value, a.value):
			return 1
		}
		return 0
	})
	switch {
	case c.Take == "count":
		res.Value = new(float64(len(seen)))
	case c.Take == "sum":
		sum := 0.0
		for _, o := range seen {
			sum += o.value
		}
		res.Value = new(round(sum))
	case len(seen) > 0:
		res.Value = new(round(seen[0].value))
	}
	res.State = OK
	if res.Value != nil {
		res.State = c.state(*res.Value)
	}
	if res.State == OK {
		return res
	}
	res.Remedy = c.Remedy
	for _, o := range seen {
		if c.Take == "worst" && c.state(round(o.value)) == OK {
			break
		}
		if len(res.Evidence) == maxEvidence {
			res.More++
			continue
		}
		e := Evidence{}
		for k, name := range r.columns {
			if cell := shown(c.Engine, name, r.rows[o.at][k]); cell != nil && name != "why" {
				e[name] = cell
			}
		}
		res.Evidence = append(res.Evidence, e)
	}
	if r.more && res.More == 0 {
		res.More = 1 // there are more than were read
	}
	return res
}

// result is the part of a result that does not depend on the answer.
func (c *Check) result() Result {
	return Result{
		Check: c.ID, Title: c.Title, Group: c.Group, Unit: c.Unit, Warning: c.Warning, Critical: c.Critical,
		Severity: c.Severity, Source: c.Source, Proven: c.Proven,
	}
}

// unknown is the result of a check that could not be run.
func (c *Check) unknown(why, needs string) Result {
	res := c.result()
	res.State, res.Why, res.Needs = Unknown, why, needs
	return res
}

func round(v float64) float64 { return math.Round(v*1000) / 1000 }

// number reads a driver's value as a number.
func number(v any) (float64, bool) {
	var f float64
	switch v := v.(type) {
	case int64:
		f = float64(v)
	case int32:
		f = float64(v)
	case int:
		f = float64(v)
	case uint64:
		f = float64(v)
	case float32:
		f = float64(v)
	case float64:
		f = v
	case bool:
		if v {
			f = 1
		}
	case json.Number:
		var err error
		if f, err = v.Float64(); err != nil {
			return 0, false
		}
	case []byte:
		return number(string(v))
	case string:
		var err error
		if f, err = strconv.ParseFloat(strings.TrimSpace(v), 64); err != nil {
			return 0, false
		}
	default:
		return 0, false
	}
	return f, !math.IsNaN(f) && !math.IsInf(f, 0)
}

// shown makes a cell fit to be shown: bounded, and statements without the
// values in them.
func shown(e Engine, column string, v any) any {
	switch x := v.(type) {
	case nil:
		return nil
	case []byte:
		v = string(x)
	case time.Time:
		return x.UTC().Format(time.RFC3339)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
		return round(x)
	case int64, int32, int, uint64, bool, json.Number:
		return v
	}
	s := clean(fmt.Sprint(v))
	if column == "value" {
		if f, ok := number(s); ok {
			return round(f)
		}
	}
	if column == "statement" || strings.HasSuffix(column, "_statement") {
		s = Redact(e, s)
	}
	return bounded(s, maxText)
}

// clean makes a text valid UTF-8 without control characters.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func bounded(s string, runes int) string {
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	return string([]rune(s)[:runes]) + "…"
}
