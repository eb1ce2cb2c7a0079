package worktime

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Span is a stretch of a day in minutes of the wall clock, From included, To
// excluded. To may pass midnight, up to the end of the next day: 22:00–06:00 is
// {1320, 1800} and belongs to the day it begins on.
type Span struct{ From, To int }

const dayMinutes = 24 * 60

// Minutes returns the length of s on a day without a change of the clock.
func (s Span) Minutes() int { return s.To - s.From }

// String writes s as 08:00-18:00.
func (s Span) String() string {
	to := s.To
	if to > dayMinutes {
		to -= dayMinutes
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", s.From/60, s.From%60, to/60, to%60)
}

// MarshalText writes s as String does.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads 08:00-18:00, 00:00-24:00 or, past midnight, 22:00-06:00.
func (s *Span) UnmarshalText(b []byte) error {
	v, err := ParseSpan(string(b))
	if err != nil {
		return err
	}
	*s = v
	return nil
}

// JSONSchema describes the JSON form of a Span.
func (Span) JSONSchema() map[string]any {
	return map[string]any{"type": "string", "pattern": `^\d{1,2}:\d{2}-\d{1,2}:\d{2}$`, "description": "from-to on the wall clock, such as 08:00-18:00; 22:00-06:00 passes midnight"}
}

// ParseSpan reads a stretch of a day; see Span.UnmarshalText.
func ParseSpan(text string) (Span, error) {
	from, to, ok := strings.Cut(strings.ReplaceAll(text, "–", "-"), "-")
	if !ok {
		return Span{}, fmt.Errorf("%q is not a stretch of a day; write it as 08:00-18:00", clip(text))
	}
	f, err := parseClock(from)
	if err != nil {
		return Span{}, err
	}
	t, err := parseClock(to)
	if err != nil {
		return Span{}, err
	}
	if f == dayMinutes {
		return Span{}, fmt.Errorf("%q begins at 24:00; a stretch begins at 23:59 at the latest", clip(text))
	}
	if t <= f {
		if t == f {
			return Span{}, fmt.Errorf("%q is empty; a whole day is 00:00-24:00", clip(text))
		}
		t += dayMinutes
	}
	return Span{f, t}, nil
}

func parseClock(s string) (int, error) {
	s = strings.TrimSpace(s)
	h, m, ok := strings.Cut(s, ":")
	hours, ok1 := digits(h)
	minutes, ok2 := digits(m)
	if !ok || !ok1 || !ok2 || len(m) != 2 || hours > 24 || minutes > 59 || hours == 24 && minutes > 0 {
		return 0, fmt.Errorf("%q is not a time of day; write it as HH:MM, 24:00 being the end of the day", clip(s))
	}
	return hours*60 + minutes, nil
}

func digits(s string) (int, bool) {
	if len(s) < 1 || len(s) > 2 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// Week holds the working stretches of each weekday, by time.Weekday.
type Week [7][]Span

// Office returns the week with the same stretch from Monday to Friday.
func Office(from, to int) Week {
	var w Week
	for d := time.Monday; d <= time.Friday; d++ {
		w[d] = []Span{{from, to}}
	}
	return w
}

// AllHours returns the week without rest: 24 hours on 7 days.
func AllHours() Week {
	var w Week
	for d := range w {
		w[d] = []Span{{0, dayMinutes}}
	}
	return w
}

var dayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// UnmarshalJSON reads {"mon-fri": ["08:00-18:00"], "sat": ["09:00-12:00"]}.
// A weekday may be named once; one that is not named is free.
func (w *Week) UnmarshalJSON(b []byte) error {
	var raw map[string][]Span
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	var v Week
	var named [7]bool
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		days, err := parseDays(key)
		if err != nil {
			return err
		}
		for _, d := range days {
			if named[d] {
				return fmt.Errorf("%q names %s, which another entry names too", key, dayNames[d])
			}
			named[d] = true
			v[d] = slices.Clone(raw[key])
		}
	}
	*w = v
	return nil
}

// MarshalJSON writes each weekday that has working time, Monday first.
func (w Week) MarshalJSON() ([]byte, error) {
	out := map[string][]Span{}
	for d, spans := range w {
		if len(spans) > 0 {
			out[dayNames[d]] = spans
		}
	}
	return json.Marshal(out)
}

// JSONSchema describes the JSON form of a Week.
func (Week) JSONSchema() map[string]any {
	return map[string]any{
		"type": "object", "description": "working stretches by weekday: mon, tue, … sun, or a range such as mon-fri; a day not named is free",
		"additionalProperties": map[string]any{"type": "array", "items": Span{}.JSONSchema()},
	}
}

func parseDays(key string) ([]time.Weekday, error) {
	from, to, isRange := strings.Cut(strings.ToLower(strings.TrimSpace(key)), "-")
	a, b := slices.Index(dayNames[:], from), slices.Index(dayNames[:], to)
	if !isRange {
		b = a
	}
	if a < 0 || b < 0 {
		return nil, fmt.Errorf("%q is not a weekday; use mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri", clip(key))
	}
	days := []time.Weekday{time.Weekday(a)}
	for a != b {
		a = (a + 1) % 7
		days = append(days, time.Weekday(a))
	}
	return days, nil
}

// checked returns w with each day's stretches in order, or an error that names
// the weekday whose stretches overlap one another or the next day's.
func (w Week) checked() (Week, error) {
	for d := range w {
		spans, err := ordered(w[d])
		if err != nil {
			return w, fmt.Errorf("%s: %w", dayNames[d], err)
		}
		w[d] = spans
	}
	for d, spans := range w {
		next := w[(d+1)%7]
		if len(spans) > 0 && len(next) > 0 && spans[len(spans)-1].To-dayMinutes > next[0].From {
			return w, fmt.Errorf("%s: %s reaches into %s of %s", dayNames[d], spans[len(spans)-1], next[0], dayNames[(d+1)%7])
		}
	}
	return w, nil
}

func ordered(spans []Span) ([]Span, error) {
	spans = slices.SortedFunc(slices.Values(spans), func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	for i, s := range spans {
		if s.From < 0 || s.From >= dayMinutes || s.To <= s.From || s.To > 2*dayMinutes {
			return nil, fmt.Errorf("a stretch from minute %d to minute %d is not possible", s.From, s.To)
		}
		if i > 0 && spans[i-1].To > s.From {
			return nil, fmt.Errorf("%s and %s overlap", spans[i-1], s)
		}
	}
	return spans, nil
}
