// Package bundle packs feeds of advisories into one file for machines without a
// network: a tar.zst of a manifest (where each feed came from, when, its hash,
// licence and counts), the manifest signed, an index ready to be searched, and
// the feeds themselves.
package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"steward/collect/advisory"
	"steward/collect/advisory/csaf"
	"steward/collect/advisory/debtracker"
	"steward/collect/advisory/epss"
	"steward/collect/advisory/feed"
	"steward/collect/advisory/index"
	"steward/collect/advisory/kev"
	"steward/collect/advisory/osv"
)

// Sources are the feeds to read.
type Sources struct {
	OSV    []string // folders, zip archives or files
	CSAF   []string
	KEV    string
	EPSS   string
	Debian string

	URLs     map[string]string // where a source was fetched from, by its path
	Licences map[string]string // of a source, by its path
	Fetched  time.Time         // when all were fetched; zero: the newest change of each one's files
	Limits   feed.Limits       // zero: feed.Default
	Progress func(format string, args ...any)
}

// source is one feed to read.
type source struct{ kind, path string }

func (s *Sources) all() []source {
	var all []source
	for _, p := range s.OSV {
		all = append(all, source{"osv", p})
	}
	for _, p := range s.CSAF {
		all = append(all, source{"csaf", p})
	}
	for _, one := range []source{{"debian-tracker", s.Debian}, {"kev", s.KEV}, {"epss", s.EPSS}} {
		if one.path != "" {
			all = append(all, one)
		}
	}
	return all
}

// licences of feeds whose makers publish them, by kind or by ecosystem.
var licences = map[string]string{
	"kev": "CC0-1.0", "AlmaLinux": "MIT", "Go": "CC-BY-4.0", "PyPI": "CC-BY-4.0", "npm": "CC-BY-4.0", "Maven": "CC-BY-4.0", "crates.io": "CC0-1.0",
	"Ubuntu": "CC-BY-SA-4.0", "Rocky Linux": "BSD-3-Clause", "Red Hat": "CC-BY-4.0",
}

// Build reads every source into a new index. What is damaged is counted in
// the feed; a source that cannot be opened, or in which nothing could be read,
// is an error.
func (s *Sources) Build(ctx context.Context) (*index.Builder, []*index.Feed, error) {
	if s.Limits == (feed.Limits{}) {
		s.Limits = feed.Default
	}
	if s.Progress == nil {
		s.Progress = func(string, ...any) {}
	}
	b := index.NewBuilder()
	var feeds []*index.Feed
	for _, one := range s.all() {
		f := b.Feed(index.Feed{Name: feedName(one), Kind: one.kind, Source: filepath.Base(one.path), URL: s.URLs[one.path], Licence: s.Licences[one.path]})
		feeds = append(feeds, f)
		if err := s.read(ctx, b, f, one); err != nil {
			return nil, nil, fmt.Errorf("%s %s: %w", one.kind, one.path, err)
		}
		if f.Records == 0 {
			why := "no record in it"
			if f.Passed.Count > 0 {
				why = fmt.Sprintf("no record in it could be read; %s: %s", f.Passed.First[0].Where, f.Passed.First[0].Why)
			}
			return nil, nil, fmt.Errorf("%s %s: %s", one.kind, one.path, why)
		}
		if f.Licence == "" {
			f.Licence = licenceOf(f)
		}
		s.Progress("%s: %d records, %d damaged", f.Name, f.Records, f.Passed.Count)
	}
	if len(feeds) == 0 {
		return nil, nil, fmt.Errorf("no feed was named")
	}
	return b, feeds, nil
}

func feedName(s source) string {
	name := filepath.Base(filepath.Clean(s.path))
	for _, e := range []string{".gz", ".zst", ".zip", ".json", ".csv", ".jsonl"} {
		name = strings.TrimSuffix(name, e)
	}
	return s.kind + ":" + name
}

func licenceOf(f *index.Feed) string {
	if l := licences[f.Kind]; l != "" {
		return l
	}
	found := ""
	for key := range f.Ecosystems {
		l := licences[advisory.Base(key)]
		if l == "" || found != "" && l != found {
			return "" // several, or one that is not known: nothing is said
		}
		found = l
	}
	return found
}

func (s *Sources) read(ctx context.Context, b *index.Builder, f *index.Feed, one source) error {
	sum, newest, err := digest(one.path)
	if err != nil {
		return err
	}
	f.SHA256, f.Fetched = sum, newest
	if !s.Fetched.IsZero() {
		f.Fetched = s.Fetched.UTC()
	}
	seen := 0
	walk := func(take func(name string, doc []byte) error) error {
		return feed.Walk(one.path, s.Limits, &f.Passed, func(name string, doc []byte) error {
			if seen++; seen%5000 == 0 {
				s.Progress("%s: %d records", f.Name, seen)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := take(name, doc); err != nil {
				f.Passed.Add(name, err)
			}
			return nil
		}, ".json", ".jsonl", ".ndjson")
	}
	switch one.kind {
	case "osv":
		return walk(func(_ string, doc []byte) error {
			a, err := osv.Parse(doc)
			if err == nil {
				b.Add(&a)
			}
			return err
		})
	case "csaf":
		return walk(func(_ string, doc []byte) error {
			d, err := csaf.Parse(doc)
			if err != nil {
				return err
			}
			for i := range d.Advisories {
				b.Add(&d.Advisories[i])
			}
			for name, n := range d.Unplaced {
				if f.Unplaced == nil {
					f.Unplaced = map[string]int{}
				}
				if _, known := f.Unplaced[name]; known || len(f.Unplaced) < 100 {
					f.Unplaced[name] += n
				}
			}
			return nil
		})
	}
	doc, err := feed.File(one.path, feed.Limits{Document: 1 << 30})
	if err != nil {
		return err
	}
	switch one.kind {
	case "debian-tracker":
		return debtracker.Parse(doc, &f.Passed, b.Add)
	case "kev":
		c, err := kev.Parse(doc)
		if err != nil {
			return err
		}
		return b.KEV(c)
	case "epss":
		t, err := epss.Parse(doc)
		if err != nil {
			return err
		}
		b.EPSS(t)
	}
	return nil
}

// digest hashes a file; of a folder, the lines "hash  name" of its files in the
// order of their names, as `find . -type f | sort | xargs sha256sum` writes
// them (names without ./). Newest is the newest change of its files.
func digest(path string) (sum string, newest time.Time, err error) {
	total := sha256.New()
	one := func(file string, h hash.Hash) error {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime().UTC().Truncate(time.Second)
		}
		_, err = io.Copy(h, f)
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", newest, err
	}
	if !info.IsDir() {
		err = one(path, total)
		return hex.EncodeToString(total.Sum(nil)), newest, err
	}
	files, err := filesOf(path)
	if err != nil {
		return "", newest, err
	}
	for _, name := range files {
		h := sha256.New()
		if err := one(filepath.Join(path, name), h); err != nil {
			return "", newest, err
		}
		fmt.Fprintf(total, "%x  %s\n", h.Sum(nil), filepath.ToSlash(name))
	}
	return hex.EncodeToString(total.Sum(nil)), newest, nil
}

// filesOf lists the files of a folder in the order of their names, without
// hidden folders.
func filesOf(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case d.Type().IsRegular():
			name, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

// Open builds the index and makes it searchable at once, without a bundle.
func (s *Sources) Open(ctx context.Context) (*index.Index, error) {
	b, _, err := s.Build(ctx)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		return nil, err
	}
	return index.Open(out.Bytes())
}
