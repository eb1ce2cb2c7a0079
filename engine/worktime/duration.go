package worktime

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a length of time as 4h, 90m, 1h30m or, by ISO 8601, PT4H
// and PT1H30M. It knows no days, because a working day has no fixed length.
func ParseDuration(s string) (time.Duration, error) {
	text := strings.TrimSpace(s)
	sign := time.Duration(1)
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		text, sign = rest, -1
	}
	text = strings.ToLower(text)
	if iso, ok := strings.CutPrefix(text, "p"); ok {
		if text, ok = strings.CutPrefix(iso, "t"); !ok {
			return 0, fmt.Errorf("%q is not a length of working time; write it as PT4H or 4h (days have no fixed length)", clip(s))
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || strings.ContainsAny(text, "+-") {
		return 0, fmt.Errorf("%q is not a length of working time; write it as 4h, 90m or PT1H30M", clip(s))
	}
	return sign * d, nil
}

// Length is a length of time that is written as 4h30m.
type Length time.Duration

// String writes l in hours, minutes and seconds, leaving out what is 0.
func (l Length) String() string {
	d := time.Duration(l)
	if d == 0 {
		return "0h"
	}
	var b strings.Builder
	if d < 0 {
		b.WriteByte('-')
		d = d.Abs()
	}
	if h := d / time.Hour; h > 0 {
		b.WriteString(strconv.FormatInt(int64(h), 10) + "h")
	}
	if m := d % time.Hour / time.Minute; m > 0 {
		b.WriteString(strconv.FormatInt(int64(m), 10) + "m")
	}
	if s := d % time.Minute; s > 0 {
		b.WriteString(s.String())
	}
	return b.String()
}

// MarshalText writes l as String does.
func (l Length) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a length as ParseDuration does.
func (l *Length) UnmarshalText(b []byte) error {
	d, err := ParseDuration(string(b))
	if err != nil {
		return err
	}
	*l = Length(d)
	return nil
}

// JSONSchema describes the JSON form of a Length.
func (Length) JSONSchema() map[string]any {
	return map[string]any{"type": "string", "description": "a length of time such as 4h, 90m, 1h30m or PT4H"}
}
