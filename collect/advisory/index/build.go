package index

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"steward/collect/advisory"
	"steward/collect/advisory/epss"
	"steward/collect/advisory/kev"
)

// Builder takes advisories one at a time and makes an index of them. What it
// keeps of each is about what the index holds, not what the feed wrote.
type Builder struct {
	feeds    []*Feed
	strings  map[string]uint32
	text     []byte
	records  []byte
	offsets  []uint32
	postings map[string][]posting
	live     map[liveKey]live
	keys     map[string]advisory.Key // of the ecosystems seen
	kev      map[uint64]uint32
	epss     map[uint64]epss.Score
	cvss     map[uint64]cvssRow
	full     bool
}

type posting struct {
	advisory uint32
	key      uint32 // the ecosystem's key, as a string's place
	bytes    []byte
}

// An advisory's id may stand in several releases of a distribution, each with
// its own ranges, so an advisory is known by id and ecosystem. Of two with both
// alike the newer counts.
type liveKey struct{ id, ecosystem uint32 }

type live struct {
	advisory uint32
	modified time.Time
	none     bool // withdrawn
}

type cvssRow struct {
	kind, vector, advisory uint32
	rank                   int
}

// NewBuilder returns an empty builder.
func NewBuilder() *Builder {
	b := &Builder{strings: map[string]uint32{}, postings: map[string][]posting{}, live: map[liveKey]live{}, keys: map[string]advisory.Key{},
		kev: map[uint64]uint32{}, epss: map[uint64]epss.Score{}, cvss: map[uint64]cvssRow{}}
	b.string("") // at place 0, where reader.string knows it without looking
	return b
}

// Feed begins a feed; what is added next belongs to it. The counts are kept by
// the builder. The feed returned may be completed until the index is made.
func (b *Builder) Feed(f Feed) *Feed {
	f.Ecosystems = map[string]int{}
	b.feeds = append(b.feeds, &f)
	return &f
}

// Add takes one advisory into the feed begun last.
func (b *Builder) Add(a *advisory.Advisory) {
	f := b.feeds[len(b.feeds)-1]
	f.Records++
	if a.Modified.After(f.Newest) {
		f.Newest = a.Modified.UTC()
	}
	withdrawn := !a.Withdrawn.IsZero()
	if withdrawn {
		f.Withdrawn++
	}
	no, id := uint32(len(b.offsets)), b.string(a.ID)
	taken, seen := map[string]bool{}, map[string]bool{}
	for i := range a.Affected {
		x := &a.Affected[i]
		key := b.key(x.Ecosystem)
		if !seen[key.Name] {
			seen[key.Name] = true
			lk := liveKey{id, b.string(key.Name)}
			if was, ok := b.live[lk]; !ok || a.Modified.After(was.modified) {
				b.live[lk] = live{no, a.Modified, withdrawn}
				taken[key.Name] = !withdrawn
				if !withdrawn {
					f.Ecosystems[key.Name]++
				}
			}
		}
		if taken[key.Name] {
			b.affect(no, key, x)
		}
	}
	b.record(a, len(b.feeds)-1)
	if !withdrawn {
		b.score(no, a)
	}
}

func (b *Builder) key(ecosystem string) advisory.Key {
	k, ok := b.keys[ecosystem]
	if !ok {
		k = advisory.KeyOf(ecosystem)
		b.keys[ecosystem] = k
	}
	return k
}

func (b *Builder) affect(no uint32, key advisory.Key, x *advisory.Affect) {
	b.post(no, key, Primary, advisory.NormalName(key.Name, x.Name), x)
	if !advisory.NamesSource(key.Name) {
		return
	}
	for _, bin := range x.Binaries {
		one := *x
		one.Binaries = nil
		if bin.Fixed != "" {
			one.Ranges = []advisory.Range{{Type: advisory.Ecosystem, Events: []advisory.Event{{Kind: advisory.Introduced, Version: "0"}, {Kind: advisory.FixedAt, Version: bin.Fixed}}}}
			one.Versions = nil
		}
		b.post(no, key, Binary, bin.Name, &one)
	}
}

func (b *Builder) post(no uint32, key advisory.Key, by Name, name string, x *advisory.Affect) {
	w := writer{b: b}
	w.uint(uint64(no))
	w.string(key.Channel)
	w.string(x.Ecosystem)
	w.string(x.Name)
	w.string(string(x.Status))
	w.string(x.Rating)
	w.string(x.Why)
	w.string(x.NoFix)
	w.uint(uint64(len(x.Ranges)))
	for _, r := range x.Ranges {
		w.string(string(r.Type))
		w.string(r.Repo)
		w.uint(uint64(len(r.Events)))
		for _, e := range r.Events {
			w.out = append(w.out, byte(e.Kind))
			w.string(e.Version)
		}
	}
	w.list(x.Versions)
	w.list(x.Arches)
	w.list(x.Streams)
	w.scores(x.Scores)
	w.uint(uint64(len(x.Binaries)))
	for _, bin := range x.Binaries {
		w.string(bin.Name)
		w.string(bin.Fixed)
	}
	k := keyText(key.Name, by, name)
	b.postings[k] = append(b.postings[k], posting{no, b.string(key.Name), slices.Clip(w.out)})
}

func (b *Builder) record(a *advisory.Advisory, feed int) {
	b.offsets = append(b.offsets, uint32(len(b.records)))
	w := writer{b: b, out: b.records}
	w.uint(uint64(feed))
	for _, s := range []string{a.ID, string(a.Kind), a.Title, a.URL, a.Rating} {
		w.string(s)
	}
	w.list(a.Aliases)
	w.list(a.Upstream)
	w.list(a.Related)
	w.time(a.Published)
	w.time(a.Modified)
	w.scores(a.Scores)
	b.records = w.out
	if len(b.records) > math.MaxUint32 {
		b.full = true
	}
}

// score keeps the advisory's score for its CVE, if it is of one only.
func (b *Builder) score(no uint32, a *advisory.Advisory) {
	cves := a.CVEs()
	if len(cves) != 1 {
		return
	}
	id, ok := epss.Number(cves[0])
	if !ok {
		return
	}
	for _, s := range a.Scores {
		rank := slices.Index([]string{"CVSS_V2", "CVSS_V3", "CVSS_V4"}, s.Type) + 1
		if rank > b.cvss[id].rank {
			b.cvss[id] = cvssRow{b.string(s.Type), b.string(s.Vector), no, rank}
		}
	}
}

// KEV takes the catalogue of known exploited weaknesses as the feed begun last.
func (b *Builder) KEV(c kev.Catalogue) error {
	f := b.feeds[len(b.feeds)-1]
	f.Records, f.Version, f.Newest = len(c.Entries), c.Version, c.Released.UTC()
	for _, e := range c.Entries {
		id, ok := epss.Number(e.CVE)
		if !ok {
			return fmt.Errorf("%q is no CVE id", e.CVE)
		}
		text, err := json.Marshal(e)
		if err != nil {
			return err
		}
		b.kev[id] = b.string(string(text))
	}
	return nil
}

// EPSS takes a table of forecasts as the feed begun last.
func (b *Builder) EPSS(t epss.Table) {
	f := b.feeds[len(b.feeds)-1]
	f.Records, f.Version, f.Newest = len(t.Scores), t.Model, t.Day
	maps.Copy(b.epss, t.Scores)
}

// WriteTo writes the index.
func (b *Builder) WriteTo(w io.Writer) (int64, error) {
	data, err := b.Bytes()
	if err != nil {
		return 0, err
	}
	n, err := w.Write(data)
	return int64(n), err
}

// Bytes makes the index.
func (b *Builder) Bytes() ([]byte, error) {
	var part [sections][]byte
	keys := slices.Sorted(maps.Keys(b.postings))
	for _, k := range keys {
		all := slices.DeleteFunc(slices.Clone(b.postings[k]), func(p posting) bool { return b.stale(p) })
		if len(all) == 0 {
			continue
		}
		slices.SortStableFunc(all, func(x, y posting) int { return cmp.Compare(x.advisory, y.advisory) })
		part[sKeys] = binary.LittleEndian.AppendUint32(part[sKeys], b.string(k))
		part[sKeys] = binary.LittleEndian.AppendUint32(part[sKeys], uint32(len(part[sPostings])))
		part[sPostings] = binary.AppendUvarint(part[sPostings], uint64(len(all)))
		for _, p := range all {
			part[sPostings] = append(part[sPostings], p.bytes...)
		}
	}
	for _, o := range b.offsets {
		part[sOffsets] = binary.LittleEndian.AppendUint32(part[sOffsets], o)
	}
	for _, id := range slices.Sorted(maps.Keys(b.kev)) {
		part[sKEV] = binary.LittleEndian.AppendUint64(part[sKEV], id)
		part[sKEV] = binary.LittleEndian.AppendUint32(part[sKEV], b.kev[id])
	}
	for _, id := range slices.Sorted(maps.Keys(b.epss)) {
		part[sEPSS] = binary.LittleEndian.AppendUint64(part[sEPSS], id)
		part[sEPSS] = binary.LittleEndian.AppendUint32(part[sEPSS], math.Float32bits(b.epss[id].Probability))
		part[sEPSS] = binary.LittleEndian.AppendUint32(part[sEPSS], math.Float32bits(b.epss[id].Percentile))
	}
	for _, id := range slices.Sorted(maps.Keys(b.cvss)) {
		row := b.cvss[id]
		part[sCVSS] = binary.LittleEndian.AppendUint64(part[sCVSS], id)
		for _, v := range []uint32{row.kind, row.vector, row.advisory} {
			part[sCVSS] = binary.LittleEndian.AppendUint32(part[sCVSS], v)
		}
	}
	var err error
	if part[sFeeds], err = json.Marshal(b.feeds); err != nil {
		return nil, err
	}
	part[sStrings], part[sRecords] = b.text, b.records
	if b.full || len(part[sPostings]) > math.MaxUint32 {
		return nil, fmt.Errorf("the advisories are more than one index holds (4 GiB)")
	}
	out := []byte(magic)
	at := uint64(len(magic) + sections*16)
	for _, p := range part {
		out = binary.LittleEndian.AppendUint64(out, at)
		out = binary.LittleEndian.AppendUint64(out, uint64(len(p)))
		at += uint64(len(p))
	}
	out = slices.Grow(out, int(at)-len(out))
	for _, p := range part {
		out = append(out, p...)
	}
	return out, nil
}

// stale reports whether a newer record of the same id and ecosystem came.
func (b *Builder) stale(p posting) bool {
	r := reader{b: b.records[b.offsets[p.advisory]:]}
	r.uint()
	id := uint32(r.uint())
	now := b.live[liveKey{id, p.key}]
	return now.none || now.advisory != p.advisory
}

// string returns the place of s among the strings, each of which is kept once.
func (b *Builder) string(s string) uint32 {
	if at, ok := b.strings[s]; ok {
		return at
	}
	s = strings.Clone(s)
	at := uint32(len(b.text))
	b.text = binary.AppendUvarint(b.text, uint64(len(s)))
	b.text = append(b.text, s...)
	if len(b.text) > math.MaxUint32 {
		b.full = true
	}
	b.strings[s] = at
	return at
}

type writer struct {
	b   *Builder
	out []byte
}

func (w *writer) uint(v uint64)   { w.out = binary.AppendUvarint(w.out, v) }
func (w *writer) string(s string) { w.uint(uint64(w.b.string(s))) }

func (w *writer) list(all []string) {
	w.uint(uint64(len(all)))
	for _, s := range all {
		w.string(s)
	}
}

func (w *writer) scores(all []advisory.Score) {
	w.uint(uint64(len(all)))
	for _, s := range all {
		w.string(s.Type)
		w.string(s.Vector)
	}
}

func (w *writer) time(t time.Time) {
	if t.IsZero() || t.Unix() < 0 {
		w.uint(0)
		return
	}
	w.uint(uint64(t.Unix()) + 1)
}
