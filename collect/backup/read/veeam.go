package read

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"steward/collect/backup"
	"steward/collect/fact"
)

// Veeam reads exports of job sessions or restore points: CSV as PowerShell's
// Export-Csv writes it, XML of Export-Clixml, and XML of the Enterprise Manager's
// REST interface (BackupJobSession). Rows are told by the names of their fields.
func Veeam(b []byte, zone *time.Location) (*Result, error) {
	text, err := decode(b)
	if err != nil {
		return nil, err
	}
	var rows []map[string]string
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		rows, err = veeamXML(text)
	} else {
		rows, err = veeamCSV(text)
	}
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, backup.NewWrong("veeam", "the export holds no row")
	}
	r := &Result{Tool: "veeam"}
	order := dateOrder(rows)
	if order == "" {
		order = "month"
		r.Gaps = append(r.Gaps, fact.Gap{What: "the order of day and month", Why: "every date of the export reads both ways; month first was taken", Needs: "an export with dates as 2026-11-22"})
	}
	for i, row := range rows {
		c, err := veeamCopy(row, order, zone)
		if err != nil {
			return nil, backup.NewWrong("veeam", "row %d: %v", i+1, err)
		}
		r.Copies = append(r.Copies, c)
	}
	return r, nil
}

// decode makes UTF-8 of what PowerShell writes: UTF-16 with a mark, or UTF-8.
func decode(b []byte) (string, error) {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		big := b[0] == 0xfe
		b = b[2:]
		units := make([]uint16, 0, len(b)/2)
		for i := 0; i+1 < len(b); i += 2 {
			u := uint16(b[i]) | uint16(b[i+1])<<8
			if big {
				u = uint16(b[i])<<8 | uint16(b[i+1])
			}
			units = append(units, u)
		}
		return string(utf16.Decode(units)), nil
	case !utf8.Valid(b):
		return "", backup.NewWrong("veeam", "the export is neither UTF-8 nor UTF-16; write it with Export-Csv -Encoding UTF8")
	}
	return strings.TrimPrefix(string(b), "\ufeff"), nil
}

func fieldName(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func veeamCSV(text string) ([]map[string]string, error) {
	if strings.HasPrefix(text, "#TYPE") { // Export-Csv of PowerShell 5
		_, text, _ = strings.Cut(text, "\n")
	}
	head, _, _ := strings.Cut(text, "\n")
	c := csv.NewReader(strings.NewReader(text))
	for _, comma := range []rune{';', '\t'} {
		if strings.Count(head, string(comma)) > strings.Count(head, string(c.Comma)) {
			c.Comma = comma
		}
	}
	c.FieldsPerRecord = -1
	c.LazyQuotes = true
	names, err := c.Read()
	if err != nil {
		return nil, backup.NewWrong("veeam", "the export has no head: %v", err)
	}
	for i := range names {
		names[i] = fieldName(names[i])
	}
	var rows []map[string]string
	for {
		cells, err := c.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, backup.NewWrong("veeam", "the export: %v", err)
		}
		row := map[string]string{}
		for i, cell := range cells {
			if i < len(names) {
				row[names[i]] = strings.TrimSpace(cell)
			}
		}
		if len(cells) > 1 {
			rows = append(rows, row)
		}
	}
}

// rowElements hold one session or restore point each: Obj of Clixml, and the
// Enterprise Manager's entities.
var rowElements = map[string]bool{"Obj": true, "BackupJobSession": true, "BackupTaskSession": true, "VmRestorePoint": true, "RestorePoint": true, "Session": true, "Object": true}

// veeamXML reads rows of named values. A row's children are its fields, by their
// attribute N (Clixml), Name (ConvertTo-Xml) or their own name.
func veeamXML(text string) ([]map[string]string, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	var rows []map[string]string
	var stack []map[string]string // rows that are open
	var names []string
	var value strings.Builder
	for {
		token, err := d.Token()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, backup.NewWrong("veeam", "the export is broken XML: %v", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(names) >= 100 {
				return nil, backup.NewWrong("veeam", "the export nests deeper than 100 elements")
			}
			name := t.Name.Local
			if rowElements[name] {
				stack = append(stack, map[string]string{})
			}
			for _, a := range t.Attr {
				switch {
				case len(stack) > 0 && rowElements[name] && a.Name.Local != "RefId":
					stack[len(stack)-1][fieldName(a.Name.Local)] = a.Value
				case a.Name.Local == "N" || a.Name.Local == "Name":
					name = a.Value
				}
			}
			if rowElements[t.Name.Local] {
				name = t.Name.Local
			}
			names = append(names, name)
			value.Reset()
		case xml.CharData:
			value.Write(t)
		case xml.EndElement:
			name := names[len(names)-1]
			names = names[:len(names)-1]
			if rowElements[t.Name.Local] && len(stack) > 0 {
				row := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				if _, ok := pick(row, timeFields...); ok {
					rows = append(rows, row)
				} else if len(stack) > 0 { // a value within a row, as Result is in Clixml
					if s := row["tostring"]; s != "" {
						for _, a := range []string{"n"} {
							if field := row[a]; field != "" {
								stack[len(stack)-1][fieldName(field)] = s
							}
						}
					}
				}
				continue
			}
			if s := strings.TrimSpace(value.String()); s != "" && len(stack) > 0 {
				stack[len(stack)-1][fieldName(name)] = s
			}
			value.Reset()
		}
	}
}

var (
	jobFields   = []string{"jobname", "job", "vmname", "objectname", "vmdisplayname", "backupname", "name", "policyname"}
	timeFields  = []string{"creationtimeutc", "creationtime", "starttimeutc", "starttime", "creationdate", "date"}
	endFields   = []string{"endtimeutc", "endtime", "completiontimeutc", "completiontime", "stoptime"}
	sizeFields  = []string{"totalsize", "processedusedsize", "processedsize", "approxsize", "datasize", "totalusedsize", "size"}
	storeFields = []string{"backupsize", "backupsizebytes", "transferedsize", "transferredsize"}
	kindFields  = []string{"algorithm", "pointtype", "backuptype", "type"}
	wrongFields = []string{"reason", "failuremessage", "details", "message", "failurereason"}
)

func pick(row map[string]string, names ...string) (string, bool) {
	for _, n := range names {
		if v := row[n]; v != "" {
			return v, true
		}
	}
	return "", false
}

func veeamCopy(row map[string]string, order string, zone *time.Location) (Copy, error) {
	c := Copy{Size: -1, Stored: -1}
	var ok bool
	if c.Source, ok = pick(row, jobFields...); !ok {
		return c, errors.New("it names no job; one of the fields JobName, VmName or Name is needed")
	}
	start, ok := pick(row, timeFields...)
	if !ok {
		return c, errors.New("it has no moment; the field CreationTime is needed")
	}
	var err error
	if c.Start, err = veeamTime(start, order, zoneOf(row, timeFields, zone)); err != nil {
		return c, err
	}
	if end, ok := pick(row, endFields...); ok && !strings.HasPrefix(end, "01/01/1900") && !strings.HasPrefix(end, "01.01.1900") && !strings.HasPrefix(end, "1900-") && !strings.HasPrefix(end, "0001-") {
		if c.End, err = veeamTime(end, order, zoneOf(row, endFields, zone)); err != nil {
			return c, err
		}
	}
	c.ID = c.Source + "@" + c.Start.Format(time.RFC3339)
	if id, ok := pick(row, "id", "uid", "sessionid"); ok {
		c.ID = id
	}
	if v, ok := pick(row, sizeFields...); ok {
		c.Size = bytesOf(v)
	}
	if v, ok := pick(row, storeFields...); ok {
		c.Stored = bytesOf(v)
	}
	if v, ok := pick(row, kindFields...); ok {
		c.Kind = kindWord(v)
	}
	c.Wrong, _ = pick(row, wrongFields...)
	result, known := pick(row, "result", "status")
	state := strings.ToLower(row["state"])
	switch strings.ToLower(result) {
	case "success":
		c.Good, c.Wrong = true, ""
	case "warning":
		c.Good = true
		c.Wrong = strings.TrimSpace("warning: " + c.Wrong)
	case "":
		// Restore points tell no result: they are there, unless they are damaged.
		c.Good = !known && state == "" || state == "success"
		if !c.Good && c.Wrong == "" {
			c.Wrong = "state " + state
		}
	default:
		c.Wrong = strings.TrimSuffix(strings.TrimSpace(strings.ToLower(result)+": "+c.Wrong), ":")
	}
	for _, f := range []string{"iscorrupted", "iscorrupt"} {
		if strings.EqualFold(row[f], "true") {
			c.Good, c.Wrong = false, "the restore point is damaged"
		}
	}
	return c, nil
}

// zoneOf is UTC when the field that is taken says so in its name.
func zoneOf(row map[string]string, names []string, zone *time.Location) *time.Location {
	for _, n := range names {
		if row[n] != "" {
			if strings.HasSuffix(n, "utc") {
				return time.UTC
			}
			return zone
		}
	}
	return zone
}

var slashed = regexp.MustCompile(`^(\d{1,2})[/.](\d{1,2})[/.](\d{4})[ ,]*(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?$`)

// dateOrder finds out whether dates such as 11/12/2026 begin with the day or the
// month: "" when all of them read both ways.
func dateOrder(rows []map[string]string) string {
	both := false
	for _, row := range rows {
		for _, f := range append(append([]string{}, timeFields...), endFields...) {
			m := slashed.FindStringSubmatch(strings.TrimSpace(row[f]))
			if m == nil {
				continue
			}
			a, _ := strconv.Atoi(m[1])
			b, _ := strconv.Atoi(m[2])
			switch {
			case strings.Contains(row[f], ".") && !strings.Contains(row[f], "/"), a > 12:
				return "day"
			case b > 12, m[7] != "":
				return "month"
			}
			both = true
		}
	}
	if both {
		return ""
	}
	return "month"
}

func veeamTime(s, order string, zone *time.Location) (time.Time, error) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, s, zone); err == nil {
			return at.UTC(), nil
		}
	}
	m := slashed.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, fmt.Errorf("%.60q is no moment; right is 2026-11-22T06:00:00", s)
	}
	n := make([]int, 7)
	for i := 1; i <= 6; i++ {
		n[i], _ = strconv.Atoi(m[i])
	}
	day, month := n[2], n[1]
	if order == "day" {
		day, month = n[1], n[2]
	}
	hour := n[4]
	switch strings.ToLower(m[7]) {
	case "am":
		hour %= 12
	case "pm":
		hour = hour%12 + 12
	}
	at := time.Date(n[3], time.Month(month), day, hour, n[5], n[6], 0, zone)
	if at.Day() != day || int(at.Month()) != month || hour > 23 || n[5] > 59 || n[6] > 59 {
		return time.Time{}, fmt.Errorf("%.60q is no moment of the calendar", s)
	}
	return at.UTC(), nil
}

var sized = regexp.MustCompile(`^([0-9][0-9.,\x{a0}' ]*)\s*([KMGTP]?i?B|bytes)?$`)

// bytesOf reads 123456, 12.5 GB or 12,5 GB; -1 when it is neither.
func bytesOf(s string) int64 {
	m := sized.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return -1
	}
	number := strings.NewReplacer("\u00a0", "", " ", "", "'", "").Replace(m[1])
	power := strings.Index("KMGTP", strings.ToUpper(m[2] + " ")[:1]) + 1
	if power == 0 { // whole bytes: every point or comma parts thousands
		number = strings.NewReplacer(",", "", ".", "").Replace(number)
	} else if i := strings.LastIndexAny(number, ".,"); i >= 0 {
		number = strings.NewReplacer(",", "", ".", "").Replace(number[:i]) + "." + number[i+1:]
	}
	v, err := strconv.ParseFloat(number, 64)
	if v *= math.Pow(1024, float64(power)); err != nil || v < 0 || v > 1<<62 {
		return -1
	}
	return int64(v)
}
