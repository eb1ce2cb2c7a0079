package agents

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// row is one entry of a section, its names in lower case. Values are string,
// bool, json.Number, row or []any of these. XML repeats an element where JSON
// has a list, so a single value may stand where a list is meant.
type row map[string]any

// text is the first of the named values that is not empty.
func (r row) text(names ...string) string {
	for _, n := range names {
		if s := scalar(r[n]); s != "" {
			return s
		}
	}
	return ""
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		if printable(v) { // nearly all are
			return v
		}
		return strings.TrimSpace(strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' {
				return -1
			}
			return r
		}, v))
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "1"
		}
		return "0"
	case []any:
		if len(v) > 0 {
			return scalar(v[0])
		}
	}
	return ""
}

// printable reports a text of ASCII without control characters, and without
// spaces around it.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' '
}

// texts is all the values of a name.
func (r row) texts(name string) []string {
	var all []string
	for _, v := range r.values(name) {
		if s := scalar(v); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func (r row) values(name string) []any {
	switch v := r[name].(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// rows is all the entries of a name; inner is the name of the element XML
// wraps each in, which JSON does without.
func (r row) rows(name, inner string) []row {
	var all []row
	for _, v := range r.values(name) {
		sub := asRow(v)
		if sub == nil {
			continue
		}
		if wrapped := sub.values(inner); inner != "" && len(wrapped) > 0 {
			for _, w := range wrapped {
				if s := asRow(w); s != nil {
					all = append(all, s)
				}
			}
			continue
		}
		all = append(all, sub)
	}
	return all
}

func asRow(v any) row {
	switch v := v.(type) {
	case row:
		return v
	case map[string]any:
		lower := make(row, len(v))
		for k, x := range v {
			lower[strings.ToLower(k)] = x
		}
		return lower
	}
	return nil
}

// number is the number at the head of a value ("1333 MHz"), nil if there is none.
func (r row) number(names ...string) *float64 { return leading(r.text(names...)) }

// leading is the number at the head of a text.
func leading(s string) *float64 {
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' || end == 0 && s[end] == '-') {
		end++
	}
	f, err := strconv.ParseFloat(s[:end], 64)
	if err != nil || math.IsInf(f, 0) || math.Abs(f) > 1<<62 {
		return nil
	}
	return &f
}

// whole is a count: nil where it is absent or below zero.
func (r row) whole(names ...string) *int64 {
	f := r.number(names...)
	if f == nil || *f < 0 {
		return nil
	}
	return new(int64(*f))
}

func (r row) count(names ...string) *int {
	n := r.whole(names...)
	if n == nil || *n > math.MaxInt32 {
		return nil
	}
	return new(int(*n))
}

// positive is a count of which zero means unknown.
func (r row) positive(names ...string) *int {
	if n := r.count(names...); n != nil && *n > 0 {
		return n
	}
	return nil
}

// size is a size in bytes, given in units; zero means unknown.
func (r row) size(unit float64, names ...string) *int64 {
	return sizeOf(unit, r.text(names...))
}

func sizeOf(unit float64, s string) *int64 {
	f := leading(s)
	if f == nil || *f <= 0 || *f*unit > 1<<62 {
		return nil
	}
	return new(int64(math.Round(*f * unit)))
}

// flag is a yes or no in any of the ways agents say it.
func (r row) flag(name string) *bool {
	switch strings.ToLower(r.text(name)) {
	case "1", "true", "yes", "on", "up", "enabled", "running":
		return new(true)
	case "0", "false", "no", "off", "down", "disabled":
		return new(false)
	}
	return nil
}

// day reads a date as YYYY-MM-DD. XML writes day first for software and month
// first for the BIOS; usFirst says which is meant where both could be.
func day(s string, usFirst bool) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	s, _, _ = strings.Cut(s, "T")
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '-' || r == '.' })
	if len(parts) != 3 {
		if len(s) == 8 && strings.Trim(s, "0123456789") == "" {
			parts = []string{s[:4], s[4:6], s[6:]}
		} else {
			return ""
		}
	}
	y, m, d := parts[0], parts[1], parts[2]
	if len(y) != 4 {
		y, m, d = parts[2], parts[1], parts[0]
		if first, _ := strconv.Atoi(parts[0]); usFirst && first <= 12 {
			m, d = parts[0], parts[1]
		} else if second, _ := strconv.Atoi(parts[1]); second > 12 {
			m, d = parts[0], parts[1]
		}
	}
	if len(y) != 4 || len(m) > 2 || len(d) > 2 {
		return ""
	}
	year, errY := strconv.Atoi(y)
	month, errM := strconv.Atoi(m)
	of, errD := strconv.Atoi(d)
	// A day that its month has not moves into the next.
	if t := time.Date(year, time.Month(month), of, 0, 0, 0, 0, time.UTC); errY != nil || errM != nil || errD != nil || year < 1980 || t.Day() != of || int(t.Month()) != month {
		return ""
	}
	if len(m) == 2 && len(d) == 2 && s == y+"-"+m+"-"+d { // as it is wanted
		return s
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, of)
}

// moment reads a time of day in the machine's own zone, of which only the
// offset is told (+0100); without one it cannot be placed.
func moment(s, offset string) *time.Time {
	if len(offset) != 5 {
		return nil
	}
	t, err := time.Parse("2006-01-02 15:04:05 -0700", fmt.Sprintf("%s %s", s, offset))
	if err != nil {
		return nil
	}
	return new(t.UTC())
}
