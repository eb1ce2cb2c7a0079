package table

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// cellStyle is what a number in a workbook means by its format. How many digits
// the format shows does not matter: what is stored is read.
type cellStyle struct {
	date, clock bool // shows a date, a time of day
	percent     bool
	width       int // codes: digits with leading zeros, as '00000' shows them
}

// builtInStyle is a format by its number (ECMA-376 part 1, §18.8.30).
func builtInStyle(id int) cellStyle {
	switch {
	case id == 9 || id == 10:
		return cellStyle{percent: true}
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id >= 57 && id <= 58:
		return cellStyle{date: true}
	case id == 22:
		return cellStyle{date: true, clock: true}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47, id == 55 || id == 56:
		return cellStyle{clock: true}
	}
	return cellStyle{}
}

// styleOf reads a format code: its first section, without texts and colours.
func styleOf(code string) cellStyle {
	var s cellStyle
	zeros, other := 0, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			i = len(code)
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				end = len(code) - i - 2
			}
			i += end + 1
			other = true
		case '\\', '_', '*':
			i++
			other = true
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				end = len(code) - i - 1
			}
			if inside := strings.Trim(strings.ToLower(code[i+1:i+end]), "hms"); inside == "" && end > 1 {
				s.clock = true // [h]: hours that go on beyond a day
			}
			i += end
		case 'y', 'Y', 'd', 'D':
			s.date = true
		case 'e':
			s.date = s.date || !other && zeros == 0 // an era's year; E+00 is written in capitals
		case 'h', 'H', 's', 'S':
			s.clock = true
		case 'm', 'M':
			other = true // month or minute: what stands beside it tells, alone it is a month
			if !s.clock {
				rest := strings.ToLower(code[i:])
				s.date = s.date || !strings.HasPrefix(strings.TrimLeft(rest, "m"), ":s")
			}
		case 'G', 'g':
			if len(code) >= i+7 && strings.EqualFold(code[i:i+7], "general") {
				i += 6
				other = true
			}
		case '%':
			s.percent = true
		case '0':
			zeros++
		default:
			other = true
		}
	}
	if s.date || s.clock {
		s.percent = false
		return s
	}
	if zeros > 1 && !other && !s.percent {
		s.width = zeros
	}
	return s
}

// show writes a stored number as a cell of text that reads back as what it is.
// Workbooks keep 17 digits and mean 15.
func (s cellStyle) show(raw string, from1904 bool) (string, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(raw), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return "", fmt.Errorf("%q is not a number", clipText(raw))
	}
	switch {
	case s.date && f >= 0 && f < 2958466:
		return showSerial(f, s.clock, from1904), nil
	case s.clock && f >= 0 && f < 2958466:
		seconds := int64(math.Round(f * 86400))
		return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60), nil
	case s.percent:
		f *= 100
	}
	if rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64); err == nil {
		f = rounded
	}
	if s.width > 0 && f == math.Trunc(f) && f >= 0 && f < 1e15 {
		return fmt.Sprintf("%0*d", s.width, int64(f)), nil
	}
	if a := math.Abs(f); a != 0 && (a < 1e-9 || a >= 1e18) {
		return strconv.FormatFloat(f, 'g', -1, 64), nil
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if at := strings.IndexByte(text, '.'); at > 0 && len(text)-at == 4 {
		text += "0" // 1.234 could be thousands as people write them; 1.2340 cannot
	}
	return text, nil
}

// showSerial writes days since the workbook's first day. Day 60 of those that
// count from 1900 is 1900-02-29, which never was: earlier days are one off.
func showSerial(f float64, clock, from1904 bool) string {
	days, part := math.Modf(f)
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if from1904 {
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	} else if days < 60 {
		start = start.AddDate(0, 0, 1)
	}
	at := start.AddDate(0, 0, int(days))
	if !clock {
		return at.Format("2006-01-02")
	}
	return at.Add(time.Duration(math.Round(part*86_400_000)) * time.Millisecond).Format("2006-01-02 15:04:05.999")
}

func clipText(s string) string { return s[:min(len(s), 60)] }
