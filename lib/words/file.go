package words

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"

	"steward/lib/locale"
)

// Entry is one line of a catalogue file.
type Entry struct {
	English string `json:"en"`
	// Was is the English the translation was made from, when the English has
	// changed since: the translation is outdated until somebody looks at it and
	// removes this.
	Was  string `json:"was,omitempty"`
	Text string `json:"text"`
}

// Add reads the catalogue files of a folder: de.json, sv.json and so on. A
// language without a file is left to English. A key that is already known is
// refused, since two modules would be speaking for it.
func (c *Catalogue) Add(fsys fs.FS, dir string) error {
	for _, l := range locale.Langs()[1:] {
		name := path.Join(dir, string(l)+".json")
		b, err := fs.ReadFile(fsys, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read words: %w", err)
		}
		entries, err := Decode(b)
		if err != nil {
			return fmt.Errorf("read words %s: %w", name, err)
		}
		if c.entries[l] == nil {
			c.entries[l] = map[string]entry{}
		}
		for key, e := range entries {
			if _, twice := c.entries[l][key]; twice {
				return fmt.Errorf("read words %s: %s is in another catalogue too", name, key)
			}
			c.entries[l][key] = entry{e, parse(e.Text)}
		}
	}
	return nil
}

// Decode reads a catalogue file.
func Decode(b []byte) (map[string]Entry, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	out := map[string]Entry{}
	if err := d.Decode(&out); err != nil {
		return nil, err
	}
	return out, nil
}

// Encode writes a catalogue file: keys sorted, one entry a line, so that a
// change of one word is a change of one line.
func Encode(entries map[string]Entry) []byte {
	keys := make([]string, 0, len(entries))
	for k := range entries {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var b bytes.Buffer
	b.WriteString("{\n")
	for i, k := range keys {
		b.WriteString("  " + plain(k) + ": " + plain(entries[k]))
		if i < len(keys)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// plain is JSON without the escapes that only HTML needs.
func plain(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // strings and structs of strings always encode
		panic(err)
	}
	return string(bytes.TrimSpace(b.Bytes()))
}

// Update brings a language's entries in line with what the program declares:
// adds what is missing with an empty text, marks entries whose English changed
// as outdated, and drops what nothing declares any more.
func Update(entries map[string]Entry, declared []Word) map[string]Entry {
	out := make(map[string]Entry, len(declared))
	for _, w := range declared {
		e, ok := entries[w.Key]
		switch {
		case !ok:
			e = Entry{English: w.English}
		case e.English != w.English && e.Text != "":
			if e.Was == "" {
				e.Was = e.English
			}
			e.English = w.English
			if e.Was == e.English { // changed back
				e.Was = ""
			}
		default:
			e.English = w.English
		}
		out[w.Key] = e
	}
	return out
}
