package agents

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"steward/collect/fact"
)

// software is a row of softwares without what facts have no place for.
type software struct {
	Name, Version, Arch, Architecture, From, Publisher, Guid any
	Filesize                                                 any `json:"filesize"`
	InstallDate                                              any `json:"install_date"`
	Day                                                      any `json:"installdate"`
}

// softwareRow is the same as texts.
type softwareRow struct {
	name, version, arch, architecture, from, publisher, guid, filesize, installDate, day string
}

func (s software) row() softwareRow {
	return softwareRow{scalar(s.Name), scalar(s.Version), scalar(s.Arch), scalar(s.Architecture), scalar(s.From), scalar(s.Publisher), scalar(s.Guid),
		scalar(s.Filesize), scalar(s.InstallDate), scalar(s.Day)}
}

// words keeps one copy of each text that most rows repeat.
type words map[string]string

func (w words) of(b []byte) string {
	if s, ok := w[string(b)]; ok {
		return s
	}
	s := scalar(string(b))
	if len(w) < 4096 {
		w[string(b)] = s
	}
	return s
}

// jsonSoftware reads one row of softwares, which is valid JSON. It is the
// longest list by far, and its rows are flat and plain; a row that is not is
// left to encoding/json.
func jsonSoftware(raw []byte, w words) (softwareRow, error) {
	if s, ok := plainSoftware(raw, w); ok {
		return s, nil
	}
	var s software
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var other *json.UnmarshalTypeError
	if err := d.Decode(&s); err != nil && !errors.As(err, &other) {
		return softwareRow{}, err
	}
	return s.row(), nil
}

// plainSoftware reads a row whose names are in lower case and whose values are
// texts without escapes, numbers and words; ok is false for any other.
func plainSoftware(raw []byte, w words) (s softwareRow, ok bool) {
	space := func(i int) int {
		for i < len(raw) && (raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\t' || raw[i] == '\r') {
			i++
		}
		return i
	}
	// quoted is the text that begins after the quote at i, and where it ends.
	quoted := func(i int) ([]byte, int) {
		if i >= len(raw) || raw[i] != '"' {
			return nil, -1
		}
		n := bytes.IndexByte(raw[i+1:], '"')
		if n < 0 || bytes.IndexByte(raw[i+1:i+1+n], '\\') >= 0 {
			return nil, -1
		}
		return raw[i+1 : i+1+n], i + n + 2
	}
	i := space(0)
	if i >= len(raw) || raw[i] != '{' || !utf8.Valid(raw) {
		return s, false
	}
	for i = space(i + 1); i < len(raw) && raw[i] != '}'; {
		key, after := quoted(i)
		if after < 0 {
			return s, false
		}
		i = space(after)
		if i >= len(raw) || raw[i] != ':' {
			return s, false
		}
		i = space(i + 1)
		if i >= len(raw) {
			return s, false
		}
		var value []byte
		switch c := raw[i]; {
		case c == '"':
			if value, i = quoted(i); i < 0 {
				return s, false
			}
		case c == '-' || c >= '0' && c <= '9':
			from := i
			for i < len(raw) && raw[i] != ',' && raw[i] != '}' && raw[i] > ' ' {
				i++
			}
			value = raw[from:i]
		case bytes.HasPrefix(raw[i:], []byte("null")):
			i += 4
		case bytes.HasPrefix(raw[i:], []byte("true")):
			value, i = []byte("1"), i+4
		case bytes.HasPrefix(raw[i:], []byte("false")):
			value, i = []byte("0"), i+5
		default: // a list or an object
			return s, false
		}
		switch string(key) {
		case "name":
			s.name = scalar(string(value))
		case "version":
			s.version = scalar(string(value))
		case "arch":
			s.arch = w.of(value)
		case "architecture":
			s.architecture = w.of(value)
		case "from":
			s.from = w.of(value)
		case "publisher":
			s.publisher = w.of(value)
		case "guid":
			s.guid = scalar(string(value))
		case "filesize":
			s.filesize = scalar(string(value))
		case "install_date":
			s.installDate = w.of(value)
		case "installdate":
			s.day = w.of(value)
		default:
			for _, c := range key {
				if c >= 'A' && c <= 'Z' || c >= 0x80 {
					return s, false // names are the same in upper case
				}
			}
		}
		if i = space(i); i < len(raw) && raw[i] == ',' {
			i = space(i + 1)
		}
	}
	return s, true
}

func (m *machine) software(s softwareRow) {
	name := cmp.Or(s.name, s.guid)
	if name == "" {
		return
	}
	m.packages = append(m.packages, fact.Package{
		Name: name, Version: s.version, Arch: cmp.Or(s.arch, s.architecture), Manager: manager(s.from),
		Vendor: s.publisher, Bytes: sizeOf(1, s.filesize), Day: day(cmp.Or(s.installDate, s.day), false),
	})
}
