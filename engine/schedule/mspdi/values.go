package mspdi

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"steward/engine/schedule/workcal"
)

// Duration reads PT8H30M0S as ticks of a tenth of a minute.
func Duration(s string) (int64, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(s), "P")
	if !ok {
		return 0, fmt.Errorf("%q is not a duration such as PT8H0M0S", s)
	}
	seconds, inTime := 0.0, false
	for rest != "" {
		if rest[0] == 'T' {
			inTime, rest = true, rest[1:]
			continue
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '-' })
		if end <= 0 {
			return 0, fmt.Errorf("%q is not a duration such as PT8H0M0S", s)
		}
		v, err := strconv.ParseFloat(rest[:end], 64)
		if err != nil {
			return 0, fmt.Errorf("%q is not a duration such as PT8H0M0S", s)
		}
		switch unit := rest[end]; {
		case unit == 'H' && inTime:
			seconds += v * 3600
		case unit == 'M' && inTime:
			seconds += v * 60
		case unit == 'S' && inTime:
			seconds += v
		case unit == 'D' && !inTime:
			seconds += v * 86400
		case unit == 'W' && !inTime:
			seconds += v * 7 * 86400
		default:
			return 0, fmt.Errorf("%q has the unit %q, which durations do not", s, string(unit))
		}
		rest = rest[end+1:]
	}
	if math.IsNaN(seconds) || math.Abs(seconds) > 6e12 {
		return 0, fmt.Errorf("%q is out of range", s)
	}
	return int64(math.Round(seconds / 6)), nil
}

// FormatDuration writes ticks as PT8H30M0S.
func FormatDuration(ticks int64) string {
	s := ticks * 6
	return fmt.Sprintf("PT%dH%dM%dS", s/3600, s/60%60, s%60)
}

// Elapsed reports whether a duration or lag format counts all time, and
// Percent whether it is a share of the predecessor's duration. Formats from
// 35 on are the same ones, estimated.
func Elapsed(format int) bool {
	switch format {
	case 4, 6, 8, 10, 12, 20, 36, 38, 40, 42, 44, 52:
		return true
	}
	return false
}

func Percent(format int) bool { return format == 19 || format == 20 || format == 51 || format == 52 }

// Int reads a whole number, or otherwise for an empty text.
func Int(s string, otherwise int64) (int64, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return otherwise, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e15 {
		return 0, fmt.Errorf("%q is not a whole number", s)
	}
	return int64(math.Round(v)), nil
}

// True reads a flag; what is left out is otherwise.
func True(s string, otherwise bool) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "1", "true":
		return true
	case "0", "false":
		return false
	}
	return otherwise
}

// clock reads 08:00:00 as ticks from midnight.
func clock(s string) (int64, error) {
	f := strings.Split(strings.TrimSpace(s), ":")
	if len(f) == 2 || len(f) == 3 {
		h, err1 := strconv.Atoi(f[0])
		m, err2 := strconv.Atoi(f[1])
		if err1 == nil && err2 == nil && h >= 0 && h <= 24 && m >= 0 && m < 60 {
			return min(int64(h)*workcal.Hour+int64(m)*workcal.Minute, workcal.Day), nil
		}
	}
	return 0, fmt.Errorf("%q is not a time of day such as 08:00:00", s)
}
