// Package xer reads the tables of Primavera P6's exchange file (XER): lines of
// fields between tabs, %T naming a table, %F its fields, %R a row.
package xer

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxRows bounds how many rows of the tables wanted are kept.
const MaxRows = 2_000_000

// Row is one row; a field that the table does not have is "".
type Row struct {
	Line   int
	fields map[string]int
	values []string
}

// Get returns a field's text.
func (r Row) Get(field string) string {
	if i, ok := r.fields[field]; ok && i < len(r.values) {
		return r.values[i]
	}
	return ""
}

// Looks reports whether bytes begin like an XER file.
func Looks(raw []byte) bool { return bytes.HasPrefix(raw, []byte("ERMHDR")) }

// Decode reads the tables named and skips all others.
func Decode(raw []byte, want ...string) (map[string][]Row, error) {
	if !Looks(raw) {
		return nil, fmt.Errorf("line 1: an XER file begins with ERMHDR")
	}
	keep := map[string]bool{}
	for _, w := range want {
		keep[w] = true
	}
	s := bufio.NewScanner(bytes.NewReader(raw))
	s.Buffer(make([]byte, 1<<16), 64<<20)
	out := map[string][]Row{}
	table, rows := "", 0
	var fields map[string]int
	for line := 1; s.Scan(); line++ {
		text := strings.TrimRight(s.Text(), "\r")
		if len(text) < 2 || text[0] != '%' {
			continue
		}
		f := strings.Split(text, "\t")
		switch f[0] {
		case "%T":
			if len(f) < 2 || f[1] == "" {
				return nil, fmt.Errorf("line %d: a table without a name", line)
			}
			table, fields = f[1], nil
		case "%F":
			if fields = map[string]int{}; keep[table] {
				for i, name := range f[1:] {
					fields[name] = i
				}
			}
		case "%R":
			if !keep[table] {
				continue
			}
			if fields == nil {
				return nil, fmt.Errorf("line %d: a row of %s before its fields", line, table)
			}
			if rows++; rows > MaxRows {
				return nil, fmt.Errorf("line %d: more than %d rows", line, MaxRows)
			}
			values := f[1:]
			for i, v := range values {
				values[i] = latin(v)
			}
			out[table] = append(out[table], Row{line, fields, values})
		case "%E":
			return out, nil
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("the file cannot be read on: %w", err)
	}
	return out, nil
}

// latin turns text that is not UTF-8 from Windows-1252 into it, roughly.
func latin(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	r := make([]rune, 0, len(s))
	for i := 0; i < len(s); i++ {
		r = append(r, rune(s[i]))
	}
	return string(r)
}
