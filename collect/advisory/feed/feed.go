// Package feed opens what advisories come in: a folder, a zip archive or single
// files, and hands over one document at a time with bounded memory. What is
// damaged is named and passed over; what is made to exhaust memory is refused.
package feed

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Limits bound what is read.
type Limits struct {
	Document int64 // bytes of one document, unpacked
	Total    int64 // bytes of all documents of one source, unpacked
	Entries  int   // files in one source
}

// Default fits every public feed several times over.
var Default = Limits{Document: 64 << 20, Total: 32 << 30, Entries: 4_000_000}

// Problem is a document that was passed over.
type Problem struct {
	Where string `json:"where" doc:"file, and where in it"`
	Why   string `json:"why"`
}

// Problems counts what was passed over and keeps the first of them.
type Problems struct {
	Count int       `json:"count" doc:"documents passed over"`
	First []Problem `json:"first,omitempty" doc:"the first 20 of them"`
}

// Add notes a document that was passed over.
func (p *Problems) Add(where string, why error) {
	p.Count++
	if len(p.First) < 20 {
		p.First = append(p.First, Problem{where, why.Error()})
	}
}

// ErrTooLarge is a source above one of the limits.
var ErrTooLarge = errors.New("is too large")

// Walk calls take for each document under path whose name ends in one of the
// endings (".json"), in the order of their names. Path is a folder, a .zip
// archive or one file, which may be packed by gzip or zstd. The bytes given to
// take are its own only until it returns. A document that cannot be read goes
// to problems; an error of take, or a source above the limits, ends the walk.
func Walk(path string, l Limits, problems *Problems, take func(name string, doc []byte) error, endings ...string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	w := &walk{Limits: l, problems: problems, take: take, endings: endings}
	switch {
	case info.IsDir():
		return w.folder(path)
	case strings.HasSuffix(strings.ToLower(path), ".zip"):
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return w.zip(f, info.Size(), path)
	}
	doc, err := File(path, l)
	if err != nil {
		return err
	}
	return w.one(filepath.Base(path), doc)
}

// Zip is Walk over an archive that is in memory or in a file.
func Zip(r io.ReaderAt, size int64, name string, l Limits, problems *Problems, take func(name string, doc []byte) error, endings ...string) error {
	w := &walk{Limits: l, problems: problems, take: take, endings: endings}
	return w.zip(r, size, name)
}

type walk struct {
	Limits
	problems *Problems
	take     func(string, []byte) error
	endings  []string
	entries  int
	bytes    int64
	buffer   bytes.Buffer
}

func (w *walk) wanted(name string) bool {
	return len(w.endings) == 0 || slices.ContainsFunc(w.endings, func(e string) bool { return strings.HasSuffix(strings.ToLower(name), e) })
}

func (w *walk) count(n int64) error {
	if w.entries++; w.entries > w.Entries {
		return fmt.Errorf("%w: more than %d files", ErrTooLarge, w.Entries)
	}
	if w.bytes += n; w.bytes > w.Total {
		return fmt.Errorf("%w: more than %d bytes unpacked", ErrTooLarge, w.Total)
	}
	return nil
}

// one hands over a document that may be JSON lines: one record a line.
func (w *walk) one(name string, doc []byte) error {
	if err := w.count(int64(len(doc))); err != nil {
		return fmt.Errorf("%s %w", name, err)
	}
	base := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(name), ".gz"), ".zst")
	if !strings.HasSuffix(base, ".jsonl") && !strings.HasSuffix(base, ".ndjson") {
		return w.take(name, doc)
	}
	line := 0
	for part := range bytes.Lines(doc) {
		line++
		if part = bytes.TrimSpace(part); len(part) == 0 {
			continue
		}
		if err := w.take(fmt.Sprintf("%s line %d", name, line), part); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) folder(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		if err != nil {
			w.problems.Add(name, err)
			return nil
		}
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && path != root {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !w.wanted(name) {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			w.problems.Add(name, err)
			return nil
		}
		doc, err := w.read(f)
		f.Close()
		if err != nil {
			w.problems.Add(name, err)
			return w.count(0)
		}
		return w.one(filepath.ToSlash(name), doc)
	})
}

func (w *walk) zip(r io.ReaderAt, size int64, name string) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(z.File) > w.Entries {
		return fmt.Errorf("%s %w: %d files", name, ErrTooLarge, len(z.File))
	}
	slices.SortFunc(z.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range z.File {
		if f.FileInfo().IsDir() || !w.wanted(f.Name) {
			continue
		}
		if f.UncompressedSize64 > uint64(w.Document) {
			w.problems.Add(f.Name, fmt.Errorf("says it is %d bytes unpacked; more than %d are refused", f.UncompressedSize64, w.Document))
			continue
		}
		rc, err := f.Open()
		if err != nil {
			w.problems.Add(f.Name, err)
			continue
		}
		doc, err := w.read(rc)
		rc.Close()
		if err != nil {
			w.problems.Add(f.Name, err)
			if err := w.count(w.Document); err != nil {
				return fmt.Errorf("%s %w", name, err)
			}
			continue
		}
		if err := w.one(f.Name, doc); err != nil {
			return err
		}
	}
	return nil
}

// read reads a document of at most Limits.Document bytes into the walk's
// buffer, whatever its header said of its size.
func (w *walk) read(r io.Reader) ([]byte, error) {
	w.buffer.Reset()
	n, err := w.buffer.ReadFrom(io.LimitReader(r, w.Document+1))
	if err != nil {
		return nil, err
	}
	if n > w.Document {
		return nil, fmt.Errorf("%w: more than %d bytes unpacked", ErrTooLarge, w.Document)
	}
	return w.buffer.Bytes(), nil
}

// File reads one file of at most Limits.Document bytes, unpacking gzip and
// zstd, which its first bytes tell. "-" is standard input.
func File(path string, l Limits) ([]byte, error) {
	f := os.Stdin
	if path != "-" {
		var err error
		if f, err = os.Open(path); err != nil {
			return nil, err
		}
		defer f.Close()
	}
	doc, err := Unpack(f, l.Document)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return doc, nil
}

// Unpack reads all of r, unpacking gzip and zstd, but no more than limit bytes.
func Unpack(r io.Reader, limit int64) ([]byte, error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	head = head[:n]
	r = io.MultiReader(bytes.NewReader(head), r)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		r = z
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(256<<20), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		r = z
	}
	doc, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(doc)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes unpacked", ErrTooLarge, limit)
	}
	return doc, nil
}
