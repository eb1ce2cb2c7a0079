// Package index keeps advisories in one block of bytes that is ready to be
// searched as soon as it is in memory: nothing is parsed at loading, and a
// look-up reads only what it finds. Builder makes it, Open searches it. The
// same advisories in the same order give the same bytes.
//
// An index may come from anywhere, so Open and every look-up check each offset:
// a damaged one gives an error, never a panic.
package index

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"steward/collect/advisory"
	"steward/collect/advisory/epss"
	"steward/collect/advisory/feed"
	"steward/collect/advisory/kev"
)

// Feed says where a part of the index came from and how old it is.
type Feed struct {
	Name       string         `json:"name" doc:"short name, shown with each match"`
	Kind       string         `json:"kind" doc:"osv, csaf, debian-tracker, kev, epss"`
	Source     string         `json:"source" doc:"file or folder it was read from"`
	URL        string         `json:"url,omitempty" doc:"where that was fetched from, if it was told"`
	Licence    string         `json:"licence,omitempty" doc:"licence of the feed's content, if it was told or is known"`
	Fetched    time.Time      `json:"fetched_at,omitzero" doc:"when it was fetched; the newest change of its files where that was not told"`
	Newest     time.Time      `json:"newest_at,omitzero" doc:"newest change of a record in it; the day of the table for EPSS"`
	SHA256     string         `json:"sha256,omitempty" doc:"of the file; for a folder, of the lines 'hash  name' of its files in the order of their names"`
	Version    string         `json:"version,omitempty" doc:"of the catalogue or the model"`
	Records    int            `json:"records" doc:"records read"`
	Withdrawn  int            `json:"withdrawn,omitempty" doc:"of these, withdrawn by their makers"`
	Ecosystems map[string]int `json:"ecosystems,omitempty" doc:"records by ecosystem"`
	Unplaced   map[string]int `json:"unplaced,omitempty" doc:"products or packages of the feed whose ecosystem is not known, by name"`
	Passed     feed.Problems  `json:"passed_over,omitzero" doc:"records that are damaged"`
}

// Version is the version of the form; an index of another is built anew from
// the feeds.
const Version = 1

const magic = "STEWADV1"

// Sections of the file.
const (
	sFeeds = iota
	sStrings
	sRecords
	sOffsets
	sKeys
	sPostings
	sKEV
	sEPSS
	sCVSS
	sections
)

// Index is a searchable block.
type Index struct {
	Feeds []Feed
	part  [sections][]byte
	text  string // the strings, which the results of look-ups are parts of
	n     int    // advisories
}

// ErrDamaged is an index whose bytes do not fit together.
var ErrDamaged = errors.New("the index is damaged")

// Open makes a block searchable. It keeps data, which must not change.
func Open(data []byte) (*Index, error) {
	const head = len(magic) + sections*16
	if len(data) < head || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: it does not begin with %s", ErrDamaged, magic)
	}
	x := &Index{}
	for i := range x.part {
		at := data[len(magic)+16*i:]
		from, n := binary.LittleEndian.Uint64(at), binary.LittleEndian.Uint64(at[8:])
		if from > uint64(len(data)) || n > uint64(len(data))-from {
			return nil, fmt.Errorf("%w: section %d lies outside", ErrDamaged, i)
		}
		x.part[i] = data[from : from+n : from+n]
	}
	for _, s := range [][2]int{{sOffsets, 4}, {sKeys, 8}, {sKEV, 12}, {sEPSS, 16}, {sCVSS, 20}} {
		if len(x.part[s[0]])%s[1] != 0 {
			return nil, fmt.Errorf("%w: section %d is cut", ErrDamaged, s[0])
		}
	}
	x.n = len(x.part[sOffsets]) / 4
	x.text = string(x.part[sStrings])
	if err := json.Unmarshal(x.part[sFeeds], &x.Feeds); err != nil {
		return nil, fmt.Errorf("%w: feeds: %w", ErrDamaged, err)
	}
	return x, nil
}

// Advisories is the number of advisories.
func (x *Index) Advisories() int { return x.n }

// Covers returns the feeds that speak of an ecosystem key.
func (x *Index) Covers(key string) []Feed {
	var all []Feed
	for _, f := range x.Feeds {
		if f.Ecosystems[key] > 0 {
			all = append(all, f)
		}
	}
	return all
}

// Record is an advisory without what it affects.
type Record struct {
	advisory.Advisory
	Feed int // in Index.Feeds
}

// Hit is what one advisory says of a package that was looked up.
type Hit struct {
	Advisory int
	Channel  string // see advisory.Key
	advisory.Affect
}

// Name says which name a package is looked up by.
type Name byte

// The names. Primary is what the advisories call it; Binary finds advisories of
// a source package by a binary package that they list.
const (
	Primary Name = 0
	Binary  Name = 1
)

func keyText(ecosystem string, by Name, name string) string {
	return ecosystem + string(rune(by)) + name
}

// Buffer holds what look-ups found; it may be used again after Reset, when what
// was found before is gone.
type Buffer struct {
	Hits   []Hit
	ranges []advisory.Range
	events []advisory.Event
}

// Reset empties the buffer and keeps its memory.
func (b *Buffer) Reset() { b.Hits, b.ranges, b.events = b.Hits[:0], b.ranges[:0], b.events[:0] }

// Lookup returns what all advisories say of a package; key is an ecosystem's
// key and name in its normal form.
func (x *Index) Lookup(key string, by Name, name string) ([]Hit, error) {
	var b Buffer
	err := x.Find(&b, key, by, name)
	return b.Hits, err
}

// Find is Lookup that adds what it finds to a buffer.
func (x *Index) Find(b *Buffer, key string, by Name, name string) error {
	keys := x.part[sKeys]
	want := keyText(key, by, name)
	n := len(keys) / 8
	r := reader{x: x}
	i := sort.Search(n, func(i int) bool {
		return r.stringAt(uint64(binary.LittleEndian.Uint32(keys[8*i:]))) >= want
	})
	if r.bad {
		return ErrDamaged
	}
	if i == n || r.stringAt(uint64(binary.LittleEndian.Uint32(keys[8*i:]))) != want {
		return nil
	}
	at := binary.LittleEndian.Uint32(keys[8*i+4:])
	if uint64(at) > uint64(len(x.part[sPostings])) {
		return ErrDamaged
	}
	r.b, r.ranges, r.events = x.part[sPostings][at:], b.ranges, b.events
	for range r.count(4) {
		b.Hits = append(b.Hits, r.hit())
		if r.bad || b.Hits[len(b.Hits)-1].Advisory >= x.n {
			b.Hits = nil
			return ErrDamaged
		}
	}
	b.ranges, b.events = r.ranges, r.events
	return nil
}

// Record returns an advisory by its number.
func (x *Index) Record(i int) (Record, error) {
	if i < 0 || i >= x.n {
		return Record{}, ErrDamaged
	}
	at := binary.LittleEndian.Uint32(x.part[sOffsets][4*i:])
	if uint64(at) > uint64(len(x.part[sRecords])) {
		return Record{}, ErrDamaged
	}
	r := reader{x: x, b: x.part[sRecords][at:]}
	rec := r.record()
	if r.bad || rec.Feed >= len(x.Feeds) {
		return Record{}, ErrDamaged
	}
	return rec, nil
}

// KEV returns the catalogue's entry of a CVE.
func (x *Index) KEV(cve string) (kev.Entry, bool) {
	row := x.row(sKEV, 12, cve)
	if row == nil {
		return kev.Entry{}, false
	}
	var e kev.Entry
	r := reader{x: x}
	text := r.stringAt(uint64(binary.LittleEndian.Uint32(row[8:])))
	if r.bad || json.Unmarshal([]byte(text), &e) != nil {
		return kev.Entry{}, false
	}
	return e, true
}

// EPSS returns the forecast for a CVE.
func (x *Index) EPSS(cve string) (epss.Score, bool) {
	row := x.row(sEPSS, 16, cve)
	if row == nil {
		return epss.Score{}, false
	}
	return epss.Score{Probability: math.Float32frombits(binary.LittleEndian.Uint32(row[8:])), Percentile: math.Float32frombits(binary.LittleEndian.Uint32(row[12:]))}, true
}

// CVSS returns a score some advisory gives a CVE, for those that give none
// themselves, and the number of that advisory.
func (x *Index) CVSS(cve string) (advisory.Score, int, bool) {
	row := x.row(sCVSS, 20, cve)
	if row == nil {
		return advisory.Score{}, 0, false
	}
	r := reader{x: x}
	s := advisory.Score{Type: r.stringAt(uint64(binary.LittleEndian.Uint32(row[8:]))), Vector: r.stringAt(uint64(binary.LittleEndian.Uint32(row[12:])))}
	return s, int(binary.LittleEndian.Uint32(row[16:])), !r.bad
}

// row finds the row of a table of rows of the given size whose first eight
// bytes are the CVE's number.
func (x *Index) row(section, size int, cve string) []byte {
	t := x.part[section]
	if len(t) == 0 {
		return nil
	}
	id, ok := epss.Number(cve)
	if !ok {
		return nil
	}
	n := len(t) / size
	i := sort.Search(n, func(i int) bool { return binary.LittleEndian.Uint64(t[size*i:]) >= id })
	if i == n || binary.LittleEndian.Uint64(t[size*i:]) != id {
		return nil
	}
	return t[size*i : size*(i+1)]
}

// Size is the number of rows of the KEV and EPSS tables.
func (x *Index) Size() (kevEntries, epssScores int) {
	return len(x.part[sKEV]) / 12, len(x.part[sEPSS]) / 16
}
