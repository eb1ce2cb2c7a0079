package xer

import (
	"fmt"
	"strconv"
	"strings"

	"steward/engine/schedule/workcal"
)

// Calendar reads P6's calendar text: nested entries of the form
// (0||name(attributes)(entries)), with the days of the week 1 (Sunday) to 7
// and exceptions by a serial day (d|45000, counted from 1899-12-30).
func Calendar(name, data string) (*workcal.Calendar, error) {
	var week workcal.Week
	var exceptions []workcal.Exception
	p := &parser{s: strings.ReplaceAll(data, "\x7f", " ")}
	root, err := p.entry(0)
	if err != nil {
		return nil, err
	}
	for _, part := range root.entries {
		switch part.name {
		case "DaysOfWeek":
			for _, d := range part.entries {
				n, err := strconv.Atoi(d.name)
				if err != nil || n < 1 || n > 7 {
					return nil, fmt.Errorf("%q is not a day of the week from 1 to 7", d.name)
				}
				if week[n-1], err = d.spans(); err != nil {
					return nil, err
				}
			}
		case "Exceptions":
			for _, d := range part.entries {
				serial, err := strconv.ParseInt(d.attribute("d"), 10, 64)
				if err != nil || serial < 0 || serial > 150_000 {
					continue
				}
				day := serial - 25569
				e := workcal.Exception{From: day, To: day}
				if e.Spans, err = d.spans(); err != nil {
					return nil, err
				}
				exceptions = append(exceptions, e)
			}
		}
	}
	return workcal.New(name, week, exceptions)
}

type entry struct {
	name       string
	attributes string
	entries    []entry
}

// attribute finds the value after a key in s|08:00|f|12:00.
func (e entry) attribute(key string) string {
	f := strings.Split(e.attributes, "|")
	for i := 0; i+1 < len(f); i += 2 {
		if strings.TrimSpace(f[i]) == key {
			return strings.TrimSpace(f[i+1])
		}
	}
	return ""
}

func (e entry) spans() ([]workcal.Span, error) {
	var out []workcal.Span
	for _, h := range e.entries {
		s, f := h.attribute("s"), h.attribute("f")
		if s == "" && f == "" {
			continue
		}
		from, ok1 := clock(s)
		to, ok2 := clock(f)
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("%q to %q is not a stretch of worked time", s, f)
		}
		if to <= from {
			to = workcal.Day
		}
		if to%workcal.Hour == 59*workcal.Minute {
			to += workcal.Minute // 23:59 and the like stand for the full hour
		}
		out = append(out, workcal.Span{From: from, To: to})
	}
	return workcal.Tidy(out), nil
}

func clock(s string) (int64, bool) {
	h, m, ok := strings.Cut(s, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !ok || err1 != nil || err2 != nil || hour < 0 || hour > 24 || minute < 0 || minute > 59 || hour*60+minute > 24*60 {
		return 0, false
	}
	return int64(hour)*workcal.Hour + int64(minute)*workcal.Minute, true
}

type parser struct {
	s  string
	at int
}

const deepest = 12

func (p *parser) space() {
	for p.at < len(p.s) && (p.s[p.at] <= ' ') {
		p.at++
	}
}

func (p *parser) expect(c byte) error {
	p.space()
	if p.at >= len(p.s) || p.s[p.at] != c {
		return fmt.Errorf("calendar text, character %d: %q is missing", p.at+1, string(c))
	}
	p.at++
	return nil
}

// entry reads (0||name(attributes)(entries)).
func (p *parser) entry(depth int) (entry, error) {
	var e entry
	if depth > deepest {
		return e, fmt.Errorf("calendar text is nested too deep")
	}
	if err := p.expect('('); err != nil {
		return e, err
	}
	end := strings.IndexByte(p.s[p.at:], '(')
	if end < 0 {
		return e, fmt.Errorf("calendar text ends too early")
	}
	e.name = p.s[p.at : p.at+end]
	if i := strings.LastIndex(e.name, "||"); i >= 0 {
		e.name = e.name[i+2:]
	}
	e.name = strings.TrimSpace(e.name)
	p.at += end + 1
	if end = strings.IndexByte(p.s[p.at:], ')'); end < 0 {
		return e, fmt.Errorf("calendar text ends too early")
	}
	e.attributes = p.s[p.at : p.at+end]
	p.at += end + 1
	if err := p.expect('('); err != nil {
		return e, err
	}
	for {
		p.space()
		if p.at >= len(p.s) {
			return e, fmt.Errorf("calendar text ends too early")
		}
		if p.s[p.at] == ')' {
			p.at++
			return e, p.expect(')')
		}
		sub, err := p.entry(depth + 1)
		if err != nil {
			return e, err
		}
		e.entries = append(e.entries, sub)
	}
}
